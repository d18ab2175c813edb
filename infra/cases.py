"""The record as the registrator and the operator read it: the list of a day, and one case. Changes nothing.

Shows no secret: tokens are stored as hashes only, and the hashes are left out too.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from infra import record
from infra.aws import Cloud
from infra.terminal import Stop

if TYPE_CHECKING:
    from chalicelib.domain.rows import AskRow, CaseRow, EventRow, FollowerRow, MailRow

# A spreadsheet runs a cell that begins with one of these as a formula (OWASP, CSV injection), full-width forms included.
FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
HEADINGS: Final = ("Inkom", "Nummer", "Från", "Ärende")


@dataclass(frozen=True)
class Received:
    """One line of the registrator's list."""

    day: str
    ref: str
    sender: str
    matter: str

    def cells(self) -> tuple[str, str, str, str]:
        return (self.day, self.ref, self.sender, self.matter)


def received_on(cloud: Cloud, day: date) -> list[Received]:
    """What came in on a local date, oldest first. The deploys' own test cases are left out."""
    from chalicelib.domain.rows import CaseRow, ContactRow, TextRow

    store = record.deps(cloud).store
    found = []
    for case_id in store.received_on(day.isoformat()):
        case = store.get(CaseRow, case_id)
        if case is None or case.smoke:
            continue
        contact = store.get(ContactRow, case_id)
        text = store.get(TextRow, case_id, case.text_version)
        found.append(
            Received(
                day=case.received_date,
                ref=case.ref,
                sender=contact.name if contact else "",
                matter=text.fields.get("title", "") if text else "",
            )
        )
    return found


def as_csv(rows: Iterable[Received]) -> bytes:
    return sheet(HEADINGS, (row.cells() for row in rows))


def sheet(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A file that Excel opens right with Swedish settings: semicolons, since the comma is the decimal sign there, and a byte
    order mark, without which it takes UTF-8 for Windows-1252; quoted as RFC 4180 has it. No cell can run as a formula."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(headings)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return buffer.getvalue().encode("utf-8-sig")


# ASVS 5.0, 1.2.10 names NUL too. An apostrophe before such a cell may be ours or its writer's: with one more before both, taking
# one away always gives back what was there.
_COULD_RUN: Final = re.compile("'*[\0" + re.escape("".join(FORMULA_STARTS)) + "]")


def harmless(cell: str) -> str:
    """The cell, or with an apostrophe before it when it could run as a formula or begins as a cell that was guarded so."""
    return f"'{cell}" if _COULD_RUN.match(cell) else cell


def as_table(rows: Sequence[Received]) -> str:
    if not rows:
        return "Nothing came in that day."
    return _columns([HEADINGS, *(row.cells() for row in rows)])


def show(cloud: Cloud, ref: str) -> str:
    """Where a case stands, who is asked, what happened and which mails there are. Raises Stop when there is no such case."""
    from chalicelib.domain.rows import ReferenceRow

    store = record.deps(cloud).store
    wanted = "".join(ref.split()).upper().strip("[]")
    reference = store.get(ReferenceRow, wanted)
    snapshot = store.snapshot(reference.case_id) if reference else None
    if snapshot is None:
        raise Stop(
            f"There is no case {wanted} in {cloud.stage}: check the reference, and the stage."
        )
    events = store.events(snapshot.case.case_id)
    mails = record.mails_of(cloud, snapshot.case.case_id)
    asks = sorted(snapshot.asks, key=lambda ask: (ask.epoch, ask.person))
    parts = [
        _case(snapshot.case, events),
        *_followers(snapshot.followers),
        "Asked:\n" + _columns([_ask(ask) for ask in asks]) if asks else "Nobody has been asked.",
        "Happened:\n" + _columns([_event(event) for event in events]),
        "Mails:\n" + _columns([_mail(mail) for mail in mails]) if mails else "No mails.",
    ]
    return "\n\n".join(parts)


def chain_fault(case: CaseRow, events: Sequence[EventRow]) -> str | None:
    """What is wrong with the chain of events, or None when every event carries the hash of the one before it, none is
    missing, and the last is the head that the case names."""
    from chalicelib.domain.events import GENESIS, event_hash

    head = GENESIS
    for number, event in enumerate(events, start=1):
        computed = event_hash(event.case_id, event.seq, event.at, event.actor, event.facts, head)
        if event.seq != number:
            return f"event {number} is missing"
        if event.prev_hash != head or event.hash != computed:
            return f"event {number} is not what was recorded"
        head = event.hash
    if (case.seq, case.head_hash) != (len(events), head):
        return "the case's head is not the last event"
    return None


def _case(case: CaseRow, events: Sequence[EventRow]) -> str:
    fault = chain_fault(case, events)
    lines = {
        "Reference": case.ref,
        "Case": case.case_id,
        "Received": _time(case.received_at),
        "Step": f"{case.step}, since {_time(case.entered_at)}"
        + (", closed" if case.closed else ""),
        "Epoch": str(case.epoch),
        "Deadline": _time(case.deadline)
        + (f", the clock stands still since {_time(case.paused_at)}" if case.paused_at else "")
        + (", late" if case.late else ""),
        "Told": _time(case.last_told),
        "Next look": f"{_time(case.due_at)}, tried {case.tries} times"
        + (", STUCK" if case.stuck else ""),
        "Process": f"version {case.process_version}",
        "Events": f"{len(events)}, " + (f"BROKEN: {fault}" if fault else "the chain is whole"),
    }
    if case.merged_into:
        lines["Joined"] = f"with case {case.merged_into}"
    if case.closing_code:
        lines["Closed as"] = case.closing_code
    if case.smoke:
        lines["Note"] = "a deploy's own test case"
    return "\n".join(f"{name + ':':<11}{value}" for name, value in lines.items())


def _followers(followers: Sequence[FollowerRow]) -> list[str]:
    rows = [(row.follower, row.lang, f"since {_time(row.since)}") for row in followers]
    return ["Joined with it:\n" + _columns(rows)] if rows else []


def _ask(ask: AskRow) -> tuple[str, ...]:
    return (
        str(ask.epoch),
        ask.task or ask.step,
        ask.person
        + (" (substitute)" if ask.substitute else "")
        + (f" (from {ask.delegated_by})" if ask.delegated_by else ""),
        str(ask.state),
        f"by {_time(ask.deadline)}",
        f"answered {_time(ask.answered_at)}" if ask.answered_at else f"{ask.reminded} reminders",
    )


def _event(event: EventRow) -> tuple[str, ...]:
    facts = "; ".join(
        f"{fact.kind} {' '.join(f'{key}={value}' for key, value in fact.data.items())}".rstrip()
        for fact in event.facts
    )
    return (str(event.seq), _time(event.at), event.actor, facts)


def _mail(mail: MailRow) -> tuple[str, ...]:
    return (
        _time(mail.created_at),
        mail.purpose,
        mail.recipient,
        str(mail.state),
        f"{mail.attempts} attempts",
        mail.problem or "",
    )


def _time(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else "never"


def _columns(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
