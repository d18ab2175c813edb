"""Old and new code live together: rows and messages of an earlier release on today's code, and today's on the earlier one's terms.

`tests/data/release-0/rows.json` was written by the code of commit 30f14d5e (`tests/data/write_release.py` says how). What the earlier
code knew of is kept there too: today's rows, stripped to it, are what is left for today's code after the earlier one has written
them. `tests/data/read_release.py` runs the earlier code itself on today's rows; that needs a tree of it, and is done by hand.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from chalicelib.adapters.aws import SharedConnection
from chalicelib.adapters.records import RECORD_OF, UnknownVersion, from_item, to_record
from chalicelib.adapters.store import DynamoStore
from chalicelib.domain.events import GENESIS, event_hash
from chalicelib.domain.messages import EvaluateCase, EvaluatePerson, SendMail, from_json
from chalicelib.domain.rows import (
    AskRow,
    AskState,
    CaseRow,
    EventRow,
    MailRow,
    MailState,
    PersonRow,
)
from chalicelib.services.ports import Waiting
from tests.adapters.stage import SETTINGS
from tests.data.read_release import come_to_their_end, taken_over
from tests.data.write_release import a_stage, written
from tests.world import World

RELEASE_0 = Path(__file__).resolve().parent.parent / "data" / "release-0" / "rows.json"


@pytest.fixture(autouse=True)
def _quietly() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@cache
def earlier() -> dict[str, Any]:
    return dict(json.loads(RELEASE_0.read_text(encoding="utf-8")))


@cache
def today() -> dict[str, Any]:
    return written(a_stage(), "today")


def kinds(release: dict[str, Any]) -> set[str]:
    items = [(table, item) for table, rows in release["tables"].items() for item in rows]
    return {type(from_item(table, item)).__name__ for table, item in items}


def as_the_earlier_code_leaves_it(release: dict[str, Any]) -> dict[str, Any]:
    """Today's rows without what the earlier code does not know."""
    known = earlier()["attributes"]
    tables: dict[str, list[Any]] = {}
    for table, items in release["tables"].items():
        tables[table] = []
        for item in items:
            attributes = known.get(type(from_item(table, item)).__name__)
            if attributes is not None:
                tables[table].append({k: v for k, v in item.items() if k in attributes})
    return {**release, "tables": tables}


def test_the_earlier_release_holds_every_kind_of_row_and_message_that_it_knew() -> None:
    assert kinds(earlier()) == set(earlier()["attributes"])
    read = {type(from_json(body)) for body in earlier()["messages"]}
    assert read == {EvaluateCase, EvaluatePerson, SendMail}


def test_the_earlier_release_was_caught_in_the_middle_of_everything() -> None:
    world = taken_over(earlier())
    steps = {case.step for case in world.store.rows(CaseRow)}
    assert steps == {"landed", "glance", "jury", "ruling", "drawer", "nap", "bin"}
    states = {mail.state for mail in world.store.rows(MailRow)}
    assert states >= {MailState.PENDING, MailState.SENDING, MailState.SENT, MailState.BOUNCED}


def test_a_row_of_the_earlier_release_keeps_all_that_it_says_when_today_writes_it_again() -> None:
    for table, items in earlier()["tables"].items():
        for item in items:
            again = to_record(from_item(table, item)).serialize()
            assert {name: again[name] for name in item} == item


@pytest.mark.parametrize(
    "release",
    [
        pytest.param(earlier, id="written by the earlier code"),
        pytest.param(today, id="written by today's"),
        pytest.param(
            lambda: as_the_earlier_code_leaves_it(today()), id="written by today's, then by earlier"
        ),
    ],
)
def test_every_case_that_was_left_comes_to_its_end(release: Any) -> None:
    left = release()
    world = taken_over(left)
    open_before = sum(not case.closed for case in world.store.rows(CaseRow))
    assert open_before == 10

    answered = come_to_their_end(world, left["links"])

    cases = world.store.rows(CaseRow)
    assert [case.step for case in cases if not (case.closed and case.step == "bin")] == []
    assert answered["then"] >= 10, "the links that people held are good"
    assert answered["now"] > 0
    # A call to an idea-giver whom mail does not reach outlasts the case.
    asked = {ask.state for ask in world.store.rows(AskRow) if not ask.task}
    assert asked <= {AskState.ANSWERED, AskState.LAPSED}
    assert_whole(world)


