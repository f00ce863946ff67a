"""The hub's memory: PostgreSQL schema, migrations, named queries, jobs.

No citizen number or name is ever stored here; what belongs to a case is encrypted under the
case's own key, ledger contents under a key of (subject, year), and the keys that open those
lie in the key store outside the database.
"""
