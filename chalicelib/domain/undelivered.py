"""What follows when a mail did not arrive: whoever was asked by it is replaced, the idea-giver is phoned, the coordinators are told.

Owns what such a mail changes in what is known of people and of the case. Whom else to ask is decided in `chase`, as for somebody
who is away; a person whom mail does not reach is only reckoned with here before their mark is stored.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

from chalicelib.domain.news import call_giver, may_be_phoned
from chalicelib.domain.planned import MOST_ROWS, SOON, Circumstances, MailOwed, Plan, look_again
from chalicelib.domain.rows import (
    FOLLOWER,
    GIVER,
    AskRow,
    AskState,
    Fact,
    FollowerRow,
    MailState,
    Snapshot,
    UndeliveredRow,
)

ASKING = ("ask", "reminder", "giver_answered", "code")
"""Mails without which somebody who was asked cannot answer."""

DEAD = (MailState.BOUNCED, MailState.COMPLAINED)
"""How a mail ends at an address that must get no more of them. One that FAILED may have failed for our own reasons."""


def as_known(given: Circumstances, snapshot: Snapshot) -> tuple[Circumstances, Snapshot]:
    """The people and the case as the mails show them that nobody has been told of yet: their recipients are out of reach. One that
    asked and failed for our own reasons puts its recipient out of reach for this plan only."""
    untold = _untold(snapshot)
    dead = {row.recipient for row in untold if row.state in DEAD}
    lost = dead | {row.recipient for row in untold if row.purpose in ASKING}
    people = tuple(
        replace(person, unreachable_since=person.unreachable_since or given.now)
        if person.person_id in lost
        else person
        for person in given.people
    )
    case = replace(snapshot.case, bounced=snapshot.case.bounced or GIVER in dead)
    followers = tuple(
        replace(row, has_email=row.has_email and _name(row) not in dead)
        for row in snapshot.followers
    )
    known = replace(snapshot, case=case, followers=followers)
    return replace(given, people=people), known


def phone_giver(given: Circumstances, snapshot: Snapshot, planned: Plan) -> Plan:
    """The plan, with a phone task when a mail to the idea-giver did not arrive: what it said is to be told by phone. While a question
    waits for them, the call is about that."""
    lost = [row for row in _untold(snapshot) if row.recipient == GIVER]
    if not lost or not may_be_phoned(given, planned.case):
        return planned
    latest = max(lost, key=lambda row: (row.at, row.mail_id))
    why = "question" if planned.case.paused_at is not None else latest.purpose
    return call_giver(given, snapshot, planned, why)


def tell_undelivered(given: Circumstances, snapshot: Snapshot, planned: Plan) -> Plan:
    """A mail that will not arrive is never silence: the coordinators are told once for each, and what was done about it, the rest of
    many in a minute. Whom mail does not reach is marked in the same plan."""
    everything = _untold(snapshot)
    most = max(0, MOST_ROWS - planned.rows) // (2 + len(given.coordinators()))
    untold = everything[:most]
    if len(untold) < len(everything):
        planned = replace(planned, case=look_again(planned.case, given.now + SOON))
    mails: tuple[MailOwed, ...] = ()
    for row in untold:
        done, by = _done(given, snapshot, planned, row)
        context = {
            "step": snapshot.case.step,
            "purpose": row.purpose,
            "recipient": row.recipient,
            "to_giver": row.recipient == GIVER or row.recipient.startswith(FOLLOWER),
            "complained": row.state is MailState.COMPLAINED,
            "no_more": row.state in DEAD,
            "done": done,
            "done_by": by,
        }
        part = hashlib.sha256(row.mail_id.encode()).hexdigest()[:16]
        mails += given.tell_coordinators("undelivered", context, part)
    dead = dict.fromkeys(row.recipient for row in untold if row.state in DEAD)
    told = planned.with_(
        told=tuple(replace(row, told=True) for row in untold),
        mails=mails,
        facts=tuple(
            Fact("MailUndelivered", {"purpose": row.purpose, "recipient": row.recipient})
            for row in untold
        ),
    )
    return replace(
        told,
        unreachable=tuple(name for name in dead if given.person(name) is not None),
        followers=tuple(row for row in snapshot.followers if _name(row) in dead),
    )


def _done(
    given: Circumstances, snapshot: Snapshot, planned: Plan, row: UndeliveredRow
) -> tuple[str, str | None]:
    """What the plan does about a mail, by a word that the mail to the coordinators knows, and the id of who has it now."""
    if row.recipient == GIVER:
        return _done_for_giver(given, snapshot, planned)
    if row.purpose not in ASKING:
        return ("", None)
    for fact in planned.facts:
        if fact.kind == "AskMoved" and fact.data["person"] == row.recipient:
            to = fact.data.get("to")
            return ("asked" if to else "nobody", to)
    theirs = [ask for ask in _asks(snapshot, planned) if ask.person == row.recipient]
    if any(ask.state is AskState.OPEN for ask in theirs):
        return ("stays", None)
    passed = (AskState.MOVED, AskState.DELEGATED, AskState.RECUSED)
    return ("elsewhere" if any(ask.state in passed for ask in theirs) else "over", None)


def _done_for_giver(
    given: Circumstances, snapshot: Snapshot, planned: Plan
) -> tuple[str, str | None]:
    if planned.case.given_up or planned.case.step == given.process.withdrawn:
        return ("withdrawn", None)
    if not planned.case.has_phone:
        return ("no_phone", None)
    tasks = [task for task in planned.tasks(snapshot) if task.state is AskState.OPEN]
    return ("phone", tasks[-1].person) if tasks else ("nobody_phones", None)


def _asks(snapshot: Snapshot, planned: Plan) -> tuple[AskRow, ...]:
    """What was asked in the epoch in which the case stood, as the plan leaves it."""
    changed = {(ask.person, ask.task): ask for ask in planned.changes}
    asks = snapshot.current_asks() + snapshot.current_tasks()
    return tuple(changed.get((ask.person, ask.task), ask) for ask in asks)


def _untold(snapshot: Snapshot) -> tuple[UndeliveredRow, ...]:
    return tuple(row for row in snapshot.undelivered if not row.told)


def _name(row: FollowerRow) -> str:
    """A follower as the recipient of a mail."""
    return f"{FOLLOWER}{row.follower}"
