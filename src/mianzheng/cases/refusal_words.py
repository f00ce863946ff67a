"""What can be done about a proposed refusal, in words: every way that is named is open now."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from mianzheng.cases.causes import blames_no_answer, is_granted_before
from mianzheng.cases.live import LiveCase
from mianzheng.cases.own_acts import may_contest
from mianzheng.model.case import CaseAct, CaseView
from mianzheng.model.text import Text

REFUSAL = Text(zh="机器拟不予办理，还没有作出决定。", en="The machine proposes a refusal; nothing is decided.")
ACCEPT = Text(zh="接受", en="accept it")
CONTEST = Text(zh="对某项答案提出异议", en="contest an answer")
PERSON = Text(zh="请工作人员办理", en="ask for a person")
APPLY_AGAIN = Text(zh="填错了，可以撤回，重新申请", en="If that is mistaken, withdraw and apply again")
_PLAIN = Text(zh="机器拟不予办理。", en="The machine proposes a refusal.")
_STATED_OTHERWISE = Text(
    zh="机器拟不予办理，原因是您填的内容。", en="The machine proposes a refusal, because of what was stated."
)
_GRANTED_BEFORE = Text(
    zh="机器拟不予办理：同一待遇已经批准过。",
    en="The machine proposes a refusal, as the same payment was granted before.",
)
_SIGNING = Text(zh="办理部门正在签发。", en=" The department is signing it.")
_OFFICER = Text(zh="由办理部门的工作人员决定。", en=" An officer of the department decides.")


def refusal_words(live: LiveCase, view: CaseView, acts: Collection[CaseAct], *, own: bool) -> Text:
    """Return how a proposed refusal stands and which of `acts` are open, or contests of the answers that `view` shows.

    `own`: the reader opened the case; to anybody else it is told what the applicant may do, and never the cause.
    """
    blameless = own and blames_no_answer(live)
    said = _PLAIN
    if blameless:
        said = _GRANTED_BEFORE if is_granted_before(live) else _STATED_OTHERWISE
    if live.open_requests("decision"):
        return Text(zh=said.zh + _SIGNING.zh, en=said.en + _SIGNING.en)
    if "accept-refusal" not in acts:
        said = Text(zh=said.zh + _OFFICER.zh, en=said.en + _OFFICER.en)
    contest = not blameless and any(may_contest(live, one) for one in view.answers)
    again = blameless and not is_granted_before(live) and "withdraw" in acts
    return _with_ways(said, tuple(_ways(acts, contest=contest)), own=own, again=again)


def _ways(acts: Collection[CaseAct], *, contest: bool) -> Iterator[Text]:
    if "accept-refusal" in acts:
        yield ACCEPT
    if contest:
        yield CONTEST
    if "ask-person" in acts:
        yield PERSON


def _with_ways(said: Text, ways: tuple[Text, ...], *, own: bool, again: bool) -> Text:
    """Add the ways; `again`: to withdraw and apply anew comes first, for what was stated is the cause."""
    zh, en = (_joined([one.zh for one in ways], "、", "，或"), _joined([one.en for one in ways], ", ", ", or "))
    if again:
        more = Text(zh=f"；也可以{zh}" if ways else "", en=f"; or {en}" if ways else "")
        return Text(zh=f"{said.zh}{APPLY_AGAIN.zh}{more.zh}。", en=f"{said.en} {APPLY_AGAIN.en}{more.en}.")
    if not ways:
        return said
    if own:
        return Text(zh=f"{said.zh}您可以{zh}。", en=f"{said.en} {en[0].upper()}{en[1:]}.")
    return Text(zh=f"{said.zh}申请人可以{zh}。", en=f"{said.en} The applicant may {en}.")


def _joined(ways: list[str], comma: str, last: str) -> str:
    return last.join([comma.join(ways[:-1]), ways[-1]]) if len(ways) > 1 else "".join(ways)
