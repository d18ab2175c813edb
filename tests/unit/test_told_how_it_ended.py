"""Who is told how an idea ended, of those who have worked with it: all who answered and did not end it themselves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.domain.let_off import ENDED, ENOUGH, OVER, WITHDRAWN
from chalicelib.domain.plan import erasure, plan, withdrawal
from chalicelib.domain.planned import MOST_ROWS, LetOff, Plan
from chalicelib.domain.rows import AskRow, AskState, FollowerRow, PersonRow
from tests.builders import CASE_ID, NOW
from tests.small_process import DROP, ON, SMALL, SO, VIEW, with_step
from tests.unit.standing_cases import (
    JURY_DEADLINE,
    OPEN_JURY,
    PEOPLE,
    SECOND,
    after,
    answered,
    asked,
    clocked,
    given,
    standing,
)


def before(ask: AskRow) -> AskRow:
    """The same ask, of an earlier epoch."""
    return replace(ask, epoch=1)


GLANCED = before(answered("glance", "hanna", ON))
VIEWED = tuple(before(answered("jury", person, VIEW)) for person in ("ada", "bo"))
TWO_OF_THREE = (*(answered("jury", ask.person, VIEW) for ask in OPEN_JURY[:2]), OPEN_JURY[2])
RULED = answered("ruling", "jorma", SO)
A_CALL = replace(asked("jury", "hanna", task="ring-1"), role="host", step="ring", note="silence")
ENDS_WITH_PANEL = with_step(SMALL, "jury", then="bin")


def decided(*asks: AskRow, people: tuple[PersonRow, ...] = PEOPLE, **case: object) -> Plan:
    """The end of an idea that one person decides on, when these have answered before."""
    return plan(given(people=people), clocked("ruling", *asks, RULED, **case))


def ended_by_panel(*asks: AskRow) -> Plan:
    return plan(given(process=ENDS_WITH_PANEL), clocked("jury", *asks))


def told(planned: Plan) -> dict[str, str]:
    assert len(planned.let_off) == len({row.person for row in planned.let_off}), "each once"
    return {row.person: row.why for row in planned.let_off}


def changed(person_id: str, **fields: object) -> tuple[PersonRow, ...]:
    return tuple(replace(p, **fields) if p.person_id == person_id else p for p in PEOPLE)


def test_all_who_answered_in_its_earlier_steps_are_told_and_who_decided_is_not() -> None:
    planned = decided(GLANCED, *VIEWED)
    assert planned.let_off == tuple(LetOff(p, "bin", ENDED) for p in ("hanna", "ada", "bo"))


def test_who_answered_twice_is_told_once() -> None:
    assert told(decided(GLANCED, replace(GLANCED, epoch=0))) == {"hanna": ENDED}


def test_who_decides_after_an_answer_of_their_own_in_an_earlier_step_is_not_told() -> None:
    assert told(decided(before(RULED), GLANCED)) == {"hanna": ENDED}


def test_nobody_is_told_while_the_idea_goes_on() -> None:
    asks = (GLANCED, *(answered("jury", ask.person, VIEW) for ask in OPEN_JURY))
    assert told(plan(given(), clocked("jury", *asks))) == {}


@pytest.mark.parametrize("state", [state for state in AskState if state is not AskState.ANSWERED])
def test_who_was_asked_and_did_not_answer_is_not_told(state: AskState) -> None:
    assert told(decided(replace(GLANCED, state=state))) == {}


def test_who_has_only_phoned_the_idea_giver_is_not_told() -> None:
    phoned = replace(before(A_CALL), state=AskState.ANSWERED, answer={"reached": "yes"})
    assert told(decided(phoned)) == {}


def test_the_whole_panel_is_told_of_an_end_that_it_came_to_together() -> None:
    asks = tuple(answered("jury", ask.person, VIEW) for ask in OPEN_JURY)
    assert told(ended_by_panel(*asks)) == {"ada": ENDED, "bo": ENDED, "cid": ENDED}


def test_who_was_alone_of_the_panel_to_answer_before_the_idea_ended_is_not_told() -> None:
    asks = (answered("jury", "ada", VIEW), *OPEN_JURY[1:])
    planned = plan(given(JURY_DEADLINE + SECOND, process=ENDS_WITH_PANEL), clocked("jury", *asks))
    assert told(planned) == {"bo": ENOUGH, "cid": ENOUGH}


def test_who_has_not_answered_is_told_beside_those_who_have() -> None:
    assert told(ended_by_panel(*TWO_OF_THREE)) == {"cid": ENOUGH, "ada": ENDED, "bo": ENDED}


def test_who_had_answered_and_need_not_answer_again_gets_one_line() -> None:
    earlier = before(answered("jury", "cid", VIEW))
    assert told(ended_by_panel(earlier, *TWO_OF_THREE))["cid"] == ENOUGH


def test_a_call_that_need_not_be_made_since_the_idea_ended_is_told_as_that() -> None:
    assert told(decided(A_CALL)) == {"hanna": OVER}


@pytest.mark.parametrize("lists", [{"weekly": True}, {"digest": True}])
def test_who_gets_a_list_of_what_waits_is_told_too_since_no_list_says_how_it_ended(
    lists: dict[str, bool],
) -> None:
    planned = decided(A_CALL, GLANCED, people=changed("hanna", **lists))
    assert told(planned) == {"hanna": ENDED}


@pytest.mark.parametrize("gone", [{"active": False}, {"unreachable_since": NOW}])
def test_who_has_left_or_is_not_reached_by_mail_is_not_told(gone: dict[str, object]) -> None:
    assert told(decided(GLANCED, people=changed("hanna", **gone))) == {}


def test_who_is_no_longer_in_the_directory_is_not_told() -> None:
    people = tuple(person for person in PEOPLE if person.person_id != "hanna")
    assert told(decided(GLANCED, people=people)) == {}


def test_who_is_to_phone_the_idea_giver_of_the_outcome_hears_it_there() -> None:
    planned = decided(GLANCED, *VIEWED, has_email=True, bounced=True, has_phone=True)
    assert [(ask.person, ask.note) for ask in planned.opens] == [("hanna", "outcome")]
    assert told(planned) == {"ada": ENDED, "bo": ENDED}


def test_nobody_hears_how_the_trial_of_a_deploy_ended() -> None:
    assert told(decided(GLANCED, smoke=True)) == {}


def test_who_closes_the_idea_at_the_first_reading_is_not_told() -> None:
    assert told(plan(given(), standing("glance", answered("glance", "hanna", DROP)))) == {}


def taken_back(*asks: AskRow, **more: object) -> Plan:
    return withdrawal(given(), replace(clocked("jury", *asks), **more))


def test_those_who_answered_are_told_of_an_idea_that_is_taken_back() -> None:
    asks = (GLANCED, answered("jury", "ada", VIEW), *OPEN_JURY[1:])
    expected = {"bo": WITHDRAWN, "cid": WITHDRAWN, "hanna": ENDED, "ada": ENDED}
    assert told(taken_back(*asks)) == expected


def test_nobody_is_told_when_only_its_giver_leaves_an_idea_that_others_follow() -> None:
    follower = FollowerRow(CASE_ID, "pekka", "fi", has_email=True, since=NOW)
    assert told(taken_back(GLANCED, followers=(follower,))) == {}


def test_an_end_is_told_once_however_often_the_case_is_looked_at() -> None:
    ended = after(clocked("ruling", GLANCED, RULED), decided(GLANCED))
    assert ended.case.closed
    assert plan(given(), ended).let_off == ()
    assert erasure(given(), ended).let_off == ()


def crowded(count: int) -> Plan:
    """The end of an idea about which so many have answered, and three who are asked have not."""
    crowd = tuple(
        replace(PEOPLE[0], person_id=f"juror-{n}", roles=("juror",)) for n in range(count)
    )
    asks = (*OPEN_JURY, *(before(answered("jury", p.person_id, VIEW)) for p in crowd))
    return withdrawal(given(people=(*PEOPLE, *crowd)), clocked("jury", *asks))


def test_where_there_is_no_room_for_all_those_who_sit_and_answer_come_first() -> None:
    planned = crowded(MOST_ROWS)
    assert planned.rows == MOST_ROWS
    assert [row.why for row in planned.let_off[:4]] == [WITHDRAWN] * 3 + [ENDED]
