"""What the registrator, the operator and the deploy get to see of the record, and what is put into it."""

from __future__ import annotations

import csv
import io
import tomllib
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from chalicelib import config
from chalicelib.domain.events import GENESIS, event_hash
from chalicelib.domain.form import Submission, read_submission
from chalicelib.domain.rows import CaseRow, EventRow, Fact
from chalicelib.domain.transaction import Change
from infra import cases, people, smoke
from infra.cases import Received
from infra.terminal import Stop
from tests.world import World

AT = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
CONFIG = config.load()
DEMO = tomllib.loads(people.DEMO.read_text())["person"]


def received(sender: str = "Annika Storbacke", matter: str = "Färdigpackad startväska") -> Received:
    return Received("2026-11-24", "ID-2026-K7QF", sender, matter)


def cells(row: Received) -> list[str]:
    text = cases.as_csv([row]).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text), delimiter=";"))[1]


def test_the_days_list_opens_in_swedish_excel_with_its_letters_and_columns() -> None:
    file = cases.as_csv([received()])
    assert file.startswith(b"\xef\xbb\xbf")
    assert file.decode("utf-8-sig").splitlines() == [
        '"Inkom";"Nummer";"Från";"Ärende"',
        '"2026-11-24";"ID-2026-K7QF";"Annika Storbacke";"Färdigpackad startväska"',
    ]
    assert file.endswith(b"\r\n")


@pytest.mark.parametrize("start", cases.FORMULA_STARTS, ids=repr)
def test_no_cell_of_the_list_runs_as_a_formula(start: str) -> None:
    assert cells(received(matter=f"{start}HYPERLINK(1)"))[3].startswith(f"'{start}")
    assert cells(received(sender=f"{start}cmd"))[2].startswith("'")


def test_quotes_semicolons_and_line_breaks_stay_inside_their_cell() -> None:
    matter = 'Han sa "nej"; sedan\ninget mer'
    assert cells(received(matter=matter)) == list(received(matter=matter).cells())


def test_an_empty_day_is_said_to_be_empty() -> None:
    assert cases.as_table([]) == "Nothing came in that day."


def chain(length: int) -> tuple[CaseRow, list[EventRow]]:
    """A case with this many events, as the application records them."""
    events: list[EventRow] = []
    head = GENESIS
    for seq in range(1, length + 1):
        facts = (Fact("StepEntered", {"step": f"step-{seq}"}),)
        digest = event_hash("case-1", seq, AT, "sluice", facts, head)
        events.append(EventRow("case-1", seq, AT, "sluice", facts, head, digest))
        head = digest
    case = CaseRow(
        case_id="case-1",
        ref="ID-2026-K7QF",
        lang="sv",
        step="screening",
        epoch=1,
        seq=length,
        head_hash=head,
        received_at=AT,
        received_date="2026-11-24",
        process_version="1",
        text_version=1,
        text_hash="0" * 64,
        entered_at=AT,
        has_email=True,
    )
    return case, events


def test_a_case_shows_that_mail_to_its_giver_comes_back_and_how_they_hear_instead() -> None:
    case, events = chain(1)
    assert "comes back" not in cases.standing(case, events)
    bounced = replace(case, bounced=True)
    assert "comes back; they hear by phone" in cases.standing(bounced, events)
    without = replace(bounced, has_phone=False)
    assert "they hear on their own page only" in cases.standing(without, events)


def test_a_case_shows_that_its_giver_wants_only_the_mails_that_they_must_have() -> None:
    case, events = chain(1)
    assert "Wants:" not in cases.standing(case, events)
    quiet = cases.standing(replace(case, quiet=True), events)
    assert "Wants:     only the mails that they must have" in quiet


def test_a_case_shows_that_its_giver_wants_one_mail_a_week() -> None:
    case, events = chain(1)
    weekly = cases.standing(replace(case, weekly=True), events)
    assert "Wants:     at most one mail a week beside those that they must have" in weekly


def test_an_untouched_chain_of_events_is_whole() -> None:
    case, events = chain(3)
    assert cases.chain_fault(case, events) is None


def test_a_changed_event_is_found() -> None:
    case, events = chain(3)
    events[1] = replace(events[1], actor="somebody.else")
    assert cases.chain_fault(case, events) == "event 2: it is not what was recorded"


