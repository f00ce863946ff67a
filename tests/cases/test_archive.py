"""The case file: what was relied on stays under the key of its term, the rest and every older copy are gone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import text

from mianzheng.cases.advance import run as go
from mianzheng.cases.archiving import close_case, erase_case, keep_house, keep_until, relied_on
from mianzheng.cases.change import NotInThisState
from mianzheng.cases.file_check import Checked, Fault, check_file
from mianzheng.cases.filing import case_file
from mianzheng.cases.inviting import invite, open_invitation, sign
from mianzheng.cases.listing import cases_page
from mianzheng.cases.live import LiveCase
from mianzheng.cases.loading import load
from mianzheng.cases.proving import proofs_about
from mianzheng.cases.sequencing import fold_pending
from mianzheng.cases.steps import received
from mianzheng.cases.view import view_of
from mianzheng.credentials import jws, sdjwt
from mianzheng.credentials.at_rest import WrappedKey
from mianzheng.credentials.keys import BadKey, KeyFolder
from mianzheng.decision.audience import CLERK, FORMER, RESIDENT
from mianzheng.ledger.entry import Entry
from mianzheng.ledger.proven import verify_proof
from mianzheng.model.archive import ARCHIVE_TYP, ApplicationFile, CaseFile, Manifest, SignedSteps
from mianzheng.model.asking import SignedStep
from mianzheng.model.canonical import digest, unb64
from mianzheng.model.case import State
from mianzheng.model.deciding import SignedDecision
from mianzheng.model.errors import NotFound
from mianzheng.model.officers import Extend, Resume, Seen, Sign, Suspend
from mianzheng.model.publishing import Certified
from tests.cases.hub_world import HubWorld, applicant_of, hub_world, run, sign_step
from tests.cases.link_world import CONSENT, Kin, authorised, consent, with_spouse
from tests.cases.procedure_world import PROMISE, act, declare_alone, find, published, taken
from tests.cases.test_agents import Agent
from tests.gateway.world import DRAWS, OLD, YOUNG

TABLES = ("cases", "requests", "contests", "flips")


async def ended(here: HubWorld) -> LiveCase:
    """A granted case whose holder has the credential."""
    live = await go(await here.authorised(OLD))
    await received(live)
    return await load(here.hub, live.id)


async def archived(here: HubWorld) -> LiveCase:
    live = await ended(here)
    await close_case(live)
    return await load(here.new_hub(), live.id)


async def copy_of(here: HubWorld, case: str) -> dict[str, list[dict[str, Any]]]:
    """All rows of a case, as a backup holds them."""
    found: dict[str, list[dict[str, Any]]] = {}
    async with here.hub.store.connection() as connection:
        for table in TABLES:
            column = "id" if table == "cases" else "case_id"
            rows = await connection.execute(text(f"select * from {table} where {column} = :case"), {"case": case})
            found[table] = [dict(row._mapping) for row in rows]
    return found


async def restore(here: HubWorld, case: str, rows: Mapping[str, list[dict[str, Any]]]) -> None:
    """Put a backup's rows back in the place of what is there now."""
    async with here.hub.store.transaction() as connection:
        await connection.execute(text("delete from cases where id = :case"), {"case": case})
        for table in TABLES:
            for row in rows[table]:
                names = ", ".join(row)
                values = ", ".join(f":{name}" for name in row)
                await connection.execute(text(f"insert into {table} ({names}) values ({values})"), row)


def test_what_the_decision_rests_on_is_kept_and_the_rest_destroyed() -> None:
    async def work() -> None:
        async with hub_world() as here:
            before = await ended(here)
            relied = relied_on(before)
            await close_case(before)
            after = await load(here.new_hub(), before.id)
            assert after.state is State.ARCHIVED
            assert {sheet.digest for _, sheet in after.sheets} == relied
            assert len(before.sheets) > len(relied)  # the account was a need: it decided nothing
            view = await view_of(after)
            assert (view.decision, view.amount) == ("granted", (await view_of(before)).amount)
            assert all(sent.asked.statement == "" for sent, _ in after.sheets)

    run(work())


