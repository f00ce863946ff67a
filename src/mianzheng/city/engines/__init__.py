"""The engines that hold the demo's registers: SQLite and DuckDB files, one PostgreSQL server for several departments.

A writer knows an engine and a `Layout`, never a register.
"""
