"""An answer may be taken back as long as it has decided nothing: a decision, with a table of when it may not."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from chalicelib.domain.plan import plan
from chalicelib.domain.planned import Reason
from chalicelib.domain.rows import AskRow, AskState, Fact, Snapshot
from chalicelib.domain.take_back import may_take_back, taken_back
from tests.builders import NOW
from tests.small_process import ON, SMALL, VIEW
from tests.unit.standing_cases import (
    JURY_DEADLINE,
    OPEN_JURY,
    SECOND,
    after,
    answered,
    asked,
    facts_of,
    given,
    purposes,
    standing,
)

JURY = SMALL.step("jury")
MINE = answered("jury", "ada", VIEW)
OTHERS = OPEN_JURY[1:]
BO = answered("jury", "bo", VIEW, minutes=5)
LAPSED = replace(OTHERS[1], state=AskState.LAPSED)
RECUSED = replace(OTHERS[1], state=AskState.RECUSED)


def one_has_answered(**case: object) -> Snapshot:
    stands = standing("jury", MINE, *OTHERS)
    return replace(stands, case=replace(stands.case, **case))


@pytest.mark.parametrize(
    ("snapshot", "ask", "now", "may"),
    [
        (one_has_answered(), MINE, NOW, True),
        (one_has_answered(), MINE, JURY_DEADLINE, True),
        (one_has_answered(), MINE, JURY_DEADLINE + SECOND, False),
        (one_has_answered(paused_at=NOW), MINE, JURY_DEADLINE + SECOND, True),
        (one_has_answered(deadline=None), MINE, JURY_DEADLINE + SECOND, True),
        (standing("jury", MINE, BO, OTHERS[1]), MINE, NOW, False),
        (standing("jury", MINE, BO, OTHERS[1]), BO, NOW, False),
        (standing("jury", MINE), MINE, NOW, False),
        (
            standing("jury", MINE, replace(OTHERS[0], state=AskState.RECUSED), RECUSED),
            MINE,
            NOW,
            False,
        ),
        (standing("jury", MINE, OTHERS[0], RECUSED), MINE, NOW, True),
        (one_has_answered(epoch=3), MINE, NOW, False),
        (one_has_answered(step="ruling"), MINE, NOW, False),
        (one_has_answered(closed=True), MINE, NOW, False),
        (one_has_answered(merged_into="another"), MINE, NOW, False),
        (one_has_answered(), replace(MINE, task="ring-1"), NOW, False),
        (one_has_answered(), OTHERS[0], NOW, False),
        (one_has_answered(), LAPSED, NOW, False),
        (one_has_answered(), replace(MINE, taken_back=2), NOW, True),
        (one_has_answered(), replace(MINE, taken_back=3), NOW, False),
    ],
    ids=[
        "the step is open",
        "in the last second",
        "the deadline has passed",
        "the clock stands still",
        "there is no deadline",
        "the quorum is reached",
        "it is the one that reached it",
        "nobody else is asked",
        "nobody else can answer",
        "another can answer",
        "the step was entered anew",
        "the case stands elsewhere",
        "the case is closed",
        "the case was joined",
        "it is a call",
        "it is no answer",
        "its time is over",
        "it was taken back twice",
        "it was taken back three times",
    ],
)
def test_an_answer_may_be_taken_back_until_it_has_decided_something(
    snapshot: Snapshot, ask: AskRow, now: datetime, may: bool
) -> None:
    assert may_take_back(JURY, snapshot, ask, now) is may


def test_whoever_decides_alone_never_takes_back() -> None:
    done = answered("glance", "hanna", ON)
    assert not may_take_back(SMALL.step("glance"), standing("glance", done), done, NOW)


def test_the_person_is_asked_again_and_mailed() -> None:
    later = NOW + timedelta(days=1)
    planned = taken_back(given(later), one_has_answered(), MINE)
    assert planned.why is Reason.TAKEN_BACK
    waits = replace(OPEN_JURY[0], opened_at=MINE.opened_at, withdrawn=MINE.answer, taken_back=1)
    assert planned.reopens == (waits,)
    assert purposes(planned) == [("taken_back", "ada")]
    assert planned.facts == (Fact("AnswerTakenBack", {"person": "ada", "step": "jury"}),)
    assert planned.case.due_at == later
    assert planned.rows == 2


def test_reminders_whose_time_has_passed_are_behind_it() -> None:
    late = JURY_DEADLINE - timedelta(hours=1)
    planned = taken_back(given(late), one_has_answered(), MINE)
    assert [ask.reminded for ask in planned.reopens] == [1]


@pytest.mark.parametrize(
    ("paused", "now", "late"),
    [
        (False, NOW, False),
        (False, JURY_DEADLINE, False),
        (True, JURY_DEADLINE, False),
        (True, JURY_DEADLINE + SECOND, True),
    ],
    ids=[
        "well before",
        "in the last second",
        "in it while the clock stands still",
        "a second late",
    ],
)
def test_the_mail_says_whether_the_day_has_passed(paused: bool, now: datetime, late: bool) -> None:
    stands = one_has_answered(paused_at=NOW if paused else None)
    (mail,) = taken_back(given(now), stands, MINE).mails
    assert mail.context["late"] is late


def test_a_deadline_that_moved_meanwhile_is_the_asks_too() -> None:
    moved = JURY_DEADLINE + timedelta(days=3)
    planned = taken_back(given(), one_has_answered(deadline=moved), MINE)
    assert [ask.deadline for ask in planned.reopens] == [moved]


def test_after_that_the_step_waits_for_as_many_answers_as_before() -> None:
    snapshot = one_has_answered()
    planned = taken_back(given(), snapshot, MINE)
    asks = {ask.person: ask for ask in (*snapshot.asks, *planned.reopens)}
    stands = Snapshot(planned.case, tuple(asks.values()))
    waits = plan(given(), stands)
    assert waits.case.step == "jury"
    one = replace(stands, asks=(planned.reopens[0], BO, OTHERS[1]))
    assert plan(given(), one).case.step == "jury"
    both = replace(stands, asks=(MINE, BO, OTHERS[1]))
    left = plan(given(), both)
    assert facts_of(left, "StepEntered")[0]["step"] == "ruling"
    assert after(both, left).case.epoch == 3
    assert asked("jury", "ada").state is AskState.OPEN
