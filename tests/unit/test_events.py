"""The chain of events: each carries the hash of the one before, and no part can be changed, left out or added unseen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.events import GENESIS, Break, Link, event_hash, first_break, record
from chalicelib.domain.rows import CaseRow, EventRow, Fact
from tests.builders import NOW, a_case

FACTS = (Fact("IdeaSubmitted", {"step": "landed"}), Fact("StepEntered", {"step": "glance"}))
SAID: dict[str, Any] = {
    "case_id": "c",
    "seq": 3,
    "at": NOW,
    "actor": "sluice",
    "facts": FACTS,
    "prev_hash": GENESIS,
}


def test_recording_moves_the_head_of_the_case_by_one() -> None:
    case = a_case(seq=4, head_hash="e" * 64)
    moved, event = record(case, NOW, "ada", FACTS)
    assert moved == replace(case, seq=5, head_hash=event.hash)
    assert (event.seq, event.prev_hash, event.actor) == (5, "e" * 64, "ada")
    assert (event.case_id, event.at, event.facts) == (case.case_id, NOW, FACTS)


def test_each_event_carries_the_hash_of_the_one_before() -> None:
    case = a_case(seq=0, head_hash=GENESIS)
    case, first = record(case, NOW, "giver", FACTS[:1])
    _, second = record(case, NOW, "sluice", FACTS[1:])
    assert first.prev_hash == GENESIS
    assert second.prev_hash == first.hash


def test_the_hash_is_made_of_what_the_event_says() -> None:
    _, event = record(a_case(), NOW, "ada", FACTS)
    assert event.hash == event_hash(
        event.case_id, event.seq, event.at, event.actor, event.facts, event.prev_hash
    )


@pytest.mark.parametrize(
    "changed",
    [
        {"case_id": "d"},
        {"seq": 4},
        {"at": NOW + timedelta(microseconds=1)},
        {"actor": "ada"},
        {"facts": FACTS[:1]},
        {"facts": tuple(reversed(FACTS))},
        {"facts": (FACTS[0], Fact("StepEntered", {"step": "jury"}))},
        {"prev_hash": "1" * 64},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_a_change_of_any_part_gives_another_hash(changed: dict[str, Any]) -> None:
    assert event_hash(**SAID) != event_hash(**(SAID | changed))


def test_the_order_in_which_a_facts_values_were_written_does_not_matter() -> None:
    one = (Fact("StepEntered", {"step": "glance", "from": "landed"}),)
    other = (Fact("StepEntered", {"from": "landed", "step": "glance"}),)
    assert event_hash(**(SAID | {"facts": one})) == event_hash(**(SAID | {"facts": other}))


def test_the_hash_of_today_is_the_hash_of_every_version_to_come() -> None:
    facts = (Fact("AskAnswered", {"person": "åsa", "step": "glance"}),)
    assert event_hash(**(SAID | {"facts": facts})) == (
        "8b2125941fe4315a752bfb04657f5d6267ef59bece7b3f048243fc621bf63741"
    )


# ── Checking a chain ──


Tampering = Callable[[CaseRow, list[EventRow]], tuple[CaseRow, list[EventRow]]]


def a_chain(
    events: int, actor: str = "sluice", before: str = GENESIS
) -> tuple[CaseRow, list[EventRow]]:
    """A case with so many events from its beginning, as they are recorded."""
    case, chain = a_case(seq=0, head_hash=before), []
    for number in range(events):
        case, event = record(case, NOW + timedelta(hours=number), actor, FACTS)
        chain.append(event)
    return case, chain


def where_it_breaks(case: CaseRow, chain: list[EventRow]) -> Break | None:
    return first_break([Link.of(event) for event in chain], case.seq, case.head_hash)


@pytest.mark.parametrize("events", [0, 1, 2, 5])
def test_a_chain_as_it_was_recorded_is_whole(events: int) -> None:
    assert where_it_breaks(*a_chain(events)) is None


@pytest.mark.parametrize(
    "changed",
    [
        {"case_id": "another"},
        {"at": NOW},
        {"actor": "ada"},
        {"facts": FACTS[:1]},
        {"prev_hash": "1" * 64},
        {"hash": "1" * 64},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_a_change_of_any_part_of_a_stored_event_is_found(changed: dict[str, Any]) -> None:
    case, chain = a_chain(3)
    chain[1] = replace(chain[1], **changed)
    assert where_it_breaks(case, chain) == Break(2, "it is not what was recorded")


def test_of_an_event_is_kept_what_checking_its_chain_needs() -> None:
    _, (first, second) = a_chain(2)
    assert Link.of(first) == Link(1, GENESIS, first.hash, True)
    assert Link.of(replace(second, actor="ada")) == Link(2, first.hash, second.hash, False)


def other_history(case: CaseRow, chain: list[EventRow]) -> tuple[CaseRow, list[EventRow]]:
    """The last event as somebody else would have recorded it, by itself as true as any."""
    _, other = a_chain(3, actor="ada")
    return case, [*chain[:2], other[2]]


def without(*seqs: int) -> Tampering:
    return lambda case, chain: (case, [event for event in chain if event.seq not in seqs])


NOT_THE_HEAD = "it is the last, and the case names another as its head"
BROKEN: dict[str, tuple[Tampering, Break]] = {
    "all are gone": (without(1, 2, 3), Break(1, "it is missing")),
    "the first is gone": (without(1), Break(1, "it is missing")),
    "one between is gone": (without(2), Break(2, "it is missing")),
    "the last is gone": (without(3), Break(3, "it is missing")),
    "the last two are gone": (without(2, 3), Break(2, "it is missing")),
    "one that does not follow": (
        other_history,
        Break(3, "it does not follow the event before it"),
    ),
    "the first names an event before it": (
        lambda case, chain: (
            case,
            a_chain(3, before="e" * 64)[1],
        ),
        Break(1, "it does not follow the event before it"),
    ),
    "one more than the case knows of": (
        lambda case, chain: (replace(case, seq=2, head_hash=chain[1].hash), chain),
        Break(3, NOT_THE_HEAD),
    ),
    "the case names another head": (
        lambda case, chain: (replace(case, head_hash="e" * 64), chain),
        Break(3, NOT_THE_HEAD),
    ),
    "the case counts fewer and names the same head": (
        lambda case, chain: (replace(case, seq=2), chain),
        Break(3, NOT_THE_HEAD),
    ),
    "a case without events has a head": (
        lambda case, _: (replace(case, seq=0), []),
        Break(0, NOT_THE_HEAD),
    ),
}


@pytest.mark.parametrize(("tampered", "found"), BROKEN.values(), ids=BROKEN.keys())
def test_where_a_chain_breaks(tampered: Tampering, found: Break) -> None:
    assert where_it_breaks(*tampered(*a_chain(3))) == found


def test_of_several_breaks_the_first_is_told() -> None:
    case, chain = a_chain(4)
    chain[1], chain[2] = replace(chain[1], actor="ada"), replace(chain[2], actor="ada")
    assert where_it_breaks(case, chain) == Break(2, "it is not what was recorded")
