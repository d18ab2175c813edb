"""Finds whatever is due and was not done, and nudges it again: the repair of every lost message.

Moves `try_at` on before it nudges, so that a row that cannot be evaluated costs less and less; after eight tries it leaves
the index as stuck, and a person is mailed. Running it twice at once does no harm: the condition lets one of them pass.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.domain.messages import EvaluateCase, EvaluatePerson, Message, SendMail
from chalicelib.domain.planned import MOST_COORDINATORS
from chalicelib.domain.process import Lang
from chalicelib.domain.rows import MAILBOX, CaseRow, MailRow, PersonRow
from chalicelib.domain.transaction import (
    Change,
    Conflict,
    Create,
    Operation,
    case_is_as_read,
    mail_attempt_is,
    mail_is_in,
    not_yet_moved_on,
    person_is_as_read,
)
from chalicelib.services.deps import Deps
from chalicelib.services.ports import Waiting
from chalicelib.services.send_mail import fail

log = logging.getLogger(__name__)

MOST = 500
TRIES = 8
SHORTEST = timedelta(minutes=3)
LONGEST = timedelta(hours=1)


@dataclass(frozen=True)
class Swept:
    """Counts of rows: nudged again, and given up on because nothing helped."""

    nudged: int
    stuck: int


def sweep(deps: Deps) -> Swept:
    """Nudge at most 500 due rows, oldest first: cases before mails before people. A row that cannot be moved stops no other."""
    now = deps.clock.now()
    nudged = stuck = 0
    for waiting in Waiting:
        if nudged < MOST:
            more, given_up = _come_back_to(deps, waiting, MOST - nudged, now)
            nudged += more
            stuck += given_up
    log.info("swept: %d nudged, %d stuck", nudged, stuck)
    return Swept(nudged, stuck)


def _come_back_to(deps: Deps, waiting: Waiting, most: int, now: datetime) -> tuple[int, int]:
    """How many due rows of one kind were nudged, and how many were given up on.

    Each is nudged as soon as it has been moved on, not all of them at the end: a sweep that dies half-way takes one nudge with it. A
    row that is moved on again and again without being nudged would end as stuck though nothing is wrong with it.
    """
    nudged = given_up = 0
    for id_ in deps.store.due(waiting, now, most):
        try:
            message = _come_back(deps, waiting, id_, now)
        except Conflict:
            continue
        except Exception:
            log.exception("%s %s could not be moved", waiting, id_)
            continue
        if message is None:
            given_up += 1
        else:
            deps.queue.send([message])
            nudged += 1
    return nudged, given_up


def backoff(tries: int) -> timedelta:
    """How long a row rests after it was nudged for the (tries + 1)th time: at least a queue's visibility timeout, at most an hour."""
    return min(LONGEST, max(SHORTEST, timedelta(minutes=2**tries)))


def _come_back(deps: Deps, waiting: Waiting, id_: str, now: datetime) -> Message | None:
    """Move one row's next try on and give its nudge, or None when it is given up on and a person is told instead.
    Raises Conflict when the index was behind or somebody else moves the row at this moment."""
    if waiting is Waiting.CASE:
        return _case(deps, id_, now)
    if waiting is Waiting.MAIL:
        return _mail(deps, id_, now)
    return _person(deps, id_, now)


def _case(deps: Deps, id_: str, now: datetime) -> Message | None:
    case = deps.store.get(CaseRow, id_)
    if case is None or case.try_at is None or case.try_at > now:
        raise Conflict
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


def _mail(deps: Deps, id_: str, now: datetime) -> Message | None:
    mail = deps.store.get(MailRow, id_)
    if mail is None or mail.try_at is None or mail.try_at > now:
        raise Conflict
    if mail.tries >= TRIES:
        log.error("mail %s is given up", id_)
        fail(deps, mail, "stuck")
        return None
    later = replace(mail, try_at=now + backoff(mail.tries), tries=mail.tries + 1)
    as_read = (mail_is_in(mail.state), mail_attempt_is(mail), not_yet_moved_on(mail))
    deps.store.transact([Change(later, as_read)])
    return SendMail(id_)


def _person(deps: Deps, id_: str, now: datetime) -> Message | None:
    person = deps.store.get(PersonRow, id_)
    if person is None or person.try_at is None or person.try_at > now:
        raise Conflict
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
