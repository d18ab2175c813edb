"""SES's view of the account that the emulator plays: how much it may send, whether it may, and which addresses it has suppressed.

Kept as one JSON file, read anew at each mail, so that anybody who runs the stage can change a quota while it runs:
`{"MaxSendRate": 1, "Max24HourSend": 200}`. SendingEnabled, which the account's owner changes, is changed through
SES's own API as well; `{"EnforcementStatus": "SHUTDOWN"}` is AWS's own pause, of which SES speaks in other words. Knows nothing of HTTP.
"""

import json
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from infra.local.mail_events import is_simulated

DAY: Final = 24 * 3600.0
GENEROUS: Final = {
    "MaxSendRate": 200.0,
    "Max24HourSend": 1_000_000.0,
    "SendingEnabled": True,
    "EnforcementStatus": "HEALTHY",
}
SWITCHED_OFF: Final = (
    "Sending paused for this account. For more information, please check the inbox of the email address associated with your AWS"
    " account."
)

Refusal = tuple[int, str, str]
"""Status, code and message of an answer that is no."""


class SesAccount:
    """Counts what is sent, and refuses what SES would. Safe in many threads."""

    def __init__(self, file: Path, now: Callable[[], float] = time.monotonic) -> None:
        self._file = file
        self._now = now
        self._second: deque[float] = deque()
        self._day: deque[float] = deque()
        self._lock = threading.Lock()

    def settings(self) -> dict[str, Any]:
        try:
            return GENEROUS | json.loads(self._file.read_text())
        except FileNotFoundError:
            return dict(GENEROUS)

    def change(self, **settings: Any) -> None:
        with self._lock:
            partial = self._file.with_suffix(".partial")
            partial.write_text(json.dumps(self.settings() | settings))
            partial.rename(self._file)

    def sent_in_a_day(self) -> int:
        with self._lock:
            _forget(self._day, self._now() - DAY)
            return len(self._day)

    def refuse(self, recipients: Sequence[str]) -> Refusal | None:
        """What SES answers to a mail that the account may not send now; None when it may, and then it is counted. Mail to the simulator
        counts for the second only.

        https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas-errors.html
        """
        settings, now = self.settings(), self._now()
        counted = [recipient for recipient in recipients if not is_simulated(recipient)]
        with self._lock:
            _forget(self._second, now - 1)
            _forget(self._day, now - DAY)
            if settings["EnforcementStatus"] == "SHUTDOWN":
                return 400, "MessageRejected", SWITCHED_OFF
            if not settings["SendingEnabled"]:
                return 400, "SendingPausedException", "Sending is paused for this account."
            if counted and len(self._day) >= settings["Max24HourSend"]:
                return 429, "TooManyRequestsException", "Daily message quota exceeded."
            if len(self._second) >= settings["MaxSendRate"]:
                return 429, "TooManyRequestsException", "Maximum sending rate exceeded."
            self._second.extend([now] * len(recipients))
            self._day.extend([now] * len(counted))
        return None

    def quota(self) -> dict[str, float]:
        settings = self.settings()
        return {
            "MaxSendRate": settings["MaxSendRate"],
            "Max24HourSend": settings["Max24HourSend"],
            "SentLast24Hours": float(self.sent_in_a_day()),
        }

    def suppressed(self) -> list[str]:
        found: list[str] = self.settings().get("Suppressed", [])
        return found


def _forget(times: deque[float], before: float) -> None:
    while times and times[0] <= before:
        times.popleft()
