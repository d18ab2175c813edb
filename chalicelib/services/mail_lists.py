"""The mails that tell of several ideas at once: a morning's and a week's list of what waits, what is held, several receipts, and what
somebody need not answer any more or how it ended.

Looks at each idea again when the mail is written, so that a late list is true. Raises NoLongerNeeded when nothing is left of it.
"""

from __future__ import annotations

from typing import Any

from chalicelib.domain.held import JUDGING
from chalicelib.domain.let_off import ENDED
from chalicelib.domain.rows import MAILBOX, CaseRow, MailRow, PersonRow, Snapshot
from chalicelib.services.deps import Deps
from chalicelib.services.mail_words import (
    how_it_ended,
    masked_title,
    of_step,
    title_in_subject,
)
from chalicelib.services.mint_links import Links, NoLongerNeeded, open_ask


def waiting(deps: Deps, mail: MailRow, minted: Links) -> dict[str, object]:
    """What waits, in the words of this morning's list, with a fresh link to each ask that is still the reader's own, for the first
    ninety. `unlinked` tells that there are more, which stand there without. Raises NoLongerNeeded when the next morning's list has come."""
    rows = _lines(mail, "waiting")
    if mail.purpose == "digest" and deps.calendar.next_morning(mail.created_at) <= minted.now:
        raise NoLongerNeeded
    today = deps.calendar.local_date(minted.now).isoformat()
    found = []
    unlinked = False
    for row in rows:
        snapshot = deps.readable(row["case_id"])
        if snapshot is None:
            continue
        url, place = None, (row["epoch"], mail.recipient, row.get("task", ""))
        mine = bool(row["mine"]) and open_ask(snapshot, *place) is not None
        if mail.purpose == "weekly" and not mine:
            continue
        if mine and minted.has_room:
            url = minted.ask(snapshot, *place)
        unlinked |= mine and url is None
        step = deps.process_of(snapshot.case).step(row["step"])
        paused = row.get("paused", False)
        passed = not paused and row["deadline"] is not None and row["deadline"] < today
        found.append(
            {
                "ref": row["ref"],
                "step_name": step.name.in_(mail.lang),
                "deadline": row["deadline"],
                "late": passed and bool(step.role),
                "passed": passed,
                "paused": paused,
                "title": masked_title(deps, mail, snapshot),
                "ask_url": url,
                "mine": mine,
            }
        )
    if mail.purpose == "weekly" and not found:
        raise NoLongerNeeded
    late = sum(row["late"] for row in found)
    own = sum(row["mine"] for row in found)
    return {"waiting": found, "late_count": late, "mine_count": own, "unlinked": unlinked}


def held(deps: Deps, mail: MailRow, minted: Links) -> dict[str, object]:
    """What is held still of this morning's list, each with a fresh link. Raises NoLongerNeeded when nothing is, or when the next
    morning's list has come."""
    rows = _lines(mail, "held")
    if deps.calendar.next_morning(mail.created_at) <= minted.now:
        raise NoLongerNeeded
    found = []
    for row in rows:
        snapshot = deps.readable(row["case_id"])
        if snapshot is None or not snapshot.case.is_held:
            continue
        url = minted.ask(snapshot, snapshot.case.epoch, mail.recipient, JUDGING)
        if url is not None or mail.recipient == MAILBOX:
            found.append({**row, "title": masked_title(deps, mail, snapshot), "ask_url": url})
    if not found:
        raise NoLongerNeeded
    return {"held": found}


def receipts(deps: Deps, mail: MailRow, cases: list[CaseRow], minted: Links) -> dict[str, object]:
    """Several ideas of one address, each with the way to its page."""
    return {
        "ideas": [
            {
                "ref": case.ref,
                "received_at": case.received_at.isoformat(),
                "status_url": minted.status(case),
            }
            for case in cases
        ],
        "receiver": deps.site.receiver.in_(mail.lang),
    }


def let_off(deps: Deps, mail: MailRow) -> dict[str, object]:
    """What the reader need not answer any more and what has ended, but for ideas of which they have been asked something else since. Of
    one idea `ref` is its reference and `alone` its case. Raises NoLongerNeeded when nothing is left, and for who has left the directory."""
    person = deps.store.get(PersonRow, mail.recipient)
    if person is None or not person.active:
        raise NoLongerNeeded
    found = []
    for row in _lines(mail, "asks"):
        snapshot = deps.readable(row["case_id"])
        if snapshot is None:
            continue
        if _asks(snapshot, mail.recipient):
            continue
        if row["why"] == ENDED and not snapshot.case.closed:
            continue
        process = deps.process_of(snapshot.case)
        found.append(
            {
                **row,
                **of_step(process.step(row["step"]), mail.lang),
                "end": how_it_ended(process, snapshot.case, mail.lang),
                "title": title_in_subject(deps, mail, snapshot),
            }
        )
    if not found:
        raise NoLongerNeeded
    if len(found) > 1:
        return {"asks": found, "ref": None}
    return {"asks": found, "ref": found[0]["ref"], "alone": found[0]["case_id"]}


def _asks(snapshot: Snapshot, person: str) -> bool:
    """Whether somebody is asked something about an idea now."""
    asks = snapshot.current_asks() + snapshot.current_tasks()
    return any(open_ask(snapshot, ask.epoch, person, ask.task) is not None for ask in asks)


def _lines(mail: MailRow, key: str) -> list[dict[str, Any]]:
    rows = mail.context[key]
    if not isinstance(rows, list):
        raise TypeError(f"mail {mail.mail_id} lists nothing under {key}")
    return rows
