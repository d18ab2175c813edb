"""How a step is left: by one, by all, by so many or by a share; by silence where the step says so; and when a talk is advised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.plan import plan, withdrawal
from chalicelib.domain.planned import Reason
from chalicelib.domain.process import Option, Process, Question, QuestionKind, Step, StepKind
from chalicelib.domain.rows import GIVER, AskRow, AskState, Fact
from tests.builders import NOW
from tests.small_process import (
    LATER,
    ON,
    OTHER_VIEW,
    SMALL,
    VIEW,
    a_step,
    an_option,
    said,
    with_step,
)
from tests.unit.standing_cases import (
    CALENDAR,
    JURY_DEADLINE,
    OPEN_HOST,
    OPEN_JUDGE,
    OPEN_JURY,
    RULING_DEADLINE,
    SECOND,
    answered,
    asked,
    clocked,
    facts_of,
    given,
    looks_again,
    purposes,
    standing,
    the_mail,
)
from tests.world import JURORS, PEOPLE, somebody

NAMES = [f"j{n}" for n in range(1, 9)]


def jury(
    answers: int, still_open: int, out: int = 0, state: AskState = AskState.MOVED
) -> tuple[AskRow, ...]:
    names = iter(NAMES)
    return (
        *(answered("jury", next(names), VIEW) for _ in range(answers)),
        *(asked("jury", next(names)) for _ in range(still_open)),
        *(asked("jury", next(names), state=state) for _ in range(out)),
    )


def with_jury(**fields: Any) -> Process:
    return with_step(SMALL, "jury", **fields)


CROWD = (*PEOPLE, *(somebody(name, "juror") for name in NAMES))

ONE_OF = {"quorum": 1}
ALL_OF = {"quorum": 3, "percent": 100}
TWO_OF_THREE = {"quorum": 2}
SHARE = {"panel": 5, "quorum": 3, "percent": 60}

MODES: dict[str, tuple[dict[str, int], tuple[AskRow, ...], Reason]] = {
    "one of: none": (ONE_OF, jury(0, 3), Reason.WAITING),
    "one of: the first": (ONE_OF, jury(1, 2), Reason.QUORUM),
    "all of: two of three": (ALL_OF, jury(2, 1), Reason.WAITING),
    "all of: three of three": (ALL_OF, jury(3, 0), Reason.QUORUM),
    "all of: two were found": (ALL_OF, jury(2, 0), Reason.QUORUM),
    "all of: one of two who were found": (ALL_OF, jury(1, 1), Reason.WAITING),
    "all of: two, and one is out of it": (ALL_OF, jury(2, 0, 1), Reason.QUORUM),
    "all of: two, and one was recused": (ALL_OF, jury(2, 0, 1, AskState.RECUSED), Reason.QUORUM),
    "all of: two of three, two substitutes beside": (ALL_OF, jury(2, 3), Reason.WAITING),
    "all of: three with substitutes beside": (ALL_OF, jury(3, 2), Reason.QUORUM),
    "n of m: one": (TWO_OF_THREE, jury(1, 2), Reason.WAITING),
    "n of m: two": (TWO_OF_THREE, jury(2, 1), Reason.QUORUM),
    "n of m: one, and nobody else waits": (TWO_OF_THREE, jury(1, 0, 2), Reason.EVERYONE_ANSWERED),
    "percent: two of five": (SHARE, jury(2, 3), Reason.WAITING),
    "percent: three of five": (SHARE, jury(3, 2), Reason.QUORUM),
    "percent: two of three who were found": (SHARE, jury(2, 1), Reason.QUORUM),
    "percent: two of four who were found": (SHARE, jury(2, 2), Reason.WAITING),
    "percent: one of one": (SHARE, jury(1, 0, 2), Reason.QUORUM),
    "percent: two of five with five substitutes beside": (SHARE, jury(2, 6), Reason.WAITING),
    "percent: three of five with substitutes beside": (SHARE, jury(3, 5), Reason.QUORUM),
}


@pytest.mark.parametrize(("fields", "asks", "why"), MODES.values(), ids=list(MODES.keys()))
def test_how_many_answers_are_enough(
    fields: dict[str, int], asks: tuple[AskRow, ...], why: Reason
) -> None:
    world = given(people=CROWD, process=with_jury(**fields))
    planned = plan(world, standing("jury", *asks))
    looks_again(planned, NOW)
    assert planned.why is why
    assert (planned.case.step == "jury") is (why is Reason.WAITING)


@pytest.mark.parametrize(
    ("percent", "asked_", "needed"),
    [
        (1, 3, 1),
        (50, 3, 2),
        (50, 4, 2),
        (51, 4, 3),
        (66, 3, 2),
        (67, 3, 3),
        (100, 7, 7),
        (60, 0, 1),
    ],
)
def test_a_share_is_rounded_up_and_is_at_least_one(percent: int, asked_: int, needed: int) -> None:
    assert replace(SMALL.step("jury"), percent=percent).needed(asked_) == needed


def test_a_share_that_was_not_reached_is_told_as_a_number() -> None:
    world = given(JURY_DEADLINE + SECOND, people=CROWD, process=with_jury(**SHARE))
    planned = plan(world, standing("jury", *jury(1, 4)))
    assert facts_of(planned, "DeadlinePassed") == [{"step": "jury", "answered": "1", "quorum": "3"}]


# ── A panel of which the first answer decides ──

WAYS = Question(
    "way",
    QuestionKind.CHOICE,
    said("way"),
    options=(an_option("up", to="ruling"), an_option("down", to="nap")),
)
ONE_OF_PANEL = with_jury(
    quorum=1,
    outcome="way",
    then=None,
    questions=(WAYS, Question("view", QuestionKind.TEXT, said("view"), shared=True)),
)


@pytest.mark.parametrize(("way", "to"), [("up", "ruling"), ("down", "nap")])
def test_of_a_panel_of_which_one_decides_the_first_answer_says_where(way: str, to: str) -> None:
    first = answered("jury", "bo", {"way": way, "view": "Ja."}, minutes=1)
    later = answered("jury", "ada", {"way": "up" if way == "down" else "down"}, minutes=2)
    planned = plan(given(process=ONE_OF_PANEL), standing("jury", later, first, OPEN_JURY[2]))
    assert planned.case.step == to
    assert [(ask.person, ask.state) for ask in planned.changes] == [("cid", AskState.LAPSED)]
    assert the_mail(planned, "outcome").context["shared"] == [["view på svenska", "Ja."]]
    assert facts_of(planned, "TalkAdvised") == []


# ── A talk is advised ──

VOTE = Question(
    "vote", QuestionKind.CHOICE, said("vote"), options=(an_option("yes"), an_option("no"))
)
SCORES = SMALL.step("jury").questions
VOTING = with_jury(questions=(*SCORES, VOTE))


def views(*answers: Mapping[str, str]) -> tuple[AskRow, ...]:
    return tuple(
        answered("jury", person.person_id, answer)
        for person, answer in zip(JURORS, answers, strict=False)
    )


def a_view(score: str, vote: str) -> dict[str, str]:
    return {"worth": score, "view": "Så tycker jag.", "vote": vote}


TALKS: dict[str, tuple[tuple[dict[str, str], ...], list[str]]] = {
    "of one mind": ((a_view("4", "yes"), a_view("4", "yes")), []),
    "one step apart": ((a_view("4", "yes"), a_view("3", "yes")), []),
    "two steps apart": ((a_view("4", "yes"), a_view("2", "yes")), ["spread"]),
    "a tie": ((a_view("4", "yes"), a_view("4", "no")), ["tie"]),
    "both": ((a_view("5", "yes"), a_view("1", "no")), ["spread", "tie"]),
    "one could not judge": ((a_view("5", "yes"), a_view("x", "yes")), []),
    "two against one": ((a_view("4", "yes"), a_view("4", "no"), a_view("4", "no")), []),
    "one alone": ((a_view("5", "yes"),), []),
}


@pytest.mark.parametrize(("answers", "why"), TALKS.values(), ids=list(TALKS.keys()))
def test_when_a_panel_is_of_two_minds_its_coordinators_are_advised_to_talk(
    answers: tuple[dict[str, str], ...], why: list[str]
) -> None:
    planned = plan(given(process=VOTING), standing("jury", *views(*answers)))
    assert planned.case.step == "ruling"
    assert ("talk" in [purpose for purpose, _ in purposes(planned)]) is bool(why)
    if why:
        mail = the_mail(planned, "talk")
        assert (mail.recipient, mail.context["why"], mail.context["step"]) == ("hanna", why, "jury")
        assert facts_of(planned, "TalkAdvised") == [{"step": "jury", "why": ", ".join(why)}]


def test_a_talk_is_advised_when_the_deadline_ends_the_step_too() -> None:
    two = (answered("jury", "ada", VIEW), answered("jury", "bo", OTHER_VIEW), OPEN_JURY[2])
    process = with_jury(quorum=3)
    planned = plan(given(JURY_DEADLINE + SECOND, process=process), standing("jury", *two))
    assert planned.why is Reason.DEADLINE_WITH_ANSWERS
    assert ("talk", "hanna") in purposes(planned)


def test_the_giver_is_told_nothing_of_a_talk() -> None:
    two = (answered("jury", "ada", VIEW), answered("jury", "bo", OTHER_VIEW))
    planned = plan(given(), standing("jury", *two))
    assert [purpose for purpose, to in purposes(planned) if to == GIVER] == ["progress"]
    assert "talk" not in repr([mail for mail in planned.mails if mail.recipient == GIVER])


# ── Silence that sends a case on ──

BACK = with_step(SMALL, "ruling", unanswered="glance")


@pytest.mark.parametrize(
    ("now", "why", "step"),
    [
        (RULING_DEADLINE, Reason.WAITING, "ruling"),
        (RULING_DEADLINE + SECOND, Reason.NOBODY_ANSWERED, "glance"),
    ],
)
def test_where_the_step_says_so_an_ask_that_nobody_answers_sends_the_case_back(
    now: datetime, why: Reason, step: str
) -> None:
    planned = plan(given(now, process=BACK), standing("ruling", replace(OPEN_JUDGE, reminded=3)))
    looks_again(planned, now)
    assert (planned.why, planned.case.step) == (why, step)


def test_a_case_that_comes_back_says_so_and_asks_anew() -> None:
    now = RULING_DEADLINE + SECOND
    planned = plan(given(now, process=BACK), standing("ruling", OPEN_JUDGE))
    assert [fact.kind for fact in planned.facts] == [
        "PromiseBroken",
        "NobodyAnswered",
        "AskLapsed",
        "StepEntered",
        "AskOpened",
    ]
    assert planned.changes == (replace(OPEN_JUDGE, state=AskState.LAPSED),)
    assert purposes(planned) == [("progress", GIVER), ("ask", "hanna")]
    assert planned.case.epoch == 3


def test_before_a_case_comes_back_there_is_more_time_where_the_step_gives_it() -> None:
    process = with_step(SMALL, "ruling", unanswered="glance", extension_days=3)
    now = RULING_DEADLINE + SECOND
    first = plan(given(now, process=process), standing("ruling", OPEN_JUDGE))
    assert first.why is Reason.DEADLINE_WITHOUT_ANSWERS
    second = plan(given(now, process=process), standing("ruling", OPEN_JUDGE, extensions=1))
    assert second.why is Reason.NOBODY_ANSWERED


def test_one_answer_of_a_panel_is_enough_for_a_case_not_to_come_back() -> None:
    process = with_jury(unanswered="glance", extension_days=0)
    asks = (answered("jury", "ada", VIEW), *OPEN_JURY[1:])
    planned = plan(given(JURY_DEADLINE + SECOND, process=process), standing("jury", *asks))
    assert (planned.why, planned.case.step) == (Reason.DEADLINE_WITH_ANSWERS, "ruling")


def test_a_case_that_waits_for_its_giver_does_not_come_back() -> None:
    now = RULING_DEADLINE + SECOND
    snapshot = standing("ruling", OPEN_JUDGE, paused_at=NOW, told_at=now, questions=1)
    assert plan(given(now, process=BACK), snapshot).case.step == "ruling"


# ── Waits of months ──


def after_months(months: int, since: str | None = None, **wait: Any) -> Process:
    nap = a_step("nap", StepKind.WAIT, wait_months=months, since=since, then="glance", **wait)
    return replace(SMALL, steps=tuple(nap if step.key == "nap" else step for step in SMALL.steps))


REST = {"verdict": "rest", "why": "Vi väntar."}


@pytest.mark.parametrize(
    ("now", "months", "wakes"),
    [
        (NOW, 6, date(2026, 9, 2)),
        (NOW, 12, date(2027, 3, 2)),
        (datetime(2026, 8, 31, 9, 0, tzinfo=UTC), 6, date(2027, 2, 28)),
        (datetime(2027, 8, 31, 9, 0, tzinfo=UTC), 6, date(2028, 2, 29)),
        (datetime(2026, 8, 31, 22, 30, tzinfo=UTC), 1, date(2026, 10, 1)),  # September in Sweden
    ],
)
def test_a_wait_of_months_ends_on_the_morning_of_the_same_day(
    now: datetime, months: int, wakes: date
) -> None:
    done = answered("glance", "hanna", REST)
    planned = plan(given(now, process=after_months(months)), standing("glance", done))
    looks_again(planned, now)
    assert planned.case.deadline == CALENDAR.morning(wakes)


def test_months_count_from_the_latest_answer_of_the_step_that_is_named() -> None:
    past = NOW - timedelta(days=90)
    ruled = [
        answered("ruling", "jorma", {"ruled": "so"}, minutes=0),
        replace(answered("ruling", "judit", {"ruled": "so"}), answered_at=past, epoch=1),
    ]
    later = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
    done = replace(answered("glance", "hanna", REST), epoch=3, answered_at=later)
    snapshot = standing("glance", done, *ruled, epoch=3)
    planned = plan(given(later, process=after_months(6, "ruling")), snapshot)
    assert planned.case.deadline == CALENDAR.morning(date(2026, 9, 2))


def test_months_that_have_passed_already_end_in_a_minute() -> None:
    ruled = answered("ruling", "jorma", {"ruled": "so"})
    later = datetime(2027, 5, 4, 9, 0, tzinfo=UTC)
    done = replace(answered("glance", "hanna", REST), epoch=3, answered_at=later)
    planned = plan(
        given(later, process=after_months(6, "ruling")), standing("glance", done, ruled, epoch=3)
    )
    assert planned.case.due_at == later + timedelta(minutes=1)


def test_months_since_a_step_that_nobody_answered_count_from_now() -> None:
    done = answered("glance", "hanna", REST)
    planned = plan(given(process=after_months(6, "ruling")), standing("glance", done))
    assert planned.case.deadline == CALENDAR.morning(date(2026, 9, 2))


def test_a_wait_of_months_stands_whatever_is_answered_meanwhile() -> None:
    wakes = CALENDAR.morning(date(2026, 9, 2))
    planned = plan(given(process=after_months(6)), standing("nap", deadline=wakes, told_at=NOW))
    assert planned.case.deadline == wakes


# ── Named people ──

HEIR = Question("heir", QuestionKind.PERSON, said("heir"), role="juror")
NAMING = with_step(
    with_jury(named="heir", panel=1, quorum=1, jav=False),
    "glance",
    questions=(*SMALL.step("glance").questions, HEIR),
)


@pytest.mark.parametrize("name", [person.person_id for person in JURORS])
def test_whoever_an_answer_names_is_asked_in_the_next_step(name: str) -> None:
    done = answered("glance", "hanna", {**ON, "heir": name})
    planned = plan(given(process=NAMING), standing("glance", done))
    assert [ask.person for ask in planned.opens] == [name]


def test_a_later_answer_names_somebody_else() -> None:
    first = answered("glance", "hanna", {**ON, "heir": "ada"})
    second = replace(answered("glance", "hanna", {**ON, "heir": "eva"}, minutes=5), epoch=4)
    planned = plan(given(process=NAMING), standing("glance", first, second, epoch=4))
    assert [ask.person for ask in planned.opens] == ["eva"]


# ── The clock of a new idea ──

RECEIVED = datetime(2026, 3, 2, 22, 59, 59, tzinfo=UTC)
"""The last second of a Monday in Sweden."""


@pytest.mark.parametrize("late", [0, 1, 3600, 30 * 3600])
def test_the_time_of_the_first_step_counts_from_the_day_when_the_idea_was_received(
    late: int,
) -> None:
    now = RECEIVED + timedelta(seconds=late)
    snapshot = standing("landed", epoch=0, received_at=RECEIVED, entered_at=RECEIVED)
    planned = plan(given(now), snapshot)
    looks_again(planned, now)
    assert planned.case.deadline == CALENDAR.end_of(date(2026, 3, 9))


def test_so_does_the_time_of_a_first_step_that_asks_at_once() -> None:
    now = RECEIVED + SECOND
    process = replace(SMALL, first="glance")
    snapshot = standing("glance", epoch=0, received_at=RECEIVED, deadline=None)
    planned = plan(given(now, process=process), snapshot)
    assert planned.case.deadline == CALENDAR.end_of(date(2026, 3, 9))


def test_after_a_wait_of_days_the_next_step_counts_from_its_end() -> None:
    process = replace(with_step(SMALL, "landed", wait_days=2), first="landed")
    now = CALENDAR.end_of(date(2026, 3, 4))
    snapshot = standing("landed", epoch=0, received_at=NOW, deadline=now)
    planned = plan(given(now, process=process), snapshot)
    assert planned.case.deadline == CALENDAR.end_of(date(2026, 3, 11))


def test_a_case_that_comes_to_its_first_step_again_counts_from_then() -> None:
    later = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
    planned = plan(given(later), standing("landed", epoch=4, received_at=RECEIVED))
    assert planned.case.deadline == CALENDAR.deadline(later, 5)


def test_a_first_step_that_waits_for_months_is_given_its_end() -> None:
    planned = plan(given(process=after_months(6)), standing("nap", deadline=None, told_at=NOW))
    assert planned.case.due_at == CALENDAR.morning(date(2026, 4, 1))  # silence ends before
    assert planned.case.deadline == CALENDAR.morning(date(2026, 9, 2))


def test_entering_a_step_says_when() -> None:
    later = NOW + timedelta(hours=5)
    planned = plan(given(later), standing("glance", answered("glance", "hanna", ON)))
    assert planned.case.entered_at == later


def test_a_withdrawal_has_no_closing_code() -> None:
    planned = withdrawal(given(), standing("drawer"))
    assert planned.facts == (
        Fact("StepEntered", {"step": "recalled", "from": "drawer", "epoch": "3"}),
    )


def test_an_outcome_that_sets_a_date_keeps_it_in_the_case() -> None:
    snapshot = clocked(
        "glance", answered("glance", "hanna", LATER), OPEN_HOST, escalations=2, late=True
    )
    planned = plan(given(), snapshot)
    case = planned.case
    assert (case.clock_from, case.clock_days, case.escalations) == (None, 0, 0)
    assert planned.case.deadline == CALENDAR.morning(date(2026, 9, 1))


def test_an_option_that_leads_nowhere_falls_back_on_the_steps_own_way() -> None:
    bare = Option("hm", said("hm"))
    process = with_jury(quorum=1, outcome="way", questions=(replace(WAYS, options=(bare,)),))
    done = answered("jury", "ada", {"way": "hm"})
    planned = plan(given(process=process), standing("jury", done))
    assert planned.case.step == "ruling"


def test_leaving_records_whose_ask_lapsed() -> None:
    planned = plan(given(), standing("jury", *views(VIEW, VIEW), OPEN_JURY[2]))
    assert Fact("AskLapsed", {"person": "cid", "step": "jury"}) in planned.facts


def test_a_step_is_left_by_what_it_is_and_not_by_its_name() -> None:
    other = tuple(
        replace(step, key="panel") if step.key == "jury" else step for step in SMALL.steps
    )
    steps: tuple[Step, ...] = tuple(
        replace(
            step,
            questions=tuple(
                replace(
                    question,
                    options=tuple(
                        replace(option, to="panel") if option.to == "jury" else option
                        for option in question.options
                    ),
                )
                for question in step.questions
            ),
        )
        for step in other
    )
    process = replace(SMALL, steps=steps)
    planned = plan(given(process=process), standing("glance", answered("glance", "hanna", ON)))
    assert planned.case.step == "panel"
