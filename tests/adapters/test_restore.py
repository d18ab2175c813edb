"""A restored copy of the tables: as many rows, the same content, whole chains, and the work goes on from where it stood.

How a copy comes about in AWS (point-in-time recovery) is the runbook's; here the raw items are copied, table by table.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest
from botocore.session import Session

from chalicelib.adapters.aws import SharedConnection
from chalicelib.adapters.records import from_item
from chalicelib.adapters.store import DynamoStore
from chalicelib.domain.rows import CaseRow, ContactRow, EventRow
from chalicelib.services.archive import Archive
from chalicelib.services.ports import Store
from chalicelib.settings import Tables
from infra import audit, erase, names
from infra.stack_files import table_definitions
from tests.adapters.stage import SETTINGS, WANTED
from tests.small_process import ON, SO, VIEW
from tests.world import HOST, JUDGE, PEOPLE, World, an_idea

EMAIL, PHONE = "asa.lind@example.com", "070-174 06 05"


class Recorded(World):
    """The world of the tests with its record in DynamoDB."""

    def __init__(self, store: Store) -> None:
        super().__init__(people=PEOPLE)
        for person in self.store.rows(type(HOST)):
            store.transact([_create(person)])
        self.record_in(store)

    def record_in(self, store: Store) -> None:
        source = f"the text of {self.deps.process.version}"
        archive = Archive(
            store, self.clock, self.deps.process, source, lambda *_: self.deps.process
        )
        self.deps = replace(self.deps, store=store, archive=archive)
        archive.keep()


def _create(row: Any) -> Any:
    from chalicelib.domain.transaction import Create

    return Create(row, "is-new")


@pytest.fixture
def client(session: Session, connection: SharedConnection) -> Any:
    return session.create_client("dynamodb", region_name=SETTINGS.region)


@pytest.fixture
def world(client: Any, connection: SharedConnection) -> Recorded:
    """One idea before its panel, of whom one has answered; of another nothing is done yet, and its message is lost."""
    made = Recorded(DynamoStore(connection, SETTINGS.tables))
    idea = an_idea(need=f"Ring mig på {PHONE}.")
    made.submit(phone=PHONE, idea=idea)
    made.settle()
    made.answer(HOST, ON)
    made.settle()
    made.answer(PEOPLE[2], VIEW) if made.letters(PEOPLE[2].email) else None
    made.settle()
    made.submit("another", name="Bo Ek", email="bo.ek@example.com")
    made.queue.drop_all()
    return made


def restored(client: Any, tables: Tables) -> Tables:
    """The same tables under other names, with a copy of every item."""
    copies = replace(tables, **{name: f"{getattr(tables, name)}-restored" for name in names.TABLES})
    for definition in table_definitions():
        wanted = {name: definition[name] for name in WANTED if name in definition}
        table = wanted["TableName"]
        client.create_table(**wanted | {"TableName": f"{table}-restored"})
        for item in items(client, table):
            client.put_item(TableName=f"{table}-restored", Item=item)
    return copies


def items(client: Any, table: str) -> list[dict[str, Any]]:
    pages = client.get_paginator("scan").paginate(TableName=table)
    return [item for page in pages for item in page["Items"]]


def fingerprint(client: Any, table: str) -> tuple[int, str]:
    """How many items a table has, and a hash over all of them."""
    texts = sorted(json.dumps(item, sort_keys=True) for item in items(client, table))
    return len(texts), hashlib.sha256("\n".join(texts).encode()).hexdigest()


def test_a_restored_copy_is_the_same_whole_and_the_work_goes_on_in_it(
    client: Any, connection: SharedConnection, world: Recorded
) -> None:
    before = {name: fingerprint(client, getattr(SETTINGS.tables, name)) for name in names.TABLES}
    heads = audit.heads(audit.check(client, SETTINGS.tables.cases, {}))
    tables = restored(client, SETTINGS.tables)
    after = {name: fingerprint(client, getattr(tables, name)) for name in names.TABLES}
    assert after == before
    assert min(count for name, (count, _) in after.items() if name != "guards") > 0
    assert audit.check(client, tables.cases, audit.read_heads(heads)).broken == ()

    world.record_in(DynamoStore(connection, tables))
    world.advance(minutes=5)
    assert world.letters("bo.ek@example.com", "receipt"), "the lost message is made up for"
    for person in PEOPLE[2:]:
        if world.letters(person.email, "ask"):
            world.answer(person, VIEW)
            world.settle()
    world.answer(JUDGE, SO, world.session(JUDGE))
    world.settle()
    assert world.letters(EMAIL, "outcome")
    found = audit.check(client, tables.cases, audit.read_heads(heads))
    assert found.broken == ()
    assert {name: fingerprint(client, getattr(SETTINGS.tables, name)) for name in before} == before


def test_an_erasure_in_dynamodb_leaves_no_trace_and_breaks_no_chain(
    client: Any, world: Recorded
) -> None:
    heads = audit.read_heads(audit.heads(audit.check(client, SETTINGS.tables.cases, {})))
    contacts = (world.deps.store.get(ContactRow, id_) for id_ in heads)
    case_id = next(row.case_id for row in contacts if row is not None and row.phone)
    case = world.deps.store.get(CaseRow, case_id)
    assert case is not None
    ref = case.ref

    def everything(table: str) -> Any:
        return [from_item(table, item) for item in items(client, getattr(SETTINGS.tables, table))]

    for _ in range(2):
        told = erase.erase_giver(world.deps, everything, ref)
        assert told.startswith(f"{ref}: the idea-giver is erased.")
    rows = [
        json.dumps(item, ensure_ascii=False)
        for name in names.TABLES
        for item in items(client, getattr(SETTINGS.tables, name))
    ]
    for word in ("Åsa Lind", EMAIL, PHONE, "\\u00c5sa"):
        assert [row for row in rows if word.casefold() in row.casefold()] == []
    assert world.deps.store.get(ContactRow, case_id) == ContactRow(case_id, "", None, None)
    assert audit.check(client, SETTINGS.tables.cases, heads).broken == ()
    events = [e for e in everything("cases") if isinstance(e, EventRow)]
    assert sum(fact.kind == "GiverErased" for event in events for fact in event.facts) == 1
    erase.erase_person(world.deps, everything, HOST.person_id, even_if_last=True)
    assert audit.check(client, SETTINGS.tables.cases, heads).broken == ()
    people = {row.person_id: row for row in everything("people")}
    assert people[HOST.person_id].erased
    assert HOST.person_id not in {person.person_id for person in world.deps.store.people()}
