"""The gateway role that alone can name a subject: 公安 for persons, 市场监管 for bodies.

`sign_ins` checks who someone is and gives a hub a pairwise id instead of the number; `bundles`
binds that id to one case and seals the number to the gateways of its plan. The authority sees no
item name and no answer. Import the module that holds the noun; this package re-exports nothing.
"""
