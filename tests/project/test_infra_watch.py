"""The alarms on refusals and on the sweep count the lines that the application really writes."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.links import Why
from chalicelib.domain.suspicion import Suspicion
from chalicelib.domain.transaction import Operation
from chalicelib.services.open_link import warn
from chalicelib.services.ports import OpenCase, StoreUnavailable, Waiting
from chalicelib.services.sweep import BEHIND, sweep
from infra.stack_files import resources
from tests.builders import a_token
from tests.fakes import FakeStore
from tests.world import World, a_submission

CODES = {Why.WRONG_CODE, Why.TOO_MANY_CODES, Why.TOO_MANY_TRIES}
FILTERS = {
    str(found["MetricTransformations"][0]["MetricName"]): found
    for found in resources("watch", "AWS::Logs::MetricFilter")
}


def counts(metric: str, line: str) -> bool:
    """Whether a filter pattern of quoted phrases finds one of them in a line, as CloudWatch matches unstructured lines.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html"""
    return any(phrase in line for phrase in re.findall(r'\??"([^"]+)"', pattern(metric)))


def pattern(metric: str) -> str:
    return str(FILTERS[metric]["FilterPattern"])


def line_of(why: Why, caplog: pytest.LogCaptureFixture) -> str:
    caplog.clear()
    warn(why, a_token())
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    return f"[WARNING]\t2026-11-25T01:00:00.000Z\t11111111-2222\t{record.getMessage()}"


@pytest.mark.parametrize("why", list(Why))
def test_every_refusal_is_counted_and_refused_codes_by_themselves_too(
    why: Why, caplog: pytest.LogCaptureFixture
) -> None:
    line = line_of(why, caplog)
    assert counts("Refusals", line)
    assert counts("RefusedCodes", line) is (why in CODES)


@pytest.mark.parametrize("late", [True, False])
def test_a_sweep_that_runs_and_does_not_reach_everything_is_counted(
    late: bool, caplog: pytest.LogCaptureFixture
) -> None:
    world = World()
    world.submit()
    world.change_person("hanna", due_at=world.now, try_at=world.now)
    world.clock.advance(BEHIND + timedelta(seconds=1 if late else 0))
    caplog.clear()
    world.sweep()
    assert [counts("SweepBehind", line.getMessage()) for line in caplog.records].count(True) == (
        3 if late else 0
    )


class Broken(FakeStore):
    """Its every index, or its every write, fails."""

    def __init__(self, part: str) -> None:
        super().__init__()
        self.part = part

    def due(self, waiting: Waiting, before: datetime, limit: int) -> tuple[str, ...]:
        self._fail("due")
        return super().due(waiting, before, limit)

    def held(
        self, why: Suspicion, limit: int | None = None, *, newest: bool = False
    ) -> tuple[OpenCase, ...]:
        self._fail("held")
        return super().held(why, limit, newest=newest)

    def transact(self, operations: Sequence[Operation]) -> None:
        self._fail("transact")
        super().transact(operations)

    def _fail(self, part: str) -> None:
        if part == self.part:
            raise StoreUnavailable("InternalServerError")


@pytest.mark.parametrize("part", ["due", "held", "transact"])
def test_a_sweep_that_cannot_look_or_move_is_counted(
    part: str, caplog: pytest.LogCaptureFixture
) -> None:
    world = World()
    world.submit()
    store = Broken(part)
    store.take_over(world.store)
    caplog.clear()
    with suppress(StoreUnavailable):
        sweep(replace(world.deps, store=store))
    assert any(counts("SweepBehind", line.getMessage()) for line in caplog.records)


def test_the_alarm_goes_off_when_the_sweep_stays_behind() -> None:
    (alarm,) = [
        found
        for found in resources("watch", "AWS::CloudWatch::Alarm")
        if found["MetricName"] == "SweepBehind"
    ]
    assert FILTERS["SweepBehind"]["LogGroupName"] == "SweepLog"
    made: dict[str, Any] = FILTERS["SweepBehind"]["MetricTransformations"][0]
    assert alarm["Namespace"] == made["MetricNamespace"]
    assert (alarm["Statistic"], alarm["Period"], alarm["EvaluationPeriods"]) == ("Sum", 900, 1)
    assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
    assert 2 < alarm["Threshold"] <= 15
    assert alarm["AlarmActions"] == ["Alarms"]


def test_another_line_is_not_counted() -> None:
    assert not counts("Refusals", "[INFO]\tcase 545kl: an answer was stored")


def test_a_pattern_of_several_phrases_finds_any_of_them() -> None:
    assert pattern("RefusedCodes").count('?"') == pattern("RefusedCodes").count('"') // 2 == 3


@pytest.mark.parametrize("trapped", [True, False])
def test_an_idea_that_is_held_is_counted_and_another_is_not(
    trapped: bool, caplog: pytest.LogCaptureFixture
) -> None:
    world = World()
    with caplog.at_level(logging.INFO):
        world.send(a_submission(), trapped=trapped)
    found = [counts("HeldIdeas", line.getMessage()) for line in caplog.records]
    assert found.count(True) == int(trapped)


@pytest.mark.parametrize("metric", ["Refusals", "RefusedCodes", "HeldIdeas"])
def test_an_alarm_goes_off_at_an_unusual_number_within_an_hour(metric: str) -> None:
    (alarm,) = [
        found
        for found in resources("watch", "AWS::CloudWatch::Alarm")
        if found["MetricName"] == metric
    ]
    made: dict[str, Any] = FILTERS[metric]["MetricTransformations"][0]
    assert alarm["Namespace"] == made["MetricNamespace"]
    assert (alarm["Statistic"], alarm["Period"], alarm["EvaluationPeriods"]) == ("Sum", 3600, 1)
    assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
    assert 0 < alarm["Threshold"] <= 100
    assert alarm["AlarmActions"] == ["Alarms"]
    assert FILTERS[metric]["LogGroupName"] == "WebLog"
