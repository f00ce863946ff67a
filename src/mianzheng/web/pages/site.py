"""Every page of the hub, with the static files they load."""

from __future__ import annotations

from mianzheng.look.pages import static_files
from mianzheng.look.preferences import preference_route
from mianzheng.web.access import Access, rule
from mianzheng.web.pages import (
    enterprise,
    enterprise_batch,
    enterprise_ledger,
    front,
    help,
    items,
    limits,
    my,
    my_apply,
    my_case,
    my_choosing,
    my_invitations,
    my_ledger,
    my_mandates,
    my_plan,
    my_sign_ins,
    my_signing,
    my_steps,
    my_window,
    objections,
    papers,
    proof,
    signing_in,
    window,
)

PARTS = (
    enterprise,
    enterprise_batch,
    enterprise_ledger,
    front,
    window,
    items,
    help,
    limits,
    proof,
    objections,
    signing_in,
    my,
    my_apply,
    my_choosing,
    my_plan,
    my_signing,
    my_case,
    my_steps,
    my_window,
    my_invitations,
    my_ledger,
    my_mandates,
    my_sign_ins,
    papers,
)
LIMITED = (*signing_in.PROVING, *enterprise_batch.READING)  # for each address, with the sign-ins of programs
SITE = (
    static_files(rule(Access.ANYONE)),
    preference_route(rule(Access.ANYONE)),
    *(route for part in PARTS for route in part.ROUTES),
)
