"""What another process file would change, and for whom: the stage's open cases keep the process that they began with.

Compares processes as values, so that a comment or the order of keys makes no difference. Changes nothing.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infra import configuration, record
from infra.aws import Cloud
from infra.terminal import Stop

if TYPE_CHECKING:
    from chalicelib.domain.process import Process, Step
    from chalicelib.services.deps import Deps


def diff(cloud: Cloud, file: Path | None = None) -> str:
    """What new cases get with this tree's process (or the one in `file`), beside each process that the stage's open cases have."""
    return compared(
        record.deps(cloud), read(file) if file is not None else configuration.load().process
    )


def read(file: Path) -> Process:
    """The process in a file. Raises Stop with every mistake in it, or when there is no such file."""
    from chalicelib import config

    try:
        source = file.read_text(encoding="utf-8")
    except OSError as error:
        raise Stop(
            f"{file} cannot be read: {error.strerror}. Give the path of a process file."
        ) from None
    except UnicodeDecodeError:
        raise Stop(f"{file} is not UTF-8: save it as that.") from None
    try:
        process = config.read_process_text(source, "", file.name)
    except config.ConfigError as error:
        raise Stop(str(error)) from None
    named = replace(process, version=str(tomllib.loads(source)["version"]))
    return config.with_hash(named, source)


def compared(deps: Deps, new: Process) -> str:
    """The comparison in words: for each version that open cases have, how many and where they stand, and what is otherwise."""
    from chalicelib.domain.suspicion import Suspicion

    open_cases: Counter[str] = Counter()
    standing: dict[str, Counter[str]] = {}
    held = [case for why in Suspicion for case in deps.store.held(why)]
    for found in (*deps.store.open_cases(), *held):
        snapshot = deps.store.snapshot(found.case_id)
        if snapshot is not None and not snapshot.case.smoke:
            version = snapshot.case.process_version
            open_cases[version] += 1
            standing.setdefault(version, Counter())[snapshot.case.step] += 1
    lines = [f"New cases get the process {new.version}."]
    if not open_cases:
        lines.append("No case is open: nobody keeps another.")
    for version, count in sorted(open_cases.items()):
        cases = f"{count} open case{'s' if count != 1 else ''}"
        where = ", ".join(f"{n} in {step}" for step, n in sorted(standing[version].items()))
        if version == new.version:
            lines.append(f"{cases} ({where}) have the same process already.")
        elif not deps.archive.knows(version):
            lines.append(
                f"{cases} ({where}) began with {version}, which cannot be read: they are stuck."
            )
        else:
            lines.append(
                f"{cases} ({where}) keep the process {version}. For them it stays as before:"
            )
            changes = list(differences(deps.archive.of(version), new))
            lines += [f"  {change}" for change in changes] or [
                "  nothing that matters is otherwise."
            ]
    return "\n".join(lines)


def differences(old: Process, new: Process) -> Iterator[str]:
    """Each thing that is otherwise in the new process: `where: before → now`, a step or a question that is new or gone."""
    listed = ("steps", "roles", "closing_codes")
    # What is the sluice's own is no part of a municipality's file.
    own = ("own_steps", "own_codes")
    yield from _of_values("process", old, new, skip=("version", *listed, *own))
    yield from _of_lists("role", old.roles, new.roles)
    yield from _of_lists("closing code", old.closing_codes, new.closing_codes)
    before = {step.key: step for step in old.steps}
    now = {step.key: step for step in new.steps}
    for key in before.keys() - now.keys():
        yield f"step {key} is gone"
    for key, step in now.items():
        if key not in before:
            yield f"step {key} is new"
        else:
            yield from _of_steps(before[key], step)
    same = [key for key in before if key in now]
    if same != [key for key in now if key in before]:
        yield "the steps stand in another order"


def _of_steps(old: Step, new: Step) -> Iterator[str]:
    yield from _of_values(f"step {old.key}", old, new, skip=("key", "questions"))
    yield from _of_lists(f"step {old.key}, question", old.questions, new.questions)


def _of_lists(what: str, old: Sequence[Any], new: Sequence[Any]) -> Iterator[str]:
    before = {item.key: item for item in old}
    now = {item.key: item for item in new}
    for key in before:
        if key not in now:
            yield f"{what} {key} is gone"
    for key, item in now.items():
        if key not in before:
            yield f"{what} {key} is new"
        else:
            yield from _of_values(f"{what} {key}", before[key], item, skip=("key",))


def _of_values(what: str, old: Any, new: Any, skip: Sequence[str]) -> Iterator[str]:
    for field in fields(old):
        before, now = getattr(old, field.name), getattr(new, field.name)
        if field.name not in skip and before != now:
            yield f"{what}: {field.name} {_said(before)} → {_said(now)}"


def _said(value: object) -> str:
    """A value in short: a text by its Swedish words, a list by its keys."""
    if value is None:
        return "none"
    words = getattr(value, "sv", None)
    if isinstance(words, str):
        return repr(words if len(words) <= 60 else f"{words[:57]}…")
    if isinstance(value, frozenset):
        return repr(sorted(value))
    if isinstance(value, tuple):
        return "[" + ", ".join(str(getattr(item, "key", item)) for item in value) + "]"
    return str(value)
