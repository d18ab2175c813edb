"""Keeps the mail workers together under SES's rate without a word between them: `ports.Pace`.

At most `workers` mails are being sent at a time, since the queue's mapping allows no more. When each of them lasts for at least
workers / rate seconds from the moment before it goes to SES, no more than `rate` go out in a second, and nothing has to be
counted or written.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

SLOWEST = 1.0
"""Mails a second: what SES allows any account, and what is kept to where nobody has written down more
(https://docs.aws.amazon.com/ses/latest/dg/request-production-access.html)."""


class SesPace:
    """Keeps `ports.Pace`. The rate, mails a second, is the parameter that the deploy writes from SES's own answer. It is asked for
    once, after the first mail: asking SES itself would take a right on everything (ses:GetAccount knows no resource)."""

    def __init__(
        self,
        client: Any,
        parameter: str,
        workers: int,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._parameter = parameter
        self._workers = workers
        self._monotonic = monotonic
        self._sleep = sleep
        self._seconds: float | None = None

    @contextmanager
    def kept(self) -> Iterator[None]:
        began = self._monotonic()
        try:
            yield
        finally:
            left = self._seconds_each() - (self._monotonic() - began)
            if left > 0:
                self._sleep(left)

    def _seconds_each(self) -> float:
        if self._seconds is None:
            answer = self._client.get_parameters(Names=[self._parameter])
            rate = float(answer["Parameters"][0]["Value"]) if answer["Parameters"] else SLOWEST
            self._seconds = self._workers / max(rate, SLOWEST)
        return self._seconds