def test_an_archived_case_stands_under_a_key_of_the_month_in_which_its_term_ends() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await archived(here)
            assert live.row.key_month == f"kept-{here.hub.today.year + 10}-{here.hub.today:%m}"

    run(work())


def test_only_an_ended_case_is_archived() -> None:
    async def work() -> None:
        async with hub_world() as here:
            with pytest.raises(NotInThisState):
                await close_case(await go(await here.authorised(OLD)))

    run(work())


def test_a_backup_older_than_the_archive_opens_nothing() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await ended(here)
            backup = await copy_of(here, live.id)
            await close_case(live)
            await restore(here, live.id, backup)
            with pytest.raises(BadKey) as refused:
                await load(here.new_hub(), live.id)
            assert refused.value.code == "erased"
            listed = await cases_page(here.new_hub(), applicant_of(here.world, OLD), words=live.id)
            assert listed.cases == ()  # and breaks no list of its person

    run(work())


def test_a_backup_older_than_an_erasure_opens_nothing() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await archived(here)
            backup = await copy_of(here, live.id)
            await erase_case(here.hub, live.id)
            await restore(here, live.id, backup)
            with pytest.raises(BadKey) as refused:
                await load(here.new_hub(), live.id)
            assert refused.value.code == "erased"

    run(work())


def test_an_erased_case_is_as_if_it_did_not_exist() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await archived(here)
            await erase_case(here.hub, live.id)
            with pytest.raises(NotFound):
                await load(here.new_hub(), live.id)
            rows = await copy_of(here, live.id)
            assert rows["requests"] == rows["contests"] == []
            (left,) = rows["cases"]
            assert not any(left[name] for name in ("owner", "key_wrapped", "opening", "permission", "outcome"))

    run(work())


def test_the_ledger_still_proves_what_an_erased_case_asked_and_why() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await archived(here)
            await erase_case(here.hub, live.id)
            await _folded(here)
            person = applicant_of(here.world, OLD).pairwise
            proofs = [one for one in await proofs_about(here.hub, person) if _case(one.content) == live.id]
            proven = [verify_proof(one, trust=here.hub.trust, witnesses=(), at=here.hub.seconds) for one in proofs]
            asked = [one.entry for one in proven if one.entry.kind == "asked" and one.entry.lines]
            assert asked and all(line.basis and line.sentence.zh for entry in asked for line in entry.lines)
            assert {one.status for one in proven} == {"signed"}

    run(work())


def _case(content: str) -> str:
    return msgspec.json.decode(unb64(content), type=Entry).case


def test_the_job_archives_what_ended_and_erases_what_is_over_its_term_with_the_keys(tmp_path: Path) -> None:
    async def work() -> None:
        async with hub_world(tmp_path) as here:
            live = await ended(here)
            month = live.row.key_month
            await keep_house(here.hub)
            assert (await load(here.new_hub(), live.id)).state is State.ENDED  # it stays open for a while
            here.ahead = timedelta(days=45)
            await keep_house(here.hub)
            kept = await load(here.new_hub(), live.id)
            assert kept.state is State.ARCHIVED
            assert month not in here.hub.vault.keys.periods()  # its last case has gone
            here.ahead = timedelta(days=366 * 10 + 45)
            await keep_house(here.hub)
            with pytest.raises(NotFound):
                await load(here.new_hub(), live.id)
            assert kept.row.key_month not in here.hub.vault.keys.periods()

    run(work())


def test_a_key_whose_month_is_gone_opens_no_copy_whatever_the_notes_say(tmp_path: Path) -> None:
    async def work() -> None:
        async with hub_world(tmp_path) as here:
            live = await ended(here)
            wrapped = WrappedKey(period=live.row.key_month, wrapped=live.row.key_wrapped)
            here.ahead = timedelta(days=45)
            await keep_house(here.hub)
            assert not list(here.keystore.glob("*.erased"))
            with pytest.raises(BadKey):
                here.hub.vault.keys.case_key(live.id, wrapped)

    run(work())


