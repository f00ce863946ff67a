"""Random well-typed rules, as text, so that the parser and the type check stand in the way of every example."""

from __future__ import annotations

from hypothesis import strategies as st

from mianzheng.model.facts import Register, Type
from tests.rules.generate import COMPARE, DAYS, WHOLE, domain, shape_of, written

_ORDERED = (Type.INTEGER, Type.DECIMAL, Type.DATE)


class Words:
    """What a rule may speak of at one place: the facts of a row, or sets of rows, under their names."""

    def __init__(self, register: Register, prefix: str, *, inside: bool = False) -> None:
        self.register = register
        self.prefix = prefix  # "role.register"
        self.inside = inside  # within a set: bare names

    def name(self, fact: str) -> str:
        """Return how a fact is written here."""
        return fact if self.inside else f"{self.prefix}.{fact}"

    def facts(self, *types: Type, order: bool = False) -> list[str]:
        """Return the facts of these types (all types if none); `order`: those that may meet others."""
        here = self.register
        return [
            name
            for name, fact in here.facts.items()
            if fact.derive is None and (not types or fact.type in types) and (not order or shape_of(here, name).order)
        ]


@st.composite
def conditions(draw: st.DrawFn, words: Words, depth: int = 2) -> str:
    """Return a condition over one register of one subject."""
    if depth > 0:
        kind = draw(st.sampled_from(["atom", "and", "or", "not", "case", "atom"]))
        if kind in ("and", "or"):
            parts = draw(st.lists(conditions(words, depth - 1), min_size=2, max_size=3))
            return "(" + f" {kind} ".join(parts) + ")"
        if kind == "not":
            return f"not ({draw(conditions(words, depth - 1))})"
        if kind == "case":
            return draw(_cases(words, depth - 1))
    if words.register.rows == "many" and not words.inside:
        return draw(_sets(words))
    return draw(_atoms(words))


@st.composite
def _cases(draw: st.DrawFn, words: Words, depth: int) -> str:
    whens = [f"when {draw(conditions(words, depth))} then {{}}" for _ in range(draw(st.integers(1, 2)))]
    tail = draw(st.sampled_from([" else {}", " else {}", ""]))
    if draw(st.booleans()):
        texts = [draw(conditions(words, 0)) for _ in range(len(whens) + 1)]
        return ("case " + " ".join(whens) + tail + " end").format(*texts)
    numbers = [str(draw(st.sampled_from(WHOLE[1:]))) for _ in range(len(whens) + 1)]
    case = ("case " + " ".join(whens) + tail + " end").format(*numbers)
    return f"{case} {draw(COMPARE)} {draw(st.sampled_from(WHOLE[1:]))}"


@st.composite
def _atoms(draw: st.DrawFn, words: Words) -> str:
    derived = [name for name, fact in words.register.facts.items() if fact.derive is not None]
    if derived and draw(st.integers(0, 3)) == 0:
        name = draw(st.sampled_from(derived))
        if name == "flag":
            return draw(st.sampled_from(["", "not "])) + words.name(name)
        return f"{words.name(name)} {draw(COMPARE)} {draw(st.sampled_from(['18', '1', 'params.age']))}"
    fact = draw(st.sampled_from(words.facts()))
    name, type_ = words.name(fact), words.register.facts[fact].type
    if draw(st.integers(0, 9)) == 0 and not words.inside:
        return f"exists({words.prefix})"
    if draw(st.integers(0, 4)) == 0:
        return name + draw(st.sampled_from([" is null", " is not null"]))
    if draw(st.integers(0, 4)) == 0:
        word = draw(st.sampled_from(["is distinct from", "is not distinct from"]))
        return f"{name} {word} {written(draw(st.sampled_from(domain(type_))))}"
    if type_ is Type.BOOLEAN:
        return draw(st.sampled_from([name, f"{name} = false", f"{name} = true", f"coalesce({name}, true)"]))
    if type_ in (Type.STRING, Type.ENUM):
        return draw(_texts(words, fact))
    return draw(_dates(words, fact)) if type_ is Type.DATE else draw(_numbers(words, fact))


