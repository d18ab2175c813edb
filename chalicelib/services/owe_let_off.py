"""Owes those who need not answer any more, or hear how an idea ended, one mail on the next working morning, whatever the number of ideas.

Decides nothing about a case: whom it tells, and why, stands in its plan (`domain.let_off`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from chalicelib.domain.let_off import ENDED, LET_OFF
from chalicelib.domain.planned import LetOff
from chalicelib.domain.process import Lang
from chalicelib.domain.rows import CaseRow, MailRow, MailState
from chalicelib.domain.transaction import (
    Change,
    Create,
    Operation,
    mail_as_read,
)
from chalicelib.services.deps import Deps

MOST_IDEAS = 90
"""In one mail, as in that with several receipts. More of them come on the working morning after that."""


def owe_let_off(
    deps: Deps, case: CaseRow, let_off: Iterable[LetOff], languages: Mapping[str, Lang]
) -> Iterator[Operation]:
    """One operation for each person: a new mail, or a line more in the one that waits for the morning. Of two that add to one mail at
    once, one transaction is refused and must be made anew."""
    for row in let_off:
        line = {"case_id": case.case_id, "ref": case.ref, "step": row.step, "why": row.why}
        yield _line_in(deps, row.person, line, languages.get(row.person, "sv"))


def _line_in(deps: Deps, person: str, line: Mapping[str, str], lang: Lang) -> Operation:
    morning = deps.clock.now()
    while True:
        morning = deps.calendar.next_morning(morning)
        day = deps.calendar.local_date(morning).isoformat()
        mail_id = f"{LET_OFF}-{person}-{day}"
        mail = deps.store.get(MailRow, mail_id)
        if mail is None:
            return Create(_first(mail_id, person, line, lang, morning), "mail-is-new")
        told = mail.context.get("asks")
        if mail.state is MailState.PENDING and isinstance(told, list) and len(told) < MOST_IDEAS:
            others = [row for row in told if row["case_id"] != line["case_id"]]
            before = next((row for row in told if row["case_id"] == line["case_id"]), line)
            more = [*others, _to_tell(before, line)]
            return Change(replace(mail, context={**mail.context, "asks": more}), mail_as_read(mail))


def _to_tell(before: Mapping[str, str], line: Mapping[str, str]) -> Mapping[str, str]:
    """Of two lines about one idea: whoever still has a question in their inbox reads of that, and how it ended in the same line."""
    return before if line["why"] == ENDED and before["why"] != ENDED else line


def _first(
    mail_id: str, person: str, line: Mapping[str, str], lang: Lang, morning: datetime
) -> MailRow:
    """It is owed from that morning, so that it is tried as long as any other."""
    return MailRow(
        mail_id=mail_id,
        case_id=None,
        purpose=LET_OFF,
        recipient=person,
        lang=lang,
        context={"asks": [dict(line)]},
        created_at=morning,
        due_at=morning,
        try_at=morning,
    )