@pytest.mark.parametrize(
    ("retention", "over", "until"),
    [
        ("10", date(2026, 11, 29), date(2036, 11, 29)),
        ("30", date(2026, 11, 29), date(2056, 11, 29)),
        ("10", date(2028, 2, 29), date(2038, 2, 28)),
        ("永久", date(2026, 11, 29), None),
    ],
)
def test_a_term_of_keeping_counts_from_the_day_the_case_ended(retention: str, over: date, until: date | None) -> None:
    assert keep_until(retention, over) == until


# -- the file


async def exported(here: HubWorld, viewer: Any = RESIDENT) -> CaseFile:
    live = await archived(here)
    await _folded(here)
    return await case_file(live, viewer)


def test_a_case_file_holds_offline_against_a_trust_list() -> None:
    async def work() -> None:
        async with hub_world() as here:
            checked = check_file(await exported(here), here.world.trust)
            assert checked.faults == ()
            assert (checked.decision, checked.decided_by) == ("granted", "machine")
            assert checked.sheets == 4 and checked.entries > 10

    run(work())


def test_every_change_of_a_case_file_is_found() -> None:
    async def work() -> None:
        async with hub_world() as here:
            file = await exported(here)
            for name in file.files:
                changed = {**file.files, name: file.files[name] + " "}
                found = check_file(msgspec.structs.replace(file, files=changed), here.world.trust).faults
                assert any((fault.file, fault.code) == (name, "file-changed") for fault in found), name
                without = {other: text for other, text in file.files.items() if other != name}
                found = check_file(msgspec.structs.replace(file, files=without), here.world.trust).faults
                assert any((fault.file, fault.code) == (name, "file-missing") for fault in found), name

    run(work())


def test_a_file_that_is_no_text_is_named_once_whether_it_belongs_there_or_not() -> None:
    async def work() -> None:
        async with hub_world() as here:
            file = await exported(here)
            (fault,) = check_file(file, here.world.trust, no_text=("photo.jpg",)).faults
            assert (fault.file, fault.code) == ("photo.jpg", "file-malformed")
            without = {name: text for name, text in file.files.items() if name != "plan.json"}
            broken = msgspec.structs.replace(file, files=without)
            found = check_file(broken, here.world.trust, no_text=("plan.json",)).faults
            assert [fault.code for fault in found if fault.file == "plan.json"] == ["file-malformed"]

    run(work())


def test_a_manifest_signed_anew_does_not_help_a_forged_sheet() -> None:
    async def work() -> None:
        async with hub_world() as here:
            file = await exported(here)
            name = next(name for name in file.files if name.startswith("sheets/"))
            head, payload, signature = file.files[name].partition("~")[0].split(".")
            forged = f"{head}.{payload[:-4]}AAAA.{signature}~{file.files[name].partition('~')[2]}"
            found = check_file(_signed_again(here, file, {**file.files, name: forged}), here.world.trust).faults
            assert {fault.file for fault in found} >= {name, "decision.jws"}

    run(work())


def test_a_file_of_another_case_is_found_though_the_hub_signs_it() -> None:
    async def work() -> None:
        async with hub_world() as here:
            one, other = await exported(here), await exported(here)
            mixed = {**one.files, "application.json": other.files["application.json"]}
            found = check_file(_signed_again(here, one, mixed), here.world.trust).faults
            assert any(fault.file == "application.json" and fault.code == "file-signer" for fault in found)

    run(work())


def test_a_manifest_that_says_otherwise_than_the_department_is_found() -> None:
    async def work() -> None:
        async with hub_world() as here:
            file = await exported(here)
            without = {name: text for name, text in file.files.items() if name != "decision.jws"}
            relabelled = _signed_again(here, file, file.files, decision="refused")
            for told in (relabelled, _signed_again(here, file, without)):
                found = check_file(told, here.world.trust).faults
                assert any(fault.file == "decision.jws" for fault in found)
            kept_longer = check_file(_signed_again(here, file, file.files, retention="永久"), here.world.trust).faults
            assert ("item.jws", "file-term") in {(fault.file, fault.code) for fault in kept_longer}

    run(work())


