"""How much may be asked about one subject, by one agent, clerk and hub, and each thing only once.

`check` and `spend` run in the transaction that also keeps the sheet, so two requests at the same
moment cannot both take the last place. Subjects are pseudonyms of the purpose `budget`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import date
from typing import Literal

import msgspec

from mianzheng.gateway.config import Budgets
from mianzheng.gateway.refusals import Refused

FORM_VALUES = 3  # different form values for one (question, subject) …
FORM_SECONDS = 30 * 86_400  # … in thirty days (design/rules.md)
KEPT_DAYS = 2  # budget rows older than this are of no use


Acting = Literal["agent", "clerk"]


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Whose key signed for another: an agent's under a mandate, a clerk's beside a presence."""

    kind: Acting
    key: str  # pseudonym of its thumbprint


class Asking(msgspec.Struct, frozen=True, kw_only=True):
    """What one request asks, as the budgets count it."""

    bundle: str  # the bundle's own id
    questions: tuple[str, ...]
    forms: Mapping[str, str]  # question -> pseudonym of the form values bound in it, if it binds any
    subject: str  # pseudonym
    reached: tuple[str, ...] = ()  # pseudonyms of all others whom links reach, or who are asked about beside
    log_subject: str  # pseudonym under which the subject sees a refusal
    actor: Actor | None  # None: the person signed for themself, or a body's representative for it
    hub: str
    day: date
    at: int


def check(connection: sqlite3.Connection, asking: Asking, budgets: Budgets) -> None:
    """Raise `Refused` when a question was answered already, or a budget would be overspent."""
    for question in asking.questions:
        _check_once(connection, asking, question)
        if question in asking.forms:
            _check_forms(connection, asking, question)
    _check_subject(connection, asking, budgets)
    _check_actor(connection, asking, budgets)
    _check_hub(connection, asking, budgets)


def spend(connection: sqlite3.Connection, asking: Asking, *, answered: tuple[str, ...], until: int) -> None:
    """Count what was asked; `answered` questions are closed for this bundle, unavailable ones are not."""
    for question in asking.questions:
        row = (asking.day.toordinal(), asking.subject, question)
        connection.execute("INSERT OR IGNORE INTO subject_budget VALUES (?, ?, ?)", row)
        if question in asking.forms:
            connection.execute(
                "INSERT INTO form_values VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET last = excluded.last",
                (question, asking.subject, asking.forms[question], asking.at),
            )
    _spend_actor(connection, asking)
    _spend_hub(connection, asking)
    connection.executemany(
        "INSERT INTO answered VALUES (?, ?, ?)", [(asking.bundle, question, until) for question in answered]
    )


def forget_old(connection: sqlite3.Connection, at: int, today: date) -> None:
    """Drop rows that no rule looks at any more."""
    connection.execute("DELETE FROM subject_budget WHERE day < ?", (today.toordinal() - KEPT_DAYS,))
    connection.execute("DELETE FROM actor_budget WHERE day < ?", (today.toordinal() - KEPT_DAYS,))
    connection.execute("DELETE FROM hub_budget WHERE day < ?", (today.toordinal() - KEPT_DAYS,))
    connection.execute("DELETE FROM hub_days WHERE day < ?", (today.toordinal() - KEPT_DAYS,))
    connection.execute("DELETE FROM form_values WHERE last < ?", (at - FORM_SECONDS,))
    connection.execute("DELETE FROM answered WHERE until < ?", (at,))


def _check_once(connection: sqlite3.Connection, asking: Asking, question: str) -> None:
    row = (asking.bundle, question)
    if connection.execute("SELECT 1 FROM answered WHERE bundle = ? AND question = ?", row).fetchone():
        raise Refused(
            "already-answered",
            f"question {question} was answered for this bundle",
            hint="use that sheet; send the same request again if it was lost",
        )


