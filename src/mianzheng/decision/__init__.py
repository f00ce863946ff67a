"""The decision: pure, the same at hub and gateway, from item and evidence alone.

1. Every condition in force at the case's date gets its value in Kleene logic over the answers.
2. One that is false refuses, with the answers that made it so and whose they are. Unknown never refuses.
3. None false but some unknown: undecided, each with its lawful way on.
4. All true: granted, if amount and claims can be computed; if not, undecided.
"""

from mianzheng.decision.decide import decide

__all__ = ["decide"]
