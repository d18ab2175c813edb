"""Who turns out to be too near while they are asked is asked no more; and what is said when there is nobody left to ask."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.domain.plan import plan
from chalicelib.domain.planned import Reason
from chalicelib.domain.rows import GIVER, AskState, Fact, FollowerRow, PersonRow
from tests.builders import CASE_ID, NOW
from tests.unit.standing_cases import (
    GLANCE_DEADLINE,
    JURY_DEADLINE,
    OPEN_JURY,
    SECOND,
    given,
    looks,
    purposes,
    standing,
)
from tests.world import HOST, JUDGE, JURORS, PEOPLE, somebody

OWNER = somebody("olof", "owner")


def in_unit(person_id: str, unit: str) -> tuple[PersonRow, ...]:
    return tuple(
        replace(person, unit=unit) if person.person_id == person_id else person for person in PEOPLE
    )


def test_whoever_moves_to_the_idea_givers_unit_while_asked_is_replaced() -> None:
    people = in_unit("ada", "park")
    planned = plan(given(people=people), standing("jury", *OPEN_JURY, own_unit="park"))
    assert planned.why is Reason.SOMEBODY_ELSE
    assert [(ask.person, ask.state) for ask in planned.changes] == [("ada", AskState.MOVED)]
    assert len(planned.opens) == 1


@pytest.mark.parametrize(
    "joined",
    [
        FollowerRow(CASE_ID, "f", "sv", True, NOW, own_unit="library"),
        FollowerRow(CASE_ID, "f", "sv", True, NOW, recused=("ada",)),
    ],
    ids=["their unit", "their jäv"],
)
def test_an_open_ask_moves_when_an_idea_is_joined_whose_giver_is_too_near(
    joined: FollowerRow,
) -> None:
    people = (*(replace(person, unit="school") for person in PEOPLE if person.person_id != "ada"),)
    ada = next(person for person in JURORS if person.person_id == "ada")
    snapshot = standing("jury", *OPEN_JURY, followers=(joined,))
    planned = plan(given(people=(*people, ada)), snapshot)
    assert [ask.person for ask in planned.changes] == ["ada"]


def test_a_deadline_that_passes_with_nobody_to_ask_is_a_broken_promise_told_once() -> None:
    late = GLANCE_DEADLINE + SECOND
    planned = plan(given(late, people=(JUDGE,)), standing("glance", escalations=1))
    assert planned.case.late
    assert planned.facts[0] == Fact("PromiseBroken", {"step": "glance", "deadline": "2026-03-09"})
    assert ("interim", GIVER) in purposes(planned)
    again = plan(
        given(late + timedelta(hours=12), people=(JUDGE,)),
        standing("glance", escalations=9, late=True, told_at=late),
    )
    assert again.mails == ()


def test_before_the_deadline_nobody_to_ask_breaks_no_promise() -> None:
    planned = plan(given(GLANCE_DEADLINE, people=(JUDGE,)), standing("glance"))
    assert not planned.case.late
    assert all(fact.kind != "PromiseBroken" for fact in planned.facts)


def test_the_process_owners_are_told_too_after_ten_working_days_with_nobody_to_ask() -> None:
    told = [
        (now.date().isoformat(), to)
        for now, planned in looks(standing("jury"), given(people=(HOST, OWNER)), 12)
        for purpose, to in purposes(planned)
        if purpose == "nobody_to_ask"
    ]
    assert told == [
        ("2026-03-02", "hanna"),
        ("2026-03-09", "hanna"),
        ("2026-03-16", "hanna"),
        ("2026-03-16", "olof"),
    ]


def test_who_gets_a_weekly_mail_is_not_reminded_when_there_is_more_time() -> None:
    people = tuple(
        replace(person, weekly=True) if person.person_id == "ada" else person for person in PEOPLE
    )
    planned = plan(given(JURY_DEADLINE + SECOND, people=people), standing("jury", *OPEN_JURY))
    reminded = {to for purpose, to in purposes(planned) if purpose == "reminder"}
    assert reminded == {"bo", "cid"}
    assert {ask.person for ask in planned.changes} == {"ada", "bo", "cid"}


def test_an_ask_that_is_opened_after_its_deadline_says_that_it_is_late() -> None:
    late = datetime(2026, 3, 31, 6, 30, tzinfo=UTC)
    people = (*PEOPLE, somebody("frej", "juror"))
    snapshot = standing("jury", *OPEN_JURY, extensions=1, late=True)
    planned = plan(given(late, people=people), snapshot)
    (ask,) = [mail for mail in planned.mails if mail.purpose == "ask"]
    assert ask.context["late"] is True
