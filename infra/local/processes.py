"""Which processes a local stage started, so that `make stop` ends those and no other.

A process id alone is not enough: when its process has ended, the system gives it to another. So its start time is kept
with it, and a process counts only while both agree.
"""

import json
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Process:
    """A process that was started: its id, and when it started as the system tells it."""

    pid: int
    started: str

    @staticmethod
    def of(pid: int) -> "Process":
        """The process that has this id now."""
        return Process(pid, _start_time(pid))

    def alive(self) -> bool:
        return self.started != "" and _start_time(self.pid) == self.started

    def end(self, patience: float) -> bool:
        """Asks it to end, waits, and kills it after `patience` seconds. False when it had to be killed."""
        self._signal(signal.SIGTERM)
        deadline = time.monotonic() + patience
        while self.alive() and time.monotonic() < deadline:
            time.sleep(0.05)
        if not self.alive():
            return True
        self._signal(signal.SIGKILL)
        return False

    def _signal(self, number: signal.Signals) -> None:
        if self.alive():
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                # It ended between the look and the signal, which is what was wanted.
                return


def remember(path: Path, processes: Sequence[Process]) -> None:
    """Writes them down, in place of what was there."""
    path.write_text(json.dumps([asdict(process) for process in processes]))


def remembered(path: Path) -> list[Process]:
    """Those written down that are still alive, in the order in which they were written."""
    try:
        listed = json.loads(path.read_text())
    except FileNotFoundError:
        return []
    return [process for process in (Process(**entry) for entry in listed) if process.alive()]


def _start_time(pid: int) -> str:
    """Empty when there is no such process, or it has ended and only waits to be reaped."""
    stat = Path(f"/proc/{pid}/stat")
    if stat.parent.parent.joinpath("self").exists():
        try:
            # The name in parentheses may hold anything; state is the 3rd field and start time the 22nd.
            fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return ""
        return "" if fields[0] == "Z" else fields[19]
    asked = subprocess.run(
        ["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return asked.stdout.strip()
