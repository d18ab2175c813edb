"""The sweep: whatever is due and was not done is nudged again, ever more seldom, and given up on only before a person."""

from __future__ import annotations

import logging
import re
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.messages import EvaluateCase, EvaluatePerson, SendMail
from chalicelib.domain.planned import Reason
from chalicelib.domain.rows import CaseRow, MailRow, MailState, PersonRow, Row, UndeliveredRow
from chalicelib.domain.suspicion import Suspicion
from chalicelib.domain.turns import in_turns
from chalicelib.services.archive import UnknownProcess
from chalicelib.services.evaluate_case import evaluate_case
from chalicelib.services.ports import OpenCase, R, StoreUnavailable, Waiting
from chalicelib.services.sweep import BEHIND, LONGEST, MOST, SHORTEST, TRIES, Swept, backoff, sweep
from tests.fakes import Crash, FakeStore, StoreFault
from tests.small_process import SMALL
from tests.unit.services.holding import MORNING, hold
from tests.world import HOST, PEOPLE, World, somebody


@pytest.fixture
def world() -> World:
    """A world with one idea, whose messages have been lost."""
    world = World()
    world.submit()
    world.queue.drop_all()
    return world


def test_what_is_due_is_nudged_cases_before_mails_before_people(world: World) -> None:
    world.change_person("hanna", due_at=world.now, try_at=world.now)
    assert world.sweep() == Swept(nudged=3, stuck=0)
    id_ = world.case().case_id
    assert world.queue.waiting == (
        EvaluateCase(id_),
        SendMail(f"{id_}-1-receipt-giver"),
        EvaluatePerson("hanna"),
    )


def test_what_is_not_due_is_left_alone(world: World) -> None:
    world.sweep()
    world.settle()
    before = len(world.store.transactions)
    assert world.sweep() == Swept(0, 0)
    assert len(world.store.transactions) == before


@pytest.mark.parametrize(
    ("tries", "minutes"),
    [(0, 3), (1, 3), (2, 4), (3, 8), (4, 16), (5, 32), (6, 60), (7, 60)],
)
def test_the_rest_between_tries_grows_from_a_visibility_timeout_to_an_hour(
    tries: int, minutes: int
) -> None:
    assert backoff(tries) == timedelta(minutes=minutes)
    assert SHORTEST <= backoff(tries) <= LONGEST


def test_a_row_that_was_nudged_rests_although_nothing_came_of_it(world: World) -> None:
    world.sweep()
    case = world.case()
    assert (case.try_at, case.tries) == (world.now + SHORTEST, 1)
    assert case.due_at == world.now
    world.clock.advance(timedelta(minutes=1))
    assert world.sweep() == Swept(0, 0)


def test_a_look_forgets_the_tries_before_it(world: World) -> None:
    world.sweep()
    world.settle()
    assert world.case().tries == 0


def until_stuck(world: World) -> datetime:
    """Lose every message until the case is given up on."""
    for _ in range(200):
        if world.case().stuck:
            return world.now
        world.sweep()
        world.queue.drop_all()
        world.clock.advance(timedelta(minutes=10))
    raise AssertionError("never stuck")


def test_after_eight_tries_a_case_leaves_the_index_and_the_coordinators_are_mailed() -> None:
    world = World(people=(*PEOPLE, somebody("henrik", "host")))
    world.submit(email=None, phone="070-174 06 05")
    world.queue.drop_all()
    until_stuck(world)
    case = world.case()
    assert (case.stuck, case.try_at, case.tries) == (True, None, TRIES)
    assert case.due_at is not None
    world.advance(minutes=1)
    told = {letter.to for letter in world.letters(about="stuck")}
    assert told == {"hanna@example.com", "henrik@example.com"}
    assert case.ref in world.letters(about="stuck")[0].subject


def test_a_stuck_case_is_told_of_once(world: World) -> None:
    until_stuck(world)
    for _ in range(30):
        world.advance(hours=3)
    assert len(world.letters(HOST.email, "stuck")) == 1


def test_a_coordinator_whom_mail_does_not_reach_is_not_the_one_who_is_told(world: World) -> None:
    world.change_person("hanna", unreachable_since=world.now)
    until_stuck(world)
    world.advance(minutes=1)
    assert world.letters(HOST.email, "stuck") == []
    assert len(world.letters(world.deps.site.mailbox, "stuck")) == 1


def test_without_a_coordinator_the_mailbox_is_told(world: World) -> None:
    world.change_person("hanna", active=False)
    until_stuck(world)
    world.advance(minutes=1)
    assert len(world.letters(world.deps.site.mailbox, "stuck")) == 1


def test_a_stuck_case_is_free_again_when_it_is_evaluated_at_last(world: World) -> None:
    until_stuck(world)
    assert evaluate_case(world.deps, world.case().case_id) is Reason.STEP_DONE
    assert (world.case().stuck, world.case().tries) == (False, 0)
    assert world.case().try_at == world.case().due_at


