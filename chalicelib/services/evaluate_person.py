"""A person's own clock: the lists of what waits, and asks that must move since they are away or have left. Safe to run twice or
late.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice

from chalicelib.domain.messages import SendMail
from chalicelib.domain.own_clock import due
from chalicelib.domain.rows import (
    AskRow,
    AskState,
    CaseRow,
    MailRow,
    PersonRow,
    Snapshot,
)
from chalicelib.domain.transaction import (
    Change,
    Create,
    Operation,
    case_is_as_read,
    not_yet_moved_on,
    person_is_as_read,
    unmoved,
)
from chalicelib.services.commit import contended
from chalicelib.services.deps import Deps

log = logging.getLogger(__name__)

MOST_WAITING = 200
"""More than these make no morning's work, and at some number no row that DynamoDB takes (400 KB)."""


def evaluate_person(deps: Deps, person_id: str) -> bool:
    """True when a list was owed. One list a morning and one a week, however often it is called: the person's clock moves on in the
    transaction that owes it. With nothing waiting no mail is sent. The cases that ask somebody who is away or has left are woken
    first, so that a crash between wakes them again rather than never."""

    def attempt() -> bool:
        person = deps.store.get(PersonRow, person_id)
        now = deps.clock.now()
        if person is None or person.due_at is None or person.due_at > now:
            return False
        what = due(deps.calendar, person, now)
        if what.moves_asks:
            for case_id in deps.store.asked(person_id):
                wake_case(deps, case_id)
        rested = replace(person, due_at=what.next, try_at=what.next, tries=0, seq=person.seq + 1)
        mails: list[MailRow] = []
        if what.digest and (waiting := _waiting(deps, person, now)):
            mails.append(_list(deps, person, "digest", waiting, now))
        if what.weekly and (mine := _own(deps, person, now)):
            mails.append(_list(deps, person, "weekly", mine, now))
        operations: list[Operation] = [
            Change(rested, (person_is_as_read(person),)),
            *(Create(mail, "mail-is-new") for mail in mails),
        ]
        deps.store.transact(operations)
        deps.queue.send([SendMail(mail.mail_id) for mail in mails])
        return bool(mails)

    owed = contended(deps, attempt)
    log.info("evaluated person %s: %s", person_id, "list owed" if owed else "nothing")
    return owed


def wake_case(deps: Deps, case_id: str) -> bool:
    """Make an open case due now, so that the sweep finds it; False when it is closed or given up. Records nothing: what follows is for
    evaluation to say. Of one that is due already the time is written anew, so that whoever is looking at it with what they knew
    before must look again (`transaction.unmoved`)."""

    def attempt() -> bool:
        case = deps.store.get(CaseRow, case_id)
        now = deps.clock.now()
        if case is None or case.due_at is None:
            return False
        at = _anew(case, now)
        if case.try_at is None:
            deps.store.transact([Change(replace(case, due_at=at), unmoved(case))])
            return False
        woken = replace(case, due_at=at, try_at=at, tries=0)
        deps.store.transact([Change(woken, (case_is_as_read(case), not_yet_moved_on(case)))])
        return True

    return contended(deps, attempt)


def _anew(case: CaseRow, now: datetime) -> datetime:
    """The latest moment up to now that the case has not been due at or tried at."""
    instant = timedelta(microseconds=1)
    moments = (now - instant * number for number in range(3))
    return next(at for at in moments if at not in (case.due_at, case.try_at))


def _waiting(deps: Deps, person: PersonRow, now: datetime) -> list[dict[str, object]]:
    """Open cases, the late ones first, of very many the most urgent. `mine` are those that ask the reader, for which the mail
    mints a link; a phone task is a line of its own."""
    rows: list[dict[str, object]] = []
    urgent = sorted(deps.store.open_cases(), key=lambda case: case.deadline or now)
    read = (deps.readable(case.case_id) for case in urgent)
    listed = (found for found in read if found is not None and _to_be_listed(found.case))
    for snapshot in islice(listed, MOST_WAITING):
        open_asks = _open_asks(snapshot, person)
        if not any(not ask.task for ask in open_asks):
            rows.append(_line(deps, snapshot.case, None, now))
        rows += [_line(deps, snapshot.case, ask, now) for ask in open_asks]
    return sorted(rows, key=lambda row: not row["late"])


def _own(deps: Deps, person: PersonRow, now: datetime) -> list[dict[str, object]]:
    """The asks that are open to somebody, the late ones first."""
    found = (deps.readable(case_id) for case_id in deps.store.asked(person.person_id))
    rows = [
        _line(deps, snapshot.case, ask, now)
        for snapshot in found
        if snapshot is not None and _to_be_listed(snapshot.case)
        for ask in _open_asks(snapshot, person)
    ]
    urgent = sorted(rows, key=lambda row: (not row["late"], str(row["deadline"])))
    return urgent[:MOST_WAITING]


def _to_be_listed(case: CaseRow) -> bool:
    """Whether a case belongs in a list: open, and of a person. What is held has a mail of its own."""
    return not (case.closed or case.is_held or case.smoke)


def _open_asks(snapshot: Snapshot, person: PersonRow) -> list[AskRow]:
    asks = snapshot.current_asks() + snapshot.current_tasks()
    mine = (ask for ask in asks if ask.person == person.person_id)
    return [ask for ask in mine if ask.state is AskState.OPEN]


def _line(deps: Deps, case: CaseRow, ask: AskRow | None, now: datetime) -> dict[str, object]:
    """One line of a list: the reader's own ask, or the step of a case that waits for others."""
    step = deps.process_of(case).step(ask.step if ask is not None else case.step)
    deadline = ask.deadline if ask is not None and ask.task else case.deadline
    day = deps.calendar.local_date(deadline) if deadline is not None else None
    paused = case.paused_at is not None and not step.task
    return {
        "case_id": case.case_id,
        "ref": case.ref,
        "step": step.key,
        "task": ask.task if ask is not None else "",
        "epoch": case.epoch,
        "deadline": day.isoformat() if day else None,
        "paused": paused,
        "late": bool(step.role)
        and not paused
        and day is not None
        and day < deps.calendar.local_date(now),
        "mine": ask is not None,
    }


def _list(
    deps: Deps, person: PersonRow, purpose: str, waiting: list[dict[str, object]], now: datetime
) -> MailRow:
    day = deps.calendar.local_date(now).isoformat()
    return MailRow(
        mail_id=f"{purpose}-{person.person_id}-{day}-{person.seq}",
        case_id=None,
        purpose=purpose,
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
