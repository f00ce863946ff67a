"""Alembic migrations of the hub's database, package data."""
