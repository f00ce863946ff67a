"""A curious relative: their own key, a session of their own on the family's telephone, and what a family knows.

They know the numbers and birthdays of spouse, child and parents. Where it helps them they hold the hub's key as well.
What they do not hold: anybody else's key, an authority's, a department's.
"""

from __future__ import annotations

from contextlib import closing
from typing import Any

import duckdb
import msgspec

from mianzheng.cases.parts import LinkedSheet
from mianzheng.city.truth import PEOPLE, TRUTH
from mianzheng.cli.city_session import CitySession
from mianzheng.cli.mine import MineLine, lines_about
from mianzheng.client.person import Person
from mianzheng.credentials.assertion import make_assertion
from mianzheng.model.asking import OtherSubject
from mianzheng.model.authorisation import SealedBundle, consent_challenge
from mianzheng.model.case import CaseView
from mianzheng.model.identity import Assertion
from mianzheng.model.invitations import Invitation
from tests.city_wide.dishonest_hub import Grasp, Reply
from tests.city_wide.trap import Trap

ITEM, FORM = "hf-withdraw-rent", {"married": True}  # asks about a spouse on the spouse's own consent
ROLE = "spouse#1"
LAND, FUND = "gateway-natural-resources", "gateway-housing-fund"
_HOMES = "(SELECT count(*) FROM real_estate h WHERE h.subject = {} AND h.use = '住宅' AND h.status = '现势')"
_COUPLES = f"""
SELECT m.subject, m.spouse FROM marriage m
JOIN fund_account f ON f.subject = m.subject
JOIN {PEOPLE} one ON one.resident = m.subject
JOIN {PEOPLE} other ON other.resident = m.spouse
WHERE m.status IN ('初婚', '再婚', '复婚') AND NOT m.is_void AND f.status = '正常缴存'
  AND f.consecutive_months_paid >= 3
  AND (f.rent_withdrawn_on IS NULL OR f.rent_withdrawn_on < today() - INTERVAL 13 MONTH)
  AND {_HOMES.format("m.subject")} = 0 AND {_HOMES.format("m.spouse")} > 0
  AND m.subject NOT IN (SELECT subject FROM _troubles) AND m.spouse NOT IN (SELECT subject FROM _troubles)
ORDER BY m.subject
"""


class CuriousRelative:
    """One resident who may withdraw from the fund but for the home that the spouse owns, and never speaks of."""

    def __init__(self, trap: Trap) -> None:
        self.trap = trap
        self.session: CitySession = trap.session
        couples = self.known(_COUPLES)
        assert couples, "no such couple in this city"
        self.number, self.spouse = couples[0]
        self.person = trap.person(self.number)

    def known(self, query: str, *values: str) -> list[tuple[str, ...]]:
        """What a family knows, from the city's truth."""
        with closing(duckdb.connect(str(self.trap.city.data / TRUTH), read_only=True)) as truth:
            return truth.execute(query, values).fetchall()

    def apply(self, item: str = ITEM, form: dict[str, Any] | None = None, **choices: str) -> CaseView:
        """Run a case of their own as far as it goes."""

        async def work() -> CaseView:
            asked = FORM if item == ITEM else form or {}
            return await self.person.authorise(*await self.person.apply(item, asked, choices=choices))

        return self.trap.run(work())

    def forged(self) -> Person:
        """Themself under the spouse's number: the key is their own."""
        return Person(
            self.spouse,
            self.person.key,
            hub=self.session.hub(),
            trust=self.session.trust,
            wallet=self.session.wallet,
        )

    def invited(self, case: str, by: Person) -> Invitation:
        """Invite the spouse, and let somebody else open the code, as whoever holds the telephone can."""

        async def work() -> Invitation:
            made = await self.person.invite(case, ROLE)
            return await by.open_invitation(made.code)

        return self.trap.run(work())

    def grasp(self, case: str) -> Grasp:
        """All that the hub holds of their own case."""
        return self.trap.hub.grasp(case)

    def reached(self, grasp: Grasp) -> SealedBundle:
        """The spouse as the link's gateway sealed them in that case; nobody here can open it."""
        linked = [sheet.links for sheet in grasp.sheets if isinstance(sheet, LinkedSheet)]
        (found,) = [one for links in linked for many in links.values() for one in many]
        return found

    def ask(self, grasp: Grasp, **changes: Any) -> Reply:
        """Ask about the spouse's homes with the hub's key."""
        link = changes.pop("link", None) or self.reached(grasp)
        lines = [line for line in grasp.plan if f"gateway-{line.department}" == LAND and line.role == "spouse"]
        fields: dict[str, Any] = {
            "role": ROLE,
            "bundle": link.bundle,
            "statement": link.sealed.get(LAND, ""),
            "questions": tuple(line.question for line in lines),
        }
        return self.trap.hub.ask(grasp, LAND, **(fields | changes))

    def consent(self, grasp: Grasp) -> Assertion:
        """Sign for the spouse's role with their own key."""
        trust = self.session.trust
        challenge = consent_challenge(grasp.digest, ROLE)
        return make_assertion(self.person.key, challenge, origin=trust.origins[0], rp_id=trust.rp_ids[0])

    def consenting(self, grasp: Grasp, bundle: SealedBundle) -> dict[str, Any]:
        """What travels with a request once somebody has signed for the role."""
        given = OtherSubject(role=ROLE, bundle=bundle.bundle, statement=bundle.sealed[LAND])
        return {"consent": given, "consent_assertion": self.consent(grasp)}

    def own_bundle(self, grasp: Grasp) -> SealedBundle:
        """Have the authority name them, with the hub's key, in the spouse's role."""
        reply = self.trap.hub.ask_bundle(
            grasp, role=ROLE, assertion=self.consent(grasp), gateways=(FUND, LAND), handling=FUND, consent=True
        )
        assert reply.status == 200, reply.body
        return msgspec.json.decode(reply.body, type=SealedBundle)

    def reads(self, number: str) -> list[MineLine]:
        """What somebody reads at every gateway with their own key."""
        return self.trap.run(lines_about(self.session, number))
