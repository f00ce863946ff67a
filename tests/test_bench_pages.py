"""`python -m bench pages` forgets no page: its list and the routes of `docs/rights.md` are the same."""

from __future__ import annotations

import pytest
from bench.page_list import LEFT_OUT, SECTIONS, Site, measured

from tests.web.rights import groups


@pytest.mark.parametrize("site", SECTIONS)
def test_every_page_is_measured_or_left_out_for_a_reason(site: Site) -> None:
    routes = {path for method, path in groups(SECTIONS[site]) if method == "GET" and not path.startswith("/api/")}
    assert routes == measured(site) | LEFT_OUT[site].keys()
    assert not measured(site) & LEFT_OUT[site].keys()
    assert all(LEFT_OUT[site].values())
