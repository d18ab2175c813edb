"""A poisoned case among a hundred: it harms only itself, ends before a person, and goes on after a repair."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.domain.events import OPERATOR, SLUICE
from chalicelib.domain.messages import EvaluateCase, SendMail
from chalicelib.domain.rows import AskRow, CaseRow, EventRow
from chalicelib.services.archive import UnknownProcess
from chalicelib.services.sweep import TRIES
from chalicelib.services.wake_stuck import NotStuck, Woken, wake_stuck
from tests.small_process import GLANCE, SMALL
from tests.world import HOST, World

OTHERS = 99
NEWER = replace(SMALL, version="newer")


def a_poisoned_case(others: int = OTHERS) -> World:
    """A case whose process can no longer be read stands among others that came at the same time; every first nudge was lost."""
    world = World()
    world.submit("gift")
    world.upgrade(NEWER, readable=False)
    for number in range(others):
        world.submit(f"nyckel-{number}")
    world.queue.drop_all()
    return world


def the_poisoned(world: World) -> CaseRow:
    (found,) = [case for case in world.store.rows(CaseRow) if case.process_version == "small"]
    return found


def let_it_run(world: World, minutes: int) -> Counter[str]:
    """So many minutes of sweeps and workers, in which every message is received once. Counts the messages to each case, and the
    errors."""
    seen: Counter[str] = Counter()
    for _ in range(minutes):
        world.sweep()
        while world.queue.bodies:
            message = world.queue.take()
            seen[message.id] += isinstance(message, EvaluateCase)
            try:
                world.deliver(message)
            except UnknownProcess:
                assert not isinstance(message, SendMail)
                seen["errors"] += 1
        world.clock.advance(timedelta(minutes=1))
    return seen


def test_ninety_nine_are_done_in_the_first_minute_and_the_poisoned_one_backs_off() -> None:
    world = a_poisoned_case()
    let_it_run(world, minutes=1)
    done = [case for case in world.store.rows(CaseRow) if case.step == GLANCE.key]
    assert len(done) == OTHERS
    poisoned = the_poisoned(world)
    assert (poisoned.step, poisoned.tries, poisoned.stuck) == (SMALL.first, 1, False)
    assert poisoned.try_at == world.now + timedelta(minutes=2)


def test_the_poisoned_case_costs_eight_messages_and_ends_before_a_person() -> None:
    world = a_poisoned_case()
    seen = let_it_run(world, minutes=4 * 60)
    poisoned = the_poisoned(world)
    assert seen[poisoned.case_id] == seen["errors"] == TRIES
    assert (poisoned.stuck, poisoned.try_at) == (True, None)
    (told,) = world.letters(HOST.email, "stuck")
    assert poisoned.ref in told.subject
    more = let_it_run(world, minutes=24 * 60)
    assert more["errors"] == 0


def test_a_stuck_case_goes_on_after_a_repair_when_an_operator_wakes_it() -> None:
    world = a_poisoned_case(others=1)
    let_it_run(world, minutes=4 * 60)
    world.mend(SMALL)
    let_it_run(world, minutes=60)
    assert the_poisoned(world).stuck, "nobody has woken it"

    assert isinstance(wake_stuck(world.deps, the_poisoned(world).ref), Woken)
    world.settle()

    woken = the_poisoned(world)
    assert (woken.step, woken.stuck, woken.tries) == (GLANCE.key, False, 0)
    assert [ask.person for ask in world.store.rows(AskRow) if ask.case_id == woken.case_id] == [
        HOST.person_id
    ]
    events = [event for event in world.store.rows(EventRow) if event.case_id == woken.case_id]
    assert [(event.actor, event.facts[0].kind) for event in events[-2:]] == [
        (OPERATOR, "CaseWoken"),
        (SLUICE, "StepEntered"),
    ]


def test_a_case_that_is_woken_before_it_is_mended_is_told_of_again() -> None:
    world = a_poisoned_case(others=0)
    let_it_run(world, minutes=4 * 60)
    wake_stuck(world.deps, the_poisoned(world).ref)
    let_it_run(world, minutes=4 * 60)
    assert the_poisoned(world).stuck
    assert len(world.letters(HOST.email, "stuck")) == 2


def test_waking_twice_wakes_once() -> None:
    world = a_poisoned_case(others=0)
    let_it_run(world, minutes=4 * 60)
    ref = the_poisoned(world).ref
    first, second = wake_stuck(world.deps, ref), wake_stuck(world.deps, ref)
    assert isinstance(first, Woken)
    assert isinstance(second, NotStuck)
    facts = [fact.kind for event in world.store.rows(EventRow) for fact in event.facts]
    assert facts.count("CaseWoken") == 1
    assert world.queue.waiting == (EvaluateCase(the_poisoned(world).case_id),)


def test_a_case_that_rests_between_tries_need_not_wait_for_its_next_one() -> None:
    world = a_poisoned_case(others=0)
    let_it_run(world, minutes=40)
    resting = the_poisoned(world)
    assert resting.tries > 1
    assert not resting.stuck
    world.mend(SMALL)
    assert isinstance(wake_stuck(world.deps, resting.ref), Woken)
    world.settle()
    assert the_poisoned(world).step == GLANCE.key


@pytest.mark.parametrize("closed", [False, True])
def test_a_case_that_goes_on_by_itself_is_left_alone(closed: bool) -> None:
    world = World()
    world.submit()
    world.settle()
    if closed:
        world.answer(HOST, {"verdict": "drop", "why": "Det görs redan i dag.", "code": "poor"})
        world.settle()
    before = world.case()
    assert before.closed is closed
    assert wake_stuck(world.deps, before.ref) == NotStuck(before)
    assert world.case() == before


def test_a_reference_that_nobody_has_wakes_nothing() -> None:
    assert wake_stuck(World().deps, "2026-9999") is None
