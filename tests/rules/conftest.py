"""Fixtures of the rules tests."""

from tests.rules.engines import connections, engines

__all__ = ["connections", "engines"]