def assert_whole(world: World) -> None:
    for case in world.store.rows(CaseRow):
        head = GENESIS
        for event in world.store.events(case.case_id):
            assert event.prev_hash == head
            head = event_hash(
                event.case_id, event.seq, event.at, event.actor, event.facts, event.prev_hash
            )
            assert event.hash == head
        assert head == case.head_hash
    unsent = (MailState.PENDING, MailState.SENDING)
    now = world.now
    assert [
        m.mail_id for m in world.store.rows(MailRow) if m.state in unsent and m.due_at < now
    ] == []


def test_todays_rows_have_all_that_the_earlier_code_must_find() -> None:
    """With the types that it knows: it reads them as they are, and ignores the rest."""
    types = {
        (type(from_item(table, item)).__name__, name): next(iter(value))
        for table, items in earlier()["tables"].items()
        for item in items
        for name, value in item.items()
    }
    for table, items in today()["tables"].items():
        for item in items:
            kind = type(from_item(table, item)).__name__
            for name, needed in earlier()["attributes"].get(kind, {}).items():
                assert name in item or not needed, f"{kind} lacks {name}"
                if name in item and (kind, name) in types:
                    assert next(iter(item[name])) == types[kind, name], f"{kind}.{name}"


def test_todays_messages_are_those_that_the_earlier_code_reads() -> None:
    assert today()["messages"] == earlier()["messages"]


# A shape that this code does not know


@pytest.fixture
def stored(connection: SharedConnection) -> tuple[DynamoStore, SharedConnection]:
    """The earlier release's rows in DynamoDB."""
    client: Any = connection.client
    for table, items in earlier()["tables"].items():
        name = getattr(SETTINGS.tables, table)
        for start in range(0, len(items), 25):
            batch = [{"PutRequest": {"Item": item}} for item in items[start : start + 25]]
            client.batch_write_item(RequestItems={name: batch})
    return DynamoStore(connection, SETTINGS.tables), connection


def test_the_real_store_reads_an_earlier_releases_partition_and_indexes(
    stored: tuple[DynamoStore, SharedConnection],
) -> None:
    store, _ = stored
    world = taken_over(earlier())
    for case in world.store.rows(CaseRow):
        assert store.snapshot(case.case_id) == world.store.snapshot(case.case_id)
        assert store.events(case.case_id) == world.store.events(case.case_id)
    assert store.people() == world.store.people()
    for waiting in Waiting:
        assert set(store.due(waiting, world.now, 100)) == set(
            world.store.due(waiting, world.now, 100)
        )


@pytest.mark.parametrize("kind", [CaseRow, AskRow, EventRow, MailRow, PersonRow])
def test_a_row_of_a_newer_shape_is_an_error_and_never_misread(
    stored: tuple[DynamoStore, SharedConnection], kind: type
) -> None:
    store, connection = stored
    record = RECORD_OF[kind]
    items = earlier()["tables"][record.table]
    item = next(item for item in items if isinstance(from_item(record.table, item), kind))
    client: Any = connection.client
    client.put_item(
        TableName=getattr(SETTINGS.tables, record.table), Item={**item, "v": {"N": "2"}}
    )
    id_ = item["pk"]["S"]
    reads = {
        CaseRow: lambda: store.get(CaseRow, id_),
        AskRow: lambda: store.snapshot(id_),
        EventRow: lambda: store.events(id_),
        MailRow: lambda: store.get(MailRow, id_),
        PersonRow: lambda: store.people(),
    }
    with pytest.raises(UnknownVersion, match=rf"^{kind.__name__} of version 2$"):
        reads[kind]()
