"""Somebody who is asked chooses between single reminders and one mail a week with all that waits for them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from chalicelib.domain.form import FieldError, Problem
from chalicelib.domain.links import OpenAsk, Verdict
from chalicelib.domain.own_clock import next_look
from chalicelib.domain.transaction import (
    Change,
    Check,
    person_is_as_read,
    token_is_active,
    token_lives,
)
from chalicelib.services.commit import contended
from chalicelib.services.deps import Deps
from chalicelib.services.open_link import CodeNeeded, Faulty, open_link
from chalicelib.services.refuse import noting_refusal

CHOICES = {"weekly": True, "single": False}


@dataclass(frozen=True)
class Chosen:
    """How the person is reminded from now on."""

    link: OpenAsk
    weekly: bool


def choose_reminders(
    deps: Deps, raw: str, raw_session: str | None, choice: str
) -> Chosen | Faulty | CodeNeeded | Verdict:
    """Store the choice, `weekly` or `single`. Nothing is chosen beforehand, since scanners press buttons. Twice is once, and what is so
    already is written no more."""

    def attempt() -> Chosen | Faulty | CodeNeeded | Verdict:
        link = open_link(deps, raw, raw_session)
        if not isinstance(link, OpenAsk):
            return link
        if link.needs_code:
            return CodeNeeded(link)
        if choice not in CHOICES:
            return Faulty(link, (FieldError("reminders", Problem.MISSING),))
        if link.person.weekly is CHOICES[choice]:
            return Chosen(link, link.person.weekly)
        now = deps.clock.now()
        chosen = replace(link.person, weekly=CHOICES[choice], seq=link.person.seq + 1)
        at = next_look(deps.calendar, chosen, now)
        if link.person.due_at is not None and link.person.due_at <= now:
            at = link.person.due_at
        clocked = replace(chosen, due_at=at, try_at=at, tries=0)
        deps.store.transact(
            [
                Change(clocked, (person_is_as_read(link.person),)),
                Check(link.token, (token_is_active(link.token), token_lives(now))),
            ]
        )
        return Chosen(link, clocked.weekly)

    return noting_refusal(deps, raw, contended(deps, attempt))
