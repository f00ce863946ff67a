"""The oracle's sets: rows of a register, people of a role, and what is certain of them."""

from __future__ import annotations

from mianzheng.model.facts import Absence
from mianzheng.rules import expression as x
from tests.rules.oracle_world import Chain, Frame, Pair, first_of, units_since

EXTREMES = ("sure_min", "sure_max", "all_min", "all_max")


class Sets(Frame):
    """Writes aggregates and words over people."""

    def gathered(self, node: x.Aggregate | x.OverRole, chain: Chain) -> dict[str, str]:
        """Return columns that say all about a set: how many surely or perhaps count, their values, if all are known."""
        if isinstance(node, x.Aggregate):
            rows = self.table(node.register)
            on = f"r.subject = l.subject_{node.role}"
            base = f"select l.k as outer_k, r.* from {chain.relation} l join ({rows}) r on {on}"
            inner = Chain(self, base, register=node.register)
            counts = ("true", "'v'") if node.where is None else self.truth(node.where, inner)
            value = None if node.value is None else self.of(node.value, inner)
        else:
            inner = Chain(self, self._persons(node.role, chain))
            is_value = node.how in ("total", "lowest", "highest")
            counts = ("true", "'v'") if node.body is None or is_value else self.truth(node.body, inner)
            value = self.of(node.body, inner) if is_value and node.body is not None else None
        return self._summed(node, inner, counts, value, chain)

    def _persons(self, role: str, chain: Chain) -> str:
        people = self.world.people[role] or ()
        rows = " union all ".join(
            [f"select '{subject}' as subject, {n} as n" for n, subject in enumerate(people)]
            or ["select '' as subject, 0 as n where false"]
        )
        columns = f"l.* exclude (k), l.k as outer_k, p.n as k, p.subject as subject_{role}"
        return f"select {columns} from {chain.relation} l cross join ({rows}) p"

    def _summed(
        self, node: x.Aggregate | x.OverRole, inner: Chain, counts: Pair, value: Pair | None, chain: Chain
    ) -> dict[str, str]:
        sure, perhaps = f"({counts[1]} = 'v' and {counts[0]})", f"({counts[1]} <> 'v')"
        aggregates = {
            "members": "count(*)",
            "sure": f"count(*) filter (where {sure})",
            "perhaps": f"count(*) filter (where {perhaps})",
            "missing": f"count(*) filter (where {counts[1]} = 'm')",
            "refuted": f"count(*) filter (where {counts[1]} = 'v' and not {counts[0]})",
        }
        if value is not None:
            counted = f"({sure} or {perhaps})"
            aggregates |= {
                "holes": f"count(*) filter (where {counted} and {value[1]} <> 'v')",
                "sure_min": f"min({value[0]}) filter (where {sure})",
                "sure_max": f"max({value[0]}) filter (where {sure})",
                "all_min": f"min({value[0]}) filter (where {counted})",
                "all_max": f"max({value[0]}) filter (where {counted})",
            }
            if node.how == "total":
                aggregates |= {
                    name: f"sum(case when {sure} or {value[0]} {sign} 0 then {value[0]} else 0 end)"
                    f" filter (where {counted})"
                    for name, sign in (("sum_low", "<"), ("sum_high", ">"))
                }
        names = {name: f"c{next(self.numbers)}" for name in aggregates}
        summed = self.cte(
            "select outer_k, "
            + ", ".join(f"{sql} as {names[name]}" for name, sql in aggregates.items())
            + f" from {inner.relation} group by outer_k"
        )
        picks = [f"coalesce(s.{n}, 0) as {n}" if k not in EXTREMES else f"s.{n} as {n}" for k, n in names.items()]
        chain.relation = self.cte(
            f"select l.*, {', '.join(picks)} from {chain.relation} l left join {summed} s on s.outer_k = l.k"
        )
        return names | {"complete": self._complete(node, names, chain)}

    def _complete(self, node: x.Aggregate | x.OverRole, names: dict[str, str], chain: Chain) -> str:
        if isinstance(node, x.OverRole):
            return str(self.world.people[node.role] is not None).lower()
        register = self.world.registers[node.register]
        if self.closed(register):
            return "true"
        return f"({names['members']} > 0)" if register.absence is Absence.FAULT else "false"

    def set_value(self, node: x.Aggregate | x.OverRole, chain: Chain) -> Pair:
        about = self.gathered(node, chain)
        if node.how == "has":
            return chain.pair(f"{about['sure']} > 0", self._decided(about, about["sure"]))
        if node.how == "every":
            return chain.pair(f"{about['refuted']} = 0", self._decided(about, about["refuted"]))
        low, high, some, none = self.ends(node, about, chain)
        state = f"case when {none} then 'a' when {some} and {low} = {high} then 'v' else 'm' end"
        return chain.pair(low, state)

    def _decided(self, about: dict[str, str], decisive: str) -> str:
        """Return the state of has or every: settled by one decisive member, or by knowing all of them."""
        open_ = f"not {about['complete']} or {about['missing']} > 0"
        return first_of((f"{decisive} > 0", "'v'"), (open_, "'m'"), (f"{about['perhaps']} > 0", "'n'"), otherwise="'v'")

    def ends(self, node: x.Aggregate | x.OverRole, about: dict[str, str], chain: Chain) -> tuple[str, str, str, str]:
        """Return a set's least and greatest possible value (NULL: no limit), if it surely has one, surely none."""
        complete = about["complete"]
        if node.how == "count":
            most = f"case when {complete} then {about['sure']} + {about['perhaps']} end"
            return *chain.columns(about["sure"], most), "true", "false"  # type: ignore[return-value]
        known = f"({complete} and {about['holes']} = 0)"
        if node.how == "total":
            sums = (f"case when {known} then coalesce({about[name]}, 0) end" for name in ("sum_low", "sum_high"))
            return *chain.columns(*sums), "true", "false"  # type: ignore[return-value]
        some, none = f"({about['sure']} > 0)", f"({complete} and {about['sure']} + {about['perhaps']} = 0)"
        if node.how == "lowest":
            low = f"case when {known} then {about['all_min']} end"
            high = f"coalesce({about['sure_min']}, case when {known} and not {some} then {about['all_max']} end)"
        else:
            low = f"coalesce({about['sure_max']}, case when {known} and not {some} then {about['all_min']} end)"
            high = f"case when {known} then {about['all_max']} end"
        return chain.columns(low, high, some, none)  # type: ignore[return-value]

    def compare_set(self, op: str, side: x.Node, other: x.Node, chain: Chain) -> Pair:
        """A comparison holds if it does for every value that the set can have; of nothing it is false.

        `side` is a set, or the age of its lowest or highest date: the later the date, the less the age.
        """
        node = side.value if isinstance(side, x.Elapsed) else side
        assert isinstance(node, (x.Aggregate, x.OverRole))
        low, high, some, none = self.ends(node, self.gathered(node, chain), chain)
        if isinstance(side, x.Elapsed):
            ages = (units_since(date_, side.unit, self.world.as_of) for date_ in (high, low))
            low, high = chain.columns(*ages)
        value, state = self.of(other, chain)
        can_be = {
            "=": f"coalesce({low} <= {value}, true) and coalesce({high} >= {value}, true)",
            "<": f"coalesce({low} < {value}, true)",
            "<=": f"coalesce({low} <= {value}, true)",
            ">": f"coalesce({high} > {value}, true)",
            ">=": f"coalesce({high} >= {value}, true)",
        }
        can_fail = {
            "=": f"coalesce({low} <> {value}, true) or coalesce({high} <> {value}, true)",
            "<": can_be[">="],
            "<=": can_be[">"],
            ">": can_be["<="],
            ">=": can_be["<"],
        }
        true, false = chain.columns(f"not {none} and ({can_be[op]})", f"not {some} or ({can_fail[op]})")
        open_ = f"{true} and {false}"
        settled = first_of((f"{state} = 'a'", "'v'"), (f"{state} <> 'v'", state), (open_, "'m'"), otherwise="'v'")
        return chain.pair(f"{state} = 'v' and {true}", settled)
