"""Closes a stage's pages for maintenance, and opens them: `site close`, `site open`.

The switch is a variable of the web function alone, so that a page that is open asks nobody whether it is. The workers go on: what
was taken is worked on. Safe to repeat. A deploy opens the site, since it sets the function's variables anew.
"""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from infra import configuration, names
from infra.commands import command, group, needs_stage
from infra.terminal import Stop, say

if TYPE_CHECKING:
    from infra.aws import Cloud
    from infra.commands import Commands

VARIABLE: Final = "CLOSED_UNTIL"


def add_site(commands: Commands) -> None:
    site = group(
        commands, "site", "The pages as a whole: close them for maintenance, and open them."
    )
    closing = command(
        site,
        "close",
        _close,
        "Answer every page with 503 and when to come back; what somebody has just typed is kept on their page.",
    )
    closing.add_argument(
        "--until",
        required=True,
        metavar="TIME",
        help="when you think to open again, on the municipality's own clock: 2026-12-01T14:00",
    )
    opening = command(site, "open", _open, "Let the pages answer again. A deploy does it too.")
    for switch in (closing, opening):
        needs_stage(switch)


def _close(options: argparse.Namespace) -> None:
    from infra import aws

    zone = ZoneInfo(configuration.load().site.time_zone)
    say(close(aws.cloud(options.stage), moment(options.until, zone), datetime.now(UTC)))


def _open(options: argparse.Namespace) -> None:
    from infra import aws

    say(open_again(aws.cloud(options.stage)))


def moment(text: str, zone: ZoneInfo) -> datetime:
    """A local time in UTC. Raises Stop for what is none."""
    try:
        local = datetime.fromisoformat(text)
    except ValueError:
        raise Stop(f"{text!r} is no time: write day and time as 2026-12-01T14:00.") from None
    return (local if local.tzinfo is not None else local.replace(tzinfo=zone)).astimezone(UTC)


def close(cloud: Cloud, until: datetime, now: datetime) -> str:
    """Close the pages of a stage. Raises Stop when `until` has passed."""
    if until <= now:
        raise Stop(f"{until:%Y-%m-%d %H:%M} UTC has passed: say when you think to open again.")
    _set(cloud, until.isoformat())
    return (
        f"{cloud.stage} is closed, and says that it opens at {until:%Y-%m-%d %H:%M} UTC. It stays closed until"
        f" `python -m infra site open --stage {cloud.stage}` or a deploy."
    )


def open_again(cloud: Cloud) -> str:
    _set(cloud, None)
    return f"{cloud.stage} is open."


def _set(cloud: Cloud, value: str | None) -> None:
    client = cloud.client("lambda")
    function = names.BY_NAME["web"].deployed_name(cloud.stage)
    found = client.get_function_configuration(FunctionName=function)
    variables = {k: v for k, v in found["Environment"]["Variables"].items() if k != VARIABLE}
    if value is not None:
        variables[VARIABLE] = value
    client.update_function_configuration(
        FunctionName=function, Environment={"Variables": variables}
    )
