"""A small OpenID Connect provider for the demo: invented people, signed in by one click. Never for real ones."""
