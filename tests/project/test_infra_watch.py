"""The alarms on refusals count the lines that the application really writes."""

from __future__ import annotations

import logging
import re
from typing import Any

import pytest

from chalicelib.domain.links import Why
from chalicelib.services.open_link import warn
from infra.stack_files import resources
from tests.builders import a_token

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


def test_another_line_is_not_counted() -> None:
    assert not counts("Refusals", "[INFO]\tcase 545kl: an answer was stored")


def test_a_pattern_of_several_phrases_finds_any_of_them() -> None:
    assert pattern("RefusedCodes").count('?"') == pattern("RefusedCodes").count('"') // 2 == 3


@pytest.mark.parametrize("metric", ["Refusals", "RefusedCodes"])
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
