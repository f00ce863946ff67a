"""The authority's site for people: where one proves who one is, signs by proving it anew, and keeps one's passkeys.

Flows are redirects, like OpenID Connect, and work without JavaScript; only passkeys need it.
"""
