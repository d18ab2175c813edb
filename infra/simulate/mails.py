"""Every mail of a simulation in one file to read, oldest first: when it went out, to whom, what it said, what became of it.

As the record keeps them: links and codes are masked.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

from chalicelib.domain.rows import MailRow
from infra.simulate.play import Played

RULE: Final = "─" * 80


def write_mails(played: Played, path: Path) -> None:
    with path.open("w", encoding="utf-8") as file:
        for mail in in_order(played):
            file.write("\n".join(_lines(played, mail)) + "\n\n")


def in_order(played: Played) -> list[MailRow]:
    """Every mail that was owed, by when it went out, or was to if it never did."""
    stage = played.scene.stage
    last = len(stage.posted)
    return sorted(
        stage.store.rows(MailRow),
        key=lambda mail: (_moment(mail), stage.posted.get(mail.mail_id, last), mail.mail_id),
    )


def _moment(mail: MailRow) -> datetime:
    return mail.sent_at or mail.created_at


def _lines(played: Played, mail: MailRow) -> Iterator[str]:
    local = _moment(mail).astimezone(played.scene.calendar.time_zone)
    yield RULE
    yield f"{local:%Y-%m-%d %H:%M}  {mail.purpose}, {mail.state}"
    yield f"To: {mail.sent_to or 'nobody'} ({mail.recipient})"
    if mail.sent_subject is None:
        yield f"Never sent{f': {mail.problem}' if mail.problem else ''}."
        return
    yield f"Subject: {mail.sent_subject}"
    yield RULE
    yield mail.sent_text or ""
