"""Keys, signatures, seals and credentials: how each party proves what it said.

From the bottom up: `suites` (the algorithms), `keys`, `jws` and `jwe` (tokens), `sdjwt` (sheets and
credentials), `assertion` (a person's signature), `trust` (whose key may do what), `status`,
`at_rest` and `ceremony`. Import the module that holds the noun; this package re-exports nothing.
"""
