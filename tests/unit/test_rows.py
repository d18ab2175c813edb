"""What the rows tell by themselves: whether mail is on hold, and which of somebody's asks is meant."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from chalicelib.domain.planned import look_again
from tests.builders import NOW, a_case, a_hold, a_snapshot, an_ask

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
