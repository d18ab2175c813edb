"""What the time machine counts is what the tests' meter sees when the same calls are made on the real adapters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.adapters.aws import SharedConnection
from chalicelib.adapters.records import RECORDS, to_record
from chalicelib.adapters.store import DynamoStore
from chalicelib.domain.messages import EvaluateCase, EvaluatePerson, SendMail
from chalicelib.domain.rows import CaseRow, GuardRow, PersonRow, Row
from chalicelib.domain.transaction import Change, Conflict, Operation, count_is
from chalicelib.services.ports import Waiting
from infra.simulate.metered import Asked, Meter, MeteredQueue, MeteredStore, to_item
from tests.adapters.keeping import keep, move
from tests.adapters.stage import SETTINGS
from tests.builders import (
    CASE_ID,
    NOW,
    a_case,
    a_closed_case,
    a_contact,
    a_follower,
    a_guard,
    a_hold,
    a_mail,
    a_masked,
    a_person,
    a_process_row,
    a_question,
    a_reference,
    a_shown_idea,
    a_stop,
    a_text,
    a_token,
    an_answered_ask,
    an_ask,
    an_event,
    an_undelivered,
)
from tests.metering import Meter as RealMeter

ROWS: tuple[Row, ...] = (
    a_case(),
    a_case(case_id="other", closing_code="other", stuck=True, has_email=False, own_unit="it"),
    an_ask(),
    an_answered_ask(person="bo"),
    an_undelivered(),
    a_follower(),
    a_question(),
    a_contact(),
    a_text(fields={"idea": "Bänkar längs ån. " * 150}),
    a_masked(),
    an_event(),
    a_reference(),
    a_process_row(),
    a_mail(),
    a_hold(),
    a_shown_idea(),
    a_stop(),
    a_token(),
    a_person(digest=True, due_at=NOW, try_at=NOW),
    a_guard(),
)


def test_every_kind_of_row_is_tried() -> None:
    assert {type(row) for row in ROWS} == {record.kind for record in RECORDS}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: type(row).__name__)
def test_an_item_is_what_the_real_store_would_keep(row: Row) -> None:
    assert to_item(row) == to_record(row).serialize()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (a_case(), a_closed_case(seq=2)),
        (a_closed_case(), a_case(seq=2, try_at=None)),
        (an_ask(), an_answered_ask()),
        (a_mail(), a_mail(sent_text="Hej!", sent_at=NOW, attempts=10)),
        (a_guard(), a_guard(count=12)),
        (a_person(), a_person(active=False, roles=("host", "juror"))),
    ],
    ids=lambda row: type(row).__name__,
)
def test_an_item_made_from_the_one_before_is_the_same(before: Row, after: Row) -> None:
    assert to_item(after, (before, to_item(before))) == to_record(after).serialize()


class Both:
    """Two stores that are asked the same: the real one on moto, and the one that counts."""

    def __init__(self, connection: SharedConnection) -> None:
        self.seen = RealMeter(SETTINGS.stage)
        self.seen.watch_client(connection.client)
        self.counted = Meter()
        self._stores = (DynamoStore(connection, SETTINGS.tables), MeteredStore(self.counted))

    def transact(self, operations: Sequence[Operation]) -> None:
        refused = []
        for store in self._stores:
            try:
                store.transact(operations)
            except Conflict as conflict:
                refused.append(conflict.failed)
        if refused:
            assert len(set(refused)) == 1
            assert len(refused) == len(self._stores)
            raise Conflict(refused[0])

    def __getattr__(self, name: str) -> Any:
        def ask(*args: Any) -> Any:
            (real, counted) = (getattr(store, name)(*args) for store in self._stores)
            assert real == counted
            return real

        return ask

    def agree(self) -> None:
        asked, seen = self.counted.asked, self.seen
        assert (asked.write_units, asked.index_units) == (seen.write_units, seen.index_units)
        assert asked.read_units == seen.read_units
        assert asked.calls == seen.calls.total()
        assert asked.calls > 0


@pytest.fixture
def both(connection: SharedConnection) -> Both:
    both = Both(connection)
    keep(both, *ROWS)
    both.agree()
    return both


def test_a_case_that_moves_costs_the_same(both: Both) -> None:
    case = move(both, a_case(), step="jury", try_at=NOW + timedelta(days=3))
    both.agree()
    case = move(both, case, head_hash="b" * 64)
    both.agree()
    move(both, case, closed=True, due_at=None, try_at=None)
    both.agree()


@pytest.mark.parametrize("count", [1, 2], ids=["as it was read", "as it never was"])
def test_a_lone_change_costs_the_same_whether_it_passes_or_not(both: Both, count: int) -> None:
    read = a_guard()
    assert read.count == 1
    change = Change(replace(read, count=9), (count_is(replace(read, count=count)),))
    if count == read.count:
        both.transact([change])
    else:
        with pytest.raises(Conflict):
            both.transact([change])
    both.agree()


def test_a_lone_change_that_could_pass_twice_costs_as_a_transaction(both: Both) -> None:
    both.transact([Change(a_text(fields={}), ())])
    both.agree()


def test_a_row_that_grows_costs_for_its_greater_size(both: Both) -> None:
    both.transact([Change(a_mail(sent_text="å" * 2000), ())])
    both.transact([Change(a_mail(sent_text="kort"), ())])
    both.agree()


def test_what_an_index_holds_whole_costs_whatever_changes(both: Both) -> None:
    person = both.get(PersonRow, "rut")
    both.transact([Change(replace(person, name="Rut Larsson", seq=1), ())])
    both.agree()


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("get", (CaseRow, CASE_ID)),
        ("get", (GuardRow, "nothing")),
        ("snapshot", (CASE_ID,)),
        ("snapshot", ("nobody",)),
        ("events", (CASE_ID,)),
        ("people", ()),
        ("open_cases", ()),
        ("asked", ("rut",)),
        ("asked", ("nobody",)),
        ("received_on", ("2026-03-02",)),
        *(("due", (waiting, NOW + timedelta(days=99), 9)) for waiting in Waiting),
    ],
    ids=str,
)
def test_a_question_costs_the_same(both: Both, name: str, args: tuple[Any, ...]) -> None:
    getattr(both, name)(*args)
    both.agree()


def test_a_snapshot_of_many_asks_costs_by_their_size_together(both: Both) -> None:
    keep(both, *(an_answered_ask(epoch=2, person=f"p{n}") for n in range(30)))
    both.snapshot(CASE_ID)
    both.agree()


def test_each_function_answers_for_what_it_asks() -> None:
    meter = Meter()
    store = MeteredStore(meter)
    meter.operate()
    keep(store, a_person())
    meter.run("web", 4)
    keep(store, a_guard())
    meter.run("evaluate")
    store.get(GuardRow, a_guard().key)

    assert meter.by_function == {
        "web": Asked(runs=4, calls=1, write_units=1),
        "evaluate": Asked(runs=1, calls=1, read_units=1),
    }
    assert meter.in_all() == Asked(runs=5, calls=2, write_units=1, read_units=1)


def test_to_look_costs_nothing() -> None:
    meter = Meter()
    store = MeteredStore(meter)
    keep(store, a_guard())
    before = replace(meter.asked)

    assert store.look(GuardRow, a_guard().key) == a_guard()
    assert store.rows(GuardRow) == (a_guard(),)
    assert meter.asked == before


def test_messages_go_ten_to_a_request_and_each_to_its_queue() -> None:
    meter = Meter()
    queue = MeteredQueue(meter)

    queue.send([*(SendMail(f"m{n}") for n in range(11)), EvaluateCase("c"), EvaluatePerson("p")])
    queue.send([])
    queue.send([EvaluateCase("c"), EvaluateCase("c")])

    assert meter.messages == {"mail": 11, "evaluate": 3}
    assert meter.sends == {"mail": 2, "evaluate": 2}
    assert meter.asked.calls == 4
    assert len(queue.bodies) == 14


def test_the_bytes_that_are_kept_are_those_of_all_items() -> None:
    store = MeteredStore(Meter())
    keep(store, a_guard())
    small = store.bytes_kept
    store.transact([Change(replace(a_guard(), count=1_000_000_001), ())])

    assert small < store.bytes_kept < small + 10
