"""What a person's own clock does with nothing else happening: absence that begins, removal, and the week's list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.domain.own_clock import next_look
from chalicelib.domain.rows import Absence, AskRow, AskState, CaseRow, EventRow, MailRow, PersonRow
from chalicelib.domain.transaction import Change, Create, case_is_as_read
from chalicelib.services.answer_ask import Accepted, answer_ask
from chalicelib.services.evaluate_case import evaluate_case
from chalicelib.services.evaluate_person import evaluate_person, wake_case
from tests.fakes import Crash, StoreFault
from tests.small_process import ON, SMALL, VIEW
from tests.world import HOST, PEOPLE, World, in_jury

MONDAY = datetime(2026, 3, 9, 6, 30, tzinfo=UTC)
MIDNIGHT = datetime(2026, 3, 4, 23, 0, tzinfo=UTC)
"""When Thursday 5 March begins in Sweden."""
THURSDAY = Absence("2026-03-05", "2026-03-13")


def schedule(world: World, person: str, **fields: object) -> PersonRow:
    """What the operator does: a change, and the clock that follows from it."""
    changed = world.change_person(person, **fields)
    at = world.now if not changed.active else next_look(world.deps.calendar, changed, world.now)
    return world.change_person(person, due_at=at, try_at=at)


def row(world: World, person: str) -> PersonRow:
    found = world.store.get(PersonRow, person)
    assert found is not None
    return found


def moved(world: World) -> list[tuple[str, str]]:
    return [
        (fact.data["person"], fact.data["why"])
        for event in world.store.rows(EventRow)
        for fact in event.facts
        if fact.kind == "AskMoved"
    ]


def lists(world: World, purpose: str = "weekly") -> list[MailRow]:
    return [mail for mail in world.store.rows(MailRow) if mail.purpose == purpose]


# ── An absence that begins ──


def test_when_an_absence_begins_the_ask_goes_to_the_deputy_with_nothing_else_happening() -> None:
    world = in_jury()
    first, other = world.asked()[0], spare(world)
    schedule(world, first.person_id, absences=(THURSDAY,), deputy=other)
    world.advance_to(MIDNIGHT - timedelta(seconds=1))
    assert moved(world) == []
    world.advance_to(MIDNIGHT)
    world.advance(minutes=1)
    assert moved(world) == [(first.person_id, "away")]
    assert other in [person.person_id for person in world.asked()]
    deputy = row(world, other)
    assert isinstance(world.answer(deputy, VIEW), Accepted)


def spare(world: World) -> str:
    asked = {ask.person for ask in world.store.rows(AskRow)}
    return next(p.person_id for p in PEOPLE if "juror" in p.roles and p.person_id not in asked)


def test_somebody_who_is_asked_nothing_wakes_no_case() -> None:
    world = in_jury()
    schedule(world, spare(world), absences=(THURSDAY,))
    before = world.case()
    world.advance_to(MIDNIGHT)
    assert world.case() == before


def test_every_case_that_asks_somebody_who_is_away_is_woken() -> None:
    world = World()
    heir = replace(HOST, person_id="henrik", name="Henrik", email="henrik@example.com")
    for number in range(5):
        world.submit(f"key-{number}")
    world.settle()
    schedule(world, "hanna", absences=(THURSDAY,), deputy="henrik")
    world.store.transact([Create(heir, "person-is-new")])
    world.advance_to(MIDNIGHT)
    world.advance(minutes=1)
    assert len(moved(world)) == 5


def test_an_absence_that_has_begun_is_acted_on_once() -> None:
    world = in_jury()
    first = world.asked()[0].person_id
    schedule(world, first, absences=(THURSDAY,))
    world.advance_to(MIDNIGHT)
    world.advance(minutes=1)
    assert row(world, first).due_at == MONDAY - timedelta(days=4)
    before = len(world.store.transactions)
    assert not evaluate_person(world.deps, first)
    assert len(world.store.transactions) == before


# ── Removal ──


def test_whoever_is_removed_is_replaced_with_nothing_else_happening() -> None:
    world = in_jury()
    first = world.asked()[0].person_id
    schedule(world, first, active=False)
    world.advance(minutes=1)
    world.advance(minutes=1)
    assert moved(world) == [(first, "left")]
    assert first not in [person.person_id for person in world.asked()]
    assert len(world.asked()) == 3
    assert row(world, first).due_at == world.deps.calendar.next_morning(world.now)


def test_whoever_is_removed_gets_no_list_any_more() -> None:
    world = in_jury()
    first = world.asked()[0].person_id
    schedule(world, first, active=False, weekly=True, digest=True)
    for _ in range(3):
        world.advance(days=4)
    assert lists(world) == []
    assert lists(world, "digest") == []


@pytest.mark.parametrize("boundary", range(8))
def test_a_crash_while_somebody_is_removed_loses_no_ask(boundary: int) -> None:
    world = in_jury()
    first = world.asked()[0].person_id
    schedule(world, first, active=False)
    world.faults.crash_at(boundary)

    def sweep_and_deliver() -> None:
        world.advance(minutes=1)
        world.advance(minutes=1)

    with pytest.raises(Crash):
        sweep_and_deliver()
    for _ in range(4):
        world.advance(minutes=10)
    assert moved(world) == [(first, "left")]
    assert len(world.asked()) == 3


def removed_while(way: Callable[[World, str], None]) -> tuple[World, str]:
    """A case is looked at; after its people were read one of those who are asked is removed, `way` being how. Gives who that is."""
    world = in_jury()
    gone, other = world.asked()[:2]
    world.answer(other, VIEW)
    read = world.store.people

    def people() -> tuple[PersonRow, ...]:
        found = read()
        world.store.people = read
        way(world, gone.person_id)
        return found

    world.store.people = people
    evaluate_case(world.deps, world.case().case_id)
    return world, gone.person_id


def at_once(world: World, person_id: str) -> None:
    world.register(person_id, active=False)
    evaluate_person(world.deps, person_id)


def after_a_sweep(world: World, person_id: str) -> None:
    world.sweep()
    at_once(world, person_id)


@pytest.mark.parametrize("way", [at_once, after_a_sweep])
def test_whoever_is_removed_while_the_case_is_looked_at_is_replaced(
    way: Callable[[World, str], None],
) -> None:
    world, gone = removed_while(way)
    world.advance(minutes=1)
    assert moved(world) == [(gone, "left")]


def test_whoever_was_removed_is_replaced_though_the_roster_is_behind() -> None:
    world = in_jury()
    gone = world.asked()[0].person_id
    world.store.lag = True
    world.register(gone, active=False)
    evaluate_person(world.deps, gone)
    evaluate_case(world.deps, world.case().case_id)
    assert moved(world) == [(gone, "left")]


def test_nobody_is_asked_anew_who_was_removed_though_the_roster_is_behind() -> None:
    world = in_jury()
    gone, spares = world.asked()[0].person_id, set()
    world.store.lag = True
    for person in PEOPLE:
        if "juror" in person.roles and person not in world.asked() and not spares:
            spares.add(person.person_id)
            world.register(person.person_id, active=False)
    world.register(gone, active=False)
    evaluate_person(world.deps, gone)
    evaluate_case(world.deps, world.case().case_id)
    assert not {gone, *spares} & {person.person_id for person in world.asked()}
    assert len(world.asked()) == 3


def test_an_ask_that_the_index_did_not_show_yet_when_somebody_was_removed_moves_in_the_morning() -> (
    None
):
    world = World()
    world.submit()
    world.store.lag = True
    world.settle()
    world.answer(HOST, ON)
    world.settle()
    gone = world.asked()[0].person_id
    world.register(gone, active=False)
    evaluate_person(world.deps, gone)
    world.store.heal()
    world.advance_to(world.deps.calendar.next_morning(world.now))
    world.advance(minutes=1)
    assert moved(world) == [(gone, "left")]


# ── Waking a case ──


def test_a_woken_case_is_due_at_once_and_records_nothing() -> None:
    world = in_jury()
    before, events = world.case(), len(world.store.rows(EventRow))
    world.clock.advance(timedelta(hours=1))
    assert wake_case(world.deps, before.case_id)
    assert world.case() == replace(before, due_at=world.now, try_at=world.now)
    assert len(world.store.rows(EventRow)) == events


def test_a_case_that_is_due_already_is_due_anew_and_every_time_at_another_moment() -> None:
    world = in_jury()
    case_id, moments = world.case().case_id, set()
    for _ in range(4):
        before = world.case().due_at, world.case().try_at
        assert wake_case(world.deps, case_id)
        assert world.case().due_at == world.case().try_at
        assert world.case().due_at not in before
        moments.add(world.now - (world.case().due_at or world.now))
    assert moments <= {timedelta(microseconds=few) for few in range(3)}


def test_a_case_that_was_given_up_stays_so_and_is_due_anew() -> None:
    world = in_jury()
    stuck = replace(world.case(), stuck=True, due_at=world.now, try_at=None, tries=8)
    world.store.keep(stuck)
    assert not wake_case(world.deps, stuck.case_id)
    assert world.case() == replace(stuck, due_at=world.now - timedelta(microseconds=1))


@pytest.mark.parametrize("how", ["closed", "unknown"])
def test_what_is_not_to_be_woken_is_left_as_it_is(how: str) -> None:
    world = in_jury()
    case_id = world.case().case_id
    if how == "closed":
        closed = replace(world.case(), closed=True, due_at=None, try_at=None)
        world.store.transact([Change(closed, (case_is_as_read(world.case()),))])
    before = world.case()
    assert not wake_case(world.deps, "nobody" if how == "unknown" else case_id)
    assert world.case() == before


def test_a_case_that_moved_while_it_was_woken_is_looked_at_again() -> None:
    world = in_jury()
    world.clock.advance(timedelta(hours=1))
    world.store.fail_next(StoreFault.CONFLICT)
    assert wake_case(world.deps, world.case().case_id)
    assert world.pauses == [0.02]


# ── The week's list ──


def weekly_world(**fields: object) -> World:
    """A world in which Hanna gets one mail a week and one idea waits for her."""
    hanna = replace(HOST, weekly=True, due_at=MONDAY, try_at=MONDAY, **fields)
    world = World(people=(hanna, *PEOPLE[1:]))
    world.submit()
    world.settle()
    return world


def test_the_weeks_list_comes_on_monday_at_half_past_seven_with_a_link_that_works() -> None:
    world = weekly_world()
    world.advance_to(MONDAY - timedelta(seconds=1))
    assert lists(world) == []
    world.advance_to(MONDAY)
    (letter,) = world.letters(HOST.email, "weekly")
    assert world.case().ref in letter.text
    link = world.link(HOST.email, "weekly")
    assert isinstance(answer_ask(world.deps, link, None, ON), Accepted)


def test_the_weeks_list_holds_one_line_for_each_open_ask_of_ones_own_and_no_others() -> None:
    world = weekly_world()
    answer_ask(world.deps, world.link(HOST.email), None, ON)
    world.settle()
    world.clock.advance(timedelta(days=1))
    world.submit("second", name="Bo Ek")
    world.submit("third", name="Cia Öst")
    world.settle()
    world.advance_to(MONDAY)
    (mail,) = lists(world)
    waiting = mail.context["waiting"]
    assert [row["step"] for row in waiting] == ["glance", "glance"]
    assert all(row["mine"] for row in waiting)
    assert (mail.context["mine_count"], mail.context["late_count"]) == (2, 0)


def test_with_nothing_waiting_there_is_no_weeks_list_and_the_clock_goes_on() -> None:
    world = weekly_world()
    answer_ask(world.deps, world.link(HOST.email), None, ON)
    world.settle()
    world.advance_to(MONDAY)
    assert lists(world) == []
    assert row(world, "hanna").due_at == MONDAY + timedelta(days=7)


def test_on_a_monday_that_is_a_holiday_the_list_comes_on_the_next_working_day() -> None:
    world = weekly_world()
    days = []
    for _ in range(6):
        world.advance_to(row(world, "hanna").due_at)
        days.append(world.deps.calendar.local_date(world.now).isoformat())
    assert days == [
        "2026-03-09",
        "2026-03-16",
        "2026-03-23",
        "2026-03-30",
        "2026-04-07",  # after Easter Monday
        "2026-04-13",
    ]
    assert len(lists(world)) == 6


def test_one_list_a_week_however_often_it_is_looked_for() -> None:
    world = weekly_world()
    world.clock.advance_to(MONDAY)
    assert [evaluate_person(world.deps, "hanna") for _ in range(3)] == [True, False, False]
    assert len(lists(world)) == 1


def test_weeks_that_were_slept_through_are_one_list() -> None:
    world = weekly_world()
    world.clock.advance_to(MONDAY + timedelta(days=16))
    assert evaluate_person(world.deps, "hanna")
    assert not evaluate_person(world.deps, "hanna")
    assert row(world, "hanna").due_at == MONDAY + timedelta(days=21, hours=-1)  # summer time


def test_what_is_late_comes_first_in_the_weeks_list() -> None:
    world = weekly_world()
    world.clock.advance_to(MONDAY)
    world.submit("second", name="Bo Ek")
    world.settle()
    world.clock.advance_to(MONDAY + timedelta(days=7))
    evaluate_person(world.deps, "hanna")
    context = lists(world)[-1].context
    assert [row["late"] for row in context["waiting"]] == [True, False]
    assert context["late_count"] == 1


def test_somebody_with_both_lists_gets_both_on_a_monday() -> None:
    world = weekly_world(digest=True)
    world.clock.advance_to(MONDAY)
    assert evaluate_person(world.deps, "hanna")
    assert (len(lists(world)), len(lists(world, "digest"))) == (1, 1)
    assert row(world, "hanna").due_at == MONDAY + timedelta(days=1)


def test_a_phone_task_has_a_line_of_its_own_and_a_link_of_its_own() -> None:
    world = World(people=(replace(HOST, weekly=True), *PEOPLE[1:]))
    world.submit(email=None, phone="070-174 06 05")
    world.settle()
    later = {"verdict": "later", "why": "Vi tar upp idén igen i höst.", "wake": "2027-09-01"}
    world.answer(HOST, later)
    world.settle()
    world.advance_to(world.case().due_at)  # silence has lasted long enough: Hanna is to phone
    schedule(world, "hanna", weekly=True)
    world.advance_to(row(world, "hanna").due_at)
    (line,) = lists(world)[-1].context["waiting"]
    assert (line["step"], line["task"], line["mine"]) == ("ring", "ring-1", True)
    (task,) = [ask for ask in world.store.rows(AskRow) if ask.task]
    assert line["deadline"] == world.deps.calendar.local_date(task.deadline).isoformat()
    assert world.link(HOST.email, "weekly")


@pytest.mark.parametrize("boundary", range(4))
def test_a_crash_neither_loses_nor_doubles_the_weeks_list(boundary: int) -> None:
    world = weekly_world()
    world.clock.advance_to(MONDAY)
    world.faults.crash_at(boundary)

    def evaluate_and_deliver() -> None:
        evaluate_person(world.deps, "hanna")
        world.settle()

    with pytest.raises(Crash):
        evaluate_and_deliver()
    world.advance(minutes=6)
    assert len({letter.mail_id for letter in world.letters(HOST.email, "weekly")}) == 1


def test_ten_at_once_owe_one_list() -> None:
    world = weekly_world()
    world.clock.advance_to(MONDAY)
    owed = world.at_once(*[lambda: evaluate_person(world.deps, "hanna")] * 10)
    assert owed.count(True) == 1
    assert len(lists(world)) == 1


def test_ideas_of_a_smoke_test_are_not_in_the_weeks_list() -> None:
    world = weekly_world()
    world.smoke_test("smoke")
    world.settle()
    world.clock.advance_to(MONDAY)
    evaluate_person(world.deps, "hanna")
    assert len(lists(world)[-1].context["waiting"]) == 1


def test_while_a_question_waits_a_step_is_not_late_in_a_list() -> None:
    world = weekly_world()
    case = world.case()
    paused = replace(case, paused_at=world.now, questions=1, due_at=None, try_at=None)
    world.store.transact([Change(paused, (case_is_as_read(case),))])
    world.clock.advance_to(MONDAY + timedelta(days=7))
    evaluate_person(world.deps, "hanna")
    (line,) = lists(world)[-1].context["waiting"]
    assert line["late"] is False
    assert world.store.rows(CaseRow)[0].step == SMALL.step("glance").key


def test_asks_that_are_over_are_in_no_list() -> None:
    world = weekly_world()
    for ask in world.store.rows(AskRow):
        assert ask.state is AskState.OPEN
    answer_ask(world.deps, world.link(HOST.email), None, ON)
    world.clock.advance_to(MONDAY)
    assert not evaluate_person(world.deps, "hanna")


def test_of_a_panel_each_finds_only_their_own_ask_in_the_weeks_list() -> None:
    world = in_jury()
    first = world.asked()[0].person_id
    schedule(world, first, weekly=True)
    world.advance_to(MONDAY)
    assert len(lists(world)[-1].context["waiting"]) == 1


def test_what_one_has_answered_is_in_the_mornings_list_as_waiting_for_others() -> None:
    world = in_jury()
    first = world.asked()[0]
    world.answer(first, VIEW)
    world.settle()
    schedule(world, first.person_id, digest=True)
    world.advance_to(row(world, first.person_id).due_at)
    (line,) = lists(world, "digest")[-1].context["waiting"]
    assert (line["mine"], line["step"]) == (False, "jury")


def test_a_list_wakes_no_case() -> None:
    world = weekly_world()
    before = world.case()
    world.clock.advance_to(MONDAY - timedelta(days=6))
    world.change_person("hanna", due_at=world.now, try_at=world.now)
    evaluate_person(world.deps, "hanna")
    assert world.case() == before


def test_before_its_time_a_persons_clock_is_left_as_it_is() -> None:
    world = weekly_world()
    before = len(world.store.transactions)
    assert not evaluate_person(world.deps, "hanna")
    assert len(world.store.transactions) == before


def test_each_look_at_a_person_moves_their_row_on_so_that_two_cannot_both_write() -> None:
    world = weekly_world()
    world.clock.advance_to(MONDAY)
    world.change_person("hanna", tries=3)
    before = row(world, "hanna")
    evaluate_person(world.deps, "hanna")
    assert (row(world, "hanna").seq, row(world, "hanna").tries) == (before.seq + 1, 0)
