"""What the chain of events may hold: known kinds of facts, each with its keys, and under each key a value from a closed set, a date,
a number or a pseudonym. No name, no address, nothing that anybody wrote."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from chalicelib.domain.events import OPERATOR, SLUICE
from chalicelib.domain.links import Why
from chalicelib.domain.process import Process
from chalicelib.domain.purposes import PURPOSES
from chalicelib.domain.rows import (
    FOLLOWER,
    GIVER,
    MAILBOX,
    CaseRow,
    EventRow,
    Fact,
    MailState,
    PersonRow,
)
from chalicelib.domain.suspicion import Suspicion
from chalicelib.services.archive import UnknownProcess
from tests.world import World

STEP: Final = frozenset({"step"})
ABOUT_SOMEBODY: Final = frozenset({"person", "step"})
ASKED_OF_GIVER: Final = frozenset({"step", "number"})
KINDS: Final[Mapping[str, tuple[frozenset[str], frozenset[str]]]] = {
    "AnswerRefused": (frozenset({"person", "reason"}), frozenset()),
    "AskAnswered": (ABOUT_SOMEBODY, frozenset()),
    "AskDelegated": (ABOUT_SOMEBODY | {"to"}, frozenset()),
    "AskLapsed": (ABOUT_SOMEBODY, frozenset()),
    "AskMoved": (ABOUT_SOMEBODY | {"why"}, frozenset({"to"})),
    "AskOpened": (ABOUT_SOMEBODY, frozenset()),
    "AskRecused": (ABOUT_SOMEBODY, frozenset()),
    "CallOwed": (STEP | {"late"}, frozenset()),
    "CaseWoken": (frozenset(), frozenset()),
    "DeadlineExtended": (STEP | {"substitutes"}, frozenset()),
    "DeadlineMoved": (STEP | {"deadline"}, frozenset()),
    "DeadlinePassed": (STEP | {"answered", "quorum"}, frozenset()),
    "Escalated": (STEP | {"days_late"}, frozenset()),
    "GiverAnswered": (ASKED_OF_GIVER, frozenset()),
    "GiverAsked": (ASKED_OF_GIVER | {"person"}, frozenset()),
    "GiverErased": (STEP, frozenset()),
    "GiverLeft": (STEP, frozenset()),
    "GiverNotReached": (ASKED_OF_GIVER, frozenset()),
    "IdeaHeld": (frozenset({"why"}), frozenset()),
    "IdeaHidden": (frozenset(), frozenset()),
    "IdeaJoined": (frozenset({"ref"}), frozenset()),
    "IdeaRejected": (frozenset({"person"}), frozenset()),
    "IdeaReleased": (frozenset({"person"}), frozenset()),
    "IdeaShown": (frozenset({"with_name"}), frozenset()),
    "IdeaSubmitted": (STEP | {"lang"}, frozenset()),
    "InterimSent": (STEP | {"late"}, frozenset()),
    "MailEnded": (frozenset({"purpose", "state"}), frozenset()),
    "MailUndelivered": (frozenset({"purpose", "recipient"}), frozenset()),
    "NamesMasked": (frozenset({"count"}), frozenset()),
    "NobodyAnswered": (STEP, frozenset()),
    "NobodyToAsk": (STEP | {"role"}, frozenset()),
    "NobodyToTell": (STEP | {"late"}, frozenset()),
    "ProgressMailResumed": (frozenset(), frozenset()),
    "ProgressMailStopped": (frozenset(), frozenset()),
    "PromiseBroken": (STEP | {"deadline"}, frozenset()),
    "Reminded": (ABOUT_SOMEBODY, frozenset()),
    "StatusLinksRevoked": (frozenset(), frozenset()),
    "StepEntered": (STEP | {"from", "epoch"}, frozenset({"deadline", "closing_code"})),
    "TalkAdvised": (STEP | {"why"}, frozenset()),
}
"""By kind: the keys that it always has, and those that it may have."""

_NUMBER: Final = re.compile(r"\d{1,4}")
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d")
_REF: Final = re.compile(r"\d{4}-[A-Z0-9]{4}")
_WHY: Final = frozenset({"left", "away", "unreachable", "spread", "tie", *Suspicion})


@dataclass(frozen=True)
class Known:
    """What pseudonyms and keys there are."""

    process: Process
    people: frozenset[str]
    cases: frozenset[str]

    def allows(self, key: str, value: str) -> bool:
        return _ALLOWED[key](self, value)

    def is_step(self, value: str) -> bool:
        return self.process.has_step(value)

    def is_recipient(self, value: str) -> bool:
        somebody = value in (GIVER, MAILBOX) or value in self.people
        return somebody or value.removeprefix(FOLLOWER) in self.cases


_Rule = Callable[[Known, str], bool]


def _matches(pattern: re.Pattern[str]) -> _Rule:
    return lambda known, value: pattern.fullmatch(value) is not None


_ALLOWED: Final[Mapping[str, _Rule]] = {
    **dict.fromkeys(("step",), Known.is_step),
    **dict.fromkeys(
        ("person", "to"), lambda known, value: value in known.people | {GIVER, OPERATOR}
    ),
    "reason": lambda known, value: value in list(Why),
    **dict.fromkeys(
        ("number", "epoch", "count", "answered", "quorum", "days_late", "substitutes"),
        _matches(_NUMBER),
    ),
    "from": lambda known, value: value == "" or known.is_step(value),
    "deadline": _matches(_DATE),
    "ref": _matches(_REF),
    "why": lambda known, value: set(value.split(", ")) <= _WHY,
    **dict.fromkeys(("late", "with_name"), lambda known, value: value in ("yes", "no")),
    "lang": lambda known, value: value in ("sv", "en", "fi"),
    "purpose": lambda known, value: value in PURPOSES,
    "state": lambda known, value: value in [state.value for state in MailState],
    "recipient": Known.is_recipient,
    "role": lambda known, value: value in [role.key for role in known.process.roles],
    "closing_code": lambda known, value: value in [c.key for c in known.process.closing_codes],
}


def wrong_in(event: EventRow, known: Known) -> Iterator[str]:
    """What an event says that it may not, a sentence each."""
    if event.actor not in known.people | {GIVER, SLUICE, "mail", OPERATOR}:
        yield f"{event.actor!r} acts, and is no pseudonym"
    for fact in event.facts:
        yield from _wrong_in_fact(fact, known)


def _wrong_in_fact(fact: Fact, known: Known) -> Iterator[str]:
    always, sometimes = KINDS.get(fact.kind, (frozenset[str](), frozenset[str]()))
    keys = fact.data.keys()
    if fact.kind not in KINDS or not always <= keys <= always | sometimes:
        yield f"{fact.kind} has the keys {sorted(keys)}"
        return
    for key, value in fact.data.items():
        if not known.allows(key, value):
            yield f"{fact.kind} says of {key}: {value!r}"


def wrong_in_world(world: World) -> list[str]:
    """What the events of a world say that they may not. Those of cases whose process cannot be read are left out."""
    found = []
    cases = {case.case_id: case for case in world.store.rows(CaseRow)}
    people = frozenset(person.person_id for person in world.store.rows(PersonRow))
    for event in world.store.rows(EventRow):
        try:
            process = world.deps.process_of(cases[event.case_id])
        except UnknownProcess:
            continue
        found += wrong_in(event, Known(process, people, frozenset(cases)))
    return found
