"""The stage's time, and how the local stage's is moved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.session import Session

from chalicelib.adapters.aws import ssm_client
from chalicelib.adapters.clock import ShiftedClock, SystemClock
from chalicelib.services.ports import Clock
from tests.adapters.stage import SETTINGS
from tests.fakes import START, FakeClock

OFFSET = "/idesluss/local/clock-offset"
SECOND = timedelta(seconds=1)


class Stopwatch:
    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def ssm(session: Session) -> Any:
    return ssm_client(session, SETTINGS.region)


def move(ssm: Any, seconds: str) -> None:
    ssm.put_parameter(Name=OFFSET, Value=seconds, Type="String", Overwrite=True)


def ahead(clock: Clock) -> timedelta:
    return clock.now() - datetime.now(UTC)


def test_the_systems_clock_tells_utc() -> None:
    now = SystemClock().now()

    assert now.tzinfo is UTC
    assert abs(now - datetime.now(UTC)) < SECOND


def test_a_clock_that_nobody_moved_tells_the_systems_time(ssm: Any) -> None:
    assert abs(ahead(ShiftedClock(ssm, OFFSET))) < SECOND


@pytest.mark.parametrize(
    ("seconds", "days"), [("1296000", 15), ("86400.0", 1), ("0", 0), ("-86400", -1)]
)
def test_a_moved_clock_is_ahead_by_the_parameters_seconds(
    ssm: Any, seconds: str, days: int
) -> None:
    move(ssm, seconds)

    clock = ShiftedClock(ssm, OFFSET)

    assert clock.now().tzinfo is UTC
    assert abs(ahead(clock) - timedelta(days=days)) < SECOND


def test_a_clock_that_is_moved_again_is_noticed_after_a_second_and_not_asked_for_each_time(
    ssm: Any,
) -> None:
    stopwatch = Stopwatch()
    clock = ShiftedClock(ssm, OFFSET, stopwatch)
    clock.now()
    move(ssm, "86400")

    stopwatch.seconds += 0.9
    assert abs(ahead(clock)) < SECOND
    stopwatch.seconds += 0.1
    assert abs(ahead(clock) - timedelta(days=1)) < SECOND


def test_the_fake_clock_stands_still_and_only_goes_forwards() -> None:
    clock = FakeClock()

    assert clock.now() == clock.now() == START
    assert clock.advance(SECOND) == clock.now() == START + SECOND
    assert clock.advance_to(START + 2 * SECOND) == START + 2 * SECOND
    with pytest.raises(ValueError, match="backwards"):
        clock.advance(-SECOND)
