"""Closing and opening a stage's pages changes one variable of one function, and leaves the others as they are."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chalicelib.settings import Settings
from infra import maintenance, names
from infra.aws import Cloud
from infra.names import Stage
from infra.terminal import Stop

NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
UNTIL = datetime(2026, 12, 1, 13, 0, tzinfo=UTC)
STOCKHOLM = ZoneInfo("Europe/Stockholm")


class Functions:
    """A session whose Lambda has one function: the web's, with these variables."""

    def __init__(self) -> None:
        self.variables = {"STAGE": "dev", "OTHER": "kept"}

    def client(self, service: str, **_: Any) -> Functions:
        assert service == "lambda"
        return self

    def get_function_configuration(self, FunctionName: str) -> dict[str, Any]:  # noqa: N803
        assert FunctionName == names.BY_NAME["web"].deployed_name(Stage.DEV)
        return {"Environment": {"Variables": dict(self.variables)}}

    def update_function_configuration(
        self,
        FunctionName: str,  # noqa: N803
        Environment: dict[str, dict[str, str]],  # noqa: N803
    ) -> None:
        assert FunctionName == names.BY_NAME["web"].deployed_name(Stage.DEV)
        self.variables = Environment["Variables"]


def test_a_closed_stage_is_told_until_when_and_how_to_open_it() -> None:
    functions = Functions()
    said = maintenance.close(Cloud(Stage.DEV, "eu-north-1", None, functions), UNTIL, NOW)
    told = Settings.from_env(functions.variables | {"AWS_REGION": "eu-north-1"})
    assert told.closed_until == UNTIL
    assert functions.variables["OTHER"] == "kept"
    assert "site open --stage dev" in said


def test_an_opened_stage_has_its_variables_as_before_and_opening_twice_is_opening() -> None:
    functions = Functions()
    cloud = Cloud(Stage.DEV, "eu-north-1", None, functions)
    maintenance.close(cloud, UNTIL, NOW)
    maintenance.open_again(cloud)
    maintenance.open_again(cloud)
    assert functions.variables == {"STAGE": "dev", "OTHER": "kept"}


def test_a_stage_is_not_closed_until_a_time_that_has_passed() -> None:
    functions = Functions()
    with pytest.raises(Stop, match="has passed"):
        maintenance.close(Cloud(Stage.DEV, "eu-north-1", None, functions), NOW, NOW)
    assert functions.variables == {"STAGE": "dev", "OTHER": "kept"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("2026-12-01T14:00", UNTIL),
        ("2026-12-01 14:00", UNTIL),
        ("2026-12-01T13:00+00:00", UNTIL),
        ("2026-07-01T15:00", datetime(2026, 7, 1, 13, 0, tzinfo=UTC)),
    ],
)
def test_a_time_is_the_municipalitys_own_unless_it_says_otherwise(
    text: str, told: datetime
) -> None:
    assert maintenance.moment(text, STOCKHOLM) == told


def test_what_is_no_time_is_told_what_a_time_looks_like() -> None:
    with pytest.raises(Stop, match="2026-12-01T14:00"):
        maintenance.moment("klockan två", STOCKHOLM)
