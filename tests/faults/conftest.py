"""Says at the end what the state machine has been through."""

from __future__ import annotations

import pytest

from tests.faults.machine import SEEN


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if SEEN:
        told = ", ".join(f"{count} {name}" for name, count in sorted(SEEN.items()))
        terminalreporter.write_line(f"faults: {told}")
