"""Measurements: `python -m bench`, read by docs/bench.md."""
