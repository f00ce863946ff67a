"""Questions as SQL in the dialect of the department's own database (design/rules.md, SQL that survives nine dialects).

`compile_query` gives the one SELECT that a steward approves and the gateway runs; `Query.bind` and
`Query.read` are the way in and out; `mapping_digest` names a mapping, so that a changed one voids
approvals; `probe` looks at a register without asking about anybody.
"""

from mianzheng.rules.sql.parameters import Parameter
from mianzheng.rules.sql.query import Query, compile_query, mapping_digest

__all__ = ["Parameter", "Query", "compile_query", "mapping_digest"]
