"""Runs the tests on mutants: pytest collects once, and each mutant is tried in a process forked from there.

A pytest plugin that stands in for the loop over the tests. First one child runs every test on the original and tells which
functions each calls; the parent itself runs none, so that nothing a test left behind (a cache, above all) hides a mutant.
Then a child for each mutant runs the tests that call its function, those first that killed its neighbours, until one fails.
"""

from __future__ import annotations

import gc
import json
import math
import os
import resource
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

from infra.mutants import making
from infra.mutants.making import RECORDING, Mutated, function_of
from infra.mutants.record import End, Outcome, Record

# Of processor time, which other programs on the machine do not change.
SECONDS_AT_LEAST: Final = 2
TIMES_LONGER: Final = 5
# Of the clock, for a test that waits for something. It is no outcome: a machine that was asleep ends a child so too.
SECONDS_AT_MOST: Final = 1200
MEMORY: Final = 3 * 1024**3
SAVE_EVERY: Final = 50


@dataclass(frozen=True)
class Called:
    """Seconds of each test, and for each function the tests that call it."""

    seconds: Mapping[str, float]
    tests: Mapping[str, Sequence[str]]


@dataclass
class Trial:
    mutant: str
    tests: Sequence[str]
    told: int


@dataclass(eq=False)
class Trials:
    """The plugin. `failure` is a sentence when the trying could not begin; `cut` when mutants are left, since time was out, or
    somebody ended a child."""

    modules: Sequence[Mutated]
    wanted: Sequence[str]
    record: Record
    called_file: Path
    digest: str
    until: float
    workers: int
    tell: Callable[[int, int], None]
    failure: str = ""
    cut: bool = False
    _items: dict[str, pytest.Item] = field(default_factory=dict)
    _failed: bool = False
    _killers: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def pytest_configure(self) -> None:
        # Pytest wants to see its plugins' packages imported first by itself.
        import hypothesis

        # The same examples in every run, and no search for a smaller one: a failure is enough.
        hypothesis.settings.register_profile(
            "mutants",
            derandomize=True,
            database=None,
            deadline=None,
            phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),
        )
        hypothesis.settings.load_profile("mutants")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if session.testsfailed:
            self.failure = "The tests cannot be collected."
            return True
        self._items = {item.nodeid: item for item in session.items}
        called = self._called(session)
        if called is None:
            self.failure = "The tests fail without a mutant: mend them first."
            return True
        self.record.load(self._items.keys(), self.digest)
        for mutant, outcome in self.record.outcomes.items():
            if outcome.end is End.KILLED:
                self._killers[function_of(mutant)].append(outcome.by)
        # Forked with a heap that the collector has not to walk, a child shares more of its memory and starts sooner.
        gc.freeze()
        try:
            self._try_all(session, called)
        finally:
            self.record.save()
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._failed = self._failed or report.failed

    def _called(self, session: pytest.Session) -> Called | None:
        """Which tests call which functions, from the last call when nothing has changed since."""
        if self.called_file.exists():
            kept = json.loads(self.called_file.read_text())
            if kept.get("of") == self._source():
                return Called(kept["seconds"], kept["tests"])
        child = os.fork()
        if child == 0:
            _in_child(session, self._record_calls)
        _, status = os.waitpid(child, 0)
        if os.waitstatus_to_exitcode(status) != 0:
            return None
        kept = json.loads(self.called_file.read_text())
        return Called(kept["seconds"], kept["tests"])

    def _source(self) -> list[str]:
        return [self.digest, *(module.digest for module in self.modules)]

    def _record_calls(self) -> int:
        making.use(RECORDING)
        making.take_recorded()
        seconds: dict[str, float] = {}
        tests: dict[str, list[str]] = defaultdict(list)
        items = list(self._items.values())
        for item, following in zip(items, [*items[1:], None], strict=True):
            before = time.process_time()
            self._run(item, following)
            if self._failed:
                print(item.nodeid, file=sys.__stderr__)
                return 1
            seconds[item.nodeid] = time.process_time() - before
            for function in making.take_recorded():
                tests[function].append(item.nodeid)
        kept = {"of": self._source(), "seconds": seconds, "tests": tests}
        self.called_file.write_text(json.dumps(kept))
        return 0

    def _try_all(self, session: pytest.Session, called: Called) -> None:
        waiting = [mutant for mutant in self.wanted if mutant not in self.record.outcomes]
        running: dict[int, Trial] = {}
        done = 0
        while waiting or running:
            while waiting and len(running) < self.workers:
                if time.monotonic() > self.until:
                    self.cut = True
                    waiting.clear()
                    break
                mutant = waiting.pop(0)
                tests = self._in_order(function_of(mutant), called)
                if tests:
                    pid, trial = self._start(session, mutant, tests, called)
                    running[pid] = trial
                else:
                    self.record.outcomes[mutant] = Outcome(End.UNTESTED)
            if running:
                pid, status = os.wait()
                self._end(running.pop(pid), status)
                done += 1
                self.tell(done, len(waiting) + len(running))
                if done % SAVE_EVERY == 0:
                    self.record.save()

    def _in_order(self, function: str, called: Called) -> Sequence[str]:
        """First the tests that killed neighbours, the latest first; then the quickest."""
        killers = list(dict.fromkeys(reversed(self._killers[function])))
        tests = called.tests.get(function, ())
        known = frozenset(tests)
        first = [test for test in killers if test in known]
        rest = sorted(known.difference(first), key=lambda test: (called.seconds[test], test))
        return first + rest

    def _start(
        self, session: pytest.Session, mutant: str, tests: Sequence[str], called: Called
    ) -> tuple[int, Trial]:
        estimate = sum(called.seconds[test] for test in tests)
        limit = math.ceil(SECONDS_AT_LEAST + TIMES_LONGER * estimate)
        hear, tell = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(hear)
            _in_child(session, lambda: self._try(mutant, tests, tell, limit))
        os.close(tell)
        return child, Trial(mutant, tests, hear)

    def _try(self, mutant: str, tests: Sequence[str], tell: int, seconds: int) -> int:
        """0 when every test passes. Tells the number of each test before it runs."""
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        signal.alarm(SECONDS_AT_MOST)
        making.use(mutant)
        items = [self._items[test] for test in tests]
        for number, item in enumerate(items):
            os.write(tell, number.to_bytes(2, "big"))
            self._run(item, items[number + 1] if number + 1 < len(items) else None)
            if self._failed:
                return 1
        return 0

    def _run(self, item: pytest.Item, following: pytest.Item | None) -> None:
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)

    def _end(self, trial: Trial, status: int) -> None:
        with os.fdopen(trial.told, "rb") as told:
            last = told.read()[-2:]
        test = trial.tests[int.from_bytes(last, "big")] if last else ""
        match os.waitstatus_to_exitcode(status):
            case 0:
                outcome = Outcome(End.SURVIVED)
            case 1:
                outcome = Outcome(End.KILLED, test)
                self._killers[function_of(trial.mutant)].append(test)
            case ended if ended == -signal.SIGXCPU:
                outcome = Outcome(End.TIMEOUT, test)
            case _:
                # Somebody ended the child, or the trying itself failed: no test has said anything of this mutant.
                self.cut = True
                return
        self.record.outcomes[trial.mutant] = outcome


def _in_child(session: pytest.Session, run: Callable[[], int]) -> None:
    """Run and end this process, silently and without what Python does at its end: that is the parent's."""
    status = 2
    try:
        session.config.pluginmanager.unregister(name="terminalreporter")
        status = run()
    finally:
        os._exit(status)
