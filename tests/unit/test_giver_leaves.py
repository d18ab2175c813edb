"""What happens to an idea that others follow when its own giver takes it back: it lives on for them, and the giver is out of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from chalicelib.domain.plan import withdrawal
from chalicelib.domain.planned import Reason
from chalicelib.domain.rows import GIVER, AskRow, AskState, Fact, Snapshot
from tests.builders import NOW, a_follower
from tests.small_process import SMALL
from tests.unit.standing_cases import (
    JURY_DEADLINE,
    OPEN_JURY,
    asked,
    given,
    purposes,
    standing,
    the_mail,
)

LATER = NOW + timedelta(minutes=5)
A_CALL = replace(asked("jury", "hanna", task="ring-1"), role="host", step="ring")


def followed(*asks: AskRow, **fields: Any) -> Snapshot:
    return standing("jury", *OPEN_JURY, *asks, followers=(a_follower(),), **fields)


def test_the_idea_stays_where_it_is_and_its_panel_goes_on() -> None:
    planned = withdrawal(given(LATER), followed())
    assert planned.why is Reason.WITHDRAWN
    assert (planned.case.step, planned.case.closed) == ("jury", False)
    assert (planned.case.deadline, planned.case.due_at) == (JURY_DEADLINE, LATER)
    assert planned.changes == ()
    assert planned.facts == (Fact("GiverLeft", {"step": "jury"}),)


def test_its_giver_is_told_once_and_never_again() -> None:
    planned = withdrawal(given(LATER), followed(lang="en"))
    assert (planned.case.given_up, planned.case.has_email) == (True, False)
    assert purposes(planned) == [("outcome", GIVER)]
    ended = SMALL.step("recalled")
    assert the_mail(planned, "outcome").context == {
        "public_name": ended.public_name.en,
        "happens": ended.happens.en,
        "chosen": ended.public_name.en,
        "deadline": None,
        "shared": [],
        "closed": True,
    }


def test_a_giver_without_an_address_is_told_by_the_page_alone() -> None:
    assert withdrawal(given(LATER), followed(has_email=False)).mails == ()


def test_a_call_to_the_giver_that_has_not_been_made_is_not_made() -> None:
    made = replace(A_CALL, task="ring-2", state=AskState.ANSWERED, answered_at=NOW)
    planned = withdrawal(given(LATER), followed(A_CALL, made))
    assert planned.changes == (replace(A_CALL, state=AskState.LAPSED),)
