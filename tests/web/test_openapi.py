"""Whatever the pages do, programs can do: the OpenAPI document lists every path of the API, and no page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from litestar.testing import TestClient

from mianzheng.catalogue.exported import SCHEMA_ID
from tests.web.hub_client import hub
from tests.web.rights import Route, groups, served, table

FORMS = {tuple(cells[0].split(" ")): cells[1] for cells in table("What pages do, over the API")}
SHOWN = {tuple(cells[0].split(" ")): cells[1] for cells in table("What pages show, over the API")}


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient[Any]]:
    with hub() as made:
        yield made


@pytest.fixture(scope="module")
def listed(client: TestClient[Any]) -> set[Route]:
    document = client.get("http://testserver.local/schema/openapi.json").json()
    paths: dict[str, Any] = document["paths"]
    return {(method.upper(), path) for path, item in paths.items() for method in item if method in ("get", "post")}


@pytest.fixture(scope="module")
def routes(client: TestClient[Any]) -> set[Route]:
    return set(served(client.app))  # type: ignore[arg-type]


def test_every_path_of_the_api_is_listed_and_no_page_is(listed: set[Route], routes: set[Route]) -> None:
    assert listed == {one for one in routes if one[1].startswith("/api/")} | {("GET", "/health")}


def test_every_form_of_the_pages_has_its_line(routes: set[Route]) -> None:
    forms = {one for one in routes if one[0] == "POST" and not one[1].startswith("/api/")}
    assert forms == set(FORMS)


def test_every_page_of_ones_own_has_its_line_too() -> None:
    own = {route for route, group in groups("Hub").items() if group in ("own", "case")}
    assert {one for one in own if one[0] == "GET" and not one[1].startswith("/api/")} == set(SHOWN)


def test_every_path_that_does_the_same_is_served(listed: set[Route]) -> None:
    cells = [*FORMS.values(), *SHOWN.values()]
    named = {tuple(one.split(" ")) for cell in cells if cell != "—" for one in cell.split(", ")}
    assert named <= listed


def test_the_schema_of_an_exported_catalogue_is_served(client: TestClient[Any]) -> None:
    served = client.get("http://testserver.local/schema/catalogue.json").json()
    assert served["$id"] == SCHEMA_ID and "Exported" in served["$defs"]
