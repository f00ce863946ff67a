"""Conformance: every published item, run over a running city, comes to what the city's truth says.

1. `truth` asks DuckDB, with the whole rule of an item, for whom it must be granted, refused, left undecided.
2. `play` opens their cases as the persons' clients do, and then is clerk and officer over the hub's API.
3. `compare` names every difference, `questions` the questions that could not have mattered, `measure` counts.

Nothing here imports split, plan or decision: what must come out is not told by what is tested.
"""
