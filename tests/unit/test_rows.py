"""What the rows tell by themselves: whether mail is on hold, and which of somebody's asks is meant."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from chalicelib.domain.planned import look_again
from tests.builders import (
    NOW,
    a_case,
    a_contact,
    a_hold,
    a_person,
    a_shown_idea,
    a_snapshot,
    an_ask,
)

UNTIL = NOW + timedelta(minutes=10)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("over", "now", "holds"),
    [
        (False, UNTIL - SECOND, True),
        (False, UNTIL, False),
        (True, UNTIL - SECOND, False),
        (True, UNTIL, False),
    ],
)
def test_mail_is_on_hold_until_its_time_is_over_or_one_has_gone_out(
    over: bool, now: datetime, holds: bool
) -> None:
    assert a_hold(until=UNTIL, over=over).holds(now) is holds


def test_somebodys_ask_is_that_of_the_step_unless_a_task_is_named() -> None:
    ask = an_ask(person="hanna")
    call = replace(ask, task="ring-1")
    snapshot = a_snapshot(asks=(call, ask))
    assert snapshot.ask(1, "hanna") == ask
    assert snapshot.ask(1, "hanna", "ring-1") == call
    assert snapshot.ask(2, "hanna") is None
    assert snapshot.ask(1, "ada") is None


def test_a_case_that_is_to_be_looked_at_again_keeps_no_old_trouble() -> None:
    case = look_again(a_case(tries=3, stuck=True), UNTIL)
    assert (case.due_at, case.try_at, case.tries, case.stuck) == (UNTIL, UNTIL, 0, False)


@pytest.mark.parametrize(("name", "erased"), [("Åsa Lind", False), ("", True)])
def test_whoever_has_no_name_any_more_is_erased(name: str, erased: bool) -> None:
    assert a_contact(name=name).erased is erased
    assert a_person(name=name).erased is erased


@pytest.mark.parametrize(
    ("held", "epoch", "is_held"),
    [("trap", 0, True), ("trap", 1, False), (None, 0, False), (None, 1, False)],
)
def test_an_idea_is_held_until_its_first_step_begins(
    held: str | None, epoch: int, is_held: bool
) -> None:
    assert a_case(held=held, epoch=epoch).is_held is is_held


@pytest.mark.parametrize(
    ("has_email", "bounced", "mailable"),
    [(True, False, True), (True, True, False), (False, False, False), (False, True, False)],
)
def test_an_address_that_works_is_needed_for_mail(
    has_email: bool, bounced: bool, mailable: bool
) -> None:
    assert a_case(has_email=has_email, bounced=bounced).mailable is mailable


def test_until_its_giver_is_told_something_silence_counts_from_when_the_idea_came() -> None:
    case = a_case(told_at=None)
    assert case.last_told == case.received_at
    assert replace(case, told_at=UNTIL).last_told == UNTIL


def test_a_shown_idea_is_of_the_year_in_which_its_case_ended() -> None:
    assert a_shown_idea(since="2026-03-01").year == "2026"
