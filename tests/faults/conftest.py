"""Says at the end what the state machines have been through."""

from __future__ import annotations

import pytest

from tests.faults.machine import Sluice
from tests.faults.whole import Default, Skaraborg


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for name, seen in (
        ("faults", Sluice.seen),
        ("faults, the default process", Default.seen),
        ("faults, Skaraborg's process", Skaraborg.seen),
    ):
        if seen:
            told = ", ".join(f"{count} {what}" for what, count in sorted(seen.items()))
            terminalreporter.write_line(f"{name}: {told}")
