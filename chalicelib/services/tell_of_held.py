"""The morning's mail about what is held: one to each coordinator. The index of what is held is its clock, so nothing can be forgotten
by losing one: as long as something is in it, every sweep asks whether the morning's list of it is owed.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import islice

from chalicelib.domain.events import SLUICE
from chalicelib.domain.held import morning_to_tell, plan_held
from chalicelib.domain.messages import SendMail
from chalicelib.domain.planned import Circumstances, look_again
from chalicelib.domain.process import Lang
from chalicelib.domain.rows import CaseRow, MailRow
from chalicelib.domain.suspicion import Suspicion
from chalicelib.domain.transaction import Change, Create, case_is_as_read
from chalicelib.domain.turns import in_turns
from chalicelib.services.commit import commit, contended
from chalicelib.services.deps import Deps
from chalicelib.services.ports import OpenCase, Unreadable

log = logging.getLogger(__name__)

MOST_HELD = 90
"""In one mail, which stores a link for each in a transaction of 100. Of the others it says that there are more."""


def owed_since(deps: Deps) -> timedelta | None:
    """For how long a list of what is held has been owed to some coordinator who has none of this morning; None when none is. Reads
    a short query for each reason when nothing is held."""
    now = deps.clock.now()
    day = morning_to_tell(deps.calendar, now)
    oldest = [case.received_at for why in Suspicion for case in deps.store.held(why, 1)]
    if not oldest or min(oldest) >= deps.calendar.morning(day):
        return None
    given = Circumstances(deps.process, deps.store.people(), deps.calendar, now)
    if not _untold(deps, day, given.coordinators()):
        return None
    return now - deps.calendar.morning(day)


def tell_of_held(deps: Deps) -> int:
    """Owe this morning's mails to those to whom none is owed yet, and give their number. One a day for each, however often and by
    however many at once it is called. Whoever has become coordinator since is asked about what they are told of."""

    def attempt() -> int:
        now = deps.clock.now()
        day = morning_to_tell(deps.calendar, now)
        given = Circumstances(deps.process, deps.store.people(), deps.calendar, now)
        candidates = list(islice(_candidates(deps), MOST_HELD + 1))
        told = set(given.coordinators())
        held = []
        for found in candidates[:MOST_HELD]:
            case, asked = _asked(deps, given, found.case_id)
            told |= asked
            if case is not None:
                held.append(case)
        untold = _untold(deps, day, told)
        if not held or not untold:
            return 0
        more = len(candidates) > MOST_HELD
        mails = [_mail(given, day, id_, who, held, more) for id_, who in untold.items()]
        deps.store.transact([Create(mail, "mail-is-new") for mail in mails])
        deps.queue.send([SendMail(mail.mail_id) for mail in mails])
        return len(mails)

    owed = contended(deps, attempt)
    log.info("told %d of what is held", owed)
    return owed


def held_cases(deps: Deps) -> Iterator[CaseRow]:
    """Every case that is held, oldest first."""
    found = [case for why in Suspicion for case in deps.store.held(why)]
    for known in sorted(found, key=lambda case: (case.received_at, case.case_id)):
        case = deps.store.get(CaseRow, known.case_id)
        if case is not None and case.is_held:
            yield case


def _candidates(deps: Deps) -> Iterator[OpenCase]:
    """What is held, by turns: of each reason the oldest, the newest, the next oldest… A flood for one reason hides no other, and
    the end of a flood can be seen with its beginning."""
    kinds = []
    for why in Suspicion:
        oldest = deps.store.held(why, MOST_HELD + 1)
        many = len(oldest) > MOST_HELD
        newest = deps.store.held(why, MOST_HELD, newest=True) if many else ()
        kinds.append(in_turns([oldest, newest]))
    seen = set()
    for case in in_turns(kinds):
        if case.case_id not in seen:
            seen.add(case.case_id)
            yield case


def _asked(deps: Deps, given: Circumstances, case_id: str) -> tuple[CaseRow | None, set[str]]:
    """The case, if it is held still, and the coordinators of its own process, each of whom is asked about it now. One that cannot be
    read spoils no list: it is made due, so that the sweep ends with telling somebody that it is stuck."""

    def attempt() -> tuple[CaseRow | None, set[str]]:
        snapshot = deps.readable(case_id)
        if snapshot is None:
            _make_due(deps, case_id, given.now)
        if snapshot is None or not snapshot.case.is_held:
            return None, set()
        own = replace(given, process=deps.process_of(snapshot.case))
        planned = plan_held(own, snapshot)
        if planned.opens:
            commit(deps, snapshot, planned, given.people, actor=SLUICE)
        return planned.case, set(own.coordinators())

    return contended(deps, attempt)


def _make_due(deps: Deps, case_id: str, now: datetime) -> None:
    """Nothing for a case that has a clock already. One whose own row cannot be read has none that we could set: its line in the log
    is all."""
    try:
        case = deps.store.get(CaseRow, case_id)
    except Unreadable:
        return
    if case is not None and case.is_held and case.due_at is None:
        deps.store.transact([Change(look_again(case, now), (case_is_as_read(case),))])


def _untold(deps: Deps, day: date, people: set[str] | tuple[str, ...]) -> Mapping[str, str]:
    """The ids of the mails that are not owed yet, with whom they are for."""
    ids = {f"held-{day.isoformat()}-{person}": person for person in sorted(people)}
    return {id_: person for id_, person in ids.items() if deps.store.get(MailRow, id_) is None}


def _mail(
    given: Circumstances, day: date, mail_id: str, person: str, held: list[CaseRow], more: bool
) -> MailRow:
    languages: dict[str, Lang] = {known.person_id: known.lang for known in given.people}
    lines = [
        {
            "case_id": case.case_id,
            "ref": case.ref,
            "why": case.held,
            "received_at": case.received_at.isoformat(),
        }
        for case in sorted(held, key=lambda case: (case.received_at, case.case_id))
    ]
    return MailRow(
        mail_id=mail_id,
        case_id=None,
        purpose="held",
        recipient=person,
        lang=languages.get(person, "sv"),
        context={"date": day.isoformat(), "held": lines, "more": more},
        created_at=given.now,
        due_at=given.now,
        try_at=given.now,
    )
