"""The processes that cases began with: kept once by the first case, read when needed, and told apart by version."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

import pytest

from chalicelib.domain.held import with_own_steps
from chalicelib.domain.process import Process
from chalicelib.domain.rows import ProcessRow, Row
from chalicelib.domain.transaction import Conflict, Create
from chalicelib.services.answer_ask import Accepted, answer_ask
from chalicelib.services.archive import Archive, UnknownProcess
from chalicelib.services.ports import StoreUnavailable
from tests.fakes import START, Crash, FakeClock, FakeStore, Faults, StoreFault
from tests.small_process import ON, SMALL, with_step
from tests.world import HOST, World

EARLIER = replace(SMALL, version="earlier")
NEWER = replace(with_step(SMALL, "jury", deadline_days=40), version="newer")


def cannot_read(source: str, version: str) -> Process:
    raise ValueError(f"{version}: {source}")


def an_archive(
    store: FakeStore, read: Callable[[str, str], Process] = cannot_read, current: Process = SMALL
) -> Archive:
    return Archive(store, FakeClock(), current, "the text", read)


def rows(store: FakeStore) -> list[tuple[str, str]]:
    return [(row.version, row.source) for row in store.rows(ProcessRow)]


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


def test_the_current_process_needs_no_row(store: FakeStore) -> None:
    archive = an_archive(store)
    assert archive.of("small") == with_own_steps(SMALL)
    assert archive.knows("small")
    assert rows(store) == []


def test_the_current_process_is_kept_with_its_text_and_when(store: FakeStore) -> None:
    an_archive(store).keep()
    (row,) = store.rows(ProcessRow)
    assert (row.version, row.source, row.since) == ("small", "the text", START)


def test_it_is_kept_once_however_often_it_is_asked_for(store: FakeStore) -> None:
    archive = an_archive(store)
    for _ in range(5):
        archive.keep()
    an_archive(store).keep()
    assert len(store.transactions) == 1


def test_many_containers_that_keep_it_at_once_keep_it_once(store: FakeStore) -> None:
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(lambda _: an_archive(store).keep(), range(10)))
    assert rows(store) == [("small", "the text")]


def test_when_it_could_not_be_kept_it_is_tried_again(
    store: FakeStore,
) -> None:
    archive = an_archive(store)
    store.fail_next(StoreFault.UNAVAILABLE)
    with pytest.raises(StoreUnavailable):
        archive.keep()
    assert rows(store) == []
    archive.keep()
    assert rows(store) == [("small", "the text")]


R = TypeVar("R", bound=Row)


class Late(FakeStore):
    """Another container stores the process between the first look and the writing."""

    looked = False

    def get(self, kind: type[R], *key: str | int) -> R | None:
        if kind is ProcessRow and not self.looked:
            self.looked = True
            return None
        return super().get(kind, *key)


def test_losing_the_race_for_it_is_no_error() -> None:
    store = Late()
    store.transact([Create(ProcessRow("small", "the text", START), "process-is-new")])
    an_archive(store).keep()
    assert rows(store) == [("small", "the text")]


def test_contention_with_nothing_stored_is_an_error(store: FakeStore) -> None:
    store.fail_next(StoreFault.CONFLICT)
    with pytest.raises(Conflict):
        an_archive(store).keep()


@pytest.mark.parametrize(("boundary", "kept"), [(0, 0), (1, 1)])
def test_a_crash_keeps_it_or_not_and_the_next_container_does(boundary: int, kept: int) -> None:
    store = FakeStore(faults=Faults())
    store.faults.crash_at(boundary)
    with pytest.raises(Crash):
        an_archive(store).keep()
    assert len(rows(store)) == kept
    an_archive(store).keep()
    assert len(rows(store)) == 1


def test_an_earlier_process_is_read_from_its_text_once(store: FakeStore) -> None:
    store.transact([Create(ProcessRow("earlier", "old text", START), "process-is-new")])
    read: list[tuple[str, str]] = []

    def reading(source: str, version: str) -> Process:
        read.append((source, version))
        return EARLIER

    archive = an_archive(store, reading)
    assert [archive.of("earlier") for _ in range(3)] == [with_own_steps(EARLIER)] * 3
    assert archive.knows("earlier")
    assert read == [("old text", "earlier")]


@pytest.mark.parametrize("stored", [False, True], ids=["not stored", "cannot be read"])
def test_a_process_that_is_not_to_be_had_is_told_apart(store: FakeStore, stored: bool) -> None:
    if stored:
        store.transact([Create(ProcessRow("earlier", "old text", START), "process-is-new")])
    archive = an_archive(store)
    assert not archive.knows("earlier")
    with pytest.raises(UnknownProcess, match="earlier"):
        archive.of("earlier")


# ── What it means for ideas ──


def test_the_first_idea_keeps_the_process_that_it_begins_with() -> None:
    world = World()
    world.upgrade(NEWER)
    before = len(world.store.transactions)
    world.submit()
    world.submit("second")
    assert {row.version for row in world.store.rows(ProcessRow)} == {"small", "newer"}
    assert len(world.store.transactions) == before + 3  # the process, and two ideas


def test_an_idea_is_not_taken_in_when_its_process_cannot_be_kept() -> None:
    world = World()
    world.upgrade(NEWER)
    world.store.fail_next(StoreFault.UNAVAILABLE)
    with pytest.raises(StoreUnavailable):
        world.submit()
    assert world.store.open_cases() == ()
    world.submit()
    assert world.case().process_version == "newer"


def test_a_crash_after_the_process_was_kept_leaves_no_idea_behind() -> None:
    world = World()
    world.upgrade(NEWER)
    world.faults.crash_at(1)
    with pytest.raises(Crash):
        world.submit()
    assert world.store.open_cases() == ()
    assert len(world.store.rows(ProcessRow)) == 2


def test_a_case_goes_on_by_the_process_that_it_began_with() -> None:
    world = World()
    world.submit("old")
    world.settle()
    link = world.link(HOST.email)
    world.upgrade(NEWER)
    assert isinstance(answer_ask(world.deps, link, None, ON), Accepted)
    world.settle()
    calendar = world.deps.calendar
    assert world.case().deadline == calendar.deadline(world.now, 15)
    world.submit("new")
    world.settle()
    answer_ask(world.deps, world.link(HOST.email), None, ON)
    world.settle()
    deadlines = {case.deadline for case in world.store.open_cases()}
    assert deadlines == {calendar.deadline(world.now, 15), calendar.deadline(world.now, 40)}


def test_a_case_whose_process_cannot_be_read_waits_and_goes_on_when_it_can() -> None:
    world = World()
    world.submit()
    world.queue.drop_all()
    world.upgrade(NEWER, readable=False)
    world.clock.advance(timedelta(minutes=1))
    world.sweep()
    with pytest.raises(UnknownProcess):
        world.settle()
    assert world.case().step == "landed"
    world.upgrade(replace(SMALL, version="small"))
    world.advance(hours=2)
    assert world.case().step == "glance"
