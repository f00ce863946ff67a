"""Without a script the name is typed at the authority: the hub carries a sealed text, for one person and form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import msgspec
import psycopg
import pytest
from litestar.testing import TestClient

from mianzheng.credentials import jws
from mianzheng.model.authorisation import ChoiceMade
from tests.authority.site_world import HUB, SITE, SiteWorld, given, site_world
from tests.cases.hub_world import shared, world
from tests.city_wide.dump_search import Needles, search
from tests.gateway.family_rows import DAD, GIRL, MUM, NAMES
from tests.web.front_hub import pages, words
from tests.web.my_client import Visitor

ITEM = "offspring-aid"  # a child is chosen
FORM = f"/my/apply/{ITEM}"
AUTHORITY = "public-security"


class Desk:
    """Hub and authority, and people who go from one to the other with no script; `sent`: all that reached the hub."""

    def __init__(self, client: TestClient[Any], site: SiteWorld) -> None:
        self.client = client
        self.site = site
        self.sent: list[bytes] = []
        client.event_hooks["request"] = [self._note]

    def visitor(self, number: str = MUM) -> Visitor:
        return Visitor(self.client, number)

    def asked(self, visitor: Visitor, *, form: str = FORM, **typed: str) -> str:
        """Leave a form for the authority; return its address there."""
        answer = visitor.post(f"{form}/choosing/child", visitor.get(form), **typed)
        assert answer.status_code == 303, answer.text
        return str(answer.headers["location"])

    def answered(self, address: str, typed: str, *, number: str = MUM) -> str:
        """Type a name at the authority; return the path of the hub that it leads back to."""
        browser = self.site.browser().seen_as(number)
        page = browser.get(address)
        request = re.search(r'name="request" value="([^"]+)"', page.text)
        assert request is not None, page.text
        answer = browser.post("/choose", page, request=unescape(request[1]), typed=typed)
        assert given(answer).keys() == {"word"}
        link = re.search(r'<a class="button" href="([^"]+)" data-testid="continue"', answer.text)
        assert link is not None
        return unescape(link[1]).removeprefix(HUB)

    def _note(self, request: httpx.Request) -> None:
        self.sent += [str(request.url).encode(), request.content]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with site_world(world(), tmp_path_factory.mktemp("choosing")) as site, pages() as client:
        state = client.app.state
        state.config = msgspec.structs.replace(state.config, sites={AUTHORITY: SITE}, url=HUB)
        yield Desk(client, site)


def sealed_in(page: Any) -> str:
    """The sealed choice that a form carries."""
    found = re.search(r'name="choice.child" value="([^"]*)"', page.text)
    assert found is not None, page.text
    return unescape(found[1])


def refused(answer: Any) -> str:
    found = re.search(r'data-testid="problem">\s*<p class="soft">\d+ · ([a-z-]+)</p>', answer.text)
    assert found is not None and answer.status_code >= 400, answer.text
    return found[1]


def test_a_child_is_chosen_at_the_authority_and_the_case_is_granted(desk: Desk) -> None:
    visitor = desk.visitor()
    page = visitor.follow(visitor.get(desk.answered(desk.asked(visitor), NAMES[GIRL])))
    assert "已密封" in words(page)
    plan = visitor.follow(visitor.post(FORM, page, **{"choice.child": sealed_in(page)}))
    case = visitor.follow(visitor.sign(visitor.go_on(plan)))
    assert "准予" in words(case)


def test_the_hub_sees_neither_name_nor_number_in_any_request_or_row(desk: Desk) -> None:
    visitor = desk.visitor()
    desk.sent.clear()
    for typed in (NAMES[GIRL], GIRL):
        page = visitor.follow(visitor.get(desk.answered(desk.asked(visitor), typed)))
        visitor.follow(visitor.post(FORM, page, **{"choice.child": sealed_in(page)}))
    hays = [(f"request {place}", one) for place, one in enumerate(desk.sent)]
    assert any(b"word=" in one for one in desk.sent)
    needles = Needles(numbers=frozenset({GIRL}), texts={"name": NAMES[GIRL]})
    assert search([*hays, *rows()], needles) == []
    assert search([("typed", f"typed={GIRL}".encode())], needles)  # it would have been found


def rows() -> list[tuple[str, bytes]]:
    """Every row of the hub's database."""
    with psycopg.connect(shared()[0].replace("+psycopg", "")) as connection:
        tables = connection.execute("select tablename from pg_tables where schemaname = 'public'").fetchall()
        return [
            (table, row.encode())
            for (table,) in tables
            for (row,) in connection.execute(f'select "{table}"::text from "{table}"').fetchall()
        ]


