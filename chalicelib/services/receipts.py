"""The receipt that an idea-giver is mailed, and how many of them one address gets in a day.

The form must not be a way to fill somebody's mailbox. What is more than a day's share is told in one mail on the next day, so
nothing is left out. No address is stored for that: only a keyed hash of it and the day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from chalicelib.domain.rows import GIVER, CaseRow, ContactRow, GuardRow, MailRow, MailState
from chalicelib.domain.transaction import (
    Change,
    Create,
    Operation,
    mail_as_read,
)
from chalicelib.services.counters import counted, counter
from chalicelib.services.deps import Deps

MOST_IDEAS = 90
"""In one mail, which stores a link for each in a transaction of 100. More of them come on the day after that."""

_DAY = timedelta(days=1)
_HASH = 32


@dataclass(frozen=True)
class OwedReceipt:
    """What is stored with the idea, and the mail that can be sent at once, if one can."""

    operations: tuple[Operation, ...]
    at_once: tuple[str, ...]


def owe_receipt(deps: Deps, case: CaseRow, address: str) -> OwedReceipt:
    """The receipt of a case for its giver's address: a mail of its own, or a line in the next day's. The case is as it will be stored.
    Of two that are owed at once to one address, one transaction is refused, and must be made anew."""
    now = deps.clock.now()
    today = deps.calendar.local_date(now)
    so_far = _counter(deps, address, today)
    if so_far.count < deps.site.open_form.receipts_a_day:
        mail = _receipt(case, now)
        return OwedReceipt((Create(mail, "mail-is-new"), counted(so_far, now)), (mail.mail_id,))
    further = so_far.count - deps.site.open_form.receipts_a_day
    soonest = today + _DAY * (1 + further // MOST_IDEAS)
    return OwedReceipt((counted(so_far, now), *_later(deps, case, address, soonest)), ())


def is_flooded(deps: Deps, address: str) -> bool:
    """Whether so many ideas have come for an address today that its receipts fill tomorrow's mail. What comes then waits for a person,
    or a stranger could push somebody's real receipts weeks ahead. One consistent read of a small row."""
    so_far = _counter(deps, address, deps.calendar.local_date(deps.clock.now()))
    return so_far.count >= deps.site.open_form.receipts_a_day + MOST_IDEAS


def _counter(deps: Deps, address: str, day: date) -> GuardRow:
    return counter(deps, f"receipts#{_hash(deps, address, day)}")


def _hash(deps: Deps, address: str, day: date) -> str:
    return deps.secrets.keyed_hash("receipts", f"{day.isoformat()} {address.lower()}")


def _receipt(case: CaseRow, now: datetime) -> MailRow:
    return MailRow(
        mail_id=f"{case.case_id}-{case.seq}-receipt-{GIVER}",
        case_id=case.case_id,
        ref=case.ref,
        purpose="receipt",
        recipient=GIVER,
        lang=case.lang,
        context={"received_at": case.received_at.isoformat()},
        created_at=now,
        due_at=now,
        try_at=now,
    )


def _later(deps: Deps, case: CaseRow, address: str, soonest: date) -> tuple[Operation, ...]:
    """The case in the mail of the first day, from the soonest on, whose mail has room for it. That mail is one of that day's."""
    day = soonest
    while True:
        mail_id = f"receipts-{_hash(deps, address, day)[:_HASH]}"
        mail = deps.store.get(MailRow, mail_id)
        if mail is None:
            first = _combined(deps, mail_id, case, day)
            counter_of_day = _counter(deps, address, day)
            return (
                Create(first, "mail-is-new"),
                counted(counter_of_day, deps.calendar.start_of(day)),
            )
        told = listed(mail.context)
        if mail.state is MailState.PENDING and len(told) < MOST_IDEAS:
            more = replace(mail, context={"cases": [*told, case.case_id]})
            return (Change(more, mail_as_read(mail)),)
        day += _DAY


def listed(context: Mapping[str, object]) -> list[str]:
    """The ids of the cases that a mail with several receipts is about. Raises TypeError for a mail that is none."""
    cases = context.get("cases")
    if not isinstance(cases, list):
        raise TypeError("the mail lists no cases")
    return [str(case_id) for case_id in cases]


def still_to_tell(deps: Deps, mail: MailRow) -> list[CaseRow]:
    """The cases that a mail with several receipts is about, in its order, without those whose giver was erased or has taken the idea
    back: somebody else's receipts go out all the same."""
    cases = (deps.store.get(CaseRow, case_id) for case_id in listed(mail.context))
    return [case for case in cases if case is not None and _has_giver(deps, case)]


def _has_giver(deps: Deps, case: CaseRow) -> bool:
    if deps.archive.knows(case.process_version) and case.step == deps.process_of(case).withdrawn:
        return False
    contact = deps.store.get(ContactRow, case.case_id)
    return contact is not None and not contact.erased


def _combined(deps: Deps, mail_id: str, case: CaseRow, day: date) -> MailRow:
    """A mail that goes out on the morning of a day, working day or not: nobody who works here has to be there. It is owed from then,
    so that it is tried as long as any other."""
    morning = deps.calendar.morning(day)
    return MailRow(
        mail_id=mail_id,
        case_id=case.case_id,
        purpose="receipts",
        recipient=GIVER,
        lang=case.lang,
        context={"cases": [case.case_id]},
        created_at=morning,
        due_at=morning,
        try_at=morning,
    )
