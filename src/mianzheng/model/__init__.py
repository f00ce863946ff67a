"""The nouns of mianzheng: frozen values that every other part shares.

Nothing here knows a database, a key or a web server. Import the module that holds the noun
(`from mianzheng.model.item import Item`); this package re-exports nothing.
"""
