"""`docs/asvs.md` names a test or a reason for every point of ASVS 5.0 level 2; and its tests that read sources."""

from __future__ import annotations

import ast
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from mianzheng.web.app import create_hub
from tests.gateway.world import OLD
from tests.web.front_hub import pages
from tests.web.hub_client import config
from tests.web.my_client import Visitor
from tests.web.rights import served

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "mianzheng"
TESTS = ROOT / "tests"
LINES = re.findall(r"^\| (V[\d.]+) \| ([12]) \| [^|]+ \| (.+) \|$", (ROOT / "docs/asvs.md").read_text(), re.MULTILINE)
POINTS, LEVEL_1, LEVEL_2 = 253, 70, 183  # of ASVS 5.0.0
REASONS = ("n/a: ", "document: ", "open: ", "open in part: ", "in part: ", "deviation: ")


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient[Any]]:
    with pages() as made:
        yield made


def sources() -> list[tuple[Path, ast.Module]]:
    return [(path, ast.parse(path.read_text(encoding="utf-8"))) for path in sorted(SOURCE.rglob("*.py"))]


def calls() -> Iterator[tuple[Path, ast.Call, str]]:
    """Every call of our sources with the dotted name of what is called."""
    for path, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                yield path, node, ast.unparse(node.func)


def templates() -> list[Path]:
    return sorted(SOURCE.rglob("templates/**/*.html"))


def scripts() -> list[Path]:
    return [path for path in sorted(SOURCE.rglob("static/**/*.js")) if "vendor" not in path.parts]


# -- the list


def test_every_point_of_levels_1_and_2_stands_in_the_list_once() -> None:
    numbers = [number for number, _, _ in LINES]
    levels = [level for _, level, _ in LINES]
    assert len(set(numbers)) == len(numbers) == POINTS
    assert (levels.count("1"), levels.count("2")) == (LEVEL_1, LEVEL_2)


def test_every_point_has_a_test_or_a_reason() -> None:
    bare = [number for number, _, how in LINES if "`" not in how and not how.startswith(REASONS)]
    assert bare == []


def test_every_test_that_the_list_names_exists() -> None:
    missing = []
    for number, _, how in LINES:
        for file, name in re.findall(r"`([\w/]+\.py)::(\w+|\*)`", how):
            path = TESTS / file
            text = path.read_text(encoding="utf-8") if path.exists() else ""
            if not (f"def {name}(" in text if name != "*" else "def test_" in text):
                missing.append((number, file, name))
    assert missing == []


# -- what sources may not do


def test_no_source_runs_a_shell_or_evaluates_text() -> None:
    bad = {"eval", "exec", "os.system", "os.popen", "pickle.loads", "pickle.load", "marshal.loads", "yaml.load"}
    found = [(path.name, name) for path, _, name in calls() if name in bad]
    found += [
        (path.name, "shell=True")
        for path, call, _ in calls()
        for word in call.keywords
        if word.arg == "shell" and not (isinstance(word.value, ast.Constant) and word.value.value is False)
    ]
    assert found == []


def test_no_statement_of_the_store_is_put_together_from_values() -> None:
    """Statements are constants: `text(…)` inside a function may hold no name that the function was given."""
    found = []
    for path in sorted((SOURCE / "store").glob("*.py")):
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
                given = {one.arg for one in (*function.args.args, *function.args.kwonlyargs)}
                for call in ast.walk(function):
                    if isinstance(call, ast.Call) and ast.unparse(call.func) == "text":
                        named = {one.id for one in ast.walk(call) if isinstance(one, ast.Name)}
                        found += [(path.name, function.name)] if named & given else []
    assert found == []


def test_no_source_draws_secrets_from_a_weak_source() -> None:
    """Only the synthetic city, its oracle and conformance draw from `random`: nothing there is a secret."""
    drawing = {"city", "conformance", "cli"}
    found = {
        path.relative_to(SOURCE).parts[0]
        for path, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Import) and any(one.name == "random" for one in node.names)
    }
    assert found <= drawing


