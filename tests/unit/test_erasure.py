"""What the engine makes of a case whose idea-giver is erased."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.domain.plan import erasure, plan
from chalicelib.domain.planned import Reason
from chalicelib.domain.rows import AskState, Fact, FollowerRow
from tests.builders import NOW, a_follower
from tests.unit.standing_cases import OPEN_JURY, given, standing

FI = a_follower(follower="pekka", lang="fi")


def test_the_idea_goes_on_without_its_giver_whom_nothing_tells() -> None:
    planned = erasure(given(), standing("jury", *OPEN_JURY))
    case = planned.case
    assert planned.why is Reason.ERASED
    assert (case.step, case.closed, case.has_email, case.given_up) == ("jury", False, False, True)
    assert case.has_phone is False
    assert (planned.mails, planned.changes) == ((), ())
    assert planned.facts == (Fact("GiverErased", {"step": "jury"}),)
    assert case.due_at == NOW


def test_a_question_to_them_waits_no_more_and_nobody_is_to_phone_them() -> None:
    from tests.unit.test_pause import a_call, paused

    planned = erasure(given(), paused(*OPEN_JURY, a_call()))
    assert planned.case.paused_at is None
    assert [(ask.task != "", ask.state) for ask in planned.changes] == [(True, AskState.LAPSED)]


def test_a_case_that_has_ended_stays_as_it_is_but_for_its_giver() -> None:
    ended = standing("bin", closed=True, due_at=None, try_at=None)
    planned = erasure(given(), ended)
    assert planned.why is Reason.ERASED
    assert planned.case == replace(ended.case, has_email=False, given_up=True)
    assert planned.facts == (Fact("GiverErased", {"step": "bin"}),)


@pytest.mark.parametrize("followers", [(), (FI,)])
def test_a_long_silence_is_nobodys_task(followers: tuple[FollowerRow, ...]) -> None:
    left = erasure(given(), standing("jury", *OPEN_JURY)).case
    month = given(NOW + timedelta(days=31))
    for given_up, phoned in ((left.given_up, 0), (False, 1)):
        case = {"has_email": left.has_email, "given_up": given_up, "followers": followers}
        planned = plan(month, standing("jury", *OPEN_JURY, **case))
        assert len([ask for ask in planned.opens if ask.task]) == phoned
