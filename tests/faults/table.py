"""The verdict as a table on a terminal, and as JSON to be copied from."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.faults.luck import Rates
from tests.faults.verdict import PROMISES, Verdict
from tests.faults.wave import DESIGN, Wave

RATE_OF: Mapping[str, str] = {
    "crash": "crash",
    "throttled": "throttled",
    "transaction conflict": "contention",
    "answer of a write lost": "answer_lost",
    "message lost": "message_lost",
    "message doubled": "message_doubled",
    "message late": "message_late",
    "SES throttles": "ses_throttled",
    "SES holds all mail": "ses_holds",
    "SES unknown, sent": "unknown_sent",
    "SES unknown, not sent": "unknown_not_sent",
    "SES event lost": "event_lost",
    "SES event doubled": "event_doubled",
    "SES event late": "event_late",
    "SES event before the record": "event_early",
    "mail bounced": "bounced",
    "mail bounced for now": "bounced_for_now",
    "sweep doubled": "sweep_doubled",
    "form pressed twice": "double_click",
    "answer pressed twice": "double_click",
    "another answer from another browser": "other_browser",
    "two at once": "two_at_once",
    "index entries behind": "index_behind",
}
"""The rate by which a fault is injected, by the beginning of its name."""


def as_json(verdict: Verdict, wave: Wave | None, about: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **about,
        "kept": verdict.kept(),
        "rates": asdict(Rates()),
        "injected": dict(sorted(verdict.injected.items())),
        "counted": dict(sorted(verdict.counted.items())),
        "promises": {
            promise: {
                "says": says,
                "broken": verdict.broken[promise],
                "allowed": verdict.allowed(promise),
                "examples": verdict.examples.get(promise, []),
            }
            for promise, says in PROMISES.items()
        },
        "wave": asdict(wave) if wave is not None else None,
    }


def as_text(verdict: Verdict, wave: Wave | None) -> str:
    tables = [_faults(verdict), _counted(verdict), _promises(verdict)]
    if wave is not None:
        tables.append(_wave(wave))
    written = io.StringIO()
    console = Console(file=written, width=120)
    for table in tables:
        console.print(table)
    for promise, sentences in verdict.examples.items():
        for sentence in sentences:
            console.print(f"{promise}: {sentence[:400]}", markup=False, highlight=False)
    return written.getvalue()


def as_markdown(found: Mapping[str, Any]) -> str:
    """What `as_json` gave, as it stands in docs/faults.md."""
    lines = ["| fault | chance | times |", "| --- | --- | --- |"]
    for name, times in found["injected"].items():
        rate = _rate(name, found["rates"])
        lines.append(f"| {name} | {'' if rate is None else f'{rate:.1%}'} | {times:,} |")
    lines += ["", "| went through | number |", "| --- | --- |"]
    lines += [f"| {name} | {number:,} |" for name, number in found["counted"].items()]
    lines += ["", "| promise | broken | allowed |", "| --- | --- | --- |"]
    for name, promise in found["promises"].items():
        lines.append(f"| {name}: {promise['says']} | {promise['broken']} | {promise['allowed']} |")
    if found["wave"] is not None:
        lines += ["", "| wave | here | DESIGN §4 |", "| --- | --- | --- |"]
        for name, here in found["wave"].items():
            lines.append(f"| {name.replace('_', ' ')} | {here:,} | {DESIGN.get(name, '')} |")
    return "\n".join(lines) + "\n"


def _rate(fault: str, rates: Mapping[str, float]) -> float | None:
    """The chance of a fault, if it has one of its own: by the longest beginning of its name that has."""
    start = max((start for start in RATE_OF if fault.startswith(start)), key=len, default=None)
    return None if start is None else rates[RATE_OF[start]]


def _faults(verdict: Verdict) -> Table:
    table = Table("fault", "chance", "times", title="Injected")
    rates = asdict(Rates())
    for name, times in sorted(verdict.injected.items()):
        rate = _rate(name, rates)
        table.add_row(name, "" if rate is None else f"{rate:.1%}", f"{times:,}")
    return table


def _counted(verdict: Verdict) -> Table:
    table = Table("", "number", title="Went through")
    for name, number in sorted(verdict.counted.items()):
        table.add_row(name, f"{number:,}")
    return table


def _promises(verdict: Verdict) -> Table:
    table = Table("promise", "broken", "allowed", "", title="Promises")
    for promise, says in PROMISES.items():
        broken, allowed = verdict.broken[promise], verdict.allowed(promise)
        table.add_row(
            f"{promise}: {says}", f"{broken}", f"{allowed}", "" if broken <= allowed else "BROKEN"
        )
    return table


def _wave(wave: Wave) -> Table:
    table = Table("", "here", "DESIGN §4", title=f"{wave.cases:,} cases due at once")
    for name, here in asdict(wave).items():
        table.add_row(name.replace("_", " "), f"{here:,}", DESIGN.get(name, ""))
    return table
