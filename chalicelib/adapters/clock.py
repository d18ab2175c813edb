"""The stage's time: `ports.Clock`. The only places in chalicelib that read a clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

CACHED_SECONDS = 1.0


class SystemClock:
    """Keeps `ports.Clock` with the machine's own time."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class ShiftedClock:
    """Keeps `ports.Clock` with the machine's time moved on by an SSM parameter of seconds; the local stage only.

    A moved clock is seen within a second. A parameter that does not exist means that nobody has moved it.
    """

    def __init__(
        self,
        client: Any,
        parameter: str,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._parameter = parameter
        self._monotonic = monotonic
        self._offset = timedelta(0)
        self._asked_at: float | None = None

    def now(self) -> datetime:
        moment = self._monotonic()
        if self._asked_at is None or moment - self._asked_at >= CACHED_SECONDS:
            self._offset = self._ask()
            self._asked_at = moment
        return datetime.now(UTC) + self._offset

    def _ask(self) -> timedelta:
        try:
            answer = self._client.get_parameter(Name=self._parameter)
        except self._client.exceptions.ParameterNotFound:
            return timedelta(0)
        return timedelta(seconds=float(answer["Parameter"]["Value"]))
