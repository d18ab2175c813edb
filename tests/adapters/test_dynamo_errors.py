"""How the real store tells DynamoDB's errors, and what becomes of a write whose answer was lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    EndpointConnectionError,
    ReadTimeoutError,
)

from chalicelib.adapters.aws import SharedConnection
from chalicelib.adapters.store import DynamoStore
from chalicelib.domain.rows import CaseRow, GuardRow
from chalicelib.domain.transaction import (
    Change,
    Conflict,
    Create,
    Operation,
    case_is_as_read,
    case_is_in_epoch,
    count_is,
    person_is_active,
)
from chalicelib.services.ports import StoreUnavailable, Waiting
from tests.adapters.keeping import keep
from tests.adapters.stage import SETTINGS
from tests.builders import (
    CASE_ID,
    NOW,
    a_case,
    a_guard,
    a_person,
    an_event,
)

URL = "https://dynamodb.example"


@pytest.fixture
def store(connection: SharedConnection) -> DynamoStore:
    return DynamoStore(connection, SETTINGS.tables)


Fail = Callable[[Exception], None]


@pytest.fixture
def fail(connection: SharedConnection) -> Fail:
    """Makes DynamoDB answer every further request with an error."""

    def with_error(error: Exception) -> None:
        def answer(**_: object) -> None:
            raise error

        connection.client.meta.events.register_first("before-call.dynamodb", answer)

    return with_error


def an_error(code: str, *reasons: str) -> ClientError:
    response: Any = {"Error": {"Code": code, "Message": "with data in it"}}
    if reasons:
        response["CancellationReasons"] = [{"Code": reason} for reason in reasons]
    return ClientError(response, "TransactWriteItems")


TWO: list[Operation] = [
    Change(a_case(seq=2), (case_is_as_read(a_case()), case_is_in_epoch(1))),
    Create(an_event(), "event-is-next"),
]
CANCELLED = "TransactionCanceledException"


@pytest.mark.parametrize(
    ("error", "failed"),
    [
        (
            an_error(CANCELLED, "ConditionalCheckFailed", "None"),
            {"case-is-as-read", "epoch-is-current"},
        ),
        (an_error(CANCELLED, "None", "ConditionalCheckFailed"), {"event-is-next"}),
        (
            an_error(CANCELLED, "TransactionConflict", "ConditionalCheckFailed"),
            {"event-is-next"},
        ),
        (an_error(CANCELLED, "TransactionConflict", "None"), set()),
        (an_error(CANCELLED, "None", "ThrottlingError"), set()),
        (an_error(CANCELLED, "ProvisionedThroughputExceeded", "None"), set()),
        (an_error("ThrottlingException"), set()),
        (an_error("ProvisionedThroughputExceededException"), set()),
        (an_error("RequestLimitExceeded"), set()),
        (an_error("TransactionConflictException"), set()),
    ],
    ids=lambda value: str(value)[:80] if isinstance(value, Exception) else "",
)
def test_a_refusal_names_the_conditions_and_contention_names_none(
    store: DynamoStore, fail: Fail, error: Exception, failed: set[str]
) -> None:
    fail(error)

    with pytest.raises(Conflict) as refused:
        store.transact(TWO)

    assert refused.value.failed == failed


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (an_error("InternalServerError"), "InternalServerError"),
        (an_error("AccessDeniedException"), "AccessDeniedException"),
        (an_error("TransactionInProgressException"), "TransactionInProgressException"),
        (ReadTimeoutError(endpoint_url=URL), "ReadTimeoutError"),
        (EndpointConnectionError(endpoint_url=URL), "EndpointConnectionError"),
    ],
    ids=lambda value: str(value)[:60],
)
@pytest.mark.parametrize(
    "ask",
    [
        pytest.param(lambda store: store.transact(TWO), id="transaction"),
        pytest.param(lambda store: store.transact(TWO[1:]), id="lone write"),
        pytest.param(lambda store: store.get(CaseRow, CASE_ID), id="get"),
        pytest.param(lambda store: store.snapshot(CASE_ID), id="query"),
        pytest.param(lambda store: store.due(Waiting.CASE, NOW, 1), id="index"),
    ],
)
def test_any_other_error_is_told_by_its_code_alone(
    store: DynamoStore,
    fail: Fail,
    error: Exception,
    told: str,
    ask: Callable[[DynamoStore], object],
) -> None:
    fail(error)

    with pytest.raises(StoreUnavailable) as refused:
        ask(store)

    assert str(refused.value) == told


def test_a_transaction_that_was_cancelled_for_another_reason_tells_the_reason(
    store: DynamoStore, fail: Fail
) -> None:
    fail(an_error(CANCELLED, "None", "ValidationError"))

    with pytest.raises(StoreUnavailable, match=r"^TransactionCanceledException, ValidationError$"):
        store.transact(TWO)


def lose_the_next_answer(
    connection: SharedConnection, bodies: list[str] | None = None
) -> list[str]:
    """DynamoDB does what it is asked, but the answer to the first request never arrives. Gives the requests' bodies."""
    bodies = [] if bodies is None else bodies
    client: Any = connection.client
    events: Any = client.meta.events

    def lose(request: Any, **_: object) -> None:
        bodies.append(request.body.decode() if isinstance(request.body, bytes) else request.body)
        if len(bodies) == 1:
            # moto answers the same event: it gets the request before the answer is lost.
            events.unregister("before-send.dynamodb", lose)
            events.emit_until_response("before-send.dynamodb", request=request)
            events.register_first("before-send.dynamodb", lose)
            raise ConnectionClosedError(endpoint_url=URL)

    events.register_first("before-send.dynamodb", lose)
    return bodies


def test_a_lone_change_whose_answer_was_lost_is_told_as_a_conflict_though_it_was_made(
    store: DynamoStore, connection: SharedConnection
) -> None:
    read = a_guard(count=3)
    keep(store, read)
    bodies = lose_the_next_answer(connection)

    with pytest.raises(Conflict) as refused:
        store.transact([Change(replace(read, count=4), (count_is(read),))])

    assert refused.value.failed == {"count-is-as-read"}
    assert len(bodies) == 2
    assert store.get(GuardRow, read.key) == replace(read, count=4)


def test_a_transaction_is_repeated_with_the_same_token(
    store: DynamoStore, connection: SharedConnection
) -> None:
    """So DynamoDB applies it once, and tells the truth; moto and its like ignore the token, so only the request is looked at."""
    keep(store, a_person())
    bodies = lose_the_next_answer(connection)

    store.transact([Change(a_person(unit="school"), (person_is_active(a_person()),))])

    assert len(bodies) == 2
    assert bodies[0] == bodies[1]
    assert '"ClientRequestToken"' in bodies[0]
