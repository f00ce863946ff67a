"""The program a department runs beside its databases: approve, answer, decide and sign, own log.

One request, in order: `requests` (is it the hub's, in time, not used before), `permission` (did the
person sign it), `subjects` (whom the authority sealed), `items` and `approvals` (may this question
be asked for this item), `budgets`, then `registers` (the approved SQL), one signed sheet, and one
transaction of `state` before it leaves. `docs/protocol.md` lists the paths, `refusals` the codes.
Import the module that holds the noun; this package re-exports nothing.
"""
