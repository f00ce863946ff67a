"""Routes of the access ledger: hashes for anyone, entries for their subject."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any

from litestar import MediaType, Request, get
from litestar.datastructures import State
from litestar.params import PathParameter, QueryParameter

from mianzheng.cases.hub import Hub
from mianzheng.cases.proving import masked, proof_of_leaf, proofs_about, proofs_of_case, readable
from mianzheng.cases.sequencing import consistency
from mianzheng.ledger.entry import Entry
from mianzheng.ledger.proven import EntryProof, LeafProof
from mianzheng.model.canonical import b64
from mianzheng.model.errors import NotFound, WrongUse
from mianzheng.model.witnessing import ConsistencyProof, LeavesPage, LedgerHead
from mianzheng.store import ledger as stored
from mianzheng.web.access import Access, rule, seen_case

MOST_LEAVES = 10_000  # in one page
Index = Annotated[int, QueryParameter(ge=0)]
EntryName = Annotated[str, PathParameter(max_length=64)]
CaseId = Annotated[str, PathParameter(max_length=64)]
View = Annotated[str, QueryParameter(max_length=16)]
Flag = Annotated[bool, QueryParameter()]


@get("/ledger/head", opt=rule(Access.ANYONE))
async def head(state: State, witnessed: Flag = False) -> LedgerHead:
    """Return the newest signed head, or with `witnessed` the newest that a witness co-signed."""
    hub: Hub = state.hub
    async with hub.store.connection() as connection:
        found = await (stored.last_witnessed_head if witnessed else stored.last_head)(connection)
        if found is None:
            return LedgerHead(head="", cosignatures=())
        signed = await stored.cosignatures(connection, found.size)
    return LedgerHead(head=found.signed, cosignatures=tuple(token for _, token in signed))


@get("/ledger/leaves", opt=rule(Access.ANYONE))
async def leaves(state: State, start: Index, end: Index) -> LeavesPage:
    """Return leaf hashes from `start` to before `end`, at most 10,000."""
    hub: Hub = state.hub
    async with hub.store.connection() as connection:
        found = await stored.leaves(connection, start, min(end, start + MOST_LEAVES))
    return LeavesPage(start=start, leaves=tuple(b64(leaf) for leaf in found))


@get("/ledger/consistency", opt=rule(Access.ANYONE))
async def prove_consistency(state: State, first: Index, second: Index) -> ConsistencyProof:
    """Return the proof that the tree of `second` leaves only appended to that of `first`."""
    hub: Hub = state.hub
    async with hub.store.connection() as connection:
        size = await stored.tree_size(connection)
        if not first <= second <= size:
            raise WrongUse(f"no trees of {first} and {second} leaves", hint=f"the ledger has {size}")
        proof = await consistency(connection, first, second)
    return ConsistencyProof(first=first, second=second, proof=tuple(b64(node) for node in proof))


@get("/trust", opt=rule(Access.ANYONE), media_type=MediaType.JSON)
async def trust_list(state: State) -> bytes:
    """Return the trust list as two roots signed it, for whoever checks a proof without this hub."""
    return await asyncio.to_thread((Path(state.config.keys) / "trust.json").read_bytes)


@get("/ledger/entries/{entry:str}", opt=rule(Access.ANYONE))
async def prove_leaf(state: State, entry: EntryName) -> LeafProof:
    """Return the proof of a leaf by its hash or its place: audit path, signed head, co-signatures; no content."""
    found = await proof_of_leaf(state.hub, entry)
    if found is None:
        raise NotFound("the ledger has no such leaf", hint="name its hash, or its place in the tree")
    return found


@get("/ledger/cases/{case:str}", opt=rule(Access.SESSION))
async def entries_of_case(
    request: Request[Any, Any, State], state: State, case: CaseId, view: View = ""
) -> list[EntryProof]:
    """Return every entry of a case that the signed-in person may read whole, with its salt and proof."""
    live, viewer = await seen_case(state.hub, case, request.state.applicant, view)
    return list(readable(await proofs_of_case(live), viewer, live.version.item.acting_role))


@get("/ledger/cases/{case:str}/masked", opt=rule(Access.SESSION))
async def masked_entries(request: Request[Any, Any, State], state: State, case: CaseId, view: View = "") -> list[Entry]:
    """Return the entries of a case of which the signed-in person sees department and kind only."""
    live, viewer = await seen_case(state.hub, case, request.state.applicant, view)
    return list(masked(await proofs_of_case(live), viewer, live.version.item.acting_role))


@get("/my/ledger", opt=rule(Access.SESSION))
async def my_entries(request: Request[Any, Any, State], state: State) -> list[EntryProof]:
    """Return the newest entries about the signed-in person; none to a presence, where a clerk looks on."""
    if request.state.applicant.presence:
        return []
    return list(await proofs_about(state.hub, request.state.applicant.pairwise))


ROUTES = (trust_list, head, leaves, prove_consistency, prove_leaf, entries_of_case, masked_entries, my_entries)