def test_a_clerks_copy_of_a_file_leaves_special_answers_undisclosed_and_still_holds() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await go(await here.authorised(OLD, "care-aid", town="331082001"))
            await received(live)
            await _folded(here)
            own = await case_file(live, RESIDENT)
            assert check_file(own, here.world.trust).withheld == ()
            file = await case_file(live, CLERK)
            checked = check_file(file, here.world.trust)
            assert checked.faults == ()
            (special,) = [name for name in checked.withheld if name.startswith("sheets/")]
            assert file.files[special] != own.files[special]  # the grade of care is the clerk's not to read
            assert sdjwt.token_digest(file.files[special]) == sdjwt.token_digest(own.files[special])

    run(work())


# -- what was signed


async def signed_for(here: HubWorld) -> LiveCase:
    """A case that a finding, a declaration and an officer's signature decided; then the promise was found kept."""
    live = await go(await here.authorised(OLD, await published(here, "found-allowance")))
    await taken(here, live.id)
    await act(here, live.id, Suspend(kind="test", until=here.hub.today, reason="检测"))
    await act(here, live.id, Resume(last=here.hub.today))
    await act(here, live.id, Extend(days=5, reason="需要走访"), role="head")
    await find(here, live.id, "condition:at-home", True, note="邻里证实")
    await declare_alone(here, live.id, OLD)
    live = await act(here, live.id, Sign(outcome="granted"))
    assert live.state is State.DECLARED
    live = await find(here, live.id, "declaration:alone", True, note="走访属实")
    await _folded(here)
    return live


def test_whose_signatures_and_declarations_a_decision_rests_on_stands_in_its_file() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await signed_for(here)
            file = await case_file(live, RESIDENT)
            decision = msgspec.json.decode(jws.unverified_payload(file.files["decision.jws"]), type=SignedDecision)
            assert len(decision.signed_by) == 1 and decision.declared == ("alone",)
            signed = msgspec.json.decode(file.files["signed.json"], type=SignedSteps)
            assert signed.signature is not None and set(signed.declarations) == {"alone"} and len(signed.findings) == 2
            assert {type(one.act) for one in signed.acts} == {Suspend, Resume, Extend}
            assert check_file(file, here.world.trust).faults == ()

    run(work())


TAMPERED: dict[str, Callable[[HubWorld, SignedSteps], SignedSteps]] = {
    "signature": lambda here, one: msgspec.structs.replace(one, signature=None),
    "signature: of nobody cleared": lambda here, one: msgspec.structs.replace(one, clearances=()),
    "signature: under another sum": lambda here, one: msgspec.structs.replace(
        one,
        recommended=msgspec.structs.replace(one.recommended, amount="1000"),  # type: ignore[type-var]
    ),
    "declarations": lambda here, one: msgspec.structs.replace(one, declarations={}),
    "declarations: by another": lambda here, one: msgspec.structs.replace(
        one, declarations={"alone": _declared(here, one, YOUNG)}
    ),
    "findings": lambda here, one: msgspec.structs.replace(one, findings=(_found(here, one), *one.findings[1:])),
    "acts": lambda here, one: msgspec.structs.replace(
        one,
        acts=tuple(
            msgspec.structs.replace(each, act=Extend(days=50, reason="需要走访"))
            if isinstance(each.act, Extend)
            else each
            for each in one.acts
        ),
    ),
}


def _declared(here: HubWorld, one: SignedSteps, number: str) -> SignedStep:
    case = one.recommended.case if one.recommended else ""
    return sign_step(here.world, number, case, "declare:alone", PROMISE.text)


def _found(here: HubWorld, one: SignedSteps) -> Certified:
    """The first finding as the hub would write it: another note, and no officer's key."""
    first = one.findings[0]
    seen = msgspec.json.decode(jws.unverified_payload(first.token), type=Seen)
    forged = jws.sign(msgspec.structs.replace(seen, note="无人应门"), key=here.world.key("hub"), typ="mz-finding")
    return Certified(token=forged, certificate=first.certificate)


