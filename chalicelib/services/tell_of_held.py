"""The morning's mail about what is held: one to each coordinator, listing everything, whichever of its cases is looked at first."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import date
from itertools import islice

from chalicelib.domain.held import morning_to_tell
from chalicelib.domain.messages import SendMail
from chalicelib.domain.planned import Circumstances
from chalicelib.domain.process import Lang
from chalicelib.domain.rows import CaseRow, MailRow
from chalicelib.domain.transaction import Conflict, Create
from chalicelib.services.deps import Deps

log = logging.getLogger(__name__)

MOST_HELD = 90
"""In one mail, which stores a link for each in a transaction of 100. The oldest come first; of the others it says that there are more."""


def tell_of_held(deps: Deps, given: Circumstances, case: CaseRow) -> None:
    """Owe today's mails if this case must be in them by now and nobody has owed them. One a day for each coordinator, however often
    and by however many at once it is called. What is held later in the day comes in the next one."""
    day = morning_to_tell(given.calendar, case, given.now)
    if day is None:
        return
    untold = [
        (mail_id, person)
        for person in given.coordinators()
        if deps.store.get(MailRow, mail_id := f"held-{day.isoformat()}-{person}") is None
    ]
    if not untold:
        return
    held = list(islice(held_cases(deps), MOST_HELD + 1))
    if all(other.case_id != case.case_id for other in held):
        held.insert(0, case)
    languages: dict[str, Lang] = {person.person_id: person.lang for person in given.people}
    for mail_id, person in untold:
        mail = _mail(given, day, mail_id, person, languages.get(person, "sv"), held)
        try:
            deps.store.transact([Create(mail, "mail-is-new")])
        except Conflict:
            if deps.store.get(MailRow, mail_id) is None:
                raise
            continue
        deps.queue.send([SendMail(mail_id)])
    log.info("told %d of what is held", len(untold))


def held_cases(deps: Deps) -> Iterator[CaseRow]:
    """Every case that is held, oldest first. Nobody has moved it on, so of the open cases only those in their first epoch are read."""
    for found in deps.store.open_cases():
        case = deps.store.get(CaseRow, found.case_id) if found.epoch == 0 else None
        if case is not None and case.is_held:
            yield case


def _mail(
    given: Circumstances, day: date, mail_id: str, person: str, lang: Lang, held: list[CaseRow]
) -> MailRow:
    lines = [
        {
            "case_id": case.case_id,
            "ref": case.ref,
            "why": case.held,
            "received_at": case.received_at.isoformat(),
        }
        for case in held[:MOST_HELD]
    ]
    return MailRow(
        mail_id=mail_id,
        case_id=None,
        purpose="held",
        recipient=person,
        lang=lang,
        context={"date": day.isoformat(), "held": lines, "more": len(held) > MOST_HELD},
        created_at=given.now,
        due_at=given.now,
        try_at=given.now,
    )
