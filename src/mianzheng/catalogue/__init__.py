"""The catalogue 目录: packs read from YAML, checked, and proved by their own examples.

1. `yaml` reads a file into plain values and remembers where each value stands.
2. `shape` fits them to the structs of `mianzheng.model`, naming every misfit at once.
3. `registers`, `items`, `params` and `declaration` check what a struct cannot say.
4. `load` puts the tree together and compiles each item; `examples` proves it.
5. `publication` takes an item version from draft to retired; `ladder` says how far it went.
"""
