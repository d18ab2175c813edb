"""A person's own clock: each working-day morning, one mail with all that waits. Safe to run twice or late."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime

from chalicelib.domain.messages import SendMail
from chalicelib.domain.rows import CaseRow, MailRow, PersonRow
from chalicelib.domain.transaction import Change, Create, Operation, person_is_as_read
from chalicelib.services.commit import contended
from chalicelib.services.deps import Deps

log = logging.getLogger(__name__)

MOST_WAITING = 200
"""More than these make no morning's work, and at some number no row that DynamoDB takes (400 KB)."""


def evaluate_person(deps: Deps, person_id: str) -> bool:
    """True when a digest was owed. One digest a morning, however often it is called: the person's clock moves to the next
    working morning in the transaction that owes it. With nothing waiting no mail is sent."""

    def attempt() -> bool:
        person = deps.store.get(PersonRow, person_id)
        now = deps.clock.now()
        if person is None or person.due_at is None or person.due_at > now:
            return False
        gets_digest = person.active and person.digest
        next_ = deps.calendar.next_morning(now) if gets_digest else None
        rested = replace(person, due_at=next_, try_at=next_, tries=0, seq=person.seq + 1)
        waiting = _waiting(deps, person, now) if gets_digest else []
        operations: list[Operation] = [Change(rested, (person_is_as_read(person),))]
        mail = _digest(deps, person, waiting, now)
        if waiting:
            operations.append(Create(mail, "mail-is-new"))
        deps.store.transact(operations)
        if waiting:
            deps.queue.send([SendMail(mail.mail_id)])
        return bool(waiting)

    owed = contended(deps, attempt)
    log.info("evaluated person %s: %s", person_id, "digest owed" if owed else "nothing")
    return owed


def _waiting(deps: Deps, person: PersonRow, now: datetime) -> list[dict[str, object]]:
    """Open cases, the late ones first, of very many the most urgent. `mine` are those of the reader's role, for which the
    mail mints a link."""
    today = deps.calendar.local_date(now)
    rows: list[tuple[bool, dict[str, object]]] = []
    urgent = sorted(deps.store.open_cases(), key=lambda case: case.deadline or now)
    for case in urgent[:MOST_WAITING]:
        row = deps.store.get(CaseRow, case.case_id)
        if row is None or row.closed or row.smoke or not deps.process.has_step(row.step):
            continue
        step = deps.process.step(row.step)
        day = deps.calendar.local_date(row.deadline) if row.deadline is not None else None
        late = bool(step.role) and day is not None and day < today
        rows.append(
            (
                late,
                {
                    "case_id": row.case_id,
                    "ref": row.ref,
                    "step": row.step,
                    "epoch": row.epoch,
                    "deadline": day.isoformat() if day else None,
                    "late": late,
                    "mine": step.role in person.roles,
                },
            )
        )
    return [row for _, row in sorted(rows, key=lambda pair: not pair[0])]


def _digest(
    deps: Deps, person: PersonRow, waiting: list[dict[str, object]], now: datetime
) -> MailRow:
    day = deps.calendar.local_date(now).isoformat()
    return MailRow(
        mail_id=f"digest-{person.person_id}-{day}-{person.seq}",
        case_id=None,
        purpose="digest",
        recipient=person.person_id,
        lang=person.lang,
        context={
            "date": day,
            "waiting": waiting,
            "late_count": sum(bool(row["late"]) for row in waiting),
            "mine_count": sum(bool(row["mine"]) for row in waiting),
        },
        created_at=now,
        due_at=now,
        try_at=now,
    )
