"""The access ledger 留痕: an append-only Merkle tree of every question asked, which its subject can read.

`entry` (what is recorded, and its salted leaf), `tree` and `proofs` (RFC 9162 over any node store),
`heads` (signed tree heads), `witness` (who co-signs, and when not), `reconcile` (what hub, gateways,
auditor and person compare), `proven` (one entry with all that proves it). Nothing here knows a
database; import the module that holds the noun.
"""
