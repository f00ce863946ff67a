"""Plans: what may be asked for an item in all, and which of it is worth asking next.

`full_plan` is what the person authorises, in sentences. `next_wave` is asked again after each wave, until
it is empty: then the case is settled, or no register can settle it. `need_wave` comes after the decision.
"""

from mianzheng.plan.full import full_plan
from mianzheng.plan.waves import need_wave, next_wave, waves_preview

__all__ = ["full_plan", "need_wave", "next_wave", "waves_preview"]
