"""Makes a plan happen: one transaction, then nudges. The only place where a decision about a case is written.

The event's sequence number is the lock: of two commits that read the same case, one gets Conflict and must read again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from chalicelib.domain.events import record
from chalicelib.domain.messages import SendMail
from chalicelib.domain.planned import MailOwed, Plan
from chalicelib.domain.process import Lang
from chalicelib.domain.rows import (
    FOLLOWER,
    GIVER,
    MAILBOX,
    CaseRow,
    Fact,
    MailRow,
    PersonRow,
    Snapshot,
)
from chalicelib.domain.transaction import (
    Change,
    Conflict,
    Create,
    Operation,
    ask_is_answered,
    ask_is_open,
    case_is_as_read,
    person_is_as_read,
    trouble_is_untold,
    unmoved,
)
from chalicelib.services.deps import Deps
from chalicelib.services.owe_let_off import owe_let_off

ATTEMPTS = 12
FIRST_PAUSE = 0.02
LONGEST_PAUSE = 1.5

T = TypeVar("T")


class TooBusy(Exception):
    """Contention outlasted every attempt; the message is redelivered or the sweep comes back to it."""


def contended(deps: Deps, attempt: Callable[[], T]) -> T:
    """Run a read-decide-commit again for as long as it loses the race, at most 12 times, with full jitter between.

    The pause asked of `deps.pause` is the upper bound, in seconds. Raises TooBusy when every attempt lost.
    """
    for number in range(ATTEMPTS):
        try:
            return attempt()
        except Conflict:
            deps.pause(min(LONGEST_PAUSE, FIRST_PAUSE * 2**number))
    raise TooBusy


def commit(
    deps: Deps,
    snapshot: Snapshot,
    plan: Plan,
    people: Iterable[PersonRow],
    actor: str,
    checks: tuple[Operation, ...] = (),
) -> tuple[str, ...]:
    """Write the plan in one transaction and give the ids of the mails that it owes. Raises Conflict when the case moved
    or was woken meanwhile: what woke it may be what this plan did not know.

    A plan that records nothing only moves the next look: no event, and the sequence number stays, so that it never
    makes anybody else lose.
    """
    now = deps.clock.now()
    if not plan.facts:
        deps.store.transact([Change(plan.case, unmoved(snapshot.case)), *checks])
        return ()
    case, event = record(plan.case, now, actor, plan.facts)
    languages = {person.person_id: person.lang for person in people}
    languages |= {f"{FOLLOWER}{row.follower}": row.lang for row in snapshot.followers}
    mails = [_owe(owed, case, now, languages) for owed in plan.mails]
    operations: list[Operation] = [
        Change(case, unmoved(snapshot.case)),
        Create(event, "event-is-next"),
        *(Create(ask, "ask-is-new") for ask in plan.opens),
        *(Change(ask, (ask_is_open(ask),)) for ask in plan.changes),
        *(Change(ask, (ask_is_answered(ask),)) for ask in plan.reopens),
        *(Change(row, (trouble_is_untold(),)) for row in plan.told),
        *(Change(row, ()) for row in plan.followers),
        *_marked(deps, plan.unreachable, now),
        *(Create(mail, "mail-is-new") for mail in mails),
        *owe_let_off(deps, case, plan.let_off, languages),
        *checks,
    ]
    deps.store.transact(operations)
    return tuple(mail.mail_id for mail in mails)


def _marked(deps: Deps, unreachable: Iterable[str], now: datetime) -> list[Operation]:
    """The mark on those to whom mail came back. Their own clock is due at once, so that what else asks them moves too."""
    marks: list[Operation] = []
    for person_id in unreachable:
        person = deps.store.get(PersonRow, person_id)
        if person is None or person.unreachable_since is not None:
            continue
        marked = replace(person, unreachable_since=now, due_at=now, try_at=now, tries=0)
        marked = replace(marked, seq=person.seq + 1)
        marks.append(Change(marked, (person_is_as_read(person),)))
    return marks


def advance(
    case: CaseRow, now: datetime, actor: str, facts: tuple[Fact, ...]
) -> tuple[Change, Create]:
    """The two operations by which a command moves a case: it is due at once, and its event is recorded."""
    woken = replace(case, due_at=now, try_at=now, tries=0, stuck=False)
    moved, event = record(woken, now, actor, facts)
    return Change(moved, (case_is_as_read(case),)), Create(event, "event-is-next")


def nudge_mails(deps: Deps, mail_ids: Iterable[str]) -> None:
    deps.queue.send([SendMail(mail_id) for mail_id in mail_ids])


def _owe(owed: MailOwed, case: CaseRow, now: datetime, languages: dict[str, Lang]) -> MailRow:
    lang = case.lang if owed.recipient == GIVER else languages.get(owed.recipient, "sv")
    outside = owed.recipient in (GIVER, MAILBOX) or owed.recipient.startswith(FOLLOWER)
    parts = (case.case_id, str(case.seq), owed.purpose, owed.recipient, owed.part, owed.task)
    return MailRow(
        mail_id="-".join(filter(None, parts)),
        case_id=case.case_id,
        ref=case.ref,
        purpose=owed.purpose,
        recipient=owed.recipient,
        lang=lang,
        context=owed.context,
        created_at=now,
        epoch=None if outside else case.epoch,
        task=owed.task,
        due_at=now,
        try_at=now,
    )
