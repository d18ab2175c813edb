"""Questions to the idea-giver: the case waits, its clock stands still, a phone task follows, and the clock goes on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from chalicelib.domain.pause import ask_giver, giver_answered, said_by_phone
from chalicelib.domain.plan import plan, withdrawal
from chalicelib.domain.planned import Circumstances, Plan, Reason
from chalicelib.domain.rows import GIVER, Absence, AskRow, AskState, Fact, Snapshot
from tests.builders import NOW, an_ask
from tests.small_process import SMALL, VIEW
from tests.unit.standing_cases import (
    CALENDAR,
    JURY_DEADLINE,
    OPEN_HOST,
    OPEN_JUDGE,
    OPEN_JURY,
    RULING_DEADLINE,
    SECOND,
    after,
    answered,
    clocked,
    facts_of,
    given,
    looks,
    looks_again,
    purposes,
    the_mail,
)
from tests.world import HOST, JUDGE, JURORS, PEOPLE, somebody

ADA = OPEN_JURY[0]
TEXT = "Var vid ån ska bänkarna stå?"
QUESTION_ENDS = CALENDAR.end_of(date(2026, 3, 23))
"""The end of the fifteenth working day after NOW, when the idea-giver has had their time to answer."""
OTHER_HOST = somebody("henrik", "host")
THIS_MONTH = Absence("2026-03-01", "2026-03-31")


def paused(*asks: AskRow, step: str = "jury", **case: object) -> Snapshot:
    """A case whose idea-giver was asked something at NOW by the first of its panel."""
    fields = {"paused_at": NOW, "questions": 1, "told_at": NOW, "due_at": NOW}
    return clocked(step, *(asks or OPEN_JURY), **(fields | case))


def a_call(**fields: object) -> AskRow:
    deadline = CALENDAR.end_of(date(2026, 3, 27))
    call = {"step": "ring", "role": "host", "epoch": 2, "task": "ring-1", "deadline": deadline}
    return an_ask(person="hanna", **(call | {"note": "question"} | fields))


def quiet(snapshot: Snapshot, world: Circumstances, times: int) -> Iterator[tuple[str, Plan]]:
    """What happens at each of the next looks, by local day."""
    for now, planned in looks(snapshot, world, times):
        yield CALENDAR.local_date(now).isoformat(), planned


# ── Asking ──


def test_a_question_stops_the_clock_and_goes_to_the_giver_with_the_last_day_to_answer() -> None:
    planned = ask_giver(given(), clocked("jury", *OPEN_JURY), ADA, TEXT)
    assert (planned.case.paused_at, planned.case.questions, planned.case.told_at) == (NOW, 1, NOW)
    assert planned.case.deadline == JURY_DEADLINE
    assert purposes(planned) == [("question", GIVER)]
    assert the_mail(planned, "question").context == {"question": TEXT, "deadline": "2026-03-23"}
    assert planned.facts == (Fact("GiverAsked", {"person": "ada", "step": "jury", "number": "1"}),)
    assert (planned.opens, planned.changes) == ((), ())


def test_the_words_of_a_question_are_in_no_fact() -> None:
    planned = ask_giver(given(), clocked("jury", *OPEN_JURY), ADA, TEXT)
    assert TEXT not in repr(planned.facts)


def test_who_has_no_address_gets_no_mail_and_has_been_told_nothing() -> None:
    planned = ask_giver(given(), clocked("jury", *OPEN_JURY, has_email=False), ADA, TEXT)
    assert (planned.mails, planned.case.told_at) == ((), None)
    assert planned.case.paused_at == NOW


def test_questions_are_numbered_in_one_row() -> None:
    planned = ask_giver(given(), clocked("jury", *OPEN_JURY, questions=2), ADA, TEXT)
    assert planned.case.questions == 3
    assert planned.facts[0].data["number"] == "3"


def test_the_process_says_how_long_a_giver_has_to_answer() -> None:
    world = given(process=replace(SMALL, question_days=2))
    planned = ask_giver(world, clocked("jury", *OPEN_JURY), ADA, TEXT)
    assert the_mail(planned, "question").context["deadline"] == "2026-03-04"


# ── Waiting ──


def test_while_the_case_waits_nobody_is_reminded_and_no_deadline_passes() -> None:
    happened = list(quiet(paused(), given(people=(*PEOPLE, OTHER_HOST)), 2))
    assert happened[0][1].why is Reason.PAUSED
    assert happened[0][1].case.due_at == QUESTION_ENDS + SECOND
    assert (happened[0][1].mails, happened[0][1].facts) == ((), ())


@pytest.mark.parametrize("after_deadline", [timedelta(days=1), timedelta(days=9)])
def test_a_deadline_that_would_have_passed_in_a_pause_gives_no_extension(
    after_deadline: timedelta,
) -> None:
    until = QUESTION_ENDS + timedelta(days=60)
    snapshot = paused(paused_at=until - timedelta(days=1), told_at=JURY_DEADLINE)
    planned = plan(given(JURY_DEADLINE + after_deadline), snapshot)
    assert planned.why is Reason.PAUSED
    assert planned.case.extensions == 0


def test_those_who_were_asked_may_still_answer_and_enough_answers_end_the_step() -> None:
    two = (answered("jury", "ada", VIEW), answered("jury", "bo", VIEW))
    planned = plan(given(), paused(*two, OPEN_JURY[2], a_call()))
    assert (planned.case.step, planned.case.paused_at) == ("ruling", None)
    lapsed = {(ask.person, ask.task): ask.state for ask in planned.changes}
    assert lapsed == {("cid", ""): AskState.LAPSED, ("hanna", "ring-1"): AskState.LAPSED}


@pytest.mark.parametrize(
    ("has_email", "now", "why"),
    [
        (True, NOW, Reason.PAUSED),
        (True, QUESTION_ENDS, Reason.PAUSED),
        (True, QUESTION_ENDS + SECOND, Reason.GIVER_CALLED),
        (False, NOW, Reason.GIVER_CALLED),
    ],
    ids=["asked just now", "the last second", "no answer in time", "no address"],
)
def test_when_somebody_phones_the_giver(has_email: bool, now: datetime, why: Reason) -> None:
    planned = plan(given(now), paused(has_email=has_email))
    looks_again(planned, now)
    assert planned.why is why


def test_a_phone_task_is_an_ask_beside_the_step_with_a_mail_of_its_own() -> None:
    now = QUESTION_ENDS + SECOND
    planned = plan(given(now), paused())
    (task,) = planned.opens
    assert (task.person, task.step, task.task, task.note) == ("hanna", "ring", "ring-1", "question")
    assert (task.epoch, task.role, task.substitute) == (2, "host", False)
    assert task.deadline == CALENDAR.end_of(date(2026, 3, 27))
    (mail,) = [mail for mail in planned.mails if mail.purpose == "ask"]
    assert (mail.recipient, mail.task) == ("hanna", "ring-1")
    assert facts_of(planned, "AskOpened") == [{"person": "hanna", "step": "ring"}]


def test_a_question_begins_the_ladder_of_its_call_anew() -> None:
    planned = ask_giver(given(), clocked("jury", *OPEN_JURY, escalations=2), ADA, TEXT)
    assert planned.case.escalations == 0


def test_one_phone_task_is_open_at_a_time() -> None:
    now = QUESTION_ENDS + SECOND
    snapshot = paused()
    first = plan(given(now), snapshot)
    again = plan(given(now), after(snapshot, first))
    assert (again.opens, again.mails, again.why) == ((), (), Reason.PAUSED)


def test_a_phone_task_is_reminded_and_its_ladder_is_climbed_while_the_case_waits() -> None:
    owner = somebody("olof", "owner")
    told = [
        (day, purpose, to)
        for day, planned in quiet(paused(has_email=False), given(people=(*PEOPLE, owner)), 5)
        for purpose, to in purposes(planned)
        if purpose in ("reminder", "overdue")
    ]
    assert told == [
        ("2026-03-06", "reminder", "hanna"),  # the day after its deadline, three days on
        ("2026-03-12", "overdue", "hanna"),
        ("2026-03-19", "overdue", "hanna"),
        ("2026-03-19", "overdue", "olof"),
        ("2026-03-26", "overdue", "hanna"),
        ("2026-03-26", "overdue", "olof"),
    ]


def test_the_ladder_of_a_call_is_told_apart_from_that_of_the_step() -> None:
    now = CALENDAR.morning(date(2026, 4, 7))
    call = a_call(reminded=1)
    planned = plan(given(now), paused(*OPEN_JURY, call, told_at=now))
    assert the_mail(planned, "overdue").part == "ring-1"


def test_of_a_late_call_everybody_is_told_once_also_when_silence_ends() -> None:
    now = CALENDAR.morning(date(2026, 4, 7))
    owner = somebody("olof", "owner")
    waits = paused(*OPEN_JURY, a_call(reminded=1), has_email=False)
    planned = plan(given(now, people=(*PEOPLE, owner)), waits)
    assert facts_of(planned, "CallOwed")
    assert purposes(planned) == [("overdue", "hanna")]


def test_with_nobody_to_phone_the_coordinators_are_told_every_fifth_working_day() -> None:
    directory = (JUDGE, *JURORS)
    told = [
        day
        for day, planned in quiet(paused(has_email=False), given(people=directory), 18)
        if ("nobody_to_ask", "mailbox") in purposes(planned)
    ]
    assert told == ["2026-03-02", "2026-03-09", "2026-03-16", "2026-03-23"]


def test_nobody_to_phone_is_told_from_when_the_giver_should_have_answered() -> None:
    world = given(QUESTION_ENDS + SECOND, people=(JUDGE, *JURORS))
    told = [
        day
        for day, planned in quiet(paused(told_at=QUESTION_ENDS), world, 12)
        if ("nobody_to_ask", "mailbox") in purposes(planned)
    ]
    assert told == ["2026-03-24", "2026-03-30", "2026-04-08"]
    first = plan(world, paused(told_at=QUESTION_ENDS))
    assert first.case.escalations == 1
    assert the_mail(first, "nobody_to_ask").part == "call"


def test_with_nobody_to_phone_it_is_tried_again_every_working_morning() -> None:
    directory = (JUDGE, *JURORS)
    world = given(people=directory)
    snapshot = paused(has_email=False)
    first = plan(world, snapshot)
    assert first.why is Reason.NOBODY_TO_ASK
    morning = first.case.due_at
    assert morning == datetime(2026, 3, 3, 6, 30, tzinfo=UTC)
    found = plan(replace(world, people=PEOPLE, now=morning), after(snapshot, first))
    assert [ask.task for ask in found.opens] == ["ring-1"]
    assert found.case.escalations == 0


# ── A phone task of somebody who cannot phone ──


def test_a_phone_task_of_somebody_who_left_goes_to_another() -> None:
    now = CALENDAR.morning(date(2026, 3, 25))
    directory = (OTHER_HOST, JUDGE, *JURORS)
    planned = plan(given(now, people=directory), paused(*OPEN_JURY, a_call()))
    looks_again(planned, now)
    assert [(ask.person, ask.task) for ask in planned.opens] == [("henrik", "ring-2")]
    assert [(ask.person, ask.state) for ask in planned.changes] == [("hanna", AskState.MOVED)]
    assert facts_of(planned, "AskMoved") == [
        {"person": "hanna", "step": "ring", "why": "left", "to": "henrik"}
    ]
    assert planned.opens[0].note == "question"


def test_a_phone_task_of_somebody_who_is_away_goes_to_another_who_is_not() -> None:
    gone = replace(HOST, absences=(THIS_MONTH,))
    snapshot = paused(*OPEN_JURY, a_call())
    planned = plan(given(people=(gone, OTHER_HOST, JUDGE, *JURORS)), snapshot)
    assert [ask.person for ask in planned.opens] == ["henrik"]
    assert facts_of(planned, "AskMoved") == [
        {"person": "hanna", "step": "ring", "why": "away", "to": "henrik"}
    ]
    alone = plan(given(people=(gone, JUDGE, *JURORS)), snapshot)
    assert (alone.opens, alone.changes) == ((), ())


def test_a_phone_task_goes_to_somebody_who_is_away_on_other_days() -> None:
    gone = replace(HOST, absences=(THIS_MONTH,))
    later = replace(OTHER_HOST, absences=(Absence("2026-05-01", "2026-05-31"),))
    snapshot = paused(*OPEN_JURY, a_call())
    planned = plan(given(people=(gone, later, JUDGE, *JURORS)), snapshot)
    assert [ask.person for ask in planned.opens] == ["henrik"]


def test_a_call_without_a_word_why_is_moved_as_it_is() -> None:
    """As of rows that are older than the note."""
    planned = plan(given(people=(OTHER_HOST, *JURORS)), paused(*OPEN_JURY, a_call(note=None)))
    assert [ask.note for ask in planned.opens] == [""]


def test_a_call_that_is_open_holds_up_nothing_that_is_due_earlier() -> None:
    ends = NOW + timedelta(days=2)
    waits = clocked("drawer", a_call(note="silence"), told_at=NOW, deadline=ends, clock_from=None)
    assert plan(given(), waits).case.due_at == ends


def test_a_phone_task_of_somebody_who_can_phone_stays_although_others_could_too() -> None:
    snapshot = paused(*OPEN_JURY, a_call())
    planned = plan(given(people=(*PEOPLE, OTHER_HOST)), snapshot)
    assert (planned.opens, planned.changes, planned.mails) == ((), (), ())


def test_when_whoever_phones_left_and_nobody_can_the_coordinators_are_told() -> None:
    directory = (JUDGE, *JURORS)
    now = QUESTION_ENDS + timedelta(days=1)
    snapshot = paused(*OPEN_JURY, a_call())
    told = [
        purpose
        for _, planned in looks(snapshot, given(now, people=directory), 3)
        for purpose, _ in purposes(planned)
    ]
    assert told == ["nobody_to_ask"]


# ── Those who were asked leave or are away while the case waits ──


def test_in_a_pause_others_are_asked_for_those_who_leave_and_the_giver_is_phoned_in_time() -> None:
    directory = tuple(person for person in PEOPLE if person.person_id != "ada")
    moments = list(looks(paused(), given(people=directory), 4))
    assert moments[0][1].why is Reason.SOMEBODY_ELSE
    assert moments[0][1].case.due_at == NOW + timedelta(minutes=1)
    assert moments[1][1].case.due_at == QUESTION_ENDS + SECOND
    assert moments[2][1].why is Reason.GIVER_CALLED


def test_when_the_only_one_who_was_asked_leaves_in_a_pause_the_case_still_waits() -> None:
    directory = (HOST, *JURORS, somebody("judit", "judge"))
    planned = plan(given(people=directory), paused(OPEN_JUDGE, step="ruling"))
    assert [ask.person for ask in planned.opens] == ["judit"]
    assert planned.case.paused_at == NOW


# ── The clock goes on ──


def test_an_answer_lets_the_clock_go_on_with_as_many_days_as_were_left() -> None:
    snapshot = paused(paused_at=datetime(2026, 3, 9, 9, 0, tzinfo=UTC))
    now = datetime(2026, 3, 19, 9, 0, tzinfo=UTC)
    planned = giver_answered(given(now), snapshot, "ada", answered=True)
    assert planned.case.paused_at is None
    assert planned.case.deadline == CALENDAR.end_of(date(2026, 4, 2))  # ten days, as before
    assert planned.facts == (Fact("GiverAnswered", {"step": "jury", "number": "1"}),)


def test_the_deadline_of_every_open_ask_moves_with_it() -> None:
    snapshot = paused(paused_at=datetime(2026, 3, 9, 9, 0, tzinfo=UTC))
    now = datetime(2026, 3, 19, 9, 0, tzinfo=UTC)
    goes_on = after(snapshot, giver_answered(given(now), snapshot, "ada", answered=True))
    planned = plan(given(now), goes_on)
    assert {ask.deadline for ask in planned.changes} == {CALENDAR.end_of(date(2026, 4, 2))}
    assert len(planned.changes) == 3
    assert [ask.reminded for ask in planned.changes] == [0, 0, 0]


def test_whoever_asked_is_told_and_nobody_else() -> None:
    planned = giver_answered(given(), paused(), "bo", answered=True)
    assert purposes(planned) == [("giver_answered", "bo")]
    context = planned.mails[0].context
    assert (context["reached"], context["deadline"]) == (True, "2026-03-23")


@pytest.mark.parametrize(
    "state", [AskState.LAPSED, AskState.DELEGATED, AskState.MOVED, AskState.RECUSED]
)
def test_when_whoever_asked_is_out_of_it_those_who_are_asked_now_are_told(state: AskState) -> None:
    asks = (replace(ADA, state=state), *OPEN_JURY[1:])
    planned = giver_answered(given(), paused(*asks), "ada", answered=True)
    assert purposes(planned) == [("giver_answered", "bo"), ("giver_answered", "cid")]


def test_whoever_asked_and_has_answered_meanwhile_is_not_told() -> None:
    asks = (answered("jury", "ada", VIEW), OPEN_JURY[1])
    planned = giver_answered(given(), paused(*asks), "ada", answered=True)
    assert ("giver_answered", "ada") not in purposes(planned)


def test_that_the_giver_was_not_reached_is_told_and_recorded() -> None:
    planned = giver_answered(given(), paused(), "ada", answered=False)
    assert planned.mails[0].context["reached"] is False
    assert planned.facts == (Fact("GiverNotReached", {"step": "jury", "number": "1"}),)


def test_open_phone_tasks_lapse_and_the_step_keeps_its_asks() -> None:
    planned = giver_answered(given(), paused(*OPEN_JURY, a_call()), "ada", answered=True)
    assert planned.changes == (replace(a_call(), state=AskState.LAPSED),)


def test_a_phone_task_that_is_done_does_not_lapse() -> None:
    done = a_call(state=AskState.ANSWERED)
    planned = giver_answered(given(), paused(*OPEN_JURY, done), "ada", answered=True)
    assert planned.changes == ()


def test_whoever_asked_reads_until_when_they_now_have_time() -> None:
    snapshot = paused(paused_at=datetime(2026, 3, 9, 9, 0, tzinfo=UTC))
    now = datetime(2026, 3, 19, 9, 0, tzinfo=UTC)
    planned = giver_answered(given(now), snapshot, "ada", answered=True)
    assert the_mail(planned, "giver_answered").context["deadline"] == "2026-04-02"


@pytest.mark.parametrize("fields", [{"deadline": None}, {"paused_at": None}])
def test_a_case_that_was_never_late_has_no_rungs_behind_it(fields: dict[str, None]) -> None:
    planned = giver_answered(given(), paused(escalations=2, **fields), "ada", answered=True)
    assert planned.case.escalations == 0


def test_the_case_is_looked_at_at_once_when_the_clock_goes_on() -> None:
    goes_on = giver_answered(given(), paused(), "ada", answered=True)
    assert (goes_on.why, goes_on.case.due_at) == (Reason.GIVER_ANSWERED, NOW)
    stops = ask_giver(given(), clocked("jury", *OPEN_JURY), ADA, TEXT)
    assert (stops.why, stops.case.due_at) == (Reason.GIVER_ASKED, NOW)


@pytest.mark.parametrize(
    ("now", "late"),
    [(RULING_DEADLINE, False), (RULING_DEADLINE + SECOND, True)],
    ids=["its last second", "after it"],
)
def test_whoever_asked_reads_whether_their_time_is_over(now: datetime, late: bool) -> None:
    """The question was asked and answered on the last day."""
    snapshot = paused(OPEN_JUDGE, step="ruling", paused_at=now, clock_from=None)
    planned = giver_answered(given(now), snapshot, "jorma", answered=True)
    assert the_mail(planned, "giver_answered").context["late"] is late


def test_who_was_told_in_a_pause_that_there_is_nobody_to_ask_is_not_told_of_it_again() -> None:
    now = CALENDAR.morning(date(2026, 4, 7))
    gone = tuple(replace(ask, state=AskState.MOVED) for ask in OPEN_JURY)
    told = after(paused(*gone), plan(given(now, people=(HOST,)), paused(*gone)))
    assert told.case.escalations > 1
    running = after(told, giver_answered(given(now, people=(HOST,)), told, "ada", answered=True))
    again = plan(given(now, people=(HOST,)), running)
    assert (again.why, purposes(again)) == (Reason.NOBODY_TO_ASK, [])


def test_who_was_told_of_a_delay_before_the_pause_is_not_told_of_it_again() -> None:
    """The judge was five working days late, and the coordinators told, when they asked the idea-giver something."""
    stopped = CALENDAR.morning(date(2026, 3, 23)) + timedelta(hours=2)
    late = replace(OPEN_JUDGE, reminded=3)
    snapshot = paused(late, step="ruling", paused_at=stopped, told_at=stopped, late=True)
    now = stopped + timedelta(days=7)
    goes_on = after(snapshot, giver_answered(given(now), snapshot, "jorma", answered=True))
    assert goes_on.case.escalations == 1
    told = [
        CALENDAR.local_date(at).isoformat()
        for at, planned in looks(goes_on, given(now), 4)
        if ("overdue", "hanna") in purposes(planned)
    ]
    assert told[0] == "2026-04-08"  # the tenth working day of the delay


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"reached": "yes", "answer": "Vid bron."}, "Vid bron."),
        ({"reached": "no"}, None),
        ({"reached": "no", "answer": ""}, None),
    ],
)
def test_what_was_said_by_phone(answer: dict[str, str], said: str | None) -> None:
    assert said_by_phone(answer) == said


# ── Ends ──


def test_a_withdrawal_ends_the_case_although_a_question_waits() -> None:
    planned = withdrawal(given(), paused(*OPEN_JURY, a_call()))
    looks_again(planned, NOW)
    assert (planned.case.closed, planned.case.paused_at) == (True, None)
    assert len(planned.changes) == 4
    assert {ask.state for ask in planned.changes} == {AskState.LAPSED}


def test_every_open_case_that_waits_has_a_next_look_for_half_a_year() -> None:
    for has_email in (True, False):
        for now, planned in looks(paused(has_email=has_email), given(), 40):
            assert planned.case.due_at is not None
            assert planned.case.due_at - now <= timedelta(days=31)


def test_a_question_about_a_late_step_gives_no_days_back_that_were_used_before() -> None:
    stopped = RULING_DEADLINE + timedelta(days=1)
    snapshot = paused(OPEN_JUDGE, step="ruling", paused_at=stopped)
    now = stopped + timedelta(days=7)
    planned = giver_answered(given(now), snapshot, "jorma", answered=True)
    assert planned.case.deadline == CALENDAR.end_of(date(2026, 3, 23))
    assert CALENDAR.working_days_between(date(2026, 3, 23), CALENDAR.local_date(now)) == (
        CALENDAR.working_days_between(date(2026, 3, 16), CALENDAR.local_date(stopped))
    )


def test_a_step_of_its_own_host_can_wait_too() -> None:
    planned = plan(given(), paused(OPEN_HOST, step="glance"))
    assert planned.why is Reason.PAUSED
