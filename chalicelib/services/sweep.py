"""Finds whatever is due and was not done, and nudges it again: the repair of every lost message.

Moves `try_at` on before it nudges, so that a row that cannot be evaluated costs less and less; after eight tries it leaves
the index as stuck, and a person is mailed. Running it twice at once does no harm: the condition lets one of them pass.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice

from chalicelib.domain.held import morning_to_tell
from chalicelib.domain.messages import (
    EvaluateCase,
    EvaluatePerson,
    Message,
    SendMail,
    TellOfHeld,
)
from chalicelib.domain.planned import MOST_COORDINATORS
from chalicelib.domain.process import Lang
from chalicelib.domain.rows import MAILBOX, CaseRow, MailRow, PersonRow
from chalicelib.domain.transaction import (
    Change,
    Conflict,
    Create,
    Operation,
    case_is_as_read,
    mail_as_read,
    not_yet_moved_on,
    person_is_as_read,
)
from chalicelib.domain.turns import in_turns
from chalicelib.services.deps import Deps
from chalicelib.services.end_mail import fail
from chalicelib.services.fault import told_without_words
from chalicelib.services.ports import Waiting
from chalicelib.services.tell_of_held import owed_since

log = logging.getLogger(__name__)

MOST = 500
TRIES = 8
SHORTEST = timedelta(minutes=3)
LONGEST = timedelta(hours=1)
BEHIND = timedelta(minutes=15)
"""Of a row that has been due for longer than this, the log has a line that the alarm `sweep-behind` counts."""

KIND: Mapping[Waiting, type[CaseRow | MailRow | PersonRow]] = {
    Waiting.CASE: CaseRow,
    Waiting.MAIL: MailRow,
    Waiting.PERSON: PersonRow,
}


@dataclass(frozen=True)
class Swept:
    """Counts of rows: nudged again, and given up on because nothing helped."""

    nudged: int
    stuck: int


def sweep(deps: Deps, most: int = MOST) -> Swept:
    """Nudge at most 500 due rows: a case, a mail and a person by turns, the oldest of each first, so that none of the three keeps the
    others waiting. A row that cannot be moved, or a kind that cannot be looked for, stops no other: the error of the latter is raised
    when all else is done. What is held has no clock; whether its list is owed is asked each time (`services.tell_of_held`).

    Each row is nudged as soon as it has been moved on, not all of them at the end: a sweep that dies half-way takes one nudge with
    it. A row that is moved on again and again without being nudged would end as stuck though nothing is wrong with it."""
    now = deps.clock.now()
    nudged = stuck = 0
    wrong: list[Exception] = []
    ages = dict.fromkeys(Waiting, timedelta())
    queues = [_due(deps, waiting, now, most, wrong) for waiting in Waiting]
    for waiting, id_ in islice(in_turns(queues), most):
        try:
            row = _due_row(deps, waiting, id_, now)
            ages[waiting] = max(ages[waiting], now - (row.try_at or now))
            message = _come_back(deps, row, now)
        except Conflict:
            continue
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one row stops no other.
            log.error("%s %s could not be moved: %s", waiting, id_, told_without_words(error))
            continue
        if message is None:
            stuck += 1
        else:
            deps.queue.send([message])
            nudged += 1
    _nudge_list_of_held(deps, now, wrong)
    seconds = ", ".join(f"{waiting} {age.total_seconds():.0f} s" for waiting, age in ages.items())
    log.info("swept: %d nudged, %d stuck; due for longest: %s", nudged, stuck, seconds)
    for waiting, age in ages.items():
        _tell_if_behind(waiting, age)
    if wrong:
        raise wrong[0]
    return Swept(nudged, stuck)


def _due(
    deps: Deps, waiting: Waiting, now: datetime, most: int, wrong: list[Exception]
) -> list[tuple[Waiting, str]]:
    try:
        return [(waiting, id_) for id_ in deps.store.due(waiting, now, most)]
    except Exception as error:  # noqa: BLE001 - it is raised when all else is done.
        log.warning("no %s could be looked for: %s", waiting, type(error).__name__)
        wrong.append(error)
        return []


def _nudge_list_of_held(deps: Deps, now: datetime, wrong: list[Exception]) -> None:
    """Once a minute for as long as it is owed: what cannot be owed ends among the dead letters, each of which raises an alarm."""
    try:
        owed = owed_since(deps)
    except Exception as error:  # noqa: BLE001 - it is raised when all else is done.
        log.warning(
            "it could not be seen whether the list of what is held is owed: %s",
            type(error).__name__,
        )
        wrong.append(error)
        return
    if owed is not None:
        deps.queue.send([TellOfHeld(morning_to_tell(deps.calendar, now).isoformat())])
        _tell_if_behind("list of what is held", owed)


def _tell_if_behind(what: str, age: timedelta) -> None:
    if age > BEHIND:
        log.warning("the sweep is behind: a %s has been due for %d s", what, age.total_seconds())


def backoff(tries: int) -> timedelta:
    """How long a row rests after it was nudged for the (tries + 1)th time: at least a queue's visibility timeout, at most an hour."""
    return min(LONGEST, max(SHORTEST, timedelta(minutes=2**tries)))


