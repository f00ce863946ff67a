"""What `population/<register>.yaml` must hold: facts that the register stores, each drawn in a way of its type."""

from __future__ import annotations

from collections.abc import Mapping

from mianzheng.catalogue.findings import Findings
from mianzheng.catalogue.shape import did_you_mean
from mianzheng.catalogue.yaml import Path
from mianzheng.model.facts import Fact, Register, Type
from mianzheng.model.population import Drawn, Population

_CODE = "population"
_TYPES = {
    "words": (Type.ENUM,),
    "yes": (Type.BOOLEAN,),
    "days": (Type.DATE,),
    "between": (Type.INTEGER, Type.DECIMAL),
}


def check_population(stated: Population, registers: Mapping[str, Register], found: Findings) -> None:
    """Add every fault of a population: `registers` are those of the tree."""
    register = registers.get(stated.population)
    if register is None:
        hint = did_you_mean(stated.population, registers)
        found.at(("population",), "unknown-register", f"no register {stated.population}", hint)
        return
    if stated.per_mille is not None and not 0 <= stated.per_mille <= 1000:
        found.at(("per_mille",), _CODE, f"{stated.per_mille} of a thousand subjects", "0 to 1000")
    _check_weights(stated.rows, ("rows",), found)
    if len(stated.rows) > 1 and register.rows == "one":
        found.at(("rows",), _CODE, f"{register.register} has one row of a subject", "leave `rows` out")
    for name, drawn in stated.facts.items():
        fact = register.facts.get(name)
        if fact is None or fact.derive is not None:
            hint = did_you_mean(name, register.facts)
            found.at_key(("facts", name), "unknown-fact", f"{register.register} stores no {name}", hint)
        else:
            _check_drawn(name, drawn, fact, found)


def _check_drawn(name: str, drawn: Drawn, fact: Fact, found: Findings) -> None:
    path: Path = ("facts", name)
    ways = [way for way in _TYPES if getattr(drawn, way) not in (None, (), {})]
    if len(ways) != 1 or fact.type not in _TYPES[ways[0]]:
        fitting = [way for way, types in _TYPES.items() if fact.type in types]
        found.at_key(path, _CODE, f"{name} is {fact.type.value}", f"write {fitting[0]}" if fitting else "leave it out")
        return
    for word in drawn.words:
        if word not in fact.values:
            found.at_key((*path, "words", word), _CODE, f"{name} has no value {word}", did_you_mean(word, fact.values))
    _check_weights(tuple(drawn.words.values()), (*path, "words"), found)
    for way in ("days", "between"):
        span = getattr(drawn, way)
        if span and (len(span) != 2 or span[0] > span[1]):
            found.at((*path, way), _CODE, f"{way} are {len(span)} numbers", "least and most: [-3000, -30]")
    if drawn.yes is not None and not 0 <= drawn.yes <= 100:
        found.at((*path, "yes"), _CODE, f"{drawn.yes} of a hundred rows", "0 to 100")


def _check_weights(weights: tuple[int, ...], path: Path, found: Findings) -> None:
    if weights and (min(weights) < 0 or sum(weights) == 0):
        found.at(path, _CODE, "no weight is below 0, and not all are 0", "write how many in 100")
