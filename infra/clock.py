"""Moves the local stage's clock, so that reminders, deadlines and digests can be seen without waiting for them.

No other stage has a clock that can be moved: there, time belongs to the people who wait. The clock is one SSM parameter,
the seconds it is ahead; the deployed functions read it.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Final

from infra import names
from infra.aws import Cloud
from infra.deploy import store, stored
from infra.names import Stage
from infra.terminal import Stop

_UNITS: Final = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_SPAN: Final = re.compile(r"(?:\d+[dhms])+")


def span(text: str) -> timedelta:
    """`15d`, `3h`, `20m` or several after each other, as in `1d12h`. Raises Stop for anything else, and for nothing at all."""
    if not _SPAN.fullmatch(text):
        raise Stop(f"{text!r} is not a length of time: write for example 15d, 3h, 20m or 1d12h.")
    parts = {_UNITS[unit]: 0 for unit in _UNITS}
    for number, unit in re.findall(r"(\d+)([dhms])", text):
        parts[_UNITS[unit]] += int(number)
    length = timedelta(**parts)
    if not length:
        raise Stop("The clock would not move: give a length above zero.")
    return length


def require_local(stage: Stage) -> None:
    """Raises Stop for every stage but the local one."""
    if stage is not Stage.LOCAL:
        raise Stop(f"Only the local stage's clock can be moved; in {stage}, time is everybody's.")


def offset(cloud: Cloud) -> timedelta:
    """How far the stage's clock is ahead."""
    require_local(cloud.stage)
    return timedelta(seconds=int(stored(cloud, names.CLOCK_PARAMETER) or 0))


def now(cloud: Cloud) -> datetime:
    """The stage's time, in UTC."""
    return datetime.now(UTC) + offset(cloud)


def advance(cloud: Cloud, length: timedelta) -> datetime:
    """Move the clock forward and run the sweep at once, so that what fell due is acted on. Gives the stage's new time."""
    ahead = offset(cloud) + length
    store(cloud, names.CLOCK_PARAMETER, str(int(ahead.total_seconds())))
    run_sweep(cloud)
    return now(cloud)


def reset(cloud: Cloud) -> None:
    """Back to the time of this machine. What happened in the meantime stays, dated as it was."""
    require_local(cloud.stage)
    store(cloud, names.CLOCK_PARAMETER, "0")


def run_sweep(cloud: Cloud) -> None:
    """Run the deployed sweep now instead of within a minute. Raises Stop if it fails."""
    function = names.BY_NAME["sweep"].deployed_name(cloud.stage)
    answer = cloud.client("lambda").invoke(
        FunctionName=function, Payload=json.dumps(_scheduled_event(cloud))
    )
    if answer.get("FunctionError"):
        raise Stop(f"The sweep failed: {answer['Payload'].read().decode('utf-8', 'replace')[:500]}")


def _scheduled_event(cloud: Cloud) -> dict[str, object]:
    """https://docs.aws.amazon.com/eventbridge/latest/ref/events-structure.html"""
    return {
        "version": "0",
        "id": "00000000-0000-0000-0000-000000000000",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": cloud.account(),
        "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": cloud.region,
        "resources": [],
        "detail": {},
    }
