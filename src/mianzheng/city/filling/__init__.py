"""Registers without a generator of their own, filled whole by queries: drawn, kept as truth, and written as they lie.

A hundred registers of a million people take seconds instead of half an hour (docs/decisions/0029).
"""
