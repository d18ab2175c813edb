"""An ask that changes hands: jäv and delegation, both recorded, and the old link dead."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from chalicelib.domain.handover import colleagues, handover, recusal
from chalicelib.domain.plan import plan
from chalicelib.domain.planned import Reason
from chalicelib.domain.rows import Absence, AskRow, AskState, Fact, PersonRow
from tests.builders import NOW, an_ask
from tests.small_process import SMALL, VIEW
from tests.unit.standing_cases import (
    CALENDAR,
    JURY_DEADLINE,
    OPEN_HOST,
    OPEN_JUDGE,
    OPEN_JURY,
    after,
    answered,
    asked,
    clocked,
    given,
    looks_again,
    purposes,
    standing,
    the_mail,
)
from tests.world import HOST, JUDGE, JURORS, PEOPLE, somebody

ADA, BO, CID, DAN, EVA = JURORS
WHY = "Jag är gift med den som har skickat idén."
NOTE = "Du kan det här bättre än jag."
AWAY = (Absence("2026-03-02", "2026-03-02"),)


def people(*changed: PersonRow, without: tuple[str, ...] = ()) -> tuple[PersonRow, ...]:
    by_id = {person.person_id: person for person in (*PEOPLE, *changed)}
    return tuple(person for key, person in by_id.items() if key not in without)


# ── Jäv ──


def test_jav_draws_a_substitute_in_the_same_moment() -> None:
    planned = recusal(
        given(people=people(without=("eva",))), standing("jury", *OPEN_JURY), OPEN_JURY[0], WHY
    )
    assert planned.why is Reason.RECUSED
    assert planned.changes == (replace(OPEN_JURY[0], state=AskState.RECUSED, note=WHY),)
    assert [(ask.person, ask.substitute, ask.deadline) for ask in planned.opens] == [
        ("dan", True, JURY_DEADLINE)
    ]
    assert purposes(planned) == [("ask", "dan")]
    assert planned.facts == (
        Fact("AskRecused", {"person": "ada", "step": "jury"}),
        Fact("AskOpened", {"person": "dan", "step": "jury"}),
    )


def test_the_reason_of_a_conflict_of_interest_is_in_no_fact_and_no_mail() -> None:
    planned = recusal(given(), standing("jury", *OPEN_JURY), OPEN_JURY[0], WHY)
    assert WHY not in repr(planned.facts) + repr(planned.mails)


def test_a_substitute_for_jav_on_the_last_day_has_three_working_days() -> None:
    now = datetime(2026, 3, 23, 9, 0, tzinfo=UTC)
    planned = recusal(given(now), clocked("jury", *OPEN_JURY), OPEN_JURY[0], WHY)
    assert planned.case.deadline == CALENDAR.end_of(date(2026, 3, 26))
    assert planned.opens[0].deadline == planned.case.deadline


@pytest.mark.parametrize(
    "directory",
    [
        people(without=("dan", "eva")),
        people(replace(DAN, unit="park"), without=("eva",)),
        people(replace(DAN, active=False), without=("eva",)),
        people(replace(DAN, absences=AWAY), without=("eva",)),
    ],
    ids=["nobody else", "own unit", "left", "away"],
)
def test_without_anybody_to_ask_instead_the_others_of_the_panel_decide(
    directory: tuple[PersonRow, ...],
) -> None:
    snapshot = standing("jury", *OPEN_JURY)
    planned = recusal(given(people=directory), snapshot, OPEN_JURY[0], WHY)
    assert (planned.opens, planned.mails) == ((), ())
    assert planned.changes[0].state is AskState.RECUSED
    later = plan(given(people=directory), after(snapshot, planned))
    assert later.why is Reason.WAITING


def test_when_the_only_one_who_was_asked_is_recused_and_nobody_is_left_somebody_is_told() -> None:
    snapshot = standing("ruling", OPEN_JUDGE)
    planned = recusal(given(), snapshot, OPEN_JUDGE, WHY)
    assert planned.opens == ()
    told = plan(given(), after(snapshot, planned))
    looks_again(told, NOW)
    assert told.why is Reason.NOBODY_TO_ASK
    assert purposes(told) == [("nobody_to_ask", "hanna")]


def test_whoever_is_recused_is_not_asked_again_when_a_new_round_begins() -> None:
    snapshot = standing("ruling", OPEN_JUDGE)
    recused = after(snapshot, recusal(given(), snapshot, OPEN_JUDGE, WHY))
    told = after(recused, plan(given(), recused))
    heir = somebody("judit", "judge")
    planned = plan(given(people=(*PEOPLE, heir)), told)
    assert [ask.person for ask in planned.opens] == ["judit"]


def test_when_all_but_the_recused_have_answered_the_step_is_over() -> None:
    two = (answered("jury", "ada", VIEW), OPEN_JURY[1])
    snapshot = standing("jury", *two)
    directory = (HOST, JUDGE, ADA, BO)
    recused = after(snapshot, recusal(given(people=directory), snapshot, OPEN_JURY[1], WHY))
    assert plan(given(people=directory), recused).why is Reason.EVERYONE_ANSWERED


@pytest.mark.parametrize("passed_on", ["recused", "handed over", "moved"])
def test_words_that_were_taken_back_do_not_stay_with_an_ask_that_is_somebody_elses(
    passed_on: str,
) -> None:
    waits = replace(OPEN_JURY[0], withdrawn=VIEW)
    stands = standing("jury", waits, *OPEN_JURY[1:])
    planned = {
        "recused": lambda: recusal(given(), stands, waits, WHY),
        "handed over": lambda: handover(given(), stands, waits, EVA, NOTE),
        "moved": lambda: plan(given(people=people(without=("ada",))), stands),
    }[passed_on]()
    assert [(ask.person, ask.withdrawn) for ask in planned.changes] == [("ada", None)]


def test_jav_makes_the_case_due_at_once() -> None:
    planned = recusal(given(), standing("jury", *OPEN_JURY), OPEN_JURY[0], WHY)
    assert planned.case.due_at == NOW


# ── Delegation ──


def test_an_ask_that_is_handed_over_keeps_its_deadline_and_says_who_handed_it() -> None:
    planned = handover(given(), standing("jury", *OPEN_JURY), OPEN_JURY[0], EVA, NOTE)
    assert planned.why is Reason.HANDED_OVER
    assert planned.changes == (replace(OPEN_JURY[0], state=AskState.DELEGATED, note=NOTE),)
    (ask,) = planned.opens
    assert (ask.person, ask.delegated_by, ask.deadline) == ("eva", "ada", JURY_DEADLINE)
    assert (ask.substitute, ask.state, ask.task) == (False, AskState.OPEN, "")


def test_a_case_that_was_handed_over_is_looked_at_in_the_same_moment() -> None:
    planned = handover(given(), standing("jury", *OPEN_JURY), OPEN_JURY[0], EVA, NOTE)
    assert (planned.case.due_at, planned.case.try_at) == (NOW, NOW)


def test_both_hands_are_recorded() -> None:
    planned = handover(given(), standing("jury", *OPEN_JURY), OPEN_JURY[0], EVA, NOTE)
    assert planned.facts == (
        Fact("AskDelegated", {"person": "ada", "to": "eva", "step": "jury"}),
        Fact("AskOpened", {"person": "eva", "step": "jury"}),
    )


def test_the_colleague_reads_who_handed_it_to_them_and_why() -> None:
    planned = handover(given(), standing("jury", *OPEN_JURY), OPEN_JURY[0], EVA, NOTE)
    context = the_mail(planned, "ask").context
    assert context["handed_by"] == "ada"
    assert NOTE not in str(context)
    assert purposes(planned) == [("ask", "eva")]


def test_a_substitute_who_hands_on_hands_on_a_substitutes_ask() -> None:
    planned = handover(
        given(), standing("jury", *OPEN_JURY), replace(OPEN_JURY[0], substitute=True), EVA, NOTE
    )
    assert planned.opens[0].substitute


def a_call() -> AskRow:
    fields = {"step": "ring", "role": "host", "task": "ring-1", "epoch": 2, "note": "question"}
    return an_ask(person="hanna", **fields)


def test_a_phone_task_that_is_handed_over_is_the_same_task() -> None:
    heir = somebody("henrik", "host")
    planned = handover(given(), standing("jury", *OPEN_JURY, a_call()), a_call(), heir, NOTE)
    (task,) = planned.opens
    assert (task.task, task.note, task.person) == ("ring-1", "question", "henrik")
    assert planned.mails[0].task == "ring-1"


def test_the_panel_goes_on_as_before_when_one_has_handed_over() -> None:
    snapshot = standing("jury", *OPEN_JURY)
    handed = after(snapshot, handover(given(), snapshot, OPEN_JURY[0], EVA, NOTE))
    planned = plan(given(), handed)
    assert (planned.why, planned.mails, planned.opens) == (Reason.WAITING, (), ())


COLLEAGUES: dict[str, tuple[tuple[PersonRow, ...], list[str]]] = {
    "whoever is in the role and not asked": (people(), ["dan", "eva"]),
    "not those who are away": (people(replace(DAN, absences=AWAY)), ["eva"]),
    "not those who left": (people(replace(DAN, active=False)), ["eva"]),
    "not those of the own unit": (people(replace(EVA, unit="park")), ["dan"]),
    "by name": (people(replace(EVA, name="Alva")), ["eva", "dan"]),
    "nobody": (people(without=("dan", "eva")), []),
}


@pytest.mark.parametrize(("directory", "free"), COLLEAGUES.values(), ids=list(COLLEAGUES.keys()))
def test_to_whom_an_ask_may_be_handed(directory: tuple[PersonRow, ...], free: list[str]) -> None:
    snapshot = standing("jury", *OPEN_JURY)
    found = colleagues(given(people=directory), snapshot, SMALL.step("jury"), OPEN_JURY[0])
    assert [person.person_id for person in found] == free


@pytest.mark.parametrize("state", list(AskState))
def test_an_ask_is_handed_to_nobody_who_was_asked_in_this_round(state: AskState) -> None:
    snapshot = standing("jury", *OPEN_JURY, asked("jury", "dan", state=state))
    found = colleagues(given(), snapshot, SMALL.step("jury"), OPEN_JURY[0])
    assert [person.person_id for person in found] == ["eva"]


def test_whoever_was_asked_in_an_earlier_round_may_be_handed_an_ask() -> None:
    before = asked("jury", "dan", epoch=1, state=AskState.LAPSED)
    snapshot = standing("jury", *OPEN_JURY, before)
    found = colleagues(given(), snapshot, SMALL.step("jury"), OPEN_JURY[0])
    assert [person.person_id for person in found] == ["dan", "eva"]


def test_whoever_was_recused_in_an_earlier_step_may_not() -> None:
    before = asked("glance", "dan", epoch=1, state=AskState.RECUSED)
    snapshot = standing("jury", *OPEN_JURY, before)
    found = colleagues(given(), snapshot, SMALL.step("jury"), OPEN_JURY[0])
    assert [person.person_id for person in found] == ["eva"]


def test_a_task_may_be_handed_to_somebody_who_is_asked_in_the_step() -> None:
    heir = somebody("henrik", "host")
    call = replace(a_call(), person="henrik")
    snapshot = standing("glance", OPEN_HOST, call)
    found = colleagues(given(people=people(heir)), snapshot, SMALL.step("ring"), call)
    assert [person.person_id for person in found] == ["hanna"]