def test_an_event_rewritten_with_a_hash_of_its_own_is_found_by_the_next() -> None:
    case, events = chain(3)
    facts = (Fact("StepEntered", {"step": "elsewhere"}),)
    forged = event_hash("case-1", 2, AT, "sluice", facts, events[1].prev_hash)
    events[1] = replace(events[1], facts=facts, hash=forged)
    assert cases.chain_fault(case, events) == "event 3: it does not follow the event before it"


def test_a_missing_event_is_found_wherever_it_was() -> None:
    case, events = chain(3)
    assert cases.chain_fault(case, [events[0], events[2]]) == "event 2: it is missing"
    assert cases.chain_fault(case, events[:2]) == "event 3: it is missing"


def test_a_stuck_case_is_woken_by_its_reference_however_it_is_typed() -> None:
    world = World()
    world.submit()
    stuck = replace(world.case(), try_at=None, tries=8, stuck=True)
    world.store.transact([Change(stuck, ())])

    assert "is woken" in cases.put_to_work(world.deps, f" [{stuck.ref.lower()}] ")
    assert not world.case().stuck
    world.settle()
    assert cases.put_to_work(world.deps, stuck.ref).endswith("is not stuck: nothing was done.")


def test_a_closed_case_is_not_woken() -> None:
    world = World()
    receipt = world.submit()
    world.store.transact([Change(replace(world.case(), closed=True, due_at=None, try_at=None), ())])
    assert "is closed: nothing was done" in cases.put_to_work(world.deps, receipt.ref)


def test_a_case_that_is_not_there_cannot_be_woken() -> None:
    with pytest.raises(Stop, match="There is no case 2026-9999 here"):
        cases.put_to_work(World().deps, "2026-9999")


def test_the_demo_people_can_answer_everything_that_the_process_asks() -> None:
    asked = {step.role for step in CONFIG.process.steps if step.role}
    panels = {step.role: step.panel for step in CONFIG.process.steps if step.role}
    for role in asked:
        able = [person for person in DEMO if role in person["roles"]]
        assert len(able) > panels[role], role


def test_the_demo_people_are_of_the_sizes_that_the_demo_needs() -> None:
    count = {
        role: sum(role in person["roles"] for person in DEMO)
        for role in ("coordinator", "reviewer", "decision_maker", "process_owner")
    }
    assert count == {"coordinator": 2, "reviewer": 7, "decision_maker": 2, "process_owner": 1}


def test_the_demo_reviewers_all_work_in_different_units() -> None:
    units = [person["unit"] for person in DEMO if "reviewer" in person["roles"]]
    assert len(set(units)) == len(units)


def test_the_demo_people_work_where_the_form_says_one_can_work() -> None:
    units = {choice.key for choice in CONFIG.form.field("unit_own").choices}
    assert {person["unit"] for person in DEMO} <= units


def test_the_demo_people_have_possible_ids_known_roles_and_addresses_that_reach_nobody() -> None:
    known = {role.key for role in CONFIG.process.roles}
    for person in DEMO:
        assert people.ID.fullmatch(person["id"]), person
        assert person["email"].endswith("@example.com"), person
        assert set(person["roles"]) <= known, person
        assert not set(person["id"].split("-")) & set(person["name"].lower().split()), person
    assert len({person["id"] for person in DEMO}) == len(DEMO)


@pytest.mark.parametrize(
    ("id_", "possible"),
    [
        ("p-7f3k", True),
        ("anna", True),
        ("a" * 40, True),
        ("a" * 41, False),
        ("anna.berg", False),
        ("Anna", False),
        ("anna#1", False),
        ("-anna", False),
        ("", False),
    ],
)
def test_an_id_holds_nothing_that_a_key_or_a_mail_tag_could_not(id_: str, possible: bool) -> None:
    assert bool(people.ID.fullmatch(id_)) is possible


def test_the_smoke_tests_answers_pass_the_municipalitys_own_form() -> None:
    submission = read_submission(CONFIG.form, smoke.answers(CONFIG.form), "sv")
    assert isinstance(submission, Submission)
    assert submission.email == smoke.SIMULATOR
