"""What may be granted, and what a mandate allows: items, holder, sum, and what may be passed on."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from mianzheng.mandates.refusals import MandateRefused
from mianzheng.model.identity import Jwk
from mianzheng.model.item import Item
from mianzheng.model.mandate import Mandate, MandateTerms

DAY = 86_400
LONGEST_DAYS = 3 * 366
MOST_ITEMS, MOST_USES = 50, 1000
NARROW_DAYS = 92  # of one without an own key
NARROW_LEVEL = 2  # without an own key (telephone, paper, window): a day later, only to the principal
P3 = 3


def check_terms(terms: MandateTerms, *, level: int, at: int) -> None:
    """Raise `MandateRefused` unless such a mandate may be granted by a principal seen at this presence."""
    if not 0 < len(terms.items) <= MOST_ITEMS or len(set(terms.items)) != len(terms.items) or "" in terms.items:
        raise MandateRefused("mandate-refused", f"a mandate names 1 to {MOST_ITEMS} items, each once")
    if not 0 < terms.uses <= MOST_USES or not terms.purpose.strip() or len(terms.purpose) > 200:
        raise MandateRefused("mandate-refused", "a mandate has a purpose and a number of uses")
    if not at - 60 <= terms.valid_from < terms.until <= at + LONGEST_DAYS * DAY or terms.until <= at:
        raise MandateRefused("mandate-refused", f"a mandate holds from now on, at most {LONGEST_DAYS} days")
    limit_of(terms.limit)
    if level < P3 and (terms.holder is None or terms.sub_delegation):
        raise MandateRefused("mandate-refused", "without an own key the result goes to the principal, and no further")
    if level <= NARROW_LEVEL and (terms.valid_from < at + DAY or terms.until > at + NARROW_DAYS * DAY):
        raise MandateRefused("mandate-refused", f"without an own key: from tomorrow, at most {NARROW_DAYS} days")


def check_passed_on(terms: MandateTerms, parent: MandateTerms) -> None:
    """Raise `MandateRefused` unless the terms lie within those of the mandate that is passed on."""
    within = (
        parent.sub_delegation
        and not terms.sub_delegation
        and terms.hub == parent.hub
        and set(terms.items) <= set(parent.items)
        and terms.uses <= parent.uses
        and parent.valid_from <= terms.valid_from
        and terms.until <= parent.until
        and terms.holder == parent.holder
        and (not parent.limit or (terms.limit != "" and limit_of(terms.limit) <= limit_of(parent.limit)))
    )
    if not within:
        raise MandateRefused("mandate-refused", "what is passed on lies within the mandate, which allows it")


def check_item(mandate: Mandate, item: Item) -> None:
    """Raise `MandateRefused` unless the mandate holds for this item, and the item is one to be done by another."""
    if item.item not in mandate.items:
        raise MandateRefused("mandate-not-for-this-item", f"the mandate does not hold for {item.item}")
    if item.in_person or item.agent_not_beneficiary:
        raise MandateRefused("mandate-not-for-this-item", f"{item.item} is not done by another")


def check_holder(mandate: Mandate, holder: Jwk) -> None:
    """Raise `MandateRefused` unless the result is sealed to the key that the principal named."""
    if mandate.holder is not None and mandate.holder != holder:
        raise MandateRefused("mandate-other-holder", "the result is sealed to another key than the principal's")


def check_amount(mandate: Mandate, amount: str | None) -> None:
    """Raise `MandateRefused` when an outcome in yuan is above what a body's agent may bind it to."""
    if mandate.limit and amount is not None and Decimal(amount) > limit_of(mandate.limit):
        raise MandateRefused("mandate-over-limit", f"the outcome is above {mandate.limit} yuan")


def limit_of(text: str) -> Decimal:
    """Return a limit in yuan, infinite for ""; `MandateRefused` for anything else that is no sum."""
    if not text:
        return Decimal("Infinity")
    try:
        found = Decimal(text)
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or found < 0:
        raise MandateRefused("mandate-refused", f"{text!r} is no sum in yuan")
    return found
