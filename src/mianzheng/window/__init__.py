"""The window's program: what runs on a clerk's own machine and serves `/window` to its browser, and to nobody else.

It holds the clerk's key and talks to the chip reader. It knows the hub only over `/api`: what a person says here (their
number, answers to the authority's questions, whom they mean) leaves it sealed, or not at all, and is forgotten with
the sitting.
"""
