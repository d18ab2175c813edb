"""What `plan` does when nobody answers, or nobody can: reminders, more time, substitutes, and telling somebody for as long as it lasts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.domain.asking import open_asks
from chalicelib.domain.chase import next_look, remind, rungs_behind
from chalicelib.domain.plan import plan
from chalicelib.domain.planned import Circumstances, Plan, Reason
from chalicelib.domain.rows import GIVER, AskState, Fact, Snapshot
from tests.builders import NOW, an_undelivered
from tests.small_process import SMALL, VIEW, with_step
from tests.unit.standing_cases import (
    CALENDAR,
    GLANCE_DEADLINE,
    JURY_DEADLINE,
    OPEN_HOST,
    OPEN_JUDGE,
    OPEN_JURY,
    RULING_DEADLINE,
    SECOND,
    after,
    answered,
    asked,
    facts_of,
    given,
    looks,
    looks_again,
    purposes,
    standing,
    the_mail,
)
from tests.world import HOST, JUDGE, JURORS, PEOPLE, somebody

AFTER_JURY = JURY_DEADLINE + SECOND
RULING_EARLY = datetime(2026, 3, 11, 6, 30, tzinfo=UTC)
RULING_LATE = datetime(2026, 3, 17, 6, 30, tzinfo=UTC)
FIRST_REMINDER = datetime(2026, 3, 18, 6, 30, tzinfo=UTC)
FIRST_RUNG = datetime(2026, 3, 23, 6, 30, tzinfo=UTC)
SECOND_RUNG = datetime(2026, 3, 30, 5, 30, tzinfo=UTC)
THIRD_RUNG = datetime(2026, 4, 8, 5, 30, tzinfo=UTC)
"""Of a ruling: five, ten and fifteen working days after its deadline; between them is Easter."""
NEXT_MORNING = datetime(2026, 3, 3, 6, 30, tzinfo=UTC)


def days_and_reasons(snapshot: Snapshot, world: Circumstances, times: int) -> list[tuple[str, str]]:
    return [
        (CALENDAR.local_date(now).isoformat(), planned.why.value)
        for now, planned in looks(snapshot, world, times)
    ]


def test_everyone_who_has_not_answered_is_reminded_and_nobody_else() -> None:
    snapshot = standing("jury", answered("jury", "ada", VIEW), *OPEN_JURY[1:])
    planned = plan(given(FIRST_REMINDER), snapshot)
    assert purposes(planned) == [("reminder", "bo"), ("reminder", "cid")]
    assert [(ask.person, ask.reminded) for ask in planned.changes] == [("bo", 1), ("cid", 1)]
    assert planned.facts == tuple(
        Fact("Reminded", {"person": person, "step": "jury"}) for person in ("bo", "cid")
    )
    assert planned.case.due_at == AFTER_JURY


def test_reminders_that_were_slept_through_become_one() -> None:
    late = datetime(2026, 3, 16, 6, 30, tzinfo=UTC)  # the third reminder's own morning
    snapshot = standing("glance", OPEN_HOST, extensions=1)
    planned = plan(given(late), snapshot)
    assert [mail for mail in purposes(planned) if mail[0] == "reminder"] == [("reminder", "hanna")]
    assert [ask.reminded for ask in planned.changes] == [3]


@pytest.mark.parametrize(("now", "late"), [(RULING_EARLY, False), (RULING_LATE, True)])
def test_a_reminder_says_whether_it_is_late(now: datetime, late: bool) -> None:
    snapshot = standing("ruling", replace(OPEN_JUDGE, reminded=1 if late else 0))
    process = with_step(SMALL, "ruling", reminders=(-3, 1))
    planned = plan(given(now, process=process), replace(snapshot))
    assert the_mail(planned, "reminder").context["late"] is late


def test_with_no_answer_there_is_more_time_once_and_substitutes_beside_those_asked() -> None:
    planned = plan(given(AFTER_JURY), standing("jury", *OPEN_JURY))
    extended = datetime(2026, 3, 31, 21, 59, 59, tzinfo=UTC)
    assert (planned.case.deadline, planned.case.extensions) == (extended, 1)
    assert planned.case.step == "jury"
    assert planned.case.epoch == 2
    assert {ask.person for ask in planned.opens} == {"dan", "eva"}
    assert {(ask.substitute, ask.deadline) for ask in planned.opens} == {(True, extended)}
    assert [(ask.person, ask.state, ask.deadline) for ask in planned.changes] == [
        (person, AskState.OPEN, extended) for person in ("ada", "bo", "cid")
    ]
    assert sorted(purposes(planned)) == [
        ("ask", "dan"),
        ("ask", "eva"),
        ("interim", GIVER),
        ("no_answers", "hanna"),
        ("reminder", "ada"),
        ("reminder", "bo"),
        ("reminder", "cid"),
    ]


def test_more_time_is_told_to_the_coordinators_with_its_day_and_how_many_are_asked() -> None:
    planned = plan(given(AFTER_JURY), standing("jury", *OPEN_JURY))
    assert the_mail(planned, "no_answers").context == {
        "step": "jury",
        "role": "juror",
        "deadline": "2026-03-31",
        "substitutes": 2,
        "asked": 3,
        "people": ["ada", "bo", "cid"],
    }
    assert Fact("DeadlineExtended", {"step": "jury", "substitutes": "2"}) in planned.facts


def test_substitutes_are_told_that_they_are() -> None:
    planned = plan(given(AFTER_JURY), standing("jury", *OPEN_JURY))
    assert all(mail.context["substitute"] for mail in planned.mails if mail.purpose == "ask")


def test_more_time_is_given_even_when_there_are_no_substitutes() -> None:
    planned = plan(given(GLANCE_DEADLINE + SECOND), standing("glance", OPEN_HOST))
    assert planned.opens == ()
    assert purposes(planned) == [
        ("reminder", "hanna"),
        ("no_answers", "hanna"),
        ("interim", GIVER),
    ]
    assert the_mail(planned, "no_answers").context["substitutes"] == 0


def test_one_day_more_is_more_time_too() -> None:
    process = with_step(SMALL, "glance", extension_days=1)
    now = GLANCE_DEADLINE + SECOND
    planned = plan(given(now, process=process), standing("glance", OPEN_HOST))
    assert planned.why is Reason.DEADLINE_WITHOUT_ANSWERS
    assert planned.case.deadline == CALENDAR.deadline(now, 1)


def test_more_time_is_told_and_recorded_as_that_and_not_as_a_deadline_that_moved() -> None:
    planned = plan(given(AFTER_JURY), standing("jury", *OPEN_JURY))
    assert facts_of(planned, "DeadlineMoved") == []
    reminders = [mail for mail in planned.mails if mail.purpose == "reminder"]
    assert [mail.context["late"] for mail in reminders] == [False, False, False]


def test_who_gets_no_mail_keeps_nobody_else_from_being_reminded() -> None:
    away = tuple(
        replace(person, unreachable_since=NOW) if person.person_id == "ada" else person
        for person in PEOPLE
    )
    world, case = given(FIRST_REMINDER, people=away), standing("jury").case
    planned = remind(world, case, SMALL.step("jury"), OPEN_JURY)
    assert purposes(planned) == [("reminder", "bo"), ("reminder", "cid")]


@pytest.mark.parametrize(("now", "late"), [(JURY_DEADLINE, False), (AFTER_JURY, True)])
def test_the_last_second_of_a_deadline_is_in_time(now: datetime, late: bool) -> None:
    case, jury = standing("jury").case, SMALL.step("jury")
    reminded = remind(given(now), case, jury, OPEN_JURY[:1])
    _, asked_now, _ = open_asks(given(now), case, jury, JURORS[3:4], JURY_DEADLINE, False)
    assert [mail.context["late"] for mail in (*reminded.mails, *asked_now)] == [late, late]


@pytest.mark.parametrize(
    ("at", "rungs"),
    [
        (RULING_DEADLINE, 0),
        (FIRST_RUNG - SECOND, 0),
        (FIRST_RUNG, 1),
        (SECOND_RUNG - SECOND, 1),
        (SECOND_RUNG, 2),
        (THIRD_RUNG, 3),
    ],
)
def test_how_many_rungs_of_the_ladder_are_behind(at: datetime, rungs: int) -> None:
    assert rungs_behind(given(), RULING_DEADLINE, at) == rungs


@pytest.mark.parametrize(("panel", "told"), [(30, True), (31, False)])
def test_with_very_many_reminders_those_who_are_told_of_a_delay_are_told_a_minute_later(
    panel: int, told: bool
) -> None:
    judges = tuple(somebody(f"judge-{number:02}", "judge") for number in range(panel))
    process = with_step(SMALL, "ruling", panel=panel, reminders=(5,))
    asks = tuple(asked("ruling", judge.person_id) for judge in judges)
    snapshot = standing("ruling", *asks, told_at=RULING_DEADLINE, late=True)
    planned = plan(given(FIRST_RUNG, people=(HOST, *judges), process=process), snapshot)
    assert purposes(planned)[:panel] == [("reminder", judge.person_id) for judge in judges]
    assert (("overdue", "hanna") in purposes(planned)) is told
    assert (planned.case.due_at == FIRST_RUNG + timedelta(minutes=1)) is not told


def test_with_nothing_ahead_a_case_is_looked_at_on_the_next_working_morning() -> None:
    late = standing("ruling", late=True).case
    now = FIRST_RUNG + timedelta(hours=2)
    looked = next_look(given(now), late, SMALL.step("ruling"), ())
    assert looked.due_at == CALENDAR.next_morning(now)


def test_a_deadline_that_was_slept_through_is_acted_on_once() -> None:
    weeks_later = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
    planned = plan(given(weeks_later), standing("jury", *OPEN_JURY))
    assert planned.why is Reason.DEADLINE_WITHOUT_ANSWERS
    looks_again(planned, weeks_later)


def test_an_ask_that_nobody_answers_is_never_silent_in_its_first_two_months() -> None:
    assert days_and_reasons(standing("glance", OPEN_HOST), given(), 11) == [
        ("2026-03-02", "waiting"),
        ("2026-03-04", "reminded"),
        ("2026-03-10", "deadline-without-answers"),
        ("2026-03-12", "reminded"),
        ("2026-03-18", "still-no-answer"),
        ("2026-03-18", "still-no-answer"),
        ("2026-03-23", "still-no-answer"),
        ("2026-03-24", "still-no-answer"),
        ("2026-03-31", "still-no-answer"),
        ("2026-04-09", "still-no-answer"),
        ("2026-04-16", "still-no-answer"),
    ]


def test_after_the_last_deadline_the_coordinators_are_told_every_fifth_working_day() -> None:
    days = [
        CALENDAR.local_date(now).isoformat()
        for now, planned in looks(standing("ruling", OPEN_JUDGE), given(), 5)
        if ("overdue", "hanna") in purposes(planned)
    ]
    assert days == ["2026-03-23", "2026-03-30", "2026-04-08"]


def test_the_coordinators_are_told_how_late_it_is() -> None:
    planned = plan(given(RULING_DEADLINE + timedelta(days=7)), standing("ruling", OPEN_JUDGE))
    assert the_mail(planned, "overdue").context == {
        "step": "ruling",
        "role": "judge",
        "deadline": "2026-03-16",
        "days_late": 5,
        "people": ["jorma"],
    }
    assert planned.facts == (
        Fact("PromiseBroken", {"step": "ruling", "deadline": "2026-03-16"}),
        Fact("Escalated", {"step": "ruling", "days_late": "5"}),
        Fact("InterimSent", {"step": "ruling", "late": "yes"}),
    )


def test_weeks_that_were_slept_through_are_told_of_once() -> None:
    now = RULING_DEADLINE + timedelta(days=60)
    planned = plan(given(now), standing("ruling", OPEN_JUDGE))
    assert purposes(planned) == [("overdue", "hanna"), ("interim", GIVER)]
    looks_again(planned, now)
    again = plan(given(now + SECOND), after(standing("ruling", OPEN_JUDGE), planned))
    assert purposes(again) == []


def test_with_nobody_to_ask_the_coordinators_are_told_and_every_morning_is_tried_again() -> None:
    planned = plan(given(people=(HOST,)), standing("jury"))
    looks_again(planned, NOW)
    assert planned.why is Reason.NOBODY_TO_ASK
    assert purposes(planned) == [("nobody_to_ask", "hanna")]
    assert the_mail(planned, "nobody_to_ask").context == {"step": "jury", "role": "juror"}
    assert planned.facts == (Fact("NobodyToAsk", {"step": "jury", "role": "juror"}),)
    assert planned.case.due_at == NEXT_MORNING
    assert the_mail(planned, "nobody_to_ask").part == ""


def test_with_nobody_to_ask_a_broken_promise_is_recorded_all_the_same() -> None:
    waits = standing("jury", promised_by="2026-02-27", deadline=None)
    planned = plan(given(people=(HOST,)), waits)
    assert planned.why is Reason.NOBODY_TO_ASK
    assert planned.case.late
    assert facts_of(planned, "PromiseBroken") == [{"step": "jury", "deadline": "2026-02-27"}]


def test_nobody_to_ask_is_told_again_every_fifth_working_day() -> None:
    days = [
        CALENDAR.local_date(now).isoformat()
        for now, planned in looks(standing("jury"), given(people=(HOST,)), 18)
        if planned.mails
    ]
    assert days == ["2026-03-02", "2026-03-09", "2026-03-16", "2026-03-23", "2026-03-24"]


def test_nobody_to_ask_that_was_slept_through_is_told_of_once() -> None:
    first = plan(given(people=(HOST,)), standing("jury"))
    now = NOW + timedelta(days=60)
    told = plan(given(now, people=(HOST,)), after(standing("jury"), first))
    again = plan(given(now + SECOND, people=(HOST,)), after(standing("jury"), told))
    assert purposes(told) == [("nobody_to_ask", "hanna"), ("interim", GIVER)]
    assert again.mails == ()


def test_somebody_who_arrives_is_asked_with_a_whole_deadline() -> None:
    first = plan(given(people=(HOST,)), standing("jury"))
    later = NOW + timedelta(days=30)
    planned = plan(given(later), after(standing("jury"), first))
    assert planned.why is Reason.SOMEBODY_TO_ASK
    assert len(planned.opens) == 3
    assert planned.case.deadline == CALENDAR.deadline(later, 15)
    assert planned.case.escalations == 0


def test_what_the_giver_was_promised_stands_however_late_somebody_is_asked() -> None:
    waits = standing("jury", escalations=1, promised_by="2026-03-23")
    planned = plan(given(NOW + timedelta(days=30)), waits)
    assert (len(planned.opens), planned.case.promised_by) == (3, "2026-03-23")


def test_nobody_to_ask_is_told_also_where_silence_would_send_the_case_on() -> None:
    process = with_step(SMALL, "ruling", unanswered="glance")
    planned = plan(given(people=(HOST,), process=process), standing("ruling"))
    assert planned.why is Reason.NOBODY_TO_ASK
    assert purposes(planned) == [("nobody_to_ask", "hanna")]


def test_entering_a_step_with_nobody_to_ask_tells_of_it_at_once() -> None:
    two = (answered("jury", "ada", VIEW), answered("jury", "bo", VIEW))
    planned = plan(given(people=(HOST, *JURORS)), standing("jury", *two))
    looks_again(planned, NOW)
    assert planned.case.step == "ruling"
    assert ("nobody_to_ask", "hanna") in purposes(planned)


def test_a_smaller_panel_than_wanted_is_asked_and_the_coordinators_told() -> None:
    planned = plan(given(people=(HOST, *JURORS[:2])), standing("jury"))
    assert {ask.person for ask in planned.opens} == {"ada", "bo"}
    mailed = {("ask", "ada"), ("ask", "bo"), ("too_few", "hanna")}
    assert set(purposes(planned)) == mailed
    assert the_mail(planned, "too_few").context == {
        "step": "jury",
        "role": "juror",
        "asked": 2,
        "panel": 3,
    }


@pytest.mark.parametrize(
    "left",
    [
        (JUDGE, *JURORS),
        (replace(HOST, active=False), JUDGE, *JURORS),
        (replace(HOST, roles=("juror",)), JUDGE, *JURORS),
    ],
    ids=["gone from the directory", "not active", "in another role"],
)
def test_when_everyone_asked_has_left_others_are_asked_anew(left: tuple[object, ...]) -> None:
    heir = somebody("henrik", "host")
    planned = plan(given(people=(heir, *left)), standing("glance", OPEN_HOST))
    looks_again(planned, NOW)
    assert planned.why is Reason.SOMEBODY_ELSE
    assert [(ask.person, ask.epoch, ask.substitute) for ask in planned.opens] == [
        ("henrik", 2, True)
    ]
    assert planned.changes == (replace(OPEN_HOST, state=AskState.MOVED),)
    assert (planned.case.step, planned.case.epoch) == ("glance", 2)
    assert planned.facts[-1] == Fact(
        "AskMoved", {"person": "hanna", "step": "glance", "why": "left", "to": "henrik"}
    )


def test_when_everyone_asked_has_left_and_nobody_is_there_somebody_is_told() -> None:
    planned = plan(given(people=(JUDGE,)), standing("glance", OPEN_HOST))
    looks_again(planned, NOW)
    assert planned.why is Reason.NOBODY_TO_ASK
    assert purposes(planned) == [("nobody_to_ask", "mailbox")]
    assert planned.case.epoch == 2


def test_whoever_left_and_came_back_is_asked_again() -> None:
    left = plan(given(people=(JUDGE,)), standing("glance", OPEN_HOST))
    back = plan(given(NEXT_MORNING), after(standing("glance", OPEN_HOST), left))
    assert [(ask.person, ask.epoch) for ask in back.opens] == [("hanna", 3)]


def test_when_everyone_has_been_asked_a_new_round_asks_as_many_as_the_panel_has_seats() -> None:
    out = tuple(asked("jury", person.person_id, state=AskState.MOVED) for person in JURORS)
    planned = plan(given(), standing("jury", *out))
    assert [ask.epoch for ask in planned.opens] == [3, 3, 3]


def test_for_each_of_a_panel_who_has_left_somebody_else_is_asked_at_once() -> None:
    people = tuple(person for person in PEOPLE if person.person_id not in ("ada", "bo"))
    planned = plan(given(people=people), standing("jury", *OPEN_JURY))
    assert planned.why is Reason.SOMEBODY_ELSE
    assert {ask.person for ask in planned.opens} == {"dan", "eva"}
    assert {ask.person for ask in planned.changes} == {"ada", "bo"}


def test_an_answer_counts_although_whoever_gave_it_has_left() -> None:
    snapshot = standing("jury", answered("jury", "ada", VIEW), *OPEN_JURY[1:])
    assert plan(given(people=(HOST, *JURORS[1:])), snapshot).why is Reason.WAITING


def rows_of(planned: Plan) -> int:
    case_and_event = 2
    changed = len(planned.opens) + len(planned.changes) + len(planned.told)
    return case_and_event + changed + len(planned.mails)


def test_the_largest_panels_and_many_undelivered_mails_fit_in_one_transaction() -> None:
    people = (
        *(somebody(f"host-{n:02}", "host") for n in range(30)),
        *(somebody(f"juror-{n:02}", "juror") for n in range(60)),
    )
    process = with_step(SMALL, "jury", panel=20)
    asks = tuple(asked("jury", f"juror-{n:02}") for n in range(20))
    trouble = tuple(an_undelivered(mail_id=f"m-{n}") for n in range(40))
    world = given(AFTER_JURY, people=people, process=process)
    snapshot = standing("jury", *asks, undelivered=trouble)
    told = 0
    for _, planned in looks(snapshot, world, 12):
        assert rows_of(planned) <= 100
        told += len(planned.told)
    assert told == len(trouble)


def test_a_closed_case_with_many_undelivered_mails_stays_awake_until_all_are_told() -> None:
    people = tuple(somebody(f"host-{n:02}", "host") for n in range(10))
    trouble = tuple(an_undelivered(mail_id=f"m-{n}") for n in range(9))
    first = plan(given(people=people), standing("bin", undelivered=trouble, closed=True))
    assert len(first.told) == 8
    assert first.case.due_at == NOW + timedelta(minutes=1)
    later = given(NOW + timedelta(minutes=1), people=people)
    second = plan(later, after(standing("bin", undelivered=trouble), first))
    assert len(second.told) == 1
    assert second.case.due_at is None


def test_of_very_many_coordinators_ten_are_told() -> None:
    people = tuple(somebody(f"host-{n:02}", "host") for n in range(12))
    planned = plan(given(people=people), standing("jury"))
    assert [recipient for _, recipient in purposes(planned)] == [f"host-{n:02}" for n in range(10)]
