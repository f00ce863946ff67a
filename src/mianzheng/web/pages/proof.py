"""`/ledger`: the proof checker. An entry's hash, or a receipt somebody holds, against the tree as it stands now."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import post
from litestar.datastructures import State
from litestar.enums import RequestEncodingType
from litestar.params import Body, PathParameter
from litestar.response import Redirect, Template

from mianzheng.cases.hub import Hub
from mianzheng.cases.receipt import AlteredReceipt, BadReceipt, Checked, Opened, check, open_receipt
from mianzheng.model.canonical import unb64
from mianzheng.model.text import Text
from mianzheng.web.access import Access, public, rule
from mianzheng.web.pages.showing import PageRequest, show

Entry = Annotated[str, PathParameter(max_length=200)]
FORM = Body(media_type=RequestEncodingType.URL_ENCODED)
KINDS = {
    "asked": Text(zh="提问", en="a question was put"),
    "answered": Text(zh="答复", en="it was answered"),
    "refused": Text(zh="部门拒绝回答", en="the department refused to answer"),
    "state": Text(zh="办件状态", en="a case moved on"),
    "decision": Text(zh="决定", en="a decision"),
    "delivery": Text(zh="送达", en="a delivery"),
    "paper": Text(zh="文书盖章", en="a paper was sealed"),
    "view": Text(zh="工作人员查看", en="a member of staff looked at it"),
}


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody typed: an entry's hash or place, and perhaps its receipt."""

    entry: str = ""
    receipt: str = ""


@public("/ledger")
async def explain(request: PageRequest, state: State) -> Template:
    """Explain what the ledger is, and how one checks an entry."""
    return show(request, "ledger.html", looked=Looked(), fault="")


@public("/ledger/{entry:str}")
async def show_entry(request: PageRequest, state: State, entry: Entry) -> Template:
    """Show where a leaf stands in the tree and who signed for it, step by step."""
    return await _page(request, state.hub, entry.strip(), None)


@post("/ledger", opt=rule(Access.ANYONE), status_code=200)
async def look(request: PageRequest, state: State, data: Annotated[Looked, FORM]) -> Template | Redirect:
    """Check a receipt; of an entry alone, lead to its page. Nothing is kept of what was pasted."""
    entry = data.entry.strip()
    if not data.receipt.strip():
        if not entry:
            return show(request, "ledger.html", status=400, looked=data, fault="empty")
        return Redirect(f"/ledger/{_in_path(entry)}", status_code=303)
    try:
        opened = open_receipt(data.receipt, entry if len(entry) == _B64_LEAF else "")
    except AlteredReceipt:
        return show(request, "ledger.html", status=400, looked=data, fault="altered")
    except BadReceipt:
        return show(request, "ledger.html", status=400, looked=data, fault="receipt")
    return await _page(request, state.hub, opened.leaf, opened)


async def _page(request: PageRequest, hub: Hub, entry: str, opened: Opened | None) -> Template:
    checked = await check(hub, entry)
    return show(
        request,
        "ledger_entry.html",
        status=200 if checked is not None else 404,
        entry=entry,
        checked=checked,
        opened=opened,
        kinds=KINDS,
        parties=_parties(hub, checked),
        names={name: one.name for name, one in hub.library.facts.departments.items()},
        **_hashes(checked),
    )


def _parties(hub: Hub, checked: Checked | None) -> dict[str, Text]:
    """Return what those are called who co-signed: departments by their names, others as the trust list has them."""
    proven = checked.proven if checked is not None else None
    found = {}
    for party, _ in proven.cosigners if proven is not None else ():
        department = hub.library.facts.departments.get(hub.department(party))
        found[party] = department.name if department is not None else _WITNESSES.get(party, Text(zh=party, en=party))
    return found


def _hashes(checked: Checked | None) -> dict[str, Any]:
    if checked is None:
        return {"hex_leaf": ""}
    return {"hex_leaf": unb64(checked.proof.leaf).hex()}


def _in_path(entry: str) -> str:
    """Return an entry as one part of a path; what no entry can be becomes one that is unknown."""
    plain = "".join(sign for sign in entry if sign.isascii() and (sign.isalnum() or sign in "-_"))
    return plain[:100] or "-"


_B64_LEAF = 43  # characters of a hash in base64url
_WITNESSES = {"auditor": Text(zh="外部审计", en="the outside auditor")}
ROUTES = (explain, show_entry, look)