def test_whatever_of_it_is_left_out_or_forged_is_named_though_the_hub_signs_the_list() -> None:
    async def work() -> None:
        async with hub_world() as here:
            file = await case_file(await signed_for(here), RESIDENT)
            signed = msgspec.json.decode(file.files["signed.json"], type=SignedSteps)
            for name, change in TAMPERED.items():
                text = msgspec.json.encode(change(here, signed)).decode()
                told = _signed_again(here, file, {**file.files, "signed.json": text})
                found = {fault.file for fault in check_file(told, here.world.trust).faults}
                assert f"signed.json:{name.partition(':')[0]}" in found, name

    run(work())


def test_another_adults_consent_stands_in_the_file_and_a_role_asked_about_without_it_is_named() -> None:
    async def work() -> None:
        async with hub_world() as here:
            item = with_spouse(CONSENT)
            Kin(here)
            live = await go(await authorised(here, item, OLD))
            made = await invite(live, "spouse")
            await open_invitation(here.hub, made.code, applicant_of(here.world, YOUNG))
            live = await load(here.hub, live.id)
            person = applicant_of(here.world, YOUNG)
            await sign(live, "spouse#1", person, consent(here, live, YOUNG, "spouse#1"))
            live = await go(live)
            assert live.state is State.DELIVERED
            await _folded(here)
            file = await case_file(live, RESIDENT)
            assert _of(check_file(file, here.world.trust), "signed.json:consents") == []
            signed = msgspec.json.decode(file.files["signed.json"], type=SignedSteps)
            stranger = consent(here, live, DRAWS, "spouse#1")
            forged = msgspec.structs.replace(signed.consents["spouse#1"], assertion=stranger)
            for wrong in ({}, {"spouse#1": forged}):
                text = msgspec.json.encode(msgspec.structs.replace(signed, consents=wrong)).decode()
                told = _signed_again(here, file, {**file.files, "signed.json": text})
                assert _of(check_file(told, here.world.trust), "signed.json:consents")

    run(work())


def test_an_agents_case_file_holds_the_mandate_that_was_signed_for_and_no_other_passes() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live, other = await go(await Agent(here).authorised()), await go(await Agent(here).authorised())
            await _folded(here)
            file = await case_file(live, RESIDENT)
            assert check_file(file, here.world.trust).faults == ()
            assert (await case_file(live, FORMER)).files["application.json"].count('"mandate":""') == 1
            application = msgspec.json.decode(file.files["application.json"], type=ApplicationFile)
            assert other.opening.acting is not None
            for wrong in ("", other.opening.acting.mandate):
                text = msgspec.json.encode(msgspec.structs.replace(application, mandate=wrong)).decode()
                told = _signed_again(here, file, {**file.files, "application.json": text})
                assert _of(check_file(told, here.world.trust), "application.json"), wrong

    run(work())


def _of(checked: Checked, name: str) -> list[Fault]:
    return [fault for fault in checked.faults if fault.file == name]


async def _folded(here: HubWorld) -> None:
    """Fold every entry into the tree, so that the file can prove them."""
    log_key = KeyFolder(here.world.keys / "hub").load("log")
    while await fold_pending(here.hub.store, ledger="hub", key=log_key, now=here.hub.clock()):
        pass


def _signed_again(here: HubWorld, file: CaseFile, files: dict[str, str], **changes: Any) -> CaseFile:
    """The file as a hub would sign it that wants the change to pass."""
    manifest = msgspec.json.decode(jws.unverified_payload(file.manifest), type=Manifest)
    named = {name: digest(text.encode()) for name, text in files.items()}
    told = msgspec.structs.replace(manifest, files=named, **changes)
    signed = jws.sign(told, key=here.world.key("hub"), typ=ARCHIVE_TYP)
    return CaseFile(manifest=signed, files=files)
