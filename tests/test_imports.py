"""Imports point one way: the table of the design, held by import-linter.

Each row names what a package may import besides the standard library and itself; a row may
import what its rows may. A package not yet written is left out of its own accord.
"""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

SOURCE = Path(__file__).parents[1] / "src" / "mianzheng"

MAY_IMPORT = {
    "model": (),
    "rules": ("model",),
    "credentials": ("model",),
    "ledger": ("credentials",),
    "catalogue": ("rules",),
    "plan": ("rules",),
    "decision": ("rules",),
    "deadlines": ("model",),
    "mandates": ("credentials",),
    "papers": ("credentials", "deadlines"),
    "authority": ("credentials", "ledger", "mandates", "look"),
    "devices": ("authority",),
    "gateway": ("rules", "catalogue", "credentials", "ledger", "decision", "mandates", "papers"),
    "exchange": ("credentials",),
    "store": ("model", "ledger"),
    "cases": ("store", "exchange", "plan", "decision", "catalogue", "deadlines", "mandates", "papers"),
    "events": ("cases",),
    "offers": ("cases", "rules"),
    "combiner": ("rules", "credentials"),
    "passage": ("cases", "credentials"),
    "voice": ("cases", "catalogue"),
    "assistant": ("cases", "voice"),
    "services": ("cases", "events", "offers", "voice"),
    "look": ("model",),
    "site": ("catalogue", "plan", "look"),
    "web": ("look", "cases", "events", "offers", "passage", "voice", "assistant", "services"),
    "client": ("credentials", "mandates"),
    "window": ("client", "look", "papers"),
    "provider": ("look", "credentials"),
    "city": ("catalogue", "credentials"),
    "conformance": ("catalogue", "city"),
}
WIRING = ("cli", "app", "settings", "__main__")
PURE = ("model", "rules", "plan", "decision", "deadlines")
EDGES = ("litestar", "aiohttp", "sqlalchemy", "psycopg", "duckdb", "uvicorn", "procrastinate")


def _exists(name: str) -> bool:
    return (SOURCE / name).is_dir() or (SOURCE / f"{name}.py").is_file()


@pytest.fixture(autouse=True)
def _loggers() -> Iterator[None]:
    """Give back the loggers that import-linter switches off, for the tests after these."""
    known = [one for one in logging.root.manager.loggerDict.values() if isinstance(one, logging.Logger)]
    before = [(one, one.disabled) for one in known]
    yield
    for one, disabled in before:
        one.disabled = disabled


def _allowed(name: str) -> set[str]:
    return {name}.union(*(_allowed(other) for other in MAY_IMPORT[name]))


def _contract(
    number: int, name: str, source: tuple[str, ...], forbidden: tuple[str, ...], *, indirect: bool = True
) -> str:
    """Forbid `source` to import these; with `indirect` by itself alone, else through others too."""
    lines = [f"[importlinter:contract:{number}]", f"name = {name}", "type = forbidden"]
    lines += [f"allow_indirect_imports = {indirect}"]
    lines += ["source_modules =", *(f"    mianzheng.{module}" for module in source)]
    lines += ["forbidden_modules =", *(f"    {module}" for module in forbidden)]
    return "\n".join(lines)


# What must come out is found out by code that shares the parser with the product, and nothing of how that decides.
ORACLE = ("city.oracle",)
TRUTH = ("conformance.truth", "conformance.driven", "conformance.examples", "conformance.wanted")
DECIDING = ("plan", "decision", "rules.split", "rules.compile", "rules.evaluate", "rules.reachable")


def _contracts() -> list[str]:
    here = [name for name in (*MAY_IMPORT, *WIRING) if _exists(name)]
    rows = []
    for number, name in enumerate(name for name in MAY_IMPORT if _exists(name)):
        forbidden = tuple(f"mianzheng.{other}" for other in here if other not in _allowed(name))
        rows.append(_contract(number, f"what {name} may import", (name,), forbidden))
    pure = tuple(name for name in PURE if _exists(name))
    rows.append(_contract(999, "the domain knows no web and no SQL driver", pure, EDGES))
    deciding = tuple(f"mianzheng.{name}" for name in DECIDING)
    rows.append(_contract(997, "the oracle knows nothing that decides", ORACLE, deciding, indirect=False))
    rows.append(_contract(998, "what must come out is told by the oracle", TRUTH, deciding))
    return rows


def test_each_package_imports_only_what_the_design_allows(tmp_path: Path) -> None:
    config = tmp_path / "importlinter.ini"
    head = "[importlinter]\nroot_package = mianzheng\ninclude_external_packages = True\n\n"
    config.write_text(head + "\n\n".join(_contracts()) + "\n", encoding="utf-8")
    assert lint_imports(config_filename=str(config), no_cache=True) == 0


def test_every_package_of_the_source_stands_in_the_table() -> None:
    packages = {path.stem for path in SOURCE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert packages <= {*MAY_IMPORT, *WIRING, "__init__"}


def test_the_checker_finds_an_import_against_the_table(tmp_path: Path) -> None:
    config = tmp_path / "importlinter.ini"
    head = "[importlinter]\nroot_package = mianzheng\ninclude_external_packages = True\n\n"
    wrong = _contract(1, "rules may not even know model", ("rules",), ("mianzheng.model",))
    config.write_text(head + wrong + "\n", encoding="utf-8")
    assert lint_imports(config_filename=str(config), no_cache=True) == 1
