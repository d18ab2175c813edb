"""The releases whose own code is kept, unpacked and run beside today's, each in a process and a folder of its own.

`tests/data/<release>/code.tar.gz` was made from the commit that git has put into it, so no history is needed to run it:

    git archive --format=tar 30f14d5e chalicelib templates tests/__init__.py tests/{builders,fakes,small_process,world}.py \
        ':!*.po' ':!*.pot' | gzip -9n > tests/data/release-0/code.tar.gz
    git archive --format=tar 345d393 chalicelib templates infra/__init__.py infra/memory.py \
        tests/__init__.py tests/{builders,fakes,small_process,traces,world}.py \
        ':!*.po' ':!*.pot' | gzip -9n > tests/data/release-1/code.tar.gz

It runs on the libraries of today: what is tried is our code.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chalicelib.adapters.records import from_item

DATA = Path(__file__).resolve().parent.parent / "data"
SCRIPTS = ("write_release.py", "write_newer.py", "read_release.py")
SECONDS = 120

Left = dict[str, Any]
"""What somebody leaves behind, as `tests/data/write_release.py` writes it down."""


@dataclass(frozen=True)
class Release:
    name: str
    tree: Path

    def leaves(self, stage: str) -> Left:
        """What this release leaves behind of a stage that it has set up: `release`, or `newer`."""
        return dict(json.loads(self.run("-m", f"tests.data.write_{stage}").stdout))

    def works_on(self, left: Left, how_long: str) -> Left:
        """What this release leaves of what was left, when it has worked on it `to-the-end` or for `a-day`."""
        done = self.run("-m", "tests.data.read_release", how_long, given=json.dumps(left))
        return dict(json.loads(done.stdout))

    def run(self, *arguments: str, given: str = "", fails: bool = False) -> Any:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.tree,
            input=given,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert bool(done.returncode) is fails, done.stderr[-2000:]
        return done


def unpack(name: str, folder: Path) -> Release:
    """The code of a release, with today's scripts that set up a stage and take one over."""
    tree = folder / name
    with tarfile.open(DATA / name / "code.tar.gz") as kept:
        kept.extractall(tree, filter="data")
    into = tree / "tests" / "data"
    into.mkdir()
    for script in SCRIPTS:
        shutil.copy(DATA / script, into)
    return Release(name, tree)


def changed_in_place(left: Left, by: Left) -> Left:
    """What `by` has left of `left`, as DynamoDB has it: a change sets the attributes that its code knows, and leaves the others."""
    tables = {}
    for table, items in by["tables"].items():
        before = {key(item): item for item in left["tables"].get(table, ())}
        tables[table] = [
            unknown_to(by["attributes"], table, before.get(key(item), {})) | item for item in items
        ]
    return {**by, "tables": tables}


def unknown_to(
    attributes: Mapping[str, Mapping[str, bool]], table: str, item: Mapping[str, Any]
) -> dict[str, Any]:
    known = attributes.get(type(from_item(table, dict(item))).__name__, {}) if item else {}
    return {name: value for name, value in item.items() if name not in known}


def key(item: Mapping[str, Any]) -> tuple[str, str | None]:
    return item["pk"]["S"], item["sk"]["S"] if "sk" in item else None


def rows(left: Left) -> Iterator[tuple[str, dict[str, Any]]]:
    return ((table, item) for table, items in left["tables"].items() for item in items)
