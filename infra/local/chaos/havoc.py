"""Does the harm: kills processes of functions, and stops and starts the cloud, at moments that the dice choose.

A function's process gets SIGKILL, in the middle of whatever it does. The cloud is ended in order and started again: it then
keeps what it knew, as AWS would, while everybody gets no answer for some seconds and every function starts anew.
"""

from __future__ import annotations

import itertools
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final

from infra import names
from infra.local.processes import Process
from infra.local.stage import LocalStage
from infra.names import Stage
from infra.terminal import Stop

LONGEST_PAUSE_SECONDS: Final = 20.0
STOP_PATIENCE_SECONDS: Final = 300.0
ANY_MOMENT_SECONDS: Final = 0.5
_OWNER: Final = b"AWS_LAMBDA_FUNCTION_NAME="
_SHORT: Final = {function.deployed_name(Stage.LOCAL): function.name for function in names.FUNCTIONS}


def function_processes(cloud: Process) -> list[tuple[str, Process]]:
    """The processes in which the cloud runs functions at the moment, each with the name of its function, by process id."""
    found = []
    for folder in sorted(Path("/proc").glob("[0-9]*"), key=lambda path: int(path.name)):
        try:
            parent = folder.joinpath("stat").read_text().rpartition(")")[2].split()[1]
            if int(parent) != cloud.pid:
                continue
            variables = folder.joinpath("environ").read_bytes().split(b"\0")
        except OSError:
            continue
        names_ = [
            value.removeprefix(_OWNER).decode() for value in variables if value.startswith(_OWNER)
        ]
        if names_ and names_[0] in _SHORT:
            found.append((_SHORT[names_[0]], Process.of(int(folder.name))))
    return found


class Havoc:
    """Harm to one stage: a process is killed for each `every` things that happen on average, and each time of `restart_after` the
    cloud is stopped and started instead. `done` counts kills by function, and restarts."""

    def __init__(self, stage: LocalStage, seed: int, every: int, restart_after: int) -> None:
        self.done: Counter[str] = Counter()
        self._stage = stage
        self._dice = random.Random(seed)  # noqa: S311 - dice that fall alike for the same seed.
        self._every = every
        self._restart_after = restart_after
        self._turn = itertools.count(1)

    def rage(self, over: Callable[[], bool], happened: Callable[[], int]) -> None:
        """Does harm until it is over, each time that some more has happened, as `happened` counts it, so that a slow machine is not
        harmed faster than it works. Call it in the main thread: the cloud ends with the thread that started it."""
        while not over():
            self._wait(over, happened)
            if next(self._turn) % self._restart_after:
                self.kill_a_function()
            else:
                self.restart_the_cloud()

    def _wait(self, over: Callable[[], bool], happened: Callable[[], int]) -> None:
        """Until as much has happened as the dice say, or nothing for long; and then any moment."""
        enough = happened() + self._dice.expovariate(1 / self._every)
        end = time.monotonic() + LONGEST_PAUSE_SECONDS
        while happened() < enough and time.monotonic() < end and not over():
            time.sleep(0.05)
        time.sleep(self._dice.uniform(0, ANY_MOMENT_SECONDS))

    def kill_a_function(self) -> None:
        """Kill one process of a function, each function as likely as the other. Nothing when none runs."""
        cloud = self._stage.cloud.process
        running = function_processes(cloud) if cloud else []
        if not running:
            return
        name = self._dice.choice(sorted({name for name, _ in running}))
        victim = self._dice.choice([process for owner, process in running if owner == name])
        if victim.alive():
            os.kill(victim.pid, signal.SIGKILL)
            self.done[name] += 1

    def restart_the_cloud(self) -> None:
        """Raises Stop when it does not end by itself: what it had not written is then its loss, and says nothing of ours."""
        if not self._stage.cloud.stop(patience=STOP_PATIENCE_SECONDS):
            raise Stop(
                "The cloud was too slow to be stopped in order: run it again on a quieter machine."
            )
        self._stage.start_cloud()
        self.done["restarts"] += 1
