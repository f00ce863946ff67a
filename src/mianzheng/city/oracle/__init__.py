"""The oracle: what a whole rule gives over the truth, told by DuckDB.

It shares the parser with the product and nothing else: neither split, plan nor decision, so that
it can find them wrong. Meaning: design/rules.md (Three values, A row that does not exist, Many rows).
"""