@st.composite
def _texts(draw: st.DrawFn, words: Words, fact: str) -> str:
    name, type_ = words.name(fact), words.register.facts[fact].type
    values = [written(value) for value in draw(st.permutations(domain(type_)))]
    forms = [
        f"{name} = {values[0]}",
        f"{name} <> {values[0]}",
        f"{name} in ({values[0]}, {values[1]})",
        f"{name} not in ({values[0]}, {values[1]})",
    ]
    if shape_of(words.register, fact).order:
        forms += [f"coalesce({name}, {values[0]}) = {values[1]}"]
        if type_ is Type.STRING:
            forms += [f"contains({name}, {values[0]})", f"starts_with({name}, {values[1]})", f"{name} = form.word"]
        others = [other for other in words.facts(type_, order=True) if other != fact]
        forms += [f"{name} = {words.name(other)}" for other in others]
    return draw(st.sampled_from(forms))


@st.composite
def _dates(draw: st.DrawFn, words: Words, fact: str) -> str:
    name, op = words.name(fact), draw(COMPARE)
    low, high = sorted(draw(st.permutations(DAYS))[:2])
    forms = [
        f"{name} {op} {written(low)}",
        f"{name} {op} today",
        f"{name} {op} today - 12 months",
        f"{name} {op} today - 18 years",
        *[f"age({name}) {op} 18"] * 2,
        f"age({name}) {op} params.age",
        *[f"months_since({name}) {op} 1"] * 2,
        f"months_since({name}) {op} form.months",
        f"today - {name} {op} 28",
        f"{name} {op} params.since",
        f"{name} {op} form.since",
        f"{name} between {written(low)} and {written(high)}",
        f"{name} in ({written(low)}, {written(high)})",
        f"coalesce({name}, {written(high)}) {op} {written(low)}",
    ]
    shape = shape_of(words.register, fact).column.form
    for other in words.facts(Type.DATE):
        if other != fact and (shape_of(words.register, other).column.form == "native") == (shape == "native"):
            forms += [f"{name} {op} {words.name(other)}"] * 3
    return draw(st.sampled_from(forms))


@st.composite
def _numbers(draw: st.DrawFn, words: Words, fact: str) -> str:
    name, op, type_ = words.name(fact), draw(COMPARE), words.register.facts[fact].type
    one, two = (written(value) for value in draw(st.permutations(domain(type_)))[:2])
    figure = "params.line" if type_ is Type.DECIMAL else "params.least"
    forms = [
        f"{name} {op} {one}",
        f"{name} {op} {figure}",
        f"{name} in ({one}, {two})",
        f"coalesce({name}, {one}) {op} {two}",
        f"{name} + {figure} {op} 2",
        f"2 - {name} {op} {one}",
        f"{name} * {figure} {op} 0.6",
    ]
    for other in words.facts(Type.INTEGER, Type.DECIMAL):
        if other != fact:
            forms += [f"{name} {op} {words.name(other)}", f"{name} + {words.name(other)} {op} {one}"]
            forms += [f"{name} * {words.name(other)} {op} {one}", f"coalesce({name}, {words.name(other)}) {op} {one}"]
    return draw(st.sampled_from(forms))


@st.composite
def _sets(draw: st.DrawFn, words: Words) -> str:
    inside = Words(words.register, words.prefix, inside=True)
    where = draw(conditions(inside, 1))
    name, op, least = words.prefix, draw(COMPARE), draw(st.sampled_from(WHOLE[1:]))
    forms = [
        f"exists({name})",
        f"has({name}, {where})",
        f"has({name})",
        f"(every({name}, {where}) and exists({name}))",
        f"count({name}) {op} {least}",
        f"count({name}, {where}) {op} {least}",
        f"count({name}, {where}) {op} params.least",
        f"count({name}, {where}) + form.months {op} {least}",
    ]
    for fact in words.facts(*_ORDERED):
        forms += draw(_sums(words, fact, where))
    return draw(st.sampled_from(forms))


@st.composite
def _sums(draw: st.DrawFn, words: Words, fact: str, where: str) -> list[str]:
    type_, op = words.register.facts[fact].type, draw(COMPARE)
    name, value = f"{words.prefix}.{fact}", written(draw(st.sampled_from(domain(type_))))
    tail = draw(st.sampled_from(["", f", {where}"]))
    extreme = draw(st.sampled_from(["lowest", "highest"]))
    if type_ is Type.DATE:
        return [f"{extreme}({name}{tail}) {op} {value}", f"age({extreme}({name}{tail})) {op} 18"] * 2
    return [
        f"{extreme}({name}{tail}) {op} {value}",
        f"{extreme}({name}{tail}) + 1 {op} {value}",
        f"total({name}{tail}) {op} {value}",
        f"total({name}{tail}) {op} params.line",
        f"total({name}{tail}) - count({words.prefix}{tail}) {op} 1",
    ]