def _due_row(
    deps: Deps, waiting: Waiting, id_: str, now: datetime
) -> CaseRow | MailRow | PersonRow:
    """Raises Conflict when the index was behind."""
    row = deps.store.get(KIND[waiting], id_)
    if row is None or row.try_at is None or row.try_at > now:
        raise Conflict
    return row


def _come_back(deps: Deps, row: CaseRow | MailRow | PersonRow, now: datetime) -> Message | None:
    """Move one row's next try on and give its nudge, or None when it is given up on and a person is told instead.
    Raises Conflict when somebody else moves the row at this moment."""
    match row:
        case CaseRow():
            return _case(deps, row, now)
        case MailRow():
            return _mail(deps, row, now)
        case PersonRow():
            return _person(deps, row, now)


def _case(deps: Deps, case: CaseRow, now: datetime) -> Message | None:
    id_ = case.case_id
    as_read = (case_is_as_read(case), not_yet_moved_on(case))
    if case.tries >= TRIES:
        log.error("case %s is stuck", id_)
        given_up = replace(case, try_at=None, stuck=True)
        told = _told(deps, "case", id_, case.ref, f"{case.seq}-{case.due_at:%Y%m%d%H%M}", now)
        deps.store.transact([Change(given_up, as_read), *told])
        return None
    later = replace(case, try_at=now + backoff(case.tries), tries=case.tries + 1)
    deps.store.transact([Change(later, as_read)])
    return EvaluateCase(id_)


def _mail(deps: Deps, mail: MailRow, now: datetime) -> Message | None:
    if mail.tries >= TRIES:
        log.error("mail %s is given up", mail.mail_id)
        fail(deps, mail, "stuck")
        return None
    later = replace(mail, try_at=now + backoff(mail.tries), tries=mail.tries + 1)
    as_read = (*mail_as_read(mail), not_yet_moved_on(mail))
    deps.store.transact([Change(later, as_read)])
    return SendMail(mail.mail_id)


def _person(deps: Deps, person: PersonRow, now: datetime) -> Message | None:
    id_ = person.person_id
    as_read = (person_is_as_read(person), not_yet_moved_on(person))
    if person.tries >= TRIES:
        log.error("person %s is stuck", id_)
        tomorrow = deps.calendar.next_morning(now)
        rested = replace(person, due_at=tomorrow, try_at=tomorrow, tries=0, seq=person.seq + 1)
        told = _told(deps, "person", id_, None, f"{person.seq}", now)
        deps.store.transact([Change(rested, as_read), *told])
        return None
    later = replace(person, try_at=now + backoff(person.tries), tries=person.tries + 1)
    deps.store.transact([Change(later, as_read)])
    return EvaluatePerson(id_)


def _told(
    deps: Deps, kind: str, id_: str, ref: str | None, when: str, now: datetime
) -> tuple[Operation, ...]:
    """One mail to every coordinator, or to the sluice's own mailbox when there is none."""
    mails = (
        MailRow(
            mail_id=f"{id_}-stuck-{when}-{recipient}",
            case_id=None,
            ref=ref,
            purpose="stuck",
            recipient=recipient,
            lang=lang,
            context={"kind": kind, "id": id_},
            created_at=now,
            due_at=now,
            try_at=now,
        )
        for recipient, lang in _coordinators(deps)
    )
    return tuple(Create(mail, "mail-is-new") for mail in mails)


def _coordinators(deps: Deps) -> Iterable[tuple[str, Lang]]:
    found = [
        (person.person_id, person.lang)
        for person in deps.store.people()
        if person.active
        and person.unreachable_since is None
        and deps.process.coordinator in person.roles
    ]
    return sorted(found)[:MOST_COORDINATORS] or [(MAILBOX, "sv")]