def test_a_mail_that_is_never_sent_fails_after_eight_tries_and_somebody_is_told(
    world: World,
) -> None:
    world.sweep()
    evaluate_case(world.deps, world.case().case_id)
    for _ in range(60):
        world.sweep()
        world.queue.drop_all()
        world.clock.advance(timedelta(minutes=15))
    assert world.mail("receipt").state is MailState.FAILED
    assert world.mail("receipt").problem == "stuck"
    assert {row.purpose for row in world.store.rows(UndeliveredRow)} >= {"receipt"}


def test_a_person_that_cannot_be_evaluated_is_told_of_and_tried_the_next_morning(
    world: World,
) -> None:
    world.sweep()
    world.settle()
    world.change_person("ada", due_at=world.now, try_at=world.now)
    for _ in range(40):
        world.sweep()
        world.queue.drop_all()
        world.clock.advance(timedelta(minutes=15))
    ada = world.store.get(PersonRow, "ada")
    assert ada is not None
    assert ada.due_at == world.deps.calendar.next_morning(world.now)
    assert world.mail("ada-stuck-1-hanna").purpose == "stuck"


def test_an_index_that_lags_nudges_nothing_twice(world: World) -> None:
    world.store.lag = True
    assert world.sweep().nudged == 2
    assert world.sweep() == Swept(0, 0)


def test_an_index_that_lags_behind_a_new_idea_finds_it_later() -> None:
    world = World()
    world.store.lag = True
    world.submit()
    world.queue.drop_all()
    assert world.sweep() == Swept(0, 0)
    world.store.lag = False
    assert world.sweep().nudged == 2


