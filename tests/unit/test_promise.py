"""What the pages promise is what the engine keeps: for each public step, entered on any day, counted here by hand."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from chalicelib.config import read_process_text
from chalicelib.domain.plan import plan
from chalicelib.domain.planned import Circumstances
from chalicelib.domain.process import Counts, Lang, Process, Step, StepKind
from chalicelib.domain.promise import public_steps
from chalicelib.domain.rows import AskState, PersonRow, Snapshot
from tests.builders import NOW, a_case, an_ask
from tests.small_process import GLANCE, JURY, RULING, SMALL, a_step, with_step
from tests.world import configuration, somebody

SKARABORG = Path(__file__).resolve().parents[1] / "data" / "process-skaraborg.toml"
CALENDAR = configuration().calendar
PROMISE = re.compile(
    r"(?:inom|besked minst en gång på) (\d+) (arbetsdagar|dagar)(, så länge det pågår)?"
)


@cache
def processes() -> dict[str, Process]:
    text = SKARABORG.read_text(encoding="utf-8")
    return {
        "the default": configuration().process,
        "Skaraborg's": read_process_text(text, "skaraborg"),
        "the tests' own": SMALL,
    }


PUBLIC = [
    (name, step.key)
    for name, process in processes().items()
    for step in public_steps(process, "sv")
]


def people_of(process: Process) -> tuple[PersonRow, ...]:
    return tuple(somebody(f"{role.key}-{n}", role.key) for role in process.roles for n in range(6))


def entered(process: Process, step: Step, now: datetime) -> Snapshot:
    """A case that stands in the step since now, as the engine itself puts it there: from a wait that is over."""
    lobby = a_step("lobby", StepKind.WAIT, then=step.key)
    world = Circumstances(
        replace(process, steps=(lobby, *process.steps)), people_of(process), CALENDAR, now
    )
    case = a_case(step="lobby", epoch=3, deadline=None, told_at=now, received_at=now)
    planned = plan(world, Snapshot(case))
    assert planned.case.step == step.key
    return Snapshot(planned.case, planned.opens)


def counted(start: date, days: int, kind: str) -> datetime:
    """The last second, on the wall, of the so-manieth day after a day."""
    day = start
    while days:
        day += timedelta(days=1)
        free = day.weekday() >= 5 or day in CALENDAR.non_working
        days -= not (kind == "arbetsdagar" and free)
    return datetime.combine(day, time(23, 59, 59), tzinfo=CALENDAR.time_zone)


def promised(process: Process, key: str) -> tuple[int, str, str]:
    (step,) = [step for step in public_steps(process, "sv") if step.key == key]
    assert step.days is not None
    found = PROMISE.fullmatch(step.days)
    assert found is not None, step.days
    return int(found[1]), found[2], found[3] or ""


moments = st.integers(0, 3 * 365 * 24 * 60).map(lambda minutes: NOW + timedelta(minutes=minutes))


@pytest.mark.parametrize(("name", "key"), PUBLIC)
@settings(max_examples=25, deadline=None)
@drawn(now=moments)
def test_entering_a_public_step_gives_exactly_the_time_that_is_promised(
    name: str, key: str, now: datetime
) -> None:
    process = processes()[name]
    days, kind, _ = promised(process, key)
    snapshot = entered(process, process.step(key), now)
    due = counted(now.astimezone(CALENDAR.time_zone).date(), days, kind)
    assert snapshot.case.deadline == due
    assert snapshot.asks
    assert {ask.deadline for ask in snapshot.asks} == {due}


@pytest.mark.parametrize(("name", "key"), PUBLIC)
def test_a_second_after_the_promised_time_the_promise_is_broken_and_not_before(
    name: str, key: str
) -> None:
    process = processes()[name]
    snapshot = entered(process, process.step(key), NOW)
    snapshot = replace(snapshot, asks=tuple(replace(ask, reminded=9) for ask in snapshot.asks))
    deadline = snapshot.case.deadline
    assert deadline is not None
    for now, broken in ((deadline, False), (deadline + timedelta(seconds=1), True)):
        world = Circumstances(process, people_of(process), CALENDAR, now)
        case = replace(snapshot.case, told_at=now)
        planned = plan(world, replace(snapshot, case=case))
        assert any(fact.kind == "PromiseBroken" for fact in planned.facts) is broken


@pytest.mark.parametrize(("name", "key"), PUBLIC)
def test_only_a_step_that_may_begin_anew_is_promised_as_news_again(name: str, key: str) -> None:
    process = processes()[name]
    step = process.step(key)
    options = step.question(step.outcome).options if step.outcome else ()
    repeats = any(option.to == key for option in options)
    _, _, more = promised(process, key)
    assert more == (", så länge det pågår" if repeats else "")


@pytest.mark.parametrize("name", [name for name in processes() if name != "the tests' own"])
def test_a_step_that_begins_anew_keeps_its_promise_each_time(name: str) -> None:
    process = processes()[name]
    again = [
        (step, option)
        for step in process.steps
        if step.outcome is not None
        for option in step.question(step.outcome).options
        if option.to == step.key
    ]
    assert again
    for step, option in again:
        days, kind, _ = promised(process, step.key)
        later = NOW + timedelta(days=40)
        done = an_ask(
            person=f"{step.role}-0",
            step=step.key,
            role=step.role,
            epoch=2,
            state=AskState.ANSWERED,
            answer={step.outcome: option.key, "reason": "Vi fortsätter."},
            answered_at=later,
        )
        case = a_case(step=step.key, epoch=2, told_at=NOW)
        world = Circumstances(process, people_of(process), CALENDAR, later)
        planned = plan(world, Snapshot(case, (done,)))
        assert planned.case.step == step.key
        assert planned.case.epoch == 3
        assert planned.case.deadline == counted(CALENDAR.local_date(later), days, kind)
        assert any(mail.recipient == "giver" for mail in planned.mails)


def test_the_default_process_promises_these_times() -> None:
    assert {step.key: step.days for step in public_steps(configuration().process, "sv")} == {
        "screening": "inom 5 arbetsdagar",
        "dialogue": "inom 10 arbetsdagar",
        "assessment": "inom 15 arbetsdagar",
        "decision": "inom 10 arbetsdagar",
        "investigation": "besked minst en gång på 20 arbetsdagar, så länge det pågår",
        "test": "besked minst en gång på 90 dagar, så länge det pågår",
        "implementation": "besked minst en gång på 60 arbetsdagar, så länge det pågår",
        "effect_6": "inom 10 arbetsdagar",
        "effect_12": "inom 10 arbetsdagar",
    }


@pytest.mark.parametrize(
    ("lang", "name", "happens"),
    [
        ("sv", "public glance på svenska", "what happens in glance på svenska"),
        ("en", "public glance in English", "what happens in glance in English"),
        ("fi", "public glance suomeksi", "what happens in glance suomeksi"),
    ],
)
def test_a_step_is_told_in_its_public_words_in_each_language(
    lang: Lang, name: str, happens: str
) -> None:
    first = public_steps(SMALL, lang)[0]
    assert (first.name, first.happens) == (name, happens)


@pytest.mark.parametrize(
    ("lang", "working", "calendar", "again"),
    [
        (
            "sv",
            "inom 5 arbetsdagar",
            "inom 5 dagar",
            "besked minst en gång på 5 dagar, så länge det pågår",
        ),
        (
            "en",
            "within 5 working days",
            "within 5 days",
            "news at least every 5 days, for as long as it goes on",
        ),
        (
            "fi",
            "5 työpäivän kuluessa",
            "5 päivän kuluessa",
            "tieto vähintään kerran 5 päivässä, niin kauan kuin työ jatkuu",
        ),
    ],
)
def test_a_promise_in_each_language(lang: Lang, working: str, calendar: str, again: str) -> None:
    by_days = with_step(SMALL, "glance", counts=Counts.CALENDAR_DAYS)
    options = tuple(
        replace(question, options=(replace(question.options[0], to="glance"),))
        for question in GLANCE.questions
        if question.key == "verdict"
    )
    repeating = with_step(by_days, "glance", questions=options)
    assert public_steps(SMALL, lang)[0].days == working
    assert public_steps(by_days, lang)[0].days == calendar
    assert public_steps(repeating, lang)[0].days == again


def test_a_plain_choice_that_names_a_step_like_its_own_key_is_no_repetition() -> None:
    assert public_steps(SMALL, "sv")[1].key == JURY.key
    assert public_steps(SMALL, "sv")[1].days == "inom 15 arbetsdagar"


@pytest.mark.parametrize(
    ("fields", "shown"),
    [({}, True), ({"aside": True}, False), ({"tell_giver": False}, False)],
    ids=["a step", "a by-way", "a step that its giver is not told of"],
)
def test_only_steps_that_ideas_take_and_givers_hear_of_are_promised(
    fields: dict[str, bool], shown: bool
) -> None:
    steps = public_steps(with_step(SMALL, "ruling", **fields), "sv")
    assert ("ruling" in [step.key for step in steps]) is shown


def test_waits_ends_and_tasks_are_not_promised() -> None:
    task = replace(SMALL.step("ring"), tell_giver=False, aside=True)
    process = with_step(SMALL, "ring", tell_giver=False, aside=True)
    assert task == process.step("ring")
    assert [step.key for step in public_steps(process, "sv")] == [
        GLANCE.key,
        JURY.key,
        RULING.key,
    ]


def test_a_step_has_the_same_number_wherever_it_is_listed() -> None:
    steps = public_steps(SMALL, "sv")
    assert [step.number for step in steps] == list(range(1, len(steps) + 1))
    later = public_steps(SMALL, "sv", after="glance")
    assert {step.key: step.number for step in later}.items() <= {
        step.key: step.number for step in steps
    }.items()


def test_after_a_step_only_those_that_come_later_are_promised() -> None:
    assert [step.key for step in public_steps(SMALL, "sv", after="glance")][:2] == [
        "jury",
        "ruling",
    ]
    assert len(public_steps(SMALL, "sv", after="nowhere")) == len(public_steps(SMALL, "sv"))
