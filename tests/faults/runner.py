"""Pushes ideas by the thousand through the engine while everything goes wrong, and judges what is left.

It lives with the tests, since its towns are made of the tests' doubles, and since it is a test: `make faults` is the long one,
`test_runner` the short one. Towns share nothing, so each has a process of its own, and the same seed gives the same result
on any number of them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import timedelta

from chalicelib.domain.process import Process
from chalicelib.domain.rows import PersonRow
from tests.faults.luck import Rates, UnluckyStore
from tests.faults.town import Town, Without
from tests.faults.verdict import Verdict, judge
from tests.faults.whole import people_of
from tests.world import configuration

A_TOWN = 250
"""Cases of one town: as many as a municipality may have open at once, and few enough that a town fits in memory."""

HELD_OF_ALL = 0.05
"""How many ideas that are held come for each that is not."""
ARRIVAL_DAYS = 90
DAYS = 700
"""Long enough that nearly every case comes to its end, the effect follow-ups a year after it included."""


def towns(cases: int) -> list[int]:
    """How many cases each town has."""
    full, rest = divmod(cases, A_TOWN)
    return [A_TOWN] * full + ([rest] if rest else [])


def play(
    cases: int,
    seed: str,
    rates: Rates = Rates(),  # noqa: B008 - Frozen.
    *,
    days: float = DAYS,
    arrivals: float = ARRIVAL_DAYS,
    store: type[UnluckyStore] = UnluckyStore,
    without: Without = Without(),  # noqa: B008 - Frozen.
    dropped: frozenset[str] = frozenset(),
) -> Verdict:
    """One town from its first idea to its verdict. `store`, `without` and `dropped` take a part of the engine out."""
    process = configuration().process
    town = Town(
        process,
        answering(process),
        rates,
        seed,
        store=store,
        without=without,
        dropped=dropped,
    )
    town.expect(cases, arrivals)
    town.hold(round(cases * HELD_OF_ALL), hours=24 * arrivals)
    town.run(town.now + timedelta(days=days))
    return judge(town)


def answering(process: Process) -> tuple[PersonRow, ...]:
    """People who get their reminders one by one: a list of what waits reads every open case, and at one crash in ten calls never
    comes to its end."""
    return tuple(replace(who, digest=False, weekly=False) for who in people_of(process))


CALM = replace(
    Rates(), crash=0.002, throttled=0.002, contention=0.002, answer_lost=0.002, bounced=0.0
)
"""Little enough goes wrong that a list which reads every open case comes to its end within a few tries."""


def play_mornings(
    cases: int,
    held: int,
    seed: str,
    *,
    most: int,
    days: int = 10,
    store: type[UnluckyStore] = UnluckyStore,
) -> Verdict:
    """A town whose coordinators want a list each morning, into which comes a flood of ideas that are held. `most` is how many rows
    one sweep takes: few, so that few held ideas are many."""
    process = configuration().process
    readers = tuple(
        replace(person, digest=process.coordinator in person.roles, weekly=False)
        for person in people_of(process)
    )
    town = Town(process, readers, CALM, seed, store=store, most=most)
    with town.luck.at_peace():
        for person in readers:
            if person.digest:
                town.register(person.person_id)
    town.expect(cases, days / 2)
    town.hold(held, hours=12)
    town.look_at_lists(days * 5 // 7 - 1)
    town.run(town.now + timedelta(days=days))
    return judge(town)


RESTLESS = replace(CALM, two_at_once=0.5, index_behind=0.8)
"""Somebody acts in the middle of every other act, and the indexes are behind more often than not."""


def play_departures(
    cases: int,
    seed: str,
    *,
    days: int = 60,
    every: timedelta = timedelta(hours=8),
    dropped: frozenset[str] = frozenset(),
    store: type[UnluckyStore] = UnluckyStore,
) -> Verdict:
    """A town whose operator removes people and corrects addresses all the time, while they are asked."""
    process = configuration().process
    town = Town(process, answering(process), RESTLESS, seed, dropped=dropped, store=store)
    town.expect(cases, days * 0.9)
    town.change_directory(days, every)
    town.run(town.now + timedelta(days=days))
    return judge(town)


def play_all(
    cases: int, seed: int, workers: int, tell: Callable[[int], None] = lambda done: None
) -> Verdict:
    """Every town of so many cases, added up. `tell` hears how many cases are done."""
    total, done = Verdict(), 0
    wanted = towns(cases)
    with ProcessPoolExecutor(workers, initializer=_quietly) as pool:
        seeds = [f"{seed}-{number}" for number in range(len(wanted))]
        for size, verdict in zip(wanted, pool.map(play, wanted, seeds), strict=True):
            total.add(verdict)
            done += size
            tell(done)
    return total


def _quietly() -> None:
    logging.disable(logging.CRITICAL)
