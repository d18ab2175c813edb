"""The record as the registrator and the operator read it: the list of a day, and one case. Changes nothing but which links lead to a
case, and that one which was given up on is tried again.

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
    from chalicelib.services.deps import Deps
    from chalicelib.services.ports import Store

# A spreadsheet runs a cell that begins with one of these as a formula (OWASP, CSV injection), full-width forms included.
FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
HELD: Final = "Hålls kvar: "
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
    from chalicelib.domain.rows import CaseRow

    store = record.deps(cloud).store
    found = (store.get(CaseRow, case_id) for case_id in store.received_on(day.isoformat()))
    return [line(store, case) for case in found if case is not None and not case.smoke]


def line(store: Store, case: CaseRow) -> Received:
    """A case as one line. What is held is in the list like all that came in, and says so."""
    from chalicelib.domain.rows import ContactRow, TextRow

    contact = store.get(ContactRow, case.case_id)
    text = store.get(TextRow, case.case_id, case.text_version)
    title = text.fields.get("title", "") if text else ""
    return Received(
        day=case.received_date,
        ref=case.ref,
        sender=contact.name if contact else "",
        matter=f"{HELD}{title}" if case.is_held else title,
    )


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


def as_table(rows: Sequence[Received], empty: str = "Nothing came in that day.") -> str:
    if not rows:
        return empty
    return _columns([HEADINGS, *(row.cells() for row in rows)])


def show(cloud: Cloud, ref: str) -> str:
    """Where a case stands, who is asked, what happened and which mails there are. Raises Stop when there is no such case."""
    from chalicelib.domain.answers import as_reference
    from chalicelib.domain.rows import ReferenceRow

    store = record.deps(cloud).store
    wanted = as_reference(ref)
    reference = store.get(ReferenceRow, wanted)
    snapshot = store.snapshot(reference.case_id) if reference else None
    if snapshot is None:
        raise _no_such_case(wanted, cloud)
    events = store.events(snapshot.case.case_id)
    mails = record.mails_of(cloud, snapshot.case.case_id)
    asks = sorted(snapshot.asks, key=lambda ask: (ask.epoch, ask.person))
    parts = [
        standing(snapshot.case, events),
        *_followers(snapshot.followers),
        "Asked:\n" + _columns([_ask(ask) for ask in asks]) if asks else "Nobody has been asked.",
        "Happened:\n" + _columns([_event(event) for event in events]),
        "Mails:\n" + _columns([_mail(mail) for mail in mails]) if mails else "No mails.",
    ]
    return "\n\n".join(parts)


def wake(cloud: Cloud, ref: str) -> str:
    """Put a case back to work that the sweep gave up on; doing it twice does it once. Raises Stop when there is no such case."""
    return put_to_work(record.deps(cloud), ref)


def put_to_work(deps: Deps, ref: str) -> str:
    """As `wake`."""
    from chalicelib.domain.answers import as_reference
    from chalicelib.services.wake_stuck import Woken, wake_stuck

    wanted = as_reference(ref)
    done = wake_stuck(deps, wanted)
    if done is None:
        raise Stop(f"There is no case {wanted} here: check the reference, and the stage.")
    if isinstance(done, Woken):
        return f"{wanted} is woken. If `case show` tells of more and more tries, the cause is not mended."
    return f"{wanted} {'is closed' if done.case.closed else 'is not stuck'}: nothing was done."


def revoke_links(cloud: Cloud, ref: str) -> str:
    """Revoke every link to the idea-giver's page that was made until now. Raises Stop when there is no such case. Safe to repeat."""
    from chalicelib.domain.answers import as_reference
    from chalicelib.services.revoke_links import revoke_status_links

    wanted = as_reference(ref)
    case = revoke_status_links(record.deps(cloud), wanted)
    if case is None:
        raise _no_such_case(wanted, cloud)
    after = "Their next mail carries a new one." if case.has_email else "They have no address."
    return f"No link to the idea-giver's page of {wanted} works any more. {after}"


def hide(deps: Deps, ref: str) -> str:
    """Take an idea that was carried out away from the page where everybody may read about it. Raises Stop when there is no such case.
    Safe to repeat."""
    from chalicelib.domain.answers import as_reference
    from chalicelib.domain.events import OPERATOR
    from chalicelib.domain.rows import ReferenceRow
    from chalicelib.services.show_idea import hide_idea

    wanted = as_reference(ref)
    reference = deps.store.get(ReferenceRow, wanted)
    if reference is None:
        raise Stop(f"There is no case {wanted} here: check the reference, and the stage.")
    if hide_idea(deps, reference.case_id, OPERATOR):
        return f"{wanted} is hidden. Its idea-giver may show it again on their own page."
    return f"{wanted} is not shown: nothing was done."


def _no_such_case(ref: str, cloud: Cloud) -> Stop:
    return Stop(f"There is no case {ref} in {cloud.stage}: check the reference, and the stage.")


def chain_fault(case: CaseRow, events: Sequence[EventRow]) -> str | None:
    """What is wrong with the chain of events, given in order; None when it is whole (`domain.events.first_break`)."""
    from chalicelib.domain.events import Link, first_break

    broken = first_break([Link.of(event) for event in events], case.seq, case.head_hash)
    return f"event {broken.seq}: {broken.what}" if broken else None


def standing(case: CaseRow, events: Sequence[EventRow]) -> str:
    """Where a case stands, a line for each thing worth knowing."""
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
    if case.bounced:
        how = "by phone" if case.has_phone else "on their own page only"
        lines["Mail"] = f"to the idea-giver comes back; they hear {how}"
    if case.quiet:
        lines["Wants"] = "only the mails that they must have"
    if case.closing_code:
        lines["Closed as"] = case.closing_code
    if case.is_held:
        lines["Held"] = f"{case.held}: nobody has been given it; `case release` or `case reject`"
    if case.smoke:
        lines["Note"] = "a deploy's own test case"
    return "\n".join(f"{name + ':':<11}{value}" for name, value in lines.items())


def _followers(followers: Sequence[FollowerRow]) -> list[str]:
    rows = [
        (
            row.follower,
            row.lang,
            f"since {_time(row.since)}",
            "" if row.has_email else "no address that works",
        )
        for row in followers
    ]
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
