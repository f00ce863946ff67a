"""What is known of a case: the answers of its sheets that still count, and what else stands beside them."""

from __future__ import annotations

from mianzheng.cases import consents, findings
from mianzheng.cases.live import LiveCase
from mianzheng.cases.parts import Sent
from mianzheng.cases.subjects import members_of
from mianzheng.exchange.sheets import Sheet
from mianzheng.model.evidence import Answer, Evidence, QuestionAt, Status

_UNAVAILABLE = Answer(status=Status.UNAVAILABLE, reason="no valid answer in time")


def evidence(live: LiveCase, *, unknown_again: bool = False) -> Evidence:
    """Return all that is known of a case; with `unknown_again`, without what was unavailable.

    A sheet whose `use_before` has passed is no evidence for a decision any more. How many people an
    optional or many role has follows from the link's own answer.
    """
    answers: dict[QuestionAt, Answer] = {}
    if not unknown_again:
        for sent in live.requests:
            unanswered = sent.kind == "answers" and sent.answer is None
            if unanswered and sent.id not in live.expired and not consents.is_stale(live, sent):
                answers |= dict.fromkeys(questions_of(sent), _UNAVAILABLE)
    for _, sheet in usable_sheets(live):
        for question, answer in standing_answers(live, sheet):
            if answer.status is not Status.UNAVAILABLE:
                answers[question, sheet.role] = answer
            elif not unknown_again:
                answers.setdefault((question, sheet.role), answer)
    return Evidence(
        answers=answers,
        forms={value.name: value.value for value in live.opening.forms},
        params=live.hub.library.params,
        contested=frozenset(live.contests),
        members=members_of(live, answers),
        findings=findings.of_item(live),
        settled=findings.settled(live),
        computed=findings.computed(live),
        declared=frozenset(live.procedure.declared),
        granted_before=live.procedure.granted_before,
    )


def usable_sheets(live: LiveCase) -> list[tuple[Sent, Sheet]]:
    """Return the sheets that may still be used: in time, and about nobody who withdrew their consent."""
    now, gone = live.hub.seconds, consents.withdrawn(live)
    return [(sent, sheet) for sent, sheet in live.sheets if sheet.use_before > now and sheet.role not in gone]


def standing_answers(live: LiveCase, sheet: Sheet) -> list[tuple[str, Answer]]:
    """Return a sheet's answers but those that its department corrected since."""
    gone = live.procedure.superseded
    if not gone:
        return list(sheet.answers.items())
    return [
        (question, answer) for question, answer in sheet.answers.items() if f"{sheet.request}:{question}" not in gone
    ]


def questions_of(sent: Sent) -> tuple[QuestionAt, ...]:
    """Return what a question request asks."""
    request = sent.asked
    return tuple((question, request.role) for question in request.questions)


def refused_questions(live: LiveCase) -> set[QuestionAt]:
    """Return the questions whose newest request a gateway refused for good."""
    newest: dict[QuestionAt, str] = {}
    for sent in live.requests:
        if sent.kind == "answers":
            newest |= dict.fromkeys(questions_of(sent), sent.status)
    return {at for at, status in newest.items() if status == "void"}
