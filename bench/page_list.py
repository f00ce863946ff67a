"""Which pages are measured: every route of `docs/rights.md` that answers a GET, or the reason why one is left out.

A path is filled from what was found on the way (`bench.looking`): `{case}` is a case of the resident who looks.
`tests/test_bench_pages.py` holds that list and routes are equal, so that no page is forgotten.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec
from tests.browser.city_walk import ALLOWANCE

Site = Literal["hub", "persons", "bodies", "window", "provider"]
SECTIONS: Mapping[Site, str] = {
    "hub": "Hub", "persons": "Authority's site", "window": "Window's program", "provider": "Demo provider",
}  # fmt: skip
"""Where `docs/rights.md` lists a site's routes; the site for bodies shares those of the site for persons."""


class Looks(msgspec.Struct, frozen=True, kw_only=True):
    """Whoever looks at pages of one site: route → paths, more than one where what is asked for differs."""

    site: Site
    who: Literal["", "resident", "firm", "agent"] = ""  # "": anybody; at the window the clerk
    paths: Mapping[str, tuple[str, ...]]


PAGES = (
    Looks(site="hub", paths={
        "/": ("/",),
        "/items": ("/items", "/items?q=glj", "/items?department=civil-affairs"),
        "/items/{item}": (f"/items/{ALLOWANCE}",),
        "/help": ("/help",),
        "/about": ("/about",),
        "/ledger": ("/ledger",),
        "/ledger/{entry}": ("/ledger/{entry}",),
        "/papers/{number}": ("{check}",),
        "/overdue": ("/overdue", "/overdue?department=civil-affairs", "/overdue?after=2025-06-01.1"),
        "/notices": ("/notices",),
        "/my/sign-in": ("/my/sign-in",),
        "/schema": ("/schema",),
        "/schema/catalogue.json": ("/schema/catalogue.json",),
        "/schema/openapi.json": ("/schema/openapi.json",),
    }),
    Looks(site="hub", who="resident", paths={
        "/my": ("/my", "/my?q=高龄"),
        "/my/ledger": ("/my/ledger",),
        "/my/ledger/receipts/{leaf}": ("/my/ledger/receipts/{entry}",),
        "/my/notices": ("/my/notices",),
        "/my/mandates": ("/my/mandates",),
        "/my/invitations": ("/my/invitations",),
        "/my/sign-ins": ("/my/sign-ins",),
        "/my/window": ("/my/window",),
        "/my/apply/{item}": (f"/my/apply/{ALLOWANCE}",),
        "/my/cases/{case}": ("{case}",),
        "/my/cases/{case}/live": ("{case}/live",),
        "/my/cases/{case}/why": ("{case}/why",),
        "/my/cases/{case}/papers": ("{case}/papers",),
        "/my/cases/{case}/papers/{paper}": ("{paper}",),
        "/my/cases/{case}/papers/{paper}/pdf": ("{paper}/pdf",),
        "/my/cases/{case}/plan": ("{plan}",),
        "/my/signing/{token}": ("{signing}",),
    }),
    Looks(site="hub", who="firm", paths={
        "/enterprise": ("/enterprise",),
        "/enterprise/ledger": ("/enterprise/ledger",),
        "/enterprise/batch/{item}": ("{batch}?{acting}",),
        "/enterprise/batch/{item}/template.xlsx": ("{batch}/template.xlsx?{acting}",),
    }),
    Looks(site="persons", paths={
        "/": ("/",),
        "/sign-in": ("/sign-in",),
        "/confirm": ("{confirm}",),
        "/credentials": ("/credentials",),
    }),
    Looks(site="persons", who="resident", paths={
        "/devices": ("/devices",),
        "/mandates/mine": ("/mandates/mine",),
        "/mandates/new": ("/mandates/new",),
    }),
    Looks(site="persons", who="agent", paths={"/mandates/{mandate}/use": ("{use}",)}),
    Looks(site="bodies", who="firm", paths={
        "/mandates/mine": ("/mandates/mine",),
        "/mandates/new": ("/mandates/new",),
        "/bodies/use": ("/bodies/use",),
    }),
    Looks(site="provider", paths={
        "/authorize": ("{authorize}",),
        "/people": ("/people",),
        "/.well-known/openid-configuration": ("/.well-known/openid-configuration",),
        "/jwks": ("/jwks",),
    }),
    Looks(site="window", paths={
        "/window": ("/window",),
        "/window/found": ("/window/found?q=glj",),
        "/window/shift": ("/window/shift",),
        "/window/stuck": ("/window/stuck",),
        "/window/screen": ("/window/screen",),
        "/window/seat": ("/window/seat",),
        "/window/desk": ("/window/desk",),
        "/window/desk/{case}": ("/window/desk/{waiting}",),
        "/window/desk/outgoing": ("/window/desk/outgoing",),
        "/window/mandate": ("/window/mandate",),
    }),
)  # fmt: skip

STAGES = ("asked", "item", "plan", "done")
"""Stages of a sitting at which `/window` and the person's screen are measured again, the widow being there."""

_STATIC, _HEALTH, _ONWARD = "the yardstick of all others", "no page", "leads on to another page"
LEFT_OUT: Mapping[Site, Mapping[str, str]] = {
    "hub": {
        "/static/{file_path}": _STATIC,
        "/health": _HEALTH,
        "/window": _ONWARD,
        "/my/signed-in": _ONWARD,
        "/my/signing/{token}/signed": _ONWARD,
        "/my/choosing/{token}": "opens once, with what an authority sealed; the form of /my/apply/{item}",
        "/my/acting/{token}": "opens once, with what an authority handed over",
        "/my/cases/{case}/correct": "stands while a department waits for a correction; the form of /my/apply/{item}",
        "/my/invitations/{case}/{role}": "stands while somebody's consent is awaited; the form of a plan",
        "/notices/{case}/objection": "stands while a notice hangs, which an officer's signature begins",
        "/schema/openapi.yaml": "/schema/openapi.json in another form",
        "/schema/openapi.yml": "/schema/openapi.json in another form",
        "/schema/{path}": "answers 404",
    },
    "persons": {
        "/static/{file_path}": _STATIC,
        "/sign-in/with/{name}": _ONWARD,
        "/sign-in/callback": _ONWARD,
        "/sign-out": _ONWARD,
        "/choose": "asked with a hub's signed wish for one form, by browsers without scripts; as /confirm",
        "/mandates/sign": "stands ten minutes, between form and signature; as /confirm",
    },
    "window": {
        "/static/{file_path}": _STATIC,
        "/health": _HEALTH,
        "/": _ONWARD,
        "/window/paper/{name}": "the paper of /my/cases/{case}/papers/{paper}/pdf",
        "/window/desk/{case}/papers/{paper}": "the paper of /my/cases/{case}/papers/{paper}/pdf",
        "/window/mandate/paper": "stands while a mandate on paper is drawn up",
    },
    "provider": {
        "/static/{file_path}": _STATIC,
        "/health": _HEALTH,
        "/authorize/{person}": _ONWARD,
    },
}


def measured(site: Site) -> frozenset[str]:
    """Return the routes of a site that are measured, by whoever looks."""
    return frozenset(route for looks in PAGES if looks.site == site for route in looks.paths)
