"""What only the real store can get wrong: its requests, its sizes, the indexes as deployed, rows of other versions."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.session import Session

from chalicelib.adapters.aws import SharedConnection, dynamo_connection
from chalicelib.adapters.records import SHARDS, UnknownKind, shard_of, to_record
from chalicelib.adapters.store import INDEX_KEYS, TABLE_INDEXES, DynamoStore
from chalicelib.domain.rows import CaseRow, MailState, PersonRow, Row, TextRow
from chalicelib.domain.transaction import (
    Change,
    Check,
    Create,
    Operation,
    case_is_as_read,
    count_is,
    mail_is_in,
    person_is_active,
)
from chalicelib.services.ports import Waiting
from infra.stack_files import index_definitions, table_definitions
from tests.adapters.keeping import keep
from tests.adapters.stage import SETTINGS, make_tables
from tests.builders import (
    CASE_ID,
    NOW,
    a_case,
    a_closed_case,
    a_guard,
    a_mail,
    a_person,
    a_text,
    an_answered_ask,
    an_ask,
)
from tests.metering import size_of


@pytest.fixture
def store(connection: SharedConnection) -> DynamoStore:
    return DynamoStore(connection, SETTINGS.tables)


Requests = list[tuple[str, dict[str, Any]]]


@pytest.fixture
def requests(connection: SharedConnection) -> Requests:
    """What the connection's client is asked from here on: operations and their parameters."""
    seen: Requests = []

    def note(params: dict[str, Any], model: Any, **_: object) -> None:
        seen.append((model.name, params))

    connection.client.meta.events.register("before-parameter-build", note)
    return seen


def test_the_indexes_of_the_code_are_those_of_the_stack() -> None:
    deployed = {
        definition["TableName"].removeprefix("idesluss-local-"): {
            index["IndexName"]: tuple(key["AttributeName"] for key in index["KeySchema"])
            for index in definition.get("GlobalSecondaryIndexes", ())
        }
        for definition in table_definitions()
    }

    assert deployed == {
        table: {index: INDEX_KEYS[index] for index in indexes}
        for table, indexes in TABLE_INDEXES.items()
    }


def test_the_keys_of_the_code_are_those_of_the_stack() -> None:
    for definition in table_definitions():
        keys = tuple(key["AttributeName"] for key in definition["KeySchema"])
        assert keys == (("pk", "sk") if definition["TableName"].endswith("cases") else ("pk",))


def test_the_index_of_open_cases_projects_what_is_read_from_it() -> None:
    (index,) = [i for i in index_definitions("cases") if i["IndexName"] == "open"]

    assert index["Projection"]["NonKeyAttributes"] == ["ref", "step", "epoch", "deadline"]


def the_longest_case() -> CaseRow:
    """An open one: what has a closing code has no clock any more. No key of a configuration is longer than 40 characters."""
    moment = datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    return a_case(
        case_id="c" * 26,
        ref="IDE-2026-999999",
        step="s" * 40,
        epoch=9_999,
        seq=99_999_999,
        process_version="f" * 24,
        text_version=999,
        received_at=moment,
        entered_at=moment,
        deadline=moment,
        due_at=moment,
        try_at=moment,
        extensions=99,
        escalations=99,
        tries=99,
        own_unit="u" * 40,
        clock_from="2026-12-31",
        clock_days=999,
        promised_by="2026-12-31",
        paused_at=moment,
        told_at=moment,
        questions=99,
        masked_version=999,
        merged_into="c" * 26,
        late=True,
        given_up=True,
        links_from=moment,
        has_phone=True,
        bounced=True,
        quiet=False,
        weekly=True,
        news_since=moment,
    )


def test_the_longest_case_costs_one_unit_to_write() -> None:
    assert size_of(to_record(the_longest_case()).serialize()) <= 1024


def test_an_answer_of_ordinary_length_costs_one_unit_to_write() -> None:
    answer = {f"criterion_{n}": "5" for n in range(9)} | {"motivation": "å" * 200}

    assert size_of(to_record(an_answered_ask(answer=answer)).serialize()) <= 1024


def test_swedish_letters_in_a_text_take_two_bytes_each() -> None:
    short, long = (to_record(a_text(fields={"idea": "å" * n})).serialize() for n in (0, 1000))

    assert size_of(long) - size_of(short) == 2000


def test_ids_are_spread_over_every_shard_and_stay_in_theirs() -> None:
    shards = [shard_of(f"case-{number}") for number in range(400)]

    assert sorted(set(shards)) == list(SHARDS)
    assert min(shards.count(shard) for shard in SHARDS) > 60
    assert shard_of(CASE_ID) == "2"


