"""Who is told that they need not answer any more, and why: those who had been asked by mail, and hear of it in no list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from chalicelib.domain.let_off import ENOUGH, GIVER_SAID, MOVED_ON, WITHDRAWN
from chalicelib.domain.pause import giver_answered
from chalicelib.domain.plan import erasure, plan, withdrawal
from chalicelib.domain.planned import MOST_ROWS, LetOff, Plan
from chalicelib.domain.rows import FollowerRow, PersonRow
from tests.builders import CASE_ID, NOW
from tests.small_process import ON, VIEW
from tests.unit.standing_cases import (
    JURY_DEADLINE,
    OPEN_JURY,
    PEOPLE,
    SECOND,
    answered,
    asked,
    clocked,
    given,
    standing,
)

TWO_OF_THREE = (*(answered("jury", ask.person, VIEW) for ask in OPEN_JURY[:2]), OPEN_JURY[2])
"""A quorum; the third, Cid, has been asked and has not answered."""
CID = LetOff("cid", "jury", ENOUGH)
A_CALL = replace(asked("jury", "hanna", task="ring-1"), role="host", step="ring", note="silence")


def people(**of_cid: object) -> tuple[PersonRow, ...]:
    return tuple(replace(p, **of_cid) if p.person_id == "cid" else p for p in PEOPLE)


def test_who_has_not_answered_when_enough_others_have_is_let_off() -> None:
    assert plan(given(), clocked("jury", *TWO_OF_THREE)).let_off == (CID,)


def test_so_are_those_whose_step_ends_at_its_deadline_with_fewer_answers() -> None:
    asks = (answered("jury", "ada", VIEW), *OPEN_JURY[1:])
    planned = plan(given(JURY_DEADLINE + SECOND), clocked("jury", *asks))
    assert [(row.person, row.why) for row in planned.let_off] == [("bo", ENOUGH), ("cid", ENOUGH)]


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ({}, True),
        ({"weekly": True}, False),
        ({"digest": True}, False),
        ({"active": False}, False),
        ({"unreachable_since": NOW}, False),
    ],
)
def test_only_those_are_told_whom_mail_reaches_and_who_get_no_list_of_what_waits(
    what: dict[str, object], told: bool
) -> None:
    planned = plan(given(people=people(**what)), clocked("jury", *TWO_OF_THREE))
    assert ("cid" in {row.person for row in planned.let_off}) is told


def test_who_is_no_longer_in_the_directory_is_not_told() -> None:
    others = tuple(person for person in PEOPLE if person.person_id != "cid")
    assert plan(given(people=others), clocked("jury", *TWO_OF_THREE)).let_off == ()


def test_who_is_asked_something_else_of_the_idea_in_the_same_moment_hears_that_instead() -> None:
    everybody = people(roles=("juror", "judge"))
    both = tuple(p for p in everybody if "judge" not in p.roles or p.person_id == "cid")
    planned = plan(given(people=both), clocked("jury", *TWO_OF_THREE))
    assert [ask.person for ask in planned.opens] == ["cid"]
    assert planned.let_off == ()


def test_nobody_is_let_off_while_their_answer_can_still_be_given() -> None:
    assert plan(given(), clocked("jury", *OPEN_JURY)).let_off == ()


def test_nobody_hears_of_the_trial_of_a_deploy() -> None:
    assert plan(given(), clocked("jury", *TWO_OF_THREE, smoke=True)).let_off == ()


def test_who_was_asked_hears_when_the_idea_is_taken_back() -> None:
    planned = withdrawal(given(), clocked("jury", *OPEN_JURY))
    assert {(row.person, row.why) for row in planned.let_off} == {
        (ask.person, WITHDRAWN) for ask in OPEN_JURY
    }


def test_nobody_hears_that_an_idea_that_is_held_was_taken_back() -> None:
    held = standing("landed", epoch=0, held="crowd")
    assert withdrawal(given(), held).let_off == ()


def test_who_need_not_do_either_of_two_things_is_told_once() -> None:
    both = (asked("jury", "hanna"), A_CALL)
    assert [row.person for row in withdrawal(given(), clocked("jury", *both)).let_off] == ["hanna"]


FOLLOWED = (FollowerRow(CASE_ID, "pekka", "fi", has_email=True, since=NOW),)


ENDS: dict[str, tuple[str, Callable[[], Plan]]] = {
    "the giver has said it": (
        GIVER_SAID,
        lambda: giver_answered(
            given(),
            clocked("jury", *OPEN_JURY, A_CALL, paused_at=NOW, questions=1),
            "bo",
            answered=True,
        ),
    ),
    "the giver is erased": (
        MOVED_ON,
        lambda: erasure(given(), clocked("jury", *OPEN_JURY, A_CALL)),
    ),
    "the giver has left": (
        WITHDRAWN,
        lambda: withdrawal(
            given(), replace(clocked("jury", *OPEN_JURY, A_CALL), followers=FOLLOWED)
        ),
    ),
    "the step is left": (
        MOVED_ON,
        lambda: plan(given(), clocked("jury", *TWO_OF_THREE, A_CALL)),
    ),
}


@pytest.mark.parametrize(("why", "ends"), ENDS.values(), ids=ENDS)
def test_a_call_that_need_not_be_made_is_told_with_the_reason(
    why: str, ends: Callable[[], Plan]
) -> None:
    assert LetOff("hanna", "ring", why) in ends().let_off


def crowded(count: int) -> Plan:
    """The end of an idea of which so many have been asked."""
    crowd = tuple(
        replace(PEOPLE[0], person_id=f"juror-{n}", roles=("juror",)) for n in range(count)
    )
    asks = tuple(asked("jury", person.person_id) for person in crowd)
    return withdrawal(given(people=(*PEOPLE, *crowd)), clocked("jury", *asks))


def test_more_than_a_plan_has_room_for_are_left_out_rather_than_all_the_rest() -> None:
    planned = crowded(60)
    assert planned.rows == MOST_ROWS
    assert len(planned.let_off) == MOST_ROWS - 60


@pytest.mark.parametrize("count", [MOST_ROWS, MOST_ROWS + 1])
def test_where_a_plan_is_full_nobody_is_told(count: int) -> None:
    assert crowded(count).let_off == ()


def test_who_decides_is_not_let_off_by_their_own_answer() -> None:
    assert plan(given(), standing("glance", answered("glance", "hanna", ON))).let_off == ()
