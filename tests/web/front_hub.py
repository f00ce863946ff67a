"""The hub's public pages over the shared world, as a browser asks for them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from html import unescape
from typing import Any

from litestar.testing import TestClient

from mianzheng.cases.sequencing import fold_pending
from mianzheng.model.guide import Counter, Guide, Happening, Telephone
from mianzheng.model.item import Reference
from mianzheng.model.text import Text
from mianzheng.store.engine import Store
from mianzheng.web.app import create_hub
from tests.cases.hub_world import WorldPeers, shared, world
from tests.web.hub_client import config

LONG_AGO = date(2020, 1, 1)
GUIDE = Guide(
    happenings=(
        Happening(
            id="father-eighty",
            name=Text(zh="爸爸满 80 了", en="Father turns 80"),
            hint=Text(zh="高龄津贴，子女可代办", en="the allowance"),
            items=("old-age-allowance", "nothing-of-this-hub"),
            words=("满80",),
            effective=LONG_AGO,
        ),
        Happening(
            id="opens-nothing",
            name=Text(zh="什么也办不了", en="Nothing to do"),
            hint=Text(zh="没有事项", en="no service"),
            items=("nothing-of-this-hub",),
            effective=LONG_AGO,
        ),
    ),
    also_called={"old-age-allowance": ("长寿钱",)},
    telephones=(
        Telephone(
            number="12345",
            name=Text(zh="便民热线", en="The line"),
            hours=Text(zh="每天 24 小时", en="day and night"),
            effective=LONG_AGO,
        ),
    ),
    counters=(
        Counter(
            id="centre",
            name=Text(zh="市民中心", en="The centre"),
            address=Text(zh="一楼大厅", en="ground floor"),
            hours=Text(zh="周一至周五", en="Monday to Friday"),
            effective=LONG_AGO,
            reference=Reference(text="尚未核对的公告", verified=False),
        ),
        Counter(
            id="closed-for-good",
            name=Text(zh="老窗口", en="The old window"),
            address=Text(zh="旧址", en="there"),
            hours=Text(zh="从不", en="never"),
            effective=LONG_AGO,
            until=date(2021, 1, 1),
            reference=Reference(text="公告", verified=True),
        ),
    ),
)


def chinese_left(page: Any) -> list[str]:
    """The Chinese that an English page shows without saying that it is Chinese."""
    body = page.text[page.text.index("<body") :]
    marked = re.sub(r'(?s)<(\w+)[^>]*\blang="zh-CN"[^>]*>.*?</\1>', "", body)
    left = re.findall("[\u4e00-\u9fff]+", unescape(re.sub(r"<[^>]+>", " ", marked)))
    return [sign for sign in left if sign not in ("免", "陈", "办不成事")]


@contextmanager
def pages() -> Iterator[TestClient[Any]]:
    """Serve the hub with a guide; cookies travel as over https."""
    app = create_hub(config())
    app.state.hub.peers = WorldPeers(world())
    app.state.hub.library.guide = GUIDE
    with TestClient(app, base_url="https://testserver.local", raise_server_exceptions=False) as client:
        fold()
        yield client


class Programs:
    """The same hub, asked as programs ask."""

    def __init__(self, client: TestClient[Any]) -> None:
        self._client = client

    def post(self, path: str, **given: Any) -> Any:
        return self._client.post(f"/api{path}", **given)

    def get(self, path: str, **given: Any) -> Any:
        return self._client.get(f"/api{path}", **given)


def fold() -> None:
    """Give every entry written so far its place in the tree, as the worker does."""

    async def run() -> None:
        store, key = Store(shared()[0], pool=2), world().key("hub", "log")
        try:
            while await fold_pending(store, ledger="hub", key=key, now=datetime.now(UTC)):
                pass
        finally:
            await store.close()

    asyncio.run(run())


def words(answer: Any) -> str:
    """The text of a page as a reader sees it, blanks drawn together."""
    body = re.sub(r"(?s)<(script|style)\b.*?</\1>", " ", answer.text)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", body)))


def form_token(answer: Any) -> str:
    """The token that a page's forms carry."""
    found = re.search(r'name="_csrf_token"[^>]*value="([^"]+)"', answer.text)
    assert found is not None, "the page has no form"
    return found[1]