@pytest.mark.parametrize(
    ("operations", "request_name"),
    [
        pytest.param([Create(a_guard(key="new"), "new")], "PutItem", id="a lone create"),
        pytest.param(
            [Change(a_guard(count=2), (count_is(a_guard()),))],
            "UpdateItem",
            id="a lone change that its own row would refuse to repeat",
        ),
        pytest.param(
            [Change(a_person(unit="school"), (person_is_active(a_person()),))],
            "TransactWriteItems",
            id="a lone change that would pass twice",
        ),
        pytest.param(
            [Change(a_guard(ttl=1), ())], "TransactWriteItems", id="a lone change on no condition"
        ),
        pytest.param(
            [Check(a_person(), (person_is_active(a_person()),))],
            "TransactWriteItems",
            id="a lone check",
        ),
        pytest.param(
            [Create(a_guard(key="a"), "new"), Create(a_guard(key="b"), "new")],
            "TransactWriteItems",
            id="two operations",
        ),
    ],
)
def test_one_request_is_made_and_a_cheap_one_where_it_is_safe(
    store: DynamoStore, requests: Requests, operations: list[Operation], request_name: str
) -> None:
    keep(store, a_guard(), a_person())
    requests.clear()

    store.transact(operations)

    assert [name for name, _ in requests] == [request_name]


def test_every_access_is_one_consistent_request_but_for_the_indexes(
    store: DynamoStore, requests: Requests
) -> None:
    keep(store, a_case(), an_ask())
    requests.clear()

    store.get(CaseRow, CASE_ID)
    store.snapshot(CASE_ID)
    store.events(CASE_ID)

    assert [name for name, _ in requests] == ["GetItem", "Query", "Query"]
    assert all(params["ConsistentRead"] is True for _, params in requests)


def test_an_index_is_asked_without_a_filter_and_once_for_each_shard(
    store: DynamoStore, requests: Requests
) -> None:
    store.due(Waiting.MAIL, NOW, 500)
    store.open_cases()
    store.people()
    store.received_on("2026-03-02")

    assert [(name, params["IndexName"]) for name, params in requests] == [
        *[("Query", "due")] * 4,
        *[("Query", "open")] * 4,
        ("Query", "roster"),
        ("Query", "received"),
    ]
    assert not any("FilterExpression" in params for _, params in requests)


def test_the_table_is_never_described(connection: SharedConnection, requests: Requests) -> None:
    store = DynamoStore(connection, SETTINGS.tables)
    keep(store, a_case(), a_person())
    store.get(PersonRow, "rut")

    assert {name for name, _ in requests} == {"TransactWriteItems", "GetItem"}


def test_all_records_share_one_client_of_the_given_session_with_short_time_limits(
    session: Session,
) -> None:
    made = []
    session.register("creating-client-class.dynamodb", lambda **_: made.append("client"))
    make_tables(session)
    made.clear()

    store = DynamoStore(dynamo_connection(session, SETTINGS.region), SETTINGS.tables)
    keep(store, a_case(), a_mail(), a_person(), a_guard())
    store.snapshot(CASE_ID)

    assert made == ["client"]
    config: Any = dynamo_connection(session, SETTINGS.region).client.meta.config
    assert (config.connect_timeout, config.read_timeout) == (1.5, 3.0)
    assert config.retries == {"total_max_attempts": 3, "mode": "standard"}


def test_attributes_of_newer_code_survive_a_change_by_this_one(
    store: DynamoStore, connection: SharedConnection
) -> None:
    case = a_case()
    keep(store, case)
    connection.dispatch(
        "UpdateItem",
        {
            "TableName": SETTINGS.tables.cases,
            "Key": {"pk": {"S": CASE_ID}, "sk": {"S": "S#CASE"}},
            "UpdateExpression": "SET newer = :x",
            "ExpressionAttributeValues": {":x": {"S": "another"}},
        },
    )

    after = replace(case, seq=2, deadline=None)
    store.transact([Change(after, (case_is_as_read(case),))])

    assert store.get(CaseRow, CASE_ID) == after
    item = stored_item(connection, CASE_ID, "S#CASE")
    assert item["newer"] == {"S": "another"}
    assert "deadline" not in item


def test_a_row_of_older_code_without_a_newer_field_reads_with_its_default(
    store: DynamoStore, connection: SharedConnection
) -> None:
    keep(store, a_case(escalations=3))
    connection.dispatch(
        "UpdateItem",
        {
            "TableName": SETTINGS.tables.cases,
            "Key": {"pk": {"S": CASE_ID}, "sk": {"S": "S#CASE"}},
            "UpdateExpression": "REMOVE escalations, v, has_phone, bounced, quiet",
        },
    )

    assert store.get(CaseRow, CASE_ID) == a_case(escalations=0)


