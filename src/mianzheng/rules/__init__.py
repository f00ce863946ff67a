"""Rules: SQL boolean expressions of packs, and what they mean.

1. `parse` lets in the subset and nothing else; the text becomes our own tree (`expression`).
2. `check` gives every node a type against the fact catalogue and settles the tree: derived facts, ages and
   literals. All faults come at once, each with its place and a hint.
3. `split` cuts each condition into questions, each about one register and one role, and a residual.
   `compile` does this for a whole item and keeps the way that asks less.
4. A question's id is its meaning (`identity`); `sentences` says it in words; `sql` says it to a database.
5. `answer` is what a question means over rows, NULLs and absent rows: the reference for SQL.
6. `evaluate` gives the residual its value over answers in Kleene logic; `reachable` says what it can still
   become, and whether one more answer could matter.
"""
