"""The meter against prices worked out by hand from AWS's rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from botocore.session import Session

from chalicelib.adapters.aws import SharedConnection, new_session, sqs_client
from chalicelib.adapters.queues import SqsQueue
from chalicelib.adapters.store import DynamoStore
from chalicelib.domain.messages import EvaluateCase, SendMail
from chalicelib.domain.rows import CaseRow, GuardRow, TextRow
from chalicelib.domain.transaction import (
    Change,
    Check,
    Conflict,
    Create,
    Operation,
    case_is_as_read,
    count_is,
    person_is_active,
)
from chalicelib.services.ports import Waiting
from tests.adapters.keeping import keep
from tests.adapters.stage import SETTINGS
from tests.builders import (
    CASE_ID,
    NOW,
    a_case,
    a_closed_case,
    a_guard,
    a_masked,
    a_person,
    a_text,
    an_answered_ask,
    an_ask,
    an_event,
)
from tests.metering import Meter, size_of

CASE = a_case()
NEXT = replace(CASE, seq=2)


@pytest.fixture
def meter() -> Meter:
    return Meter(SETTINGS.stage)


@pytest.fixture
def store(connection: SharedConnection, meter: Meter) -> DynamoStore:
    meter.watch_client(connection.client)
    return DynamoStore(connection, SETTINGS.tables)


@pytest.mark.parametrize(
    ("operations", "write_units", "index_units"),
    [
        pytest.param([Create(a_guard(key="n"), "new")], 1, 0, id="a small row"),
        pytest.param(
            [Create(a_masked(fields={"idea": "x" * 2850}), "new")], 3, 0, id="a row of 3 KB"
        ),
        pytest.param(
            [Create(an_event(seq=2), "new"), Create(an_answered_ask(), "new")],
            4,
            0,
            id="two at once",
        ),
        pytest.param(
            [Create(a_case(case_id="n"), "new")], 1, 3, id="a new case: three index entries"
        ),
        pytest.param(
            [Change(replace(NEXT, try_at=NOW + timedelta(1)), (case_is_as_read(CASE),))],
            1,
            2,
            id="another time to try: an entry moves",
        ),
        pytest.param(
            [Change(replace(NEXT, step="x"), (case_is_as_read(CASE),))],
            1,
            1,
            id="another step: an entry changes",
        ),
        pytest.param(
            [Change(replace(NEXT, head_hash="b" * 64), (case_is_as_read(CASE),))],
            1,
            0,
            id="nothing that an index holds",
        ),
        pytest.param(
            [Change(a_closed_case(seq=2), (case_is_as_read(CASE),))],
            1,
            2,
            id="closing: two entries go",
        ),
        pytest.param(
            [Change(a_text(fields={}), ())], 2 * 3, 0, id="the larger of before and after counts"
        ),
        pytest.param(
            [
                Check(a_person(), (person_is_active(a_person()),)),
                Change(NEXT, (case_is_as_read(CASE),)),
            ],
            4,
            0,
            id="a check costs as a write",
        ),
    ],
)
def test_a_write_costs_what_aws_says(
    store: DynamoStore,
    meter: Meter,
    operations: list[Operation],
    write_units: int,
    index_units: int,
) -> None:
    keep(store, CASE, a_person(), a_text(fields={"idea": "x" * 2500}))
    before = (meter.write_units, meter.index_units)

    store.transact(operations)

    cost = (meter.write_units - before[0], meter.index_units - before[1])
    assert cost == (write_units, index_units)


def test_a_refused_write_costs_its_row_and_no_index(store: DynamoStore, meter: Meter) -> None:
    keep(store, CASE)
    before = (meter.write_units, meter.index_units)

    with pytest.raises(Conflict):
        store.transact([Change(a_closed_case(seq=9), (case_is_as_read(replace(CASE, seq=8)),))])

    assert (meter.write_units - before[0], meter.index_units - before[1]) == (1, 0)


def test_reads_cost_by_the_size_of_all_that_they_give(store: DynamoStore, meter: Meter) -> None:
    keep(store, a_text(fields={"idea": "x" * 5000}), a_case(), an_ask())

    costs = []
    for ask in (
        lambda: store.get(TextRow, CASE_ID, 1),
        lambda: store.get(CaseRow, CASE_ID),
        lambda: store.get(CaseRow, "missing"),
        lambda: store.snapshot(CASE_ID),
        lambda: store.people(),
        lambda: store.due(Waiting.CASE, NOW, 9),
    ):
        before = meter.read_units
        ask()
        costs.append(meter.read_units - before)

    assert costs == [2, 1, 1, 1, 0.5, 2]


def test_calls_are_counted_by_service_and_operation_for_every_client_of_a_watched_session(
    session: Session, meter: Meter
) -> None:
    watched = new_session()
    meter.watch(watched)
    client: Any = sqs_client(watched, SETTINGS.region)
    client.create_queue(QueueName=SETTINGS.queues.mail)
    client.create_queue(QueueName=SETTINGS.queues.evaluate)
    meter.calls.clear()

    SqsQueue(client, SETTINGS.queues).send([SendMail("m"), SendMail("n"), EvaluateCase("a")])

    assert meter.calls == {
        "sqs.GetQueueUrl": 2,
        "sqs.SendMessageBatch": 1,
        "sqs.SendMessage": 1,
    }
    assert meter.queue_requests == 4


def test_an_update_is_known_by_the_row_that_it_leaves(store: DynamoStore, meter: Meter) -> None:
    guard = a_guard()
    keep(store, guard)

    store.transact([Change(replace(guard, count=2), (count_is(guard),))])

    assert store.get(GuardRow, guard.key) == replace(guard, count=2)
    assert (meter.write_units, meter.index_units, meter.total_write_units) == (2, 0, 2)


@pytest.mark.parametrize(
    ("item", "size"),
    [
        ({}, 0),
        ({"pk": {"S": "å"}}, 4),
        ({"n": {"N": "0"}}, 2),
        ({"n": {"N": "1234567"}}, 6),
        ({"n": {"N": "-100"}}, 4),
        ({"yes": {"BOOL": True}}, 4),
        ({"l": {"L": [{"S": "ab"}, {"S": "c"}]}}, 9),
        ({"m": {"M": {"ab": {"S": "c"}}}}, 8),
        ({"s": {"SS": ["ab", "c"]}}, 4),
    ],
)
def test_a_rows_size_is_counted_as_dynamodb_counts_it(item: Any, size: int) -> None:
    assert size_of(item) == size
