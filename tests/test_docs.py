"""The documents and the program say the same: settings, commands, paths, codes."""

from __future__ import annotations

import argparse
import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from litestar import Litestar

from mianzheng.authority.authority import Authority
from mianzheng.authority.routes import handlers as authority_handlers
from mianzheng.cli.main import COMMANDS
from mianzheng.gateway.refusals import REFUSALS
from mianzheng.gateway.routes import handlers as gateway_handlers
from mianzheng.gateway.serving import Serving
from mianzheng.settings import Settings
from mianzheng.web.errors import STATUS

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "mianzheng"
DOCS = ROOT / "docs"


def text_of(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def section(name: str, heading: str) -> str:
    return text_of(name).partition(f"## {heading}")[2].partition("\n## ")[0]


def rows(text: str) -> Iterator[list[str]]:
    """Yield the cells of each row of the tables in a text."""
    for line in text.splitlines():
        if line.startswith("| `"):
            yield [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


# -- settings


def test_every_setting_is_documented_with_its_default_and_no_other_is() -> None:
    documented = {cells[0].strip("`"): cells[1] for cells in rows(text_of("settings.md"))}
    fields = {f"MIANZHENG_{field.name.upper()}": field.default for field in msgspec.structs.fields(Settings)}
    assert list(documented) == list(fields)
    for name, default in fields.items():
        if default != "":
            assert (
                float(documented[name]) == default if isinstance(default, (int, float)) else documented[name] == default
            )


# -- commands


def leaves(parser: argparse.ArgumentParser, name: str = "") -> Iterator[tuple[str, argparse.ArgumentParser]]:
    inner = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not inner:
        yield name.strip(), parser
    for action in inner:
        for word, below in action.choices.items():
            yield from leaves(below, f"{name} {word}")


def parsers() -> dict[str, argparse.ArgumentParser]:
    root = argparse.ArgumentParser()
    commands = root.add_subparsers()
    for module in dict.fromkeys(module for module, _ in COMMANDS.values()):
        importlib.import_module(module).add_parsers(commands)
    return dict(leaves(root))


PARSERS = parsers()
ROWS = {" ".join(re.findall(r"^[a-z]+(?: [a-z]+)?", cells[0].strip("`"))): cells for cells in rows(text_of("cli.md"))}


def test_every_command_is_documented_and_no_other_is() -> None:
    assert ROWS.keys() == PARSERS.keys()


@pytest.mark.parametrize("command", sorted(PARSERS))
def test_a_command_is_documented_with_all_its_arguments(command: str) -> None:
    typed, text, prints_json, of_city = ROWS[command]
    actions = [action for action in PARSERS[command]._actions if action.dest != "help"]
    options = {name: action for action in actions for name in action.option_strings}
    shown = set(re.findall(r"--[a-z-]+", typed))
    assert shown == options.keys() - {"--json", "--data"}, typed
    assert {name for name in shown if f"[{name}" not in typed} == {name for name, a in options.items() if a.required}
    places = {(action.metavar or action.dest).upper() for action in actions if not action.option_strings}
    assert (
        set(re.findall(r"(?<= )\[?([A-Z]+)\]?", re.sub(r"\[?--[a-z-]+[^\]\s]*(?: [^\]\s]+)?\]?", "", typed))) == places
    )
    assert text
    assert prints_json == ("yes" if "--json" in options else "—")
    assert of_city == ("yes" if "--data" in options else "—")


@pytest.mark.parametrize("command", sorted(PARSERS))
def test_every_option_and_command_has_a_help_text(command: str) -> None:
    bare = [action.dest for action in PARSERS[command]._actions if action.option_strings and not action.help]
    assert bare == []


# -- paths of gateways and authorities (the hub's: tests/web/test_protocol.py)


def documented_paths(text: str) -> set[str]:
    cells = " ".join(cells[0] for cells in rows(text))
    return {f"{method} {path}" for method, path in re.findall(r"`(GET|POST) (/[^`?]*)", cells)}


def served_paths(handlers: list[object]) -> set[str]:
    app = Litestar(route_handlers=handlers, openapi_config=None)  # type: ignore[arg-type]
    return {
        f"{method} {route.path}"
        for route in app.routes
        for handler in getattr(route, "route_handlers", ())
        for method in handler.http_methods
        if method != "OPTIONS"
    }


def test_every_path_of_a_gateway_and_an_authority_is_documented() -> None:
    class Nothing:
        gateway = type("", (), {"trust": None, "seal": None, "party": "p", "now": lambda self: 0})()

        async def body(self, *_: object) -> None: ...

    serving: Serving = Nothing()  # type: ignore[assignment]
    authority: Authority = None  # type: ignore[assignment]
    text = section("protocol.md", "Gateway")
    gateway, _, authorities = text.partition("The two authorities")
    assert served_paths([*gateway_handlers(serving)]) == documented_paths(gateway)
    assert served_paths([*authority_handlers(authority, serving.body)]) == documented_paths(authorities)  # type: ignore[arg-type]


# -- codes

CODE = re.compile(r"[a-z]+(?:-[a-z]+)+\Z")


def trees(*names: str) -> Iterator[ast.AST]:
    for name in names:
        path = SOURCE / name
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            yield from ast.walk(ast.parse(file.read_text(encoding="utf-8")))


def codes_of(*names: str) -> set[str]:
    """Every code that modules give: as a class's own, or as the argument `code`."""
    found: set[str] = set()
    for node in trees(*names):
        if isinstance(node, ast.Call):
            values = [word.value for word in node.keywords if word.arg == "code"]
        elif isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "code" for t in node.targets):
            values = [node.value]
        else:
            continue
        found |= {value.value for value in values if isinstance(value, ast.Constant) and isinstance(value.value, str)}
    return found


def words_of(*names: str) -> set[str]:
    """Every text constant that is spelled like a code."""
    constants = (node.value for node in trees(*names) if isinstance(node, ast.Constant) and isinstance(node.value, str))
    return {value for value in constants if CODE.match(value)}


def documented_codes(heading: str) -> set[str]:
    return {code for cells in rows(section("errors.md", heading)) for code in re.findall(r"`([a-z-]+)`", cells[0])}


FRAMEWORK = {"not-found", "wrong-method", "body-too-long", "too-many-requests", "bad-request", "internal"}
INSIDE = {  # raised in the hub and answered by it as another code, or never leaving it
    "handling-refused",
    "request-expired",
    "sheet-of-another-item",
}


def test_every_code_of_the_hub_is_documented_with_its_status() -> None:
    raised = codes_of(
        "cases/opening.py", "cases/authorising.py", "cases/steps.py", "cases/change.py", "cases/publishing.py"
    )
    raised |= codes_of("cases/acting.py", "cases/staff.py", "cases/fees.py", "deadlines/limit.py", "deadlines/clock.py")
    raised |= codes_of("deadlines/terms.py", "cases/signing.py", "cases/signed_step.py")
    raised |= codes_of("cases/inviting.py", "cases/receipt.py")
    raised |= codes_of(
        "web/access.py", "web/people.py", "credentials/assertion.py", "model/errors.py", "model/scalar.py"
    )
    documented = documented_codes("The hub")
    assert documented == (raised | STATUS.keys() | FRAMEWORK) - {"error"}
    for cells in rows(section("errors.md", "The hub")):
        for code in re.findall(r"`([a-z-]+)`", cells[0]):
            if code in STATUS:
                assert STATUS[code] == int(cells[1]), code


def test_every_code_of_the_command_line_is_documented() -> None:
    documented = {code for heading in ("The hub", "Credentials", "The ledger") for code in documented_codes(heading)}
    own = documented_codes("The command line's own")
    of_packs = codes_of("catalogue/load.py", "catalogue/sheets/drafts.py")
    assert (codes_of("cli", "client") | of_packs) - documented == own - {"bad-key", "wrong-path", "system"}


def test_every_refusal_of_a_gateway_is_documented() -> None:
    text = text_of("gateway.md")
    missing = {code for code in REFUSALS if f"`{code}`" not in text}
    assert missing == set()


def test_every_code_of_a_verified_credential_is_documented() -> None:
    given = codes_of("credentials/jws.py", "credentials/sdjwt.py", "credentials/credential.py", "credentials/status.py")
    given |= codes_of("cli/credential_check.py", "cli/status_lists.py") | {
        "untrusted",
        "untrusted-key",
        "key-revoked",
        "key-not-valid",
    }
    assert documented_codes("Credentials") == given - {"status-list-full"}


def test_every_finding_about_the_ledger_is_documented() -> None:
    documented = documented_codes("The ledger")
    given = words_of("ledger/reconcile.py", "ledger/witness.py", "ledger/proven.py")
    given |= codes_of("gateway/log_check.py", "cases/reconciling.py", "web/audit.py", "cli/ledger_checks.py")
    given |= codes_of("cli/ledger.py", "cli/mine.py", "ledger/entry.py")
    of_entries = {"proof-elsewhere", "delay-unfounded", "delay-too-long", "suite-unknown", "token-not-yet-valid"}
    assert given - of_entries <= documented, given - of_entries - documented
    assert documented <= given, documented - given


def test_links_between_documents_lead_somewhere() -> None:
    for file in [*DOCS.rglob("*.md"), ROOT / "README.md", ROOT / "README.zh-CN.md", ROOT / "CONTRIBUTING.md"]:
        for target in re.findall(r"\]\(([^)#]+)\)", file.read_text(encoding="utf-8")):
            if not target.startswith(("http://", "https://", "mailto:")):
                assert (file.parent / target).exists(), f"{file.name} links to {target}"


# -- the threat model

THREATS = (ROOT / "THREAT_MODEL.md").read_text(encoding="utf-8")
NAMED = re.compile(r"`([\w/]+\.py)::(\w+)`")


def test_every_threat_names_a_test() -> None:
    threats = [line for line in THREATS.splitlines() if line.startswith("| ") and not line.startswith("| can at worst")]
    assert [line for line in threats if not NAMED.search(line.rpartition(" | ")[2])] == []


def test_every_test_that_the_threat_model_names_exists() -> None:
    for file, name in NAMED.findall(THREATS):
        assert f"def {name}(" in (ROOT / "tests" / file).read_text(encoding="utf-8"), f"{file}::{name}"


def test_everybody_in_the_threat_model_has_something_that_is_not_stopped() -> None:
    parts = [part for part in re.split(r"^## ", THREATS, flags=re.MULTILINE)[1:] if "can at worst" in part]
    assert [part.splitlines()[0] for part in parts if "**Not stopped**" not in part] == []
