"""What a person states in an item's form: read from texts, in the types that the item declares."""

from __future__ import annotations

from collections.abc import Mapping

from mianzheng.model.errors import WrongUse
from mianzheng.model.facts import Type
from mianzheng.model.item import FormField
from mianzheng.model.scalar import BadScalar, Wire, from_wire


def typed_form(item: str, fields: Mapping[str, FormField], raw: Mapping[str, Wire]) -> dict[str, Wire]:
    """Return form values in the types that the item declares; `WrongUse` names what is wrong."""
    unknown = sorted(set(raw) - set(fields))
    missing = sorted(name for name, field in fields.items() if field.required and name not in raw)
    if unknown or missing:
        hint = ", ".join(f"--form {name}=… ({field.label.zh})" for name, field in fields.items())
        text = "; ".join([*(f"no form field {n}" for n in unknown), *(f"form field {n} is missing" for n in missing)])
        raise WrongUse(f"{item}: {text}", hint=hint or "this item asks nothing of the person")
    return {name: _typed(name, fields[name], value) for name, value in raw.items()}


def _typed(name: str, field: FormField, raw: Wire) -> Wire:
    value: Wire = raw
    if isinstance(raw, str):
        if field.type is Type.BOOLEAN and raw in ("true", "false"):
            value = raw == "true"
        elif field.type is Type.INTEGER and raw.lstrip("-").isdigit():
            value = int(raw)
    try:
        from_wire(field.type, value)
    except BadScalar as error:
        raise WrongUse(f"form field {name}: {error.message}", hint=f"{field.label.zh}: {error.hint}") from None
    if field.values and value not in field.values:
        raise WrongUse(f"form field {name}: {value!r} is not one of {', '.join(field.values)}", hint=field.label.zh)
    return value