def _check_forms(connection: sqlite3.Connection, asking: Asking, question: str) -> None:
    row = (question, asking.subject, asking.at - FORM_SECONDS, asking.forms[question])
    query = "SELECT count(*) FROM form_values WHERE question = ? AND subject = ? AND last >= ? AND forms <> ?"
    if connection.execute(query, row).fetchone()[0] >= FORM_VALUES:
        raise Refused(
            "form-values-used-up",
            f"question {question} was asked with {FORM_VALUES} other form values in thirty days",
            hint="a person in the department can decide",
            subject=asking.log_subject,
        )


def _check_subject(connection: sqlite3.Connection, asking: Asking, budgets: Budgets) -> None:
    query = "SELECT question FROM subject_budget WHERE day = ? AND subject = ?"
    asked = {question for (question,) in connection.execute(query, (asking.day.toordinal(), asking.subject))}
    if len(asked.union(asking.questions)) > budgets.subject_questions:
        raise Refused(
            "subject-budget-used-up",
            "too many different questions about one subject in one day",
            hint="tomorrow, or a person in the department",
            subject=asking.log_subject,
        )


def _check_actor(connection: sqlite3.Connection, asking: Asking, budgets: Budgets) -> None:
    if asking.actor is None:
        return
    if asking.actor.kind == "agent":
        most = {"question": budgets.agent_questions, "subject": budgets.agent_subjects}
    else:
        most = {"question": budgets.clerk_questions, "subject": budgets.clerk_subjects}
    query = "SELECT named FROM actor_budget WHERE day = ? AND actor = ? AND what = ?"
    for what, names in _of_actor(asking).items():
        row = (asking.day.toordinal(), asking.actor.key, what)
        if len(names.union(named for (named,) in connection.execute(query, row))) > most[what]:
            raise Refused(
                f"{asking.actor.kind}-budget-used-up",
                f"too many different {what}s for one {asking.actor.kind} in one day",
                hint="the department's supervisor sees this in the log and may raise the budget",
                subject=asking.log_subject,
            )


def _of_actor(asking: Asking) -> dict[str, set[str]]:
    """Return what of a request counts for whoever acts: its questions, and everybody it is about or reaches."""
    return {"question": set(asking.questions), "subject": {asking.subject, *asking.reached}}


def _check_hub(connection: sqlite3.Connection, asking: Asking, budgets: Budgets) -> None:
    day = asking.day.toordinal()
    known = "SELECT 1 FROM hub_budget WHERE day = ? AND hub = ? AND subject = ?"
    subjects = {asking.subject, *asking.reached}
    new = [one for one in subjects if not connection.execute(known, (day, asking.hub, one)).fetchone()]
    if not new:
        return
    count = "SELECT coalesce(sum(subjects), 0) FROM hub_days WHERE day = ? AND hub = ?"
    if connection.execute(count, (day, asking.hub)).fetchone()[0] + len(new) > budgets.hub_subjects:
        raise Refused(
            "hub-budget-used-up",
            "too many different subjects for one hub in one day",
            hint="the department's supervisor sees this in the log and may raise the budget",
            subject=asking.log_subject,
        )


def _spend_actor(connection: sqlite3.Connection, asking: Asking) -> None:
    if asking.actor is not None:
        day, actor = asking.day.toordinal(), asking.actor.key
        rows = [(day, actor, what, named) for what, names in _of_actor(asking).items() for named in names]
        connection.executemany("INSERT OR IGNORE INTO actor_budget VALUES (?, ?, ?, ?)", rows)


def _spend_hub(connection: sqlite3.Connection, asking: Asking) -> None:
    day = asking.day.toordinal()
    for subject in {asking.subject, *asking.reached}:
        row = (day, asking.hub, subject)
        if connection.execute("INSERT OR IGNORE INTO hub_budget VALUES (?, ?, ?)", row).rowcount:
            connection.execute(
                "INSERT INTO hub_days VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET subjects = subjects + 1",
                (day, asking.hub),
            )