class Overtaken(FakeStore):
    """A store in which somebody else acts between a sweep's reading of a case and its writing."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: list[object] = []

    def get(self, kind: Any, *key: str | int) -> Any:
        found = super().get(kind, *key)
        if kind is CaseRow and self.meanwhile:
            act = self.meanwhile.pop()
            assert callable(act)
            act()
        return found


def overtaken(world: World, act: object) -> World:
    store = Overtaken()
    store.take_over(world.store)
    world.store = store
    world.deps = replace(world.deps, store=store)
    store.meanwhile.append(act)
    return world


def test_of_two_sweeps_at_once_one_nudges(world: World) -> None:
    swept: list[Swept] = []
    overtaken(world, lambda: swept.append(sweep(world.deps)))
    swept.append(world.sweep())
    assert sorted(each.nudged for each in swept) == [0, 2]
    assert world.case().tries == 1


def test_a_case_that_is_evaluated_while_it_is_given_up_on_is_not_stuck(world: World) -> None:
    world.sweep()
    world.settle()
    rested = world.case()
    due = replace(rested, due_at=world.now, try_at=world.now, tries=TRIES)
    world.store.keep(due)
    overtaken(world, lambda: evaluate_case(world.deps, due.case_id))
    world.sweep()
    assert not world.case().stuck
    assert world.case().try_at == rested.try_at


def test_one_row_that_cannot_be_moved_does_not_stop_the_others(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    world.submit("second", name="Bo Ek")
    world.queue.drop_all()
    world.store.fail_next(StoreFault.UNAVAILABLE)
    assert world.sweep().nudged == 3
    assert "could not be moved" in caplog.text


@pytest.mark.parametrize("reading", [CaseRow, MailRow, None], ids=str)
def test_what_an_error_says_never_reaches_the_log(
    world: World, caplog: pytest.LogCaptureFixture, reading: type[Row] | None
) -> None:
    """A name, a street and a telephone number, of which no filter knows that they are personal."""

    class Talkative(FakeStore):
        def get(self, kind: type[R], *key: str | int) -> R | None:
            if kind is reading:
                raise ValueError("cannot read 'Åsa Lind, Storgatan 3, 070-174 06 05'")
            return super().get(kind, *key)

        def due(self, waiting: Waiting, before: datetime, limit: int) -> tuple[str, ...]:
            if reading is None:
                raise ValueError("no index of 'Åsa Lind, Storgatan 3'")
            return super().due(waiting, before, limit)

    caplog.set_level(logging.DEBUG)
    store = Talkative()
    store.take_over(world.store)
    with suppress(ValueError):
        sweep(replace(world.deps, store=store))
    logged = caplog.text + "".join(str(record.exc_info or "") for record in caplog.records)
    assert "ValueError" in logged
    assert [word for word in ("Lind", "Storgatan", "070-174") if word in logged] == []


def test_a_row_that_cannot_be_moved_is_named_with_the_place_of_the_error(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.store.fail_next(StoreFault.UNAVAILABLE)
    world.sweep()
    told = rf"case {world.case().case_id} could not be moved: StoreUnavailable at \w+\.py:\d+"
    assert re.search(told, caplog.text)


def test_a_sweep_that_dies_half_way_has_nudged_whatever_it_moved(world: World) -> None:
    world.submit("en-annan-nyckel")
    world.queue.drop_all()
    world.faults.crash_at(4)
    with pytest.raises(Crash):
        world.sweep()
    moved = [case.case_id for case in world.store.rows(CaseRow) if case.tries == 1]
    assert [message.id for message in world.queue.waiting] == moved
    assert len(moved) == 1


def test_an_index_that_cannot_be_read_loses_no_nudge_that_was_owed(world: World) -> None:
    class Blind(FakeStore):
        def due(self, waiting: Waiting, before: datetime, limit: int) -> tuple[str, ...]:
            if waiting is Waiting.MAIL:
                raise StoreUnavailable("InternalServerError")
            return super().due(waiting, before, limit)

    world.change_person("hanna", due_at=world.now, try_at=world.now)
    store = Blind()
    store.take_over(world.store)
    with pytest.raises(StoreUnavailable):
        sweep(replace(world.deps, store=store))
    assert world.queue.waiting == (EvaluateCase(world.case().case_id), EvaluatePerson("hanna"))


def test_at_most_five_hundred_rows_are_nudged_at_a_time() -> None:
    world = World()
    for number in range(MOST + 20):
        world.submit(f"key-{number}", email=None, phone="070-174 06 05")
    world.change_person("hanna", due_at=world.now, try_at=world.now)
    world.queue.drop_all()
    asked: list[int] = []
    due = world.store.due

    class Counted(FakeStore):
        def due(self, waiting: Waiting, before: datetime, limit: int) -> tuple[str, ...]:
            asked.append(limit)
            return due(waiting, before, limit)

    counted = Counted()
    counted.take_over(world.store)
    assert sweep(replace(world.deps, store=counted)).nudged == MOST
    assert len(world.queue.waiting) == MOST
    assert min(asked) > 0


def test_a_flood_of_one_kind_delays_neither_a_mail_nor_a_person(
    world: World,
) -> None:
    for number in range(30):
        world.submit(f"key-{number}", email=None, phone="070-174 06 05")
    world.change_person("hanna", due_at=world.now, try_at=world.now)
    world.queue.drop_all()
    assert sweep(world.deps, most=9).nudged == 9
    kinds = [type(message) for message in world.queue.waiting]
    assert kinds[:3] == [EvaluateCase, SendMail, EvaluatePerson]
    assert kinds[3:] == [EvaluateCase] * 6


def test_the_order_of_the_turns_is_the_oldest_first_of_each_kind() -> None:
    assert list(in_turns(["ad", "be", "", "cfg"])) == list("abcdefg")
    assert list(in_turns([])) == []


def test_it_logs_for_how_long_the_oldest_of_each_kind_has_been_due(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    world.clock.advance(BEHIND)
    world.submit("second", email=None, phone="070-174 06 05")
    world.queue.drop_all()
    world.sweep()
    assert "due for longest: case 900 s, mail 900 s, person 0 s" in caplog.text
    assert "the sweep is behind" not in caplog.text


def test_what_has_been_due_for_too_long_is_told_of_by_its_kind(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    world.change_person("hanna", due_at=world.now, try_at=world.now)
    world.clock.advance(BEHIND + timedelta(seconds=1))
    world.sweep()
    lines = [record.getMessage() for record in caplog.records]
    assert lines == [
        f"the sweep is behind: a {kind} has been due for 901 s"
        for kind in ("case", "mail", "person")
    ]


def test_a_list_of_what_is_held_that_nobody_gets_is_told_of_too(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)
    world = World()
    hold(world)
    world.clock.advance_to(MORNING + BEHIND)
    world.sweep()
    assert caplog.records == []
    world.clock.advance(timedelta(seconds=1))
    world.sweep()
    assert "the sweep is behind: a list of what is held has been due for 901 s" in caplog.text


def test_an_index_of_what_is_held_that_cannot_be_read_stops_no_nudge(world: World) -> None:
    class Blind(FakeStore):
        def held(
            self, why: Suspicion, limit: int | None = None, *, newest: bool = False
        ) -> tuple[OpenCase, ...]:
            raise StoreUnavailable("InternalServerError")

    store = Blind()
    store.take_over(world.store)
    with pytest.raises(StoreUnavailable):
        sweep(replace(world.deps, store=store))
    assert len(world.queue.waiting) == 2


def test_a_process_that_can_no_longer_be_read_ends_with_somebody_told(world: World) -> None:
    world.upgrade(replace(SMALL, version="newer"), readable=False)
    for _ in range(60):
        world.sweep()
        while world.queue.bodies:
            message = world.queue.take()
            if isinstance(message, SendMail):
                world.deliver(message)
            else:
                with pytest.raises(UnknownProcess):
                    world.deliver(message)
        world.clock.advance(timedelta(minutes=15))
    assert world.case().stuck
    assert len(world.letters(HOST.email, "stuck")) == 1
