"""The synthetic city 临海市: its people, families and bodies, written in the shapes real registers have.

`build` makes it, `personas` holds the keys its people sign with, `oracle` tells from the truth
what a whole rule must give. Nothing here is about a living person.
"""
