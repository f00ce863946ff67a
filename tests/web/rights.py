"""`docs/rights.md` as a table, the routes of an application, and bodies that its handlers can read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from litestar import Litestar
from msgspec import inspect as types

DOCUMENT = Path(__file__).parents[2] / "docs" / "rights.md"
Route = tuple[str, str]  # method and path


def table(section: str) -> list[list[str]]:
    """The cells of a section's last table, without its head."""
    text = DOCUMENT.read_text(encoding="utf-8").partition(f"## {section}\n")[2].partition("\n## ")[0]
    return [
        [cell.strip().strip("`") for cell in line.strip("|").split("|")]
        for line in text.splitlines()
        if line.startswith("| `")
    ]


def groups(section: str) -> dict[Route, str]:
    """The group of each route of a site, as documented."""
    found: dict[Route, str] = {}
    for route, group in table(section):
        method, _, path = route.partition(" ")
        found[(method, path)] = group
    return found


def served(app: Litestar) -> dict[Route, Any]:
    """Every route that an application serves, with its handler."""
    return {
        (method, plain(route.path)): handler
        for route in app.routes
        for handler in getattr(route, "route_handlers", ())
        for method in handler.http_methods
        if method not in ("OPTIONS", "HEAD")
    }


def plain(path: str) -> str:
    """A path without the types of its parts."""
    return re.sub(r"\{(\w+):\w+\}", r"{\1}", path)


def body_of(handler: Any) -> object:
    """The smallest body that a handler can read, made from its type; None when it takes none."""
    data = handler.parsed_fn_signature.parameters.get("data")
    if data is None:
        return None
    return sample(types.type_info(data.annotation))


def sample(info: types.Type) -> object:
    """A value of a type, as JSON has it."""
    if isinstance(info, types.Metadata):
        return sample(info.type)
    if isinstance(info, types.StructType):
        found = {one.encode_name: sample(one.type) for one in info.fields if one.required}
        return found | ({} if info.tag_field is None else {info.tag_field: info.tag})
    if isinstance(info, types.UnionType):
        return sample(info.types[0])
    if isinstance(info, types.LiteralType):
        return info.values[0]
    if isinstance(info, types.EnumType):
        return next(iter(info.cls)).value
    if isinstance(info, types.StrType):
        return "x" * (info.min_length or 1)
    plain_values = {types.IntType: 1, types.FloatType: 1.0, types.BoolType: False, types.NoneType: None}
    if type(info) in plain_values:
        return plain_values[type(info)]
    if isinstance(info, types.DateType):
        return "2026-01-01"
    if isinstance(info, types.DictType):
        return {}
    if isinstance(info, types.CollectionType):
        return [sample(info.item_type)]
    if isinstance(info, types.AnyType):
        return {}
    raise AssertionError(f"no sample of {info}")
