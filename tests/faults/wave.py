"""Thousands of cases that become due in one minute: how many messages that costs, and for how long somebody waits who comes then.

Plays the real sweep and the real evaluation minute by minute on a queue in which messages wait in line. How much the consumers can
do in a minute is an assumption, and given.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.domain import messages
from chalicelib.domain.messages import EvaluateCase, Message, SendMail
from chalicelib.domain.process import Process
from chalicelib.domain.rows import CaseRow, PersonRow
from chalicelib.services.archive import UnknownProcess
from chalicelib.services.submit_idea import Receipt
from tests.faults.town import RECEIVES, VISIBILITY
from tests.world import World, a_submission

POISONED = 20
DAY_OF_MINUTES = 24 * 60
EVALUATIONS_A_MINUTE = 300
"""Fewer than the sweep nudges (500), so that a line forms: five consumers at a time, one second each. More make it shorter."""

DESIGN: Mapping[str, str] = {
    "messages": "14,000",
    "new_idea_waited_minutes": "11",
    "dead_letters_in_a_day": "560",
}


@dataclass(frozen=True)
class Wave:
    """`messages` are those that ask for an evaluation, for the `cases` alone; `minutes` until every one of them was evaluated.
    `dead_letters_in_a_day` come from the poisoned ones, all of which end as `stuck`."""

    cases: int
    evaluations_a_minute: int
    messages: int
    minutes: int
    new_idea_waited_minutes: int
    poisoned: int
    dead_letters_in_a_day: int
    stuck: int
    mails_that_tell_of_it: int


class Line:
    """The queue of evaluations: first come, first served, and what failed comes back after its time, five times in all."""

    def __init__(self, world: World) -> None:
        self.dead: list[Message] = []
        self.nudges = 0
        self._world = world
        self._line: deque[tuple[Message, int]] = deque()
        self._failed: list[tuple[datetime, Message, int]] = []

    def take_in(self) -> None:
        """What was sent since, and what failed long enough ago."""
        bodies, self._world.queue.bodies = self._world.queue.bodies, []
        now = self._world.now
        back = [entry for entry in self._failed if entry[0] <= now]
        self._failed = [entry for entry in self._failed if entry[0] > now]
        self._line.extend((message, receives) for _, message, receives in back)
        for body in bodies:
            message = messages.from_json(body)
            if isinstance(message, SendMail):
                self._world.deliver(message)
            else:
                self.nudges += 1
                self._line.append((message, 0))

    def handle(self, most: int) -> None:
        for _ in range(min(most, len(self._line))):
            message, receives = self._line.popleft()
            try:
                self._world.deliver(message)
            except UnknownProcess:
                if receives + 1 < RECEIVES:
                    self._failed.append((self._world.now + VISIBILITY, message, receives + 1))
                else:
                    self.dead.append(message)


def roll(
    process: Process,
    people: tuple[PersonRow, ...],
    cases: int,
    evaluations_a_minute: int = EVALUATIONS_A_MINUTE,
    poisoned: int = POISONED,
) -> Wave:
    """So many cases become due at once, some more that cannot be evaluated among them, and half-way through somebody sends an idea."""
    world = World(replace(process, version="cannot be read any more"), people)
    _store(world, "gift", poisoned)
    world.upgrade(process, readable=False)
    _store(world, "våg", cases)
    world.queue.drop_all()
    line, minutes = Line(world), 0
    while _due(world, process) > cases // 2:
        minutes += 1
        _minute(world, line, evaluations_a_minute)
    came = minutes
    (late,) = _store(world, "sen", 1)
    while (waits := world.case(late).step == process.first) or _due(world, process):
        minutes += 1
        _minute(world, line, evaluations_a_minute)
        if waits:
            waited = minutes - came
    nudges = line.nudges
    for _ in range(DAY_OF_MINUTES - minutes):
        _minute(world, line, evaluations_a_minute)
    stuck = [case.case_id for case in world.store.rows(CaseRow) if case.stuck]
    of_poison = sum(
        message.id in stuck for message in line.dead if isinstance(message, EvaluateCase)
    )
    return Wave(
        cases=cases,
        evaluations_a_minute=evaluations_a_minute,
        messages=nudges,
        minutes=minutes,
        new_idea_waited_minutes=waited,
        poisoned=poisoned,
        dead_letters_in_a_day=of_poison,
        stuck=len(stuck),
        mails_that_tell_of_it=sum("-stuck-" in letter.mail_id for letter in world.letters()),
    )


def _minute(world: World, line: Line, most: int) -> None:
    world.clock.advance(timedelta(minutes=1))
    world.sweep()
    line.take_in()
    line.handle(most)
    line.take_in()


def _due(world: World, process: Process) -> int:
    """How many of the cases that can be evaluated still wait for it."""
    return sum(
        case.step == process.first and case.process_version == process.version
        for case in world.store.rows(CaseRow)
    )


def _store(world: World, name: str, cases: int) -> list[str]:
    """The references of so many new ideas, of people without e-mail."""
    idea = a_submission(email=None, phone="070-174 06 05")
    receipts = [world.send(idea, f"{name}-{number}") for number in range(cases)]
    return [receipt.ref for receipt in receipts if isinstance(receipt, Receipt)]
