"""`/enterprise/batch/{item}`: many applications from one spreadsheet; it is checked before anything is filed.

Faults are told by row and column. Whoever wants may file the rows that are right, and mend the others later.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import quote

import msgspec
from litestar import Response, get, post
from litestar.datastructures import State, UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body, PathParameter, QueryParameter
from litestar.response import Redirect, Template

from mianzheng.cases import acts_on, to_sign
from mianzheng.cases.acts_on import ActsOn
from mianzheng.cases.hub import Hub
from mianzheng.cases.library import Version
from mianzheng.cases.opening import open_case
from mianzheng.catalogue.workbook import BadSheet
from mianzheng.look.problems import TITLES, meaning_of
from mianzheng.model.errors import NotFound
from mianzheng.model.item import Item
from mianzheng.store import to_sign as stored
from mianzheng.web.access import Access, rule
from mianzheng.web.pages.choosing import CHOICE, choice_field, read_form
from mianzheng.web.pages.my_apply import Typed, texts
from mianzheng.web.pages.showing import PageRequest, show
from mianzheng.web.pages.spreadsheet import Row, Sheet, read_sealed, read_sheet, template_of

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KEPT_SECONDS = 1800
Name = Annotated[str, PathParameter(max_length=100)]
Acting = Annotated[str, QueryParameter(max_length=64)]
Sent = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.MULTI_PART)]


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """The right rows of a file, kept until their person says that they are to be filed."""

    pairwise: str
    item: str
    acting: str
    rows: tuple[Row, ...]


@get("/enterprise/batch/{item:str}", opt=rule(Access.PAGE))
async def ask(request: PageRequest, state: State, item: Name, acting: Acting = "") -> Template:
    """Offer the template, and take it back filled in."""
    version = await _version(state.hub, item)
    acts = await acts_on.find(state.hub, acting, request.state.applicant)
    return _page(request, state.hub, version, acting, acts)


@get("/enterprise/batch/{item:str}/template.xlsx", opt=rule(Access.PAGE))
async def template(state: State, item: Name) -> Response[bytes]:
    """Give out the empty spreadsheet of an item."""
    version = await _version(state.hub, item)
    name = quote(f"{version.item.name.zh}.xlsx")
    return Response(
        template_of(version.item),
        media_type=XLSX,
        headers={"content-disposition": f"attachment; filename=\"{item}.xlsx\"; filename*=UTF-8''{name}"},
    )


@post("/enterprise/batch/{item:str}", opt=rule(Access.PAGE), status_code=200)
async def check(request: PageRequest, state: State, item: Name, data: Sent, acting: Acting = "") -> Template:
    """Read a file and say what is in it, right or wrong; nothing is filed yet."""
    hub: Hub = state.hub
    version = await _version(hub, item)
    acts = await acts_on.find(hub, acting, request.state.applicant)  # nobody else has the hub read a file
    try:
        sheet = await _read(version.item, data)
    except BadSheet as error:
        return _page(request, hub, version, acting, acts, trouble=error)
    kept = ""
    if sheet.right:
        kept = await _keep(
            hub, Batch(pairwise=request.state.applicant.pairwise, item=item, acting=acting, rows=sheet.right)
        )
    return _page(request, hub, version, acting, acts, sheet=sheet, kept=kept)


@post("/enterprise/batch/{item:str}/filing", opt=rule(Access.PAGE), status_code=303)
async def file_rows(request: PageRequest, state: State, item: Name, data: Typed) -> Redirect:
    """Open a case for each row that was right; each waits for its own signature."""
    hub: Hub = state.hub
    applicant, token = request.state.applicant, texts(data).get("kept", "")
    batch = await _take(hub, token)
    if batch is None or batch.pairwise != applicant.pairwise or batch.item != item:
        raise NotFound("there is no such batch any more", hint="send the file once more")
    acts = await acts_on.find(hub, batch.acting, applicant)
    version = await _version(hub, item)
    for row in batch.rows:
        found, choices, _ = read_form(version.item, row.typed)
        await open_case(hub, applicant, item, found.values, choices=choices, mandate=acts.mandate, body=acts.body)
    return Redirect(f"/enterprise?filed={len(batch.rows)}", status_code=303)


async def _version(hub: Hub, item: str) -> Version:
    """Return an item of bodies whose form can be filled in rows; `NotFound` for any other."""
    version = await hub.library.current(item, hub.today)
    if not version.item.in_rows:
        raise NotFound(f"{item} is not filed in rows", hint="apply for it by its own page")
    return version


async def _read(item: Item, data: dict[str, Any]) -> Sheet:
    """Read what was sent: lines that the browser read and sealed where rows name people, else the file itself."""
    if item.chosen_roles:
        return await asyncio.to_thread(read_sealed, str(data.get("lines") or ""), item)
    file = data.get("file")
    sent = await file.read() if isinstance(file, UploadFile) else b""
    return await asyncio.to_thread(read_sheet, sent, item)


def _sealing(hub: Hub, item: Item) -> str:
    """Return as JSON which columns the browser seals, and to whose key; "" when rows name nobody."""
    fields = [choice_field(hub, item, role) for role in item.chosen_roles]
    columns = [
        {
            "role": one.role,
            "heads": [f"{CHOICE}{one.role}", one.label.zh, one.label.en],
            "key": one.key,
            "kid": one.kid,
        }
        for one in fields
    ]
    return msgspec.json.encode(columns).decode() if columns else ""


def _page(
    request: PageRequest,
    hub: Hub,
    version: Version,
    acting: str,
    acts: ActsOn,
    *,
    sheet: Sheet | None = None,
    kept: str = "",
    trouble: BadSheet | None = None,
) -> Template:
    wrong = trouble is not None or (sheet is not None and bool(sheet.faults))
    return show(
        request,
        "enterprise_batch.html",
        status=422 if wrong else 200,
        item=version.item,
        acts=acts,
        acting=acting,
        sealing=_sealing(hub, version.item),
        sheet=sheet,
        kept=kept,
        trouble=trouble,
        title=TITLES[trouble.code] if trouble else None,
        meaning=meaning_of(trouble.code) if trouble else None,
    )


async def _keep(hub: Hub, batch: Batch) -> str:
    token = to_sign.new_salt()
    content = to_sign.closing_key(token).encrypt(msgspec.json.encode(batch), context="batch")
    async with hub.store.connection() as connection:
        await stored.add(connection, to_sign.row_name(token), content, hub.clock() + timedelta(seconds=KEPT_SECONDS))
    return token


async def _take(hub: Hub, token: str) -> Batch | None:
    """Return a batch and forget it: it is filed once."""
    async with hub.store.connection() as connection:
        content = await stored.take(connection, to_sign.row_name(token), hub.clock())
    if content is None:
        return None
    return msgspec.json.decode(to_sign.closing_key(token).decrypt(content, context="batch"), type=Batch)


READING = (check,)  # takes a file apart
ROUTES = (ask, template, file_rows)
