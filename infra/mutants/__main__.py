"""`python -m infra.mutants`: try the mutants of the domain, and say how many the tests kill and which survive.

Status 0 when every mutant has been tried and the score is not under `--must`, 3 when the time was out before (call it
again), 1 when the tests fail without a mutant or the score is too low.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import signal
import sys
import time
from collections.abc import Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import Final

import pytest

from infra.mutants.making import DOMAIN, Mutated, import_in_place, make
from infra.mutants.record import Record, report
from infra.mutants.trying import Trials
from infra.terminal import complain, say, step

TESTS: Final = ("tests/unit",)
# The domain is held by tests of its own, which are quick.
NOT: Final = ("tests/unit/services",)
# Those in which decisions are made come first, so that a run that is cut has tried what matters most.
FIRST: Final = (
    *("plan", "chase", "asking", "deadlines", "links", "delivery", "answers", "pause", "handover"),
    *("news", "own_clock", "working_days", "deidentify", "transaction", "events", "reference"),
    *("text", "form"),
)
# What the tests here can depend on: a change of any of it may change what they say.
TESTED: Final = ("chalicelib", "infra", "templates", "tests/data", "tests/unit")
APART: Final = (*NOT, DOMAIN.as_posix(), "infra/mutants")


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    started = time.monotonic()
    # mutmut reads its settings from the folder in which it is called, which is the repository's.
    root = Path.cwd()
    folder = root / os.environ.get("LOCAL_DIR", ".local") / "mutants"
    with step("making the mutants") as details:
        modules = sorted(make(root, folder / "code"), key=_rank)
        chosen = [m for m in modules if not options.only or _named(m, options.only)]
        wanted = [mutant for module in chosen for mutant in module.mutants]
        details.append(f"{sum(len(m.names) for m in modules)} mutants")
    import_in_place(modules, root)
    # Whoever ends it from outside finds it as after Ctrl-C: what was tried is kept.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    record = Record(folder / "outcomes.json", modules)
    trials = Trials(
        modules=modules,
        wanted=wanted,
        record=record,
        called_file=folder / "called.json",
        digest=_digest(root),
        until=started + 60 * options.minutes,
        workers=options.workers,
        tell=_Progress(),
    )
    ended = pytest.main(
        [*TESTS, *(f"--ignore={path}" for path in NOT), "-q", "-p", "no:cacheprovider"],
        plugins=[trials],
    )
    if ended == pytest.ExitCode.INTERRUPTED:
        complain("Stopped. Run it again: it goes on from here.")
        return 3
    if trials.failure or ended not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        complain(trials.failure or "The tests could not be run.")
        return 1
    result = report(chosen, record.outcomes, root)
    text = "\n".join(result.lines()) + "\n"
    (folder / "report.txt").write_text(text)
    say(text)
    minutes = (time.monotonic() - started) / 60
    say(f"{result.score:.1f} % of {result.tried} mutants are dead, after {minutes:.1f} minutes.")
    say(f"The list is in {(folder / 'report.txt').relative_to(root)}.")
    if trials.cut:
        complain(f"{result.left} mutants are left. Run it again: it goes on from here.")
        return 3
    if result.score < options.must:
        complain(f"That is less than {options.must} %.")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m infra.mutants", description="Try the mutants of the domain."
    )
    parser.add_argument("--minutes", type=float, default=20, help="stop after so long (20)")
    parser.add_argument("--must", type=float, default=0, metavar="PERCENT", help="the least score")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 2, help="at a time")
    parser.add_argument("only", nargs="*", help="modules, such as plan or 'name_*' (all)")
    return parser


def _named(module: Mutated, patterns: Sequence[str]) -> bool:
    return any(fnmatch(Path(module.path).stem, pattern) for pattern in patterns)


def _rank(module: Mutated) -> tuple[int, str]:
    name = Path(module.path).stem
    return FIRST.index(name) if name in FIRST else len(FIRST), name


def _digest(root: Path) -> str:
    """Changes with everything that a test can see, except the domain, whose changes are told by module, and the trying itself."""
    digest = hashlib.sha256()
    files = {path for folder in TESTED for path in (root / folder).rglob("*")}
    for path in sorted(files.union((root / "tests").glob("*"))):
        place = path.relative_to(root).as_posix()
        if path.is_file() and "__pycache__" not in path.parts and not place.startswith(APART):
            digest.update(f"{place}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()


class _Progress:
    """Says once a minute how far it is."""

    def __init__(self) -> None:
        self._said = time.monotonic()

    def __call__(self, done: int, left: int) -> None:
        if time.monotonic() - self._said > 60:
            self._said = time.monotonic()
            say(f"  {done} tried, {left} left")


if __name__ == "__main__":
    sys.exit(main())