def test_who_goes_back_without_a_name_finds_the_form_as_it_was(desk: Desk) -> None:
    visitor = desk.visitor()
    address = desk.asked(visitor)
    browser = desk.site.browser().seen_as(MUM)
    back = re.search(r'href="([^"]+)" data-testid="not-now"', browser.get(address).text)
    assert back is not None
    page = visitor.get(unescape(back[1]).removeprefix(HUB))
    assert page.status_code == 200 and sealed_in(page) == "" and "到公安网站填写（不用脚本）" in words(page)


def test_the_word_of_another_person_is_refused_with_words(desk: Desk) -> None:
    mum, dad = desk.visitor(), desk.visitor(DAD)
    word = query(desk.answered(desk.asked(dad), "周宝宝", number=DAD))
    answer = mum.get(f"{way_back(desk.asked(mum))}?word={word}")
    assert answer.status_code == 403 and refused(answer) == "choice-refused" and "另一位的" in words(answer)


def test_the_form_of_another_person_is_as_if_there_were_none(desk: Desk) -> None:
    back = desk.answered(desk.asked(desk.visitor()), NAMES[GIRL])
    answer = desk.visitor(DAD).get(back)
    assert answer.status_code == 404 and refused(answer) == "form-gone"


def test_the_word_for_another_form_of_the_same_person_is_refused(desk: Desk) -> None:
    visitor = desk.visitor()
    word = query(desk.answered(desk.asked(visitor), NAMES[GIRL]))
    answer = visitor.get(f"{way_back(desk.asked(visitor))}?word={word}")
    assert refused(answer) == "choice-refused" and "another form" in answer.text


def test_a_word_is_taken_once(desk: Desk) -> None:
    visitor = desk.visitor()
    back = desk.answered(desk.asked(visitor), NAMES[GIRL])
    page = visitor.follow(visitor.get(back))
    again = visitor.get(back)
    assert refused(again) == "choice-refused" and "已经用过" in words(again)
    assert f'href="{urlsplit(back).path}"' in again.text  # back to the form, without the word
    assert sealed_in(visitor.get(urlsplit(back).path)) == sealed_in(page)  # and what was taken stays


@pytest.mark.parametrize("by", ["civil-affairs", "market-regulation", "hub"])
def test_nobody_but_the_persons_own_authority_says_what_was_chosen(desk: Desk, by: str) -> None:
    visitor = desk.visitor()
    back = desk.answered(desk.asked(visitor), NAMES[GIRL])
    made = msgspec.json.decode(jws.unverified_payload(query(back)), type=ChoiceMade)
    forged = jws.sign(msgspec.structs.replace(made, authority=by), key=world().key(by), typ="mz-choice-made")
    assert refused(visitor.get(f"{urlsplit(back).path}?word={forged}")) == "choice-refused"


def test_an_old_word_is_refused(desk: Desk) -> None:
    visitor = desk.visitor()
    back = desk.answered(desk.asked(visitor), NAMES[GIRL])
    made = msgspec.json.decode(jws.unverified_payload(query(back)), type=ChoiceMade)
    old = msgspec.structs.replace(made, exp=int(world().now()) - 1)
    word = jws.sign(old, key=world().key(AUTHORITY), typ="mz-choice-made")
    assert "too old" in visitor.get(f"{urlsplit(back).path}?word={word}").text


def test_a_role_that_nobody_chooses_leads_nowhere(desk: Desk) -> None:
    visitor = desk.visitor()
    assert visitor.post(f"{FORM}/choosing/partner", visitor.get(FORM)).status_code == 404


def way_back(address: str) -> str:
    """The path of the hub that a request names."""
    request = parse_qs(urlsplit(address).query)["request"][0]
    asked: dict[str, Any] = msgspec.json.decode(jws.unverified_payload(request))
    return str(asked["back"]).removeprefix(HUB)


def query(back: str) -> str:
    return parse_qs(urlsplit(back).query)["word"][0]
