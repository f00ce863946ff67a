"""Small programs at the edge, each a party of its own with its own key: chip reader, face comparer, call line.

They are doubles of what a vendor or an operator runs, and speak the protocol that those would (docs/protocol.md):
synthetic cards, synthetic images, a telephone that only a test hears. `mianzheng device …` starts one.
"""
