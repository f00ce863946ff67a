"""Fixtures of the rules tests."""

from tests.rules.engines import engines

__all__ = ["engines"]
