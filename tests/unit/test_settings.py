"""What the environment must say, and the names that follow from it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from chalicelib.settings import BadSettings, Settings
from infra import names
from infra.names import Stage

WHOLE = {"STAGE": "dev", "AWS_REGION": "eu-north-1"}


def test_a_stage_and_a_region_are_enough() -> None:
    assert Settings.from_env(WHOLE) == Settings("dev", "eu-north-1", None)


def test_the_default_region_counts_when_lambda_gives_none() -> None:
    environ = {"STAGE": "dev", "AWS_REGION": "", "AWS_DEFAULT_REGION": "eu-west-1"}

    assert Settings.from_env(environ).region == "eu-west-1"


def test_the_local_stages_clock_can_be_moved() -> None:
    environ = {**WHOLE, "STAGE": "local", "CLOCK_PARAMETER": "/idesluss/local/clock-offset"}

    assert Settings.from_env(environ).clock_parameter == "/idesluss/local/clock-offset"


def test_an_empty_clock_parameter_is_none() -> None:
    assert Settings.from_env({**WHOLE, "CLOCK_PARAMETER": ""}).clock_parameter is None


@pytest.mark.parametrize("stage", ["local", "dev", "prod"])
def test_every_stage_can_be_closed_until_a_time(stage: str) -> None:
    environ = {**WHOLE, "STAGE": stage, "CLOSED_UNTIL": "2026-12-01T13:00:00+00:00"}

    assert Settings.from_env(environ).closed_until == datetime(2026, 12, 1, 13, tzinfo=UTC)


def test_a_site_is_open_that_nobody_closed() -> None:
    assert Settings.from_env({**WHOLE, "CLOSED_UNTIL": ""}).closed_until is None


@pytest.mark.parametrize(
    ("environ", "faults"),
    [
        ({}, ["STAGE is ''", "AWS_REGION is ''"]),
        ({**WHOLE, "STAGE": "test"}, ["STAGE is 'test'; it must be one of local, dev, prod"]),
        ({**WHOLE, "AWS_REGION": "Sweden"}, ["AWS_REGION is 'Sweden'"]),
        ({**WHOLE, "CLOCK_PARAMETER": "/x"}, ["CLOCK_PARAMETER is set; only the local stage's"]),
        (
            {**WHOLE, "STAGE": "local", "CLOCK_PARAMETER": "x"},
            ["CLOCK_PARAMETER is 'x'; it must begin with a slash"],
        ),
        ({**WHOLE, "CLOSED_UNTIL": "soon"}, ["CLOSED_UNTIL is 'soon'; it must be a time"]),
        ({**WHOLE, "CLOSED_UNTIL": "2026-12-01T14:00"}, ["CLOSED_UNTIL is '2026-12-01T14:00'"]),
        (
            {"STAGE": "live", "AWS_REGION": "1", "CLOCK_PARAMETER": "/x"},
            ["STAGE is 'live'", "AWS_REGION is '1'", "CLOCK_PARAMETER is set"],
        ),
    ],
)
def test_everything_that_is_wrong_is_told_at_once(
    environ: dict[str, str], faults: list[str]
) -> None:
    with pytest.raises(BadSettings) as refused:
        Settings.from_env(environ)

    lines = str(refused.value).splitlines()
    assert len(lines) == len(faults)
    assert all(line.startswith(fault) for line, fault in zip(lines, faults, strict=True))


@pytest.mark.parametrize("stage", list(Stage))
def test_names_are_those_that_infra_deploys(stage: Stage) -> None:
    settings = Settings(stage.value, "eu-north-1")

    assert vars(settings.tables) == {
        table: names.table_name(stage, table) for table in names.TABLES
    }
    assert settings.queues.evaluate == names.queue_name(stage, "evaluate")
    assert settings.queues.mail == names.queue_name(stage, "mail")
    assert settings.secret_parameter == names.secret_parameter(stage)
    assert settings.site_url_parameter == names.site_url_parameter(stage)
    assert settings.configuration_set == f"idesluss-{stage}"