# rules over several registers and people

ROLES = {"a": False, "s": True, "c": True}  # role -> whether rules speak of it with has, every, count …


@st.composite
def rules(draw: st.DrawFn, here: dict[str, Register], depth: int = 2) -> str:
    """Return a condition over several registers, of the applicant `a`, a spouse `s`, children `c`."""
    if depth > 0:
        kind = draw(st.sampled_from(["and", "or", "and", "or", "not", "case", "leaf"]))
        if kind in ("and", "or"):
            parts = draw(st.lists(rules(here, depth - 1), min_size=2, max_size=3))
            return "(" + f" {kind} ".join(parts) + ")"
        if kind == "not":
            return f"not ({draw(rules(here, depth - 1))})"
        if kind == "case":
            return draw(_case_across(here, depth - 1))
    if draw(st.integers(0, 2)) == 0:
        return draw(_people(here))
    register = draw(st.sampled_from(list(here.values())))
    return draw(conditions(Words(register, f"a.{register.register}"), 1))


@st.composite
def _case_across(draw: st.DrawFn, here: dict[str, Register], depth: int) -> str:
    when, then, other = (draw(rules(here, depth)) for _ in range(3))
    if draw(st.booleans()):
        return f"case when {when} then {then} else {other} end"
    end = draw(st.sampled_from([" else 0", ""]))
    return f"case when {when} then 2 when {then} then 1{end} end {draw(COMPARE)} {draw(st.sampled_from(WHOLE[1:]))}"


@st.composite
def _people(draw: st.DrawFn, here: dict[str, Register]) -> str:
    role = draw(st.sampled_from([role for role, many in ROLES.items() if many]))
    register = draw(st.sampled_from(list(here.values())))
    body = draw(conditions(Words(register, f"{role}.{register.register}"), 1))
    if draw(st.integers(0, 3)) == 0:
        other = draw(st.sampled_from(list(here.values())))
        join = draw(st.sampled_from(["and", "or"]))
        body = f"{body} {join} {draw(conditions(Words(other, f'{role}.{other.register}'), 0))}"
    op, least = draw(COMPARE), draw(st.sampled_from(WHOLE[1:]))
    forms = [
        f"has({role}, {body})",
        f"(every({role}, {body}) and count({role}) >= 1)",
        f"count({role}) {op} {least}",
        f"count({role}, {body}) {op} {least}",
        f"count({role}, {body}) {op} params.least",
    ]
    if register.rows == "one":
        words = Words(register, f"{role}.{register.register}")
        for fact in words.facts(Type.INTEGER, Type.DECIMAL, Type.DATE):
            type_ = register.facts[fact].type
            value = written(draw(st.sampled_from(domain(type_))))
            hows = ["lowest", "highest"] + (["total"] if type_ is not Type.DATE else [])
            forms += [f"{draw(st.sampled_from(hows))}({role}, {words.name(fact)}) {op} {value}"] * 2
    return draw(st.sampled_from(forms))


@st.composite
def amounts(draw: st.DrawFn, here: dict[str, Register]) -> str:
    """Return an amount: a case over conditions, numbers of a register among its results."""
    numbers = ["1000", "0.5", "params.line", "form.months"]
    for name, register in here.items():
        words = Words(register, f"a.{name}")
        facts = [words.name(fact) for fact in words.facts(Type.INTEGER, Type.DECIMAL)]
        if register.rows == "many":
            facts = [f"total({fact})" for fact in facts] + [f"highest({fact})" for fact in facts] + [f"count(a.{name})"]
        numbers += facts + [f"{fact} * 2 + 1" for fact in facts] + [f"coalesce({fact}, 7)" for fact in facts[:1]]
    numbers = [
        number for number in numbers if not number.startswith(("coalesce(total", "coalesce(highest", "coalesce(count"))
    ]
    chosen = [draw(st.sampled_from(numbers)) for _ in range(3)]
    whens = " ".join(f"when {draw(rules(here, 1))} then {number}" for number in chosen[:2])
    return f"case {whens} else {chosen[2]} end"
