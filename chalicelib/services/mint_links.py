"""Mints the links and codes that one mail carries, and remembers their rows: they are stored before the mail is sent.

Says by `NoLongerNeeded` that there is nothing left for a mail to lead to; stores nothing itself.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from chalicelib.domain.links import (
    CODE_LIFE,
    STATUS_LIFE,
    UNSUBSCRIBE_LIFE,
    ask_life,
    new_token,
)
from chalicelib.domain.process import Process
from chalicelib.domain.rows import (
    GIVER,
    AskRow,
    AskState,
    CaseRow,
    Snapshot,
    TokenPurpose,
    TokenRow,
)
from chalicelib.domain.transaction import Change, Create, Operation, token_is_active
from chalicelib.services.deps import Deps
from chalicelib.services.prove_mailbox import code_hash

MOST_LINKS = 90
"""So many fit, with the mail itself, in the transaction that claims it."""


class NoLongerNeeded(Exception):
    """What the mail speaks of is over; it is superseded rather than sent."""


class Links:
    """The links of one mail. `secrets` are the raw tokens and codes, `operations` what stores them."""

    def __init__(self, deps: Deps, now: datetime) -> None:
        self.now = now
        self.operations: list[Operation] = []
        self.secrets: list[str] = []
        self._deps = deps

    @property
    def has_room(self) -> bool:
        return len(self.operations) < MOST_LINKS

    def status(self, case: CaseRow) -> str:
        """A link to the idea-giver's own page."""
        raw = self._raw()
        token = new_token(raw, TokenPurpose.STATUS, GIVER, self.now, STATUS_LIFE, case)
        self.operations.append(Create(token, "link-is-new"))
        return f"{self._deps.secrets.site_url()}/status/{raw}"

    def stop(self, case: CaseRow) -> str:
        """A link by which the idea-giver declines what they need not know; it opens nothing else."""
        raw = self._raw()
        purpose = TokenPurpose.UNSUBSCRIBE
        token = new_token(raw, purpose, GIVER, self.now, UNSUBSCRIBE_LIFE, case)
        self.operations.append(Create(token, "link-is-new"))
        return f"{self._deps.secrets.site_url()}/avsluta/{raw}"

    def ask(self, snapshot: Snapshot, epoch: int, person: str, task: str = "") -> str | None:
        """A link to an open ask; None when it is no longer open."""
        ask = open_ask(snapshot, epoch, person, task)
        if ask is None:
            return None
        raw = self._raw()
        case = snapshot.case
        life = ask_life(ask, self.now, process_of(self._deps, snapshot).link_days)
        token = new_token(raw, TokenPurpose.ASK, person, self.now, life, case, epoch, task)
        self.operations.append(Create(token, "link-is-new"))
        return f"{self._deps.secrets.site_url()}/svara/{raw}"

    def code(self, token: TokenRow) -> str:
        """A code for a link that is there already."""
        code = self._deps.new_code()
        self.secrets.append(code)
        hashed = replace(
            token,
            code_hash=code_hash(self._deps, token, code),
            code_expires_at=self.now + CODE_LIFE,
        )
        self.operations.append(Change(hashed, (token_is_active(token),)))
        return code

    def _raw(self) -> str:
        raw = self._deps.new_token()
        self.secrets.append(raw)
        return raw


def open_ask(snapshot: Snapshot, epoch: int | None, person: str, task: str) -> AskRow | None:
    """The person's ask of this epoch, as long as it can be answered."""
    ask = snapshot.ask(epoch, person, task)
    if ask is None or ask.state is not AskState.OPEN or ask.epoch != snapshot.case.epoch:
        return None
    return ask


def process_of(deps: Deps, snapshot: Snapshot | None) -> Process:
    """The process in whose words a mail is written: its case's own, or today's where that cannot be read. A mail in other words is
    better than none."""
    if snapshot is None or not deps.archive.knows(snapshot.case.process_version):
        return deps.process
    return deps.process_of(snapshot.case)
