"""`make stop` ends the processes that were started, and never another that was given the same number."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.processes import Process, remember, remembered

SLEEPER = "import time; time.sleep(60)"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(60)"


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", SLEEPER]) as process:
        yield process
        process.kill()


def test_a_running_process_is_alive(sleeper: subprocess.Popen[bytes]) -> None:
    assert Process.of(sleeper.pid).alive()


def test_a_process_that_has_ended_is_not(sleeper: subprocess.Popen[bytes]) -> None:
    process = Process.of(sleeper.pid)
    sleeper.kill()
    sleeper.wait()
    assert not process.alive()


def test_one_that_waits_to_be_reaped_has_ended(sleeper: subprocess.Popen[bytes]) -> None:
    process = Process.of(sleeper.pid)
    assert process.end(5)
    assert not process.alive()


def test_another_process_under_the_same_number_is_left_alone(
    sleeper: subprocess.Popen[bytes],
) -> None:
    earlier = Process(sleeper.pid, "1")
    earlier.end(0.1)
    assert sleeper.poll() is None


def test_one_that_does_not_listen_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", DEAF], stdout=subprocess.PIPE) as deaf:
        assert deaf.stdout is not None
        deaf.stdout.readline()
        assert not Process.of(deaf.pid).end(0.2)
        assert deaf.wait(5) == -9


def test_only_those_alive_are_remembered(tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
    alive = Process.of(sleeper.pid)
    remember(tmp_path / "list.json", [Process(sleeper.pid, "1"), alive])
    assert remembered(tmp_path / "list.json") == [alive]


def test_nothing_is_remembered_where_nothing_was_started(tmp_path: Path) -> None:
    assert remembered(tmp_path / "list.json") == []
