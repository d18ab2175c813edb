"""The chain of events: each carries the hash of the one before, and no part can be changed unseen."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.events import GENESIS, event_hash, record
from chalicelib.domain.rows import Fact
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