def test_the_hub_asks_only_addresses_of_its_settings() -> None:
    """No page or route of the hub opens an address: only `exchange` does, for parties that settings name."""
    names = ("urlopen", "aiohttp.ClientSession", "httpx.Client", "requests.get", "httpx.get")
    found = {path.relative_to(SOURCE).parts[0] for path, _, name in calls() if any(name.endswith(one) for one in names)}
    assert found.isdisjoint({"web", "cases", "store", "look", "gateway"})


def test_no_template_builds_a_script_or_turns_escaping_off() -> None:
    found = []
    for path in templates():
        text = path.read_text(encoding="utf-8")
        found += [(path.name, one) for one in re.findall(r"<script(?![^>]*\bsrc=)[^>]*>|\son\w+=|style=\"", text)]
        found += [
            (path.name, one) for one in re.findall(r"\{\{[^}]*\| ?safe[^}]*\}\}", text) if "csrf_input" not in one
        ]
        found += [(path.name, one) for one in re.findall(r"\{% autoescape[^%]*%\}", text)]
    assert found == []


def test_no_script_of_ours_writes_html() -> None:
    bad = (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "new Function",
        "postMessage",
        '"message"',
    )
    found = [(path.name, one) for path in scripts() for one in bad if one in path.read_text(encoding="utf-8")]
    # what stands in for a worker in the same page has that name; no window is spoken to
    assert found == [("batch.js", "postMessage")]


def test_no_page_loads_anything_from_elsewhere() -> None:
    found = [
        (path.name, one)
        for path in templates()
        for one in re.findall(r"<(?:script|link|img|iframe)[^>]*(?:src|href)=\"(?:https?:)?//[^\"]*", path.read_text())
    ]
    assert found == []


def test_no_get_of_the_hub_needs_a_form() -> None:
    routes = served(create_hub(config()))
    taking = [one for one, handler in routes.items() if "data" in handler.parsed_fn_signature.parameters]
    assert [one for one in taking if one[0] == "GET"] == []


# -- what the hub answers


def test_every_page_says_its_type_and_charset(client: TestClient[Any]) -> None:
    for path in ("/", "/items", "/help", "/nowhere", "/schema"):
        assert client.get(path).headers["content-type"] == "text/html; charset=utf-8", path


def test_every_own_page_has_a_sign_out(client: TestClient[Any]) -> None:
    visitor = Visitor(client, OLD)
    for path in ("/my", "/my/notices", "/my/invitations", "/my/ledger", "/my/sign-ins", "/my/window"):
        assert 'action="/my/sign-out"' in visitor.get(path).text, path


def test_a_body_that_is_too_long_is_refused_before_it_is_read(client: TestClient[Any]) -> None:
    answer = client.post("/api/sign-ins", content=b"x" * (client.app.state.config.body_bytes + 1))
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "path",
    [
        "/static/",
        "/static/../pages.py",
        "/static/%2e%2e/pages.py",
        "/.git/config",
        "/static/.git",
        "/static/%00",
        f"/static/{'a' * 300}",
        "/static/city.css/x",
    ],
)
def test_a_path_outside_the_static_files_is_not_served(client: TestClient[Any], path: str) -> None:
    assert client.get(path).status_code == 404


def test_a_public_page_answers_head_and_a_wrong_method_is_told_the_right_ones(client: TestClient[Any]) -> None:
    for path in ("/", "/items", "/help"):
        asked = client.head(path)
        assert (asked.status_code, asked.content) == (200, b""), path
        assert "GET" in client.delete(path).headers["allow"], path
    own = client.head("/my")  # opening a page of one's own may serve a paper: nothing that looks at links does it
    assert own.status_code == 405 and "GET" in own.headers["allow"]


def test_a_refusal_of_rights_is_a_line_of_the_log_without_the_case(
    client: TestClient[Any], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="mianzheng.web.errors"):
        client.get("/api/cases/c-secret-of-somebody%0aforged")
    lines = [record.getMessage() for record in caplog.records if record.name == "mianzheng.web.errors"]
    assert "refused not-signed-in at show_case by nobody" in lines
    assert all("secret" not in line and "\n" not in line for line in lines)
