"""Who is drawn, when they are reminded, and when somebody is told that a step stands still."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.domain.asking import (
    draw,
    open_ask,
    reminder_times,
    reminders_passed,
    told_again,
)
from chalicelib.domain.planned import Circumstances
from chalicelib.domain.process import Step
from chalicelib.domain.rows import AskState, CaseRow, PersonRow, Snapshot
from tests.builders import CASE_ID, TEXT_HASH, a_case, a_person
from tests.fakes import START
from tests.small_process import GLANCE, JURY, SMALL
from tests.unit.standing_cases import given
from tests.world import configuration

CALENDAR = configuration().calendar
FRIDAY = datetime(2026, 3, 13, 22, 59, 59, tzinfo=UTC)
"""The last second of Friday 13 March in Sweden, ten working days after START's Friday."""


def jurors(count: int, **fields: object) -> tuple[PersonRow, ...]:
    return tuple(
        a_person(person_id=f"juror-{number}", roles=("juror",), **fields) for number in range(count)
    )


def drawn_of(
    people: Iterable[PersonRow], case: CaseRow, step: Step, count: int, but_not: Collection[str]
) -> tuple[PersonRow, ...]:
    world = Circumstances(SMALL, tuple(people), CALENDAR, START)
    return draw(world, Snapshot(case), step, count, but_not)


def test_only_active_people_of_the_steps_role_are_drawn() -> None:
    people = (
        a_person(person_id="right", roles=("host", "juror"), unit="library"),
        a_person(person_id="elsewhere", roles=("host",), unit="library"),
        a_person(person_id="gone", roles=("juror",), unit="library", active=False),
    )
    drawn = drawn_of(people, a_case(), JURY, 3, but_not=())
    assert [person.person_id for person in drawn] == ["right"]


def test_no_more_are_drawn_than_asked_for_and_none_of_the_excluded() -> None:
    people = jurors(5, unit="library")
    drawn = drawn_of(people, a_case(), JURY, 2, but_not={"juror-0", "juror-1"})
    assert len(drawn) == 2
    assert {person.person_id for person in drawn} <= {"juror-2", "juror-3", "juror-4"}


def test_nobody_of_the_idea_givers_own_unit_is_asked() -> None:
    own, other = jurors(1, unit="park"), (a_person(person_id="x", roles=("juror",), unit="school"),)
    assert drawn_of(own + other, a_case(own_unit="park"), JURY, 3, but_not=()) == other


def test_where_there_is_no_conflict_of_interest_the_own_unit_may_be_asked() -> None:
    host = a_person(person_id="h", roles=("host",), unit="park")
    own = a_case(own_unit="park")
    assert drawn_of((host,), own, GLANCE, 1, but_not=()) == ()
    assert drawn_of((host,), own, replace(GLANCE, jav=False), 1, but_not=()) == (host,)


def test_the_same_case_and_epoch_draw_the_same_people_in_whatever_order_they_are_listed() -> None:
    people = jurors(9, unit="library")
    case = a_case()
    assert drawn_of(people, case, JURY, 3, ()) == drawn_of(reversed(people), case, JURY, 3, ())


def test_another_epoch_and_another_case_draw_anew() -> None:
    people = jurors(30, unit="library")
    panels = {
        drawn_of(people, a_case(case_id=case_id, epoch=epoch), JURY, 3, ())
        for case_id in ("a", "b", "c")
        for epoch in (1, 2, 3)
    }
    assert len(panels) == 9


def test_over_many_cases_everybody_is_drawn_about_as_often() -> None:
    people = jurors(6, unit="library")
    drawn = [
        person.person_id
        for number in range(400)
        for person in drawn_of(people, a_case(case_id=f"case-{number}"), JURY, 3, ())
    ]
    for person in people:
        assert 150 < drawn.count(person.person_id) < 250


def test_a_new_ask_is_open_in_the_cases_epoch_and_bound_to_its_text() -> None:
    person = a_person(person_id="ada")
    ask = open_ask(given(START), a_case(epoch=4), JURY, person, FRIDAY, substitute=True)
    assert (ask.state, ask.epoch, ask.person, ask.role) == (AskState.OPEN, 4, "ada", "juror")
    assert (ask.step, ask.text_hash, ask.deadline) == ("jury", TEXT_HASH, FRIDAY)
    assert (ask.opened_at, ask.substitute, ask.reminded) == (START, True, 0)
    assert (ask.case_id, ask.task) == (CASE_ID, "")


def test_reminders_are_on_mornings_counted_in_working_days_from_the_deadline() -> None:
    assert reminder_times(JURY, FRIDAY, CALENDAR) == (
        datetime(2026, 3, 10, 6, 30, tzinfo=UTC),
        datetime(2026, 3, 16, 6, 30, tzinfo=UTC),
        datetime(2026, 3, 19, 6, 30, tzinfo=UTC),
    )


def test_a_reminder_keeps_its_hour_on_the_wall_when_summer_time_begins() -> None:
    deadline = datetime(2026, 3, 27, 22, 59, 59, tzinfo=UTC)
    before, after, later = reminder_times(JURY, deadline, CALENDAR)
    assert before == datetime(2026, 3, 24, 6, 30, tzinfo=UTC)
    assert after == datetime(2026, 3, 30, 5, 30, tzinfo=UTC)
    assert later == datetime(2026, 4, 2, 5, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "passed"),
    [
        (datetime(2026, 3, 10, 6, 29, 59, tzinfo=UTC), 0),
        (datetime(2026, 3, 10, 6, 30, tzinfo=UTC), 1),
        (FRIDAY, 1),
        (datetime(2026, 3, 16, 6, 30, tzinfo=UTC), 2),
        (datetime(2026, 4, 1, tzinfo=UTC), 3),
    ],
)
def test_a_reminder_counts_as_passed_from_its_own_second(now: datetime, passed: int) -> None:
    assert reminders_passed(JURY, FRIDAY, now, CALENDAR) == passed


def test_reminders_whose_time_had_passed_when_somebody_was_asked_are_never_sent() -> None:
    late = datetime(2026, 3, 12, 9, 0, tzinfo=UTC)
    ask = open_ask(given(late), a_case(), JURY, a_person(), FRIDAY, substitute=False)
    assert ask.reminded == 1


@pytest.mark.parametrize(
    ("done", "tells_at"),
    [
        (0, FRIDAY + timedelta(seconds=1)),
        (1, datetime(2026, 3, 20, 6, 30, tzinfo=UTC)),
        (2, datetime(2026, 3, 27, 6, 30, tzinfo=UTC)),
        (3, datetime(2026, 4, 7, 5, 30, tzinfo=UTC)),
    ],
)
def test_somebody_is_told_at_once_and_then_every_fifth_working_day(
    done: int, tells_at: datetime
) -> None:
    assert told_again(FRIDAY, done, 5, CALENDAR) == tells_at
