"""What came of each mutant, kept from one call to the next, and told as a score and a list of survivors.

Owns when an outcome still holds: none of a module that has changed since; a kill as long as the test that did it is there;
a survival as long as no test has changed.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from infra.mutants.making import Change, Mutated, change


class End(StrEnum):
    KILLED = "killed"
    TIMEOUT = "out of time"
    SURVIVED = "survived"
    UNTESTED = "no test calls it"


DEAD = (End.KILLED, End.TIMEOUT)


@dataclass(frozen=True)
class Outcome:
    """`by` is the test that failed, or ran when time was out."""

    end: End
    by: str = ""


class Record:
    """The outcomes so far, by mutant."""

    def __init__(self, file: Path, modules: Sequence[Mutated]) -> None:
        self._file = file
        self._modules = modules
        self.outcomes: dict[str, Outcome] = {}

    def load(self, tests: Collection[str], tests_digest: str) -> None:
        """Take over what still holds. `tests` are those that there are now, `tests_digest` changes when any of them does."""
        if not self._file.exists():
            self._tests_digest = tests_digest
            return
        found = json.loads(self._file.read_text())
        same_tests = found["tests"] == tests_digest
        there = frozenset(tests)
        for module in self._modules:
            if found["modules"].get(module.module) != module.digest:
                continue
            for mutant in module.mutants:
                end, by = found["outcomes"].get(mutant, (None, ""))
                if end is not None and (same_tests or (End(end) in DEAD and by in there)):
                    self.outcomes[mutant] = Outcome(End(end), by)
        self._tests_digest = tests_digest

    def save(self) -> None:
        kept = {
            "tests": self._tests_digest,
            "modules": {module.module: module.digest for module in self._modules},
            "outcomes": {mutant: (o.end.value, o.by) for mutant, o in self.outcomes.items()},
        }
        # A call that is cut while it writes must not lose what the calls before it found.
        new = self._file.with_suffix(".new")
        new.write_text(json.dumps(kept))
        new.replace(self._file)


@dataclass(frozen=True)
class Report:
    """`left` counts the mutants that have not been tried yet."""

    ends: Mapping[str, Counter[End]]
    survivors: tuple[tuple[Change, End], ...]
    left: int

    @property
    def tried(self) -> int:
        return sum(ends.total() for ends in self.ends.values())

    @property
    def score(self) -> float:
        """Per cent of the tried that are dead. Survivors that no test could kill count against it like any other."""
        dead = sum(ends[end] for ends in self.ends.values() for end in DEAD)
        return 100 * dead / self.tried if self.tried else 0.0

    def lines(self) -> Iterable[str]:
        yield f"{'':<36}{'mutants':>8}{'dead':>8}{'alive':>8}{'untested':>10}{'score':>9}"
        for path, ends in sorted(self.ends.items()):
            yield _line(path, ends)
        yield _line("all", sum(self.ends.values(), Counter[End]()))
        for survivor, end in self.survivors:
            note = "" if end is End.SURVIVED else f"  ({end})"
            yield ""
            yield f"{survivor.path}:{survivor.line} in {survivor.function}{note}"
            yield f"  - {survivor.was}"
            yield f"  + {survivor.is_}"


def _line(name: str, ends: Counter[End]) -> str:
    dead = sum(ends[end] for end in DEAD)
    score = f"{100 * dead / ends.total():.1f} %" if ends else ""
    return f"{name:<36}{ends.total():>8}{dead:>8}{ends[End.SURVIVED]:>8}{ends[End.UNTESTED]:>10}{score:>9}"


def report(modules: Sequence[Mutated], outcomes: Mapping[str, Outcome], root: Path) -> Report:
    ends: dict[str, Counter[End]] = {}
    survivors: list[tuple[Change, End]] = []
    left = 0
    for module in modules:
        tried = {mutant: outcomes[mutant] for mutant in module.mutants if mutant in outcomes}
        left += len(module.mutants) - len(tried)
        if tried:
            ends[module.path] = Counter(outcome.end for outcome in tried.values())
        survivors += [
            (change(module, root, mutant), outcome.end)
            for mutant, outcome in tried.items()
            if outcome.end not in DEAD
        ]
    survivors.sort(key=lambda pair: (pair[0].path, pair[0].line))
    return Report(ends, tuple(survivors), left)
