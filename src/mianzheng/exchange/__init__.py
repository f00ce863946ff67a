"""The hub's side of every conversation with gateways and authorities.

`peers` carries bytes and turns whatever happens into a value; `sheets`, `bundles`, `decisions` and
`sign_ins` verify what came back against what was asked. Nothing here decides and nothing keeps.
"""