def test_a_text_that_looks_like_a_stored_value_is_only_a_text(store: DynamoStore) -> None:
    tricky = a_text(fields={"S": "x"})
    keep(store, tricky)

    store.transact([Change(replace(tricky, fields={"N": "1"}), ())])

    text = store.get(TextRow, CASE_ID, 1)
    assert text is not None
    assert text.fields == {"N": "1"}


@pytest.mark.parametrize("sk", ["S#VOTE#1", "S#CASE#2", "S#"])
def test_deciding_about_a_case_with_a_row_of_an_unknown_kind_is_an_error(
    store: DynamoStore, connection: SharedConnection, sk: str
) -> None:
    keep(store, a_case())
    put_item(connection, {"pk": {"S": CASE_ID}, "sk": {"S": sk}})

    with pytest.raises(UnknownKind):
        store.snapshot(CASE_ID)


@pytest.mark.parametrize("sk", ["ALARM#1", "S#ASK#0001#rut"])
def test_a_row_that_has_no_clock_of_its_own_among_the_due_is_an_error(
    store: DynamoStore, connection: SharedConnection, sk: str
) -> None:
    late = to_record(a_case()).serialize()["try_at"]
    put_item(
        connection,
        {"pk": {"S": CASE_ID}, "sk": {"S": sk}, "due_shard": {"S": "2"}, "try_at": late},
    )

    with pytest.raises(UnknownKind):
        store.due(Waiting.CASE, NOW, 9)


def test_a_partition_of_several_pages_is_read_to_its_end(store: DynamoStore) -> None:
    asks = [an_answered_ask(person=f"p{n:02d}", answer={"why": "x" * 100_000}) for n in range(25)]
    keep(store, a_case())
    for ask in asks:
        keep(store, ask)

    snapshot = store.snapshot(CASE_ID)

    assert snapshot is not None
    assert len(snapshot.asks) == 25


def test_a_limit_is_kept_over_every_shard(store: DynamoStore, requests: Requests) -> None:
    rows = [a_mail(mail_id=f"m-{n:03d}", try_at=NOW - timedelta(seconds=n)) for n in range(60)]
    keep(store, *rows)
    requests.clear()

    found = store.due(Waiting.MAIL, NOW, 7)

    assert found == tuple(f"m-{n:03d}" for n in range(59, 52, -1))
    assert [params["Limit"] for _, params in requests] == [7] * len(SHARDS)


@pytest.mark.parametrize(
    "row",
    [a_closed_case(), a_mail(try_at=None), a_person(try_at=None)],
    ids=["case", "mail", "person"],
)
def test_a_row_with_no_next_try_carries_nothing_of_the_index(row: Row) -> None:
    assert not {"due_shard", "try_at"} & to_record(row).serialize().keys()


def test_an_index_entry_goes_when_its_attribute_goes(
    store: DynamoStore, connection: SharedConnection
) -> None:
    mail = a_mail()
    keep(store, mail)
    assert stored_item(connection, "m-0001")["due_shard"] == {"S": shard_of("m-0001")}

    sent = replace(mail, state=MailState.SENT, due_at=None, try_at=None)
    store.transact([Change(sent, (mail_is_in(MailState.PENDING),))])

    item = stored_item(connection, "m-0001")
    assert not {"due_shard", "try_at", "due_at"} & item.keys()


def test_the_index_of_the_due_gives_keys_only_and_that_is_enough(
    store: DynamoStore, connection: SharedConnection
) -> None:
    keep(store, a_case())

    page = connection.query(SETTINGS.tables.cases, shard_of(CASE_ID), index_name="due")

    (item,) = page["Items"]
    assert item.keys() == {"pk", "sk", "due_shard", "try_at"}
    assert store.due(Waiting.CASE, NOW, 9) == (CASE_ID,)


def stored_item(connection: SharedConnection, pk: str, sk: str | None = None) -> dict[str, Any]:
    """An item as it lies in the cases table, or without a sort key in the mail table."""
    table, key = SETTINGS.tables.mail, {"pk": {"S": pk}}
    if sk is not None:
        table, key = SETTINGS.tables.cases, key | {"sk": {"S": sk}}
    found: dict[str, Any] = connection.dispatch("GetItem", {"TableName": table, "Key": key})["Item"]
    return found


def put_item(connection: SharedConnection, item: dict[str, Any]) -> None:
    connection.dispatch("PutItem", {"TableName": SETTINGS.tables.cases, "Item": item})
