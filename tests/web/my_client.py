"""A resident before the hub's pages, as their browser acts: a session cookie, forms with their token, redirects."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import msgspec
from litestar.testing import TestClient

from mianzheng.credentials.keys import PrivateKey
from mianzheng.model.canonical import unb64
from mianzheng.web.sessions import SESSION_COOKIE
from tests.cases.hub_world import assert_as, world
from tests.web.front_hub import form_token
from tests.web.hub_client import Resident


class _Api:
    """The same application's API, for signing in as the command line does."""

    def __init__(self, client: TestClient[Any]) -> None:
        self._client = client

    def post(self, path: str, **given: Any) -> Any:
        return self._client.post(f"/api{path}", **given)


class Visitor:
    """One person with a browser of their own; each call carries their session and no other cookies but the form's."""

    def __init__(self, client: TestClient[Any], number: str, *, language: str = "zh-CN") -> None:
        self.client = client
        self.number = number
        session = Resident(_Api(client), number).sign_in()["session"]  # type: ignore[arg-type]
        self.cookies = {SESSION_COOKIE: session}
        self.headers = {"accept-language": language}

    def get(self, path: str) -> Any:
        answer = self.client.get(path, headers=self._sent(), follow_redirects=False)
        self._keep(answer)
        return answer

    def follow(self, answer: Any) -> Any:
        """Where a redirect leads."""
        assert answer.status_code == 303, answer.text
        return self.get(answer.headers["location"])

    def post(self, path: str, page: Any, /, **fields: str) -> Any:
        """Send a form of `page`."""
        fields["_csrf_token"] = form_token(page)
        answer = self.client.post(path, data=fields, headers=self._sent(), follow_redirects=False)
        self._keep(answer)
        return answer

    def sign(self, page: Any) -> Any:
        """Sign what a page of signatures shows, with the person's own key."""
        found = re.search(r'<form class="signing" method="post" action="([^"]+)" data-sign="([^"]+)"', page.text)
        assert found is not None, page.text
        assertion = assert_as(world(), self.number, unb64(found[2]))
        return self.post(unescape(found[1]), page, assertion=msgspec.json.encode(assertion).decode())

    def apply(self, item: str, /, **form: str) -> Any:
        """Open a case; return its plan's page."""
        answer = self.post(f"/my/apply/{item}", self.get(f"/my/apply/{item}"), **form)
        return self.follow(answer)

    def go_on(self, plan: Any) -> Any:
        """Agree to a plan; return the page of the signature."""
        return self.follow(self.post(str(plan.url.path), plan, holder=new_holder()))

    def run(self, item: str, /, **form: str) -> Any:
        """Apply, sign, and return the page of the case."""
        return self.follow(self.sign(self.go_on(self.apply(item, **form))))

    def begin(self, case: Any, /, **fields: str) -> Any:
        """Choose an act on the page of a case; return the page of its signature."""
        return self.follow(self.post(f"{case.url.path}/acts", case, **fields))

    def _sent(self) -> dict[str, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {**self.headers, "cookie": cookies}

    def _keep(self, answer: Any) -> None:
        self.cookies |= {name: value for name, value in answer.cookies.items() if name != SESSION_COOKIE}


def new_holder() -> str:
    """A browser's public key for one case."""
    return msgspec.json.encode(PrivateKey.generate().public.jwk).decode()


def contested(page: Any, place: int = 0) -> dict[str, str]:
    """The fields by which the answer at `place` on the page of a case is contested."""
    found = re.findall(r'name="question" value="([^"]+)"><input type="hidden" name="role" value="([^"]+)"', page.text)
    question, role = found[place]
    return {"act": "contest", "question": unescape(question), "role": unescape(role)}
