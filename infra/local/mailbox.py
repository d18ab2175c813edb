"""The file of mails sent on the local stage: one JSON object a line, oldest first, only ever appended to.

MiniStack keeps sent mails in memory alone, so the emulator writes each one here before SES answers; the inbox reads it.
"""

import json
import os
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from pathlib import Path
from typing import Any

from infra.local.mail_events import headers_of


@dataclass(frozen=True)
class Mail:
    """A mail as its recipient got it. `to` is one address, or several with a comma between."""

    id: str
    to: str
    subject: str
    text: str
    html: str
    headers: Mapping[str, str]
    sent_at: str
    tags: Mapping[str, str] = field(default_factory=dict)

    @staticmethod
    def from_send_email(request: Mapping[str, Any], message_id: str, now: datetime) -> "Mail":
        """The mail in a SESv2 SendEmail request with Simple content."""
        simple = (request.get("Content") or {}).get("Simple") or {}
        body = simple.get("Body") or {}
        return Mail(
            id=message_id,
            to=", ".join((request.get("Destination") or {}).get("ToAddresses") or []),
            subject=str((simple.get("Subject") or {}).get("Data", "")),
            text=str((body.get("Text") or {}).get("Data", "")),
            html=str((body.get("Html") or {}).get("Data", "")),
            headers={
                name: _readable(value)
                for name, value in headers_of(request, message_id, now).items()
            },
            sent_at=now.isoformat(timespec="milliseconds"),
            tags={str(tag["Name"]): str(tag["Value"]) for tag in request.get("EmailTags") or []},
        )


def _readable(value: str) -> str:
    """A header as mail readers show it: encoded words (RFC 2047) as the characters that they stand for."""
    try:
        return str(make_header(decode_header(value)))
    except (HeaderParseError, LookupError, UnicodeDecodeError):
        return value


class Mailbox:
    """Appends and reads. Safe for several threads of one process that appends, and for readers in other processes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()

    def append(self, mail: Mail) -> None:
        """Keeps the mail; it is on disk when this returns."""
        line = json.dumps(asdict(mail), ensure_ascii=False) + "\n"
        with self._lock, self._path.open("a", encoding="utf-8") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())

    def since(self, place: int) -> tuple[list[Mail], int]:
        """The mails kept after a place in the file, oldest first, and the place after them. The first place is 0."""
        if not self._path.exists():
            return [], place
        with self._path.open("rb") as file:
            file.seek(place)
            whole = file.read().rpartition(b"\n")[0]
        if not whole:
            return [], place
        lines = whole.split(b"\n")
        return [Mail(**json.loads(line)) for line in lines], place + len(whole) + 1

    def mails(self) -> list[Mail]:
        """Every mail kept, oldest first. A last line that is still being written is left for the next reading."""
        if not self._path.exists():
            return []
        lines = self._path.read_text(encoding="utf-8").split("\n")[:-1]
        return [Mail(**json.loads(line)) for line in lines]
