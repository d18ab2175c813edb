"""The store and the queue in memory, counting what the same calls would ask of DynamoDB and SQS.

A row's size is that of the item which the real adapter would write, and `infra.capacity` tells what a request costs:
`tests/adapters/test_simulate_metered.py` holds the counts to what the tests' meter sees on the real adapter.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Final, TypeVar

from pynamodb.attributes import Attribute

from chalicelib.adapters.queues import BATCH
from chalicelib.adapters.records import (
    ON_THE_ROSTER,
    RECORD_OF,
    SHARDS,
    Record,
    held_shard,
    index_values,
)
from chalicelib.adapters.records import key_of as stored_key
from chalicelib.adapters.store import BY_PERSON, DUE, OPEN, RECEIVED, ROSTER
from chalicelib.domain.messages import Message, SendMail
from chalicelib.domain.rows import (
    AskRow,
    CaseRow,
    EventRow,
    FollowerRow,
    MailRow,
    PersonRow,
    Row,
    Snapshot,
    UndeliveredRow,
)
from chalicelib.domain.suspicion import Suspicion
from chalicelib.domain.transaction import Check, Create, Operation
from chalicelib.services.ports import OpenCase, Waiting
from infra.capacity import Item, index_cost, projected, read_units, size_of, write_units
from infra.memory import Key, MemoryQueue, MemoryStore, holds, key_of
from infra.stack_files import index_definitions

R = TypeVar("R", bound=Row)

CLOCKED_KIND: Final[Mapping[Waiting, type[Row]]] = {
    Waiting.CASE: CaseRow,
    Waiting.MAIL: MailRow,
    Waiting.PERSON: PersonRow,
}
NOTHING: Final[tuple[Item, int]] = ({}, 0)
IN_A_PARTITION: Final = (CaseRow, AskRow, UndeliveredRow, FollowerRow, EventRow)
SNAPSHOT, EVENTS = "snapshot", "events"
"""The two parts of a case that are read by one query each."""


@dataclass
class Asked:
    """What was asked of AWS. `runs` are invocations of functions, `calls` requests to DynamoDB, SQS and SES."""

    runs: int = 0
    calls: int = 0
    write_units: float = 0.0
    index_units: float = 0.0
    read_units: float = 0.0

    def add(self, other: Asked) -> None:
        self.runs += other.runs
        self.calls += other.calls
        self.write_units += other.write_units
        self.index_units += other.index_units
        self.read_units += other.read_units


@dataclass
class Meter:
    """What is asked for, by the function that asks. `messages` and `sends` are those to each queue, and the requests for it."""

    by_function: dict[str, Asked] = field(default_factory=dict)
    messages: Counter[str] = field(default_factory=Counter)
    sends: Counter[str] = field(default_factory=Counter)
    asked: Asked = field(default_factory=Asked)

    def operate(self) -> None:
        """The operator acts: what is asked for from now on is no function's doing, and counted nowhere."""
        self.asked = Asked()

    def run(self, function: str, times: int = 1) -> None:
        """A function is invoked: what is asked for from now on is its doing."""
        self.asked = self.by_function.setdefault(function, Asked())
        self.asked.runs += times

    def in_all(self) -> Asked:
        """By all functions together."""
        total = Asked()
        for asked in self.by_function.values():
            total.add(asked)
        return total


class MeteredStore(MemoryStore):
    """`MemoryStore` that counts. `look`, `rows` and `next_due` are for those who watch the simulation, and cost nothing."""

    def __init__(self, meter: Meter) -> None:
        super().__init__()
        self._meter = meter
        self._items: dict[Key, tuple[Item, int]] = {}
        self._entries: dict[tuple[Key, str], tuple[str, int]] = {}
        self._partitions: Counter[tuple[str, str]] = Counter()

    @property
    def bytes_kept(self) -> int:
        """The size of all rows together, without what the indexes hold of them."""
        return sum(size for _, size in self._items.values())

    def look(self, kind: type[R], *key: str | int) -> R | None:
        return super().get(kind, *key)

    def get(self, kind: type[R], *key: str | int) -> R | None:
        self._read(self._items.get((kind, key), NOTHING)[1])
        return super().get(kind, *key)

    def snapshot(self, case_id: str) -> Snapshot | None:
        self._read(self._partitions[SNAPSHOT, case_id])
        return super().snapshot(case_id)

    def events(self, case_id: str) -> tuple[EventRow, ...]:
        self._read(self._partitions[EVENTS, case_id])
        return super().events(case_id)

    def due(self, waiting: Waiting, before: datetime, limit: int) -> tuple[str, ...]:
        found = super().due(waiting, before, limit)
        kind = CLOCKED_KIND[waiting]
        self._query(kind, DUE, SHARDS, [(kind, (id_,)) for id_ in found])
        return found

    def people(self) -> tuple[PersonRow, ...]:
        found = super().people()
        self._query(PersonRow, ROSTER, (ON_THE_ROSTER,), map(key_of, found))
        return found

    def open_cases(self) -> tuple[OpenCase, ...]:
        found = super().open_cases()
        self._query(CaseRow, OPEN, SHARDS, [(CaseRow, (case.case_id,)) for case in found])
        return found

    def held(
        self, why: Suspicion, limit: int | None = None, *, newest: bool = False
    ) -> tuple[OpenCase, ...]:
        found = super().held(why, limit, newest=newest)
        rows = [(CaseRow, (case.case_id,)) for case in found]
        self._query(CaseRow, OPEN, (held_shard(why),), rows)
        return found

    def asked(self, person: str) -> tuple[str, ...]:
        found = super().asked(person)
        self._query(AskRow, BY_PERSON, (person,), self._open_asks.get(person, ()))
        return found

    def received_on(self, date: str) -> tuple[str, ...]:
        found = super().received_on(date)
        self._query(CaseRow, RECEIVED, (date,), [(CaseRow, (id_,)) for id_ in found])
        return found

    def transact(self, operations: Sequence[Operation]) -> None:
        if not operations:
            return
        before = [self._items.get(key_of(operation.row), NOTHING) for operation in operations]
        factor = 1 if len(operations) == 1 and _goes_alone(operations[0]) else 2
        done = False
        try:
            super().transact(operations)
            done = True
        finally:
            self._wrote(operations, before, factor, done)

    def _wrote(
        self,
        operations: Sequence[Operation],
        before: Sequence[tuple[Item, int]],
        factor: int,
        done: bool,
    ) -> None:
        asked = self._meter.asked
        asked.calls += 1
        for operation, (item, size) in zip(operations, before, strict=True):
            if isinstance(operation, Check):
                asked.write_units += factor * write_units(size)
            elif done:
                after, new_size = self._items[key_of(operation.row)]
                asked.write_units += factor * write_units(max(size, new_size))
                for index in index_definitions(RECORD_OF[type(operation.row)].table):
                    if _touched(index, item, after):
                        asked.index_units += index_cost(index, item, after)
            else:
                refused = size_of(to_item(operation.row))
                asked.write_units += factor * write_units(max(size, refused))

    def _put(self, key: Key, row: Row) -> None:
        before = self._rows.get(key)
        super()._put(key, row)
        after = self._rows[key]
        item = to_item(after, (before, self._items[key][0]) if before else None)
        old = self._items.get(key, NOTHING)
        size = _size(item, old)
        self._items[key] = (item, size)
        if isinstance(after, IN_A_PARTITION):
            prefix = EVENTS if isinstance(after, EventRow) else SNAPSHOT
            self._partitions[prefix, after.case_id] += size - old[1]
        for index in index_definitions(RECORD_OF[key[0]].table):
            self._entries.pop((key, index["IndexName"]), None)

    def _read(self, size: int) -> None:
        """One request that reads rows of this size consistently."""
        self._meter.asked.calls += 1
        self._meter.asked.read_units += read_units(size, consistent=True)

    def _query(
        self, kind: type[Row], name: str, hash_keys: Sequence[str], keys: Iterable[Key]
    ) -> None:
        """A request for each hash key of an index, of which these are the rows that were found."""
        sizes = dict.fromkeys(hash_keys, 0)
        for key in keys:
            hash_key, size = self._entries.get((key, name)) or self._entry(key, name)
            sizes[hash_key] += size
        for size in sizes.values():
            self._meter.asked.calls += 1
            self._meter.asked.read_units += read_units(size, consistent=False)

    def _entry(self, key: Key, name: str) -> tuple[str, int]:
        """The hash key and the size of a row's entry in an index, worked out once for as long as the row stays as it is."""
        table = RECORD_OF[key[0]].table
        (index,) = (found for found in index_definitions(table) if found["IndexName"] == name)
        names = [part["AttributeName"] for part in index["KeySchema"]]
        item = self._items[key][0]
        found = (str(item[names[0]]["S"]), size_of(projected(index, names, item)))
        self._entries[key, name] = found
        return found


def _goes_alone(operation: Operation) -> bool:
    """Whether the real store writes a lone operation without a transaction (see `DynamoStore.transact`): a change only when
    it would not pass a second time."""
    if isinstance(operation, Create):
        return True
    if isinstance(operation, Check):
        return False
    return not all(holds(condition, operation.row) for condition in operation.conditions)


def to_item(row: Row, before: tuple[Row, Item] | None = None) -> Item:
    """The item that the real store keeps for a row. What is as in the row before it is taken from that one's item."""
    pk, sk = stored_key(row)
    item: Item = {"pk": {"S": pk}} if sk is None else {"pk": {"S": pk}, "sk": {"S": sk}}
    computed = index_values(row)
    now = vars(row) | computed
    then, kept = (vars(before[0]) | index_values(before[0]), before[1]) if before else ({}, {})
    for name, stored, attribute in _attributes(RECORD_OF[type(row)]):
        value = now[name] if name in computed else now[stored]
        if value is None:
            continue
        if stored in kept and value == then[name if name in computed else stored]:
            item[stored] = kept[stored]
        else:
            item[stored] = {attribute.attr_type: attribute.serialize(value)}
    return item


def _touched(index: Mapping[str, Any], before: Item, after: Item) -> bool:
    """Whether a write may have changed a row's entry in an index: what a row keeps, its next item shares."""
    projection = index["Projection"]
    if projection["ProjectionType"] == "ALL":
        return True
    keys = [part["AttributeName"] for part in index["KeySchema"]]
    held = (*keys, *projection.get("NonKeyAttributes", ()))
    return any(before.get(name) is not after.get(name) for name in held)


@cache
def _attributes(record: type[Record]) -> tuple[tuple[str, str, Attribute[Any]], ...]:
    """A record's attributes but for its keys: their names in the code and in the table."""
    return tuple(
        (name, attribute.attr_name, attribute)
        for name, attribute in record.get_attributes().items()
        if name not in ("pk", "sk")
    )


def _size(item: Item, before: tuple[Item, int]) -> int:
    """The size of an item, counted from the one before it: what is the same in both needs no counting."""
    old, size = before
    changed = [name for name in item if item[name] is not old.get(name)]
    gone = [name for name in old if item.get(name) is not old[name]]
    return (
        size
        + size_of({name: item[name] for name in changed})
        - size_of({name: old[name] for name in gone})
    )


class MeteredQueue(MemoryQueue):
    """`MemoryQueue` that counts messages and the requests that send them, each request to one queue."""

    def __init__(self, meter: Meter) -> None:
        super().__init__()
        self._meter = meter

    def send(self, messages_: Iterable[Message]) -> None:
        sent = tuple(dict.fromkeys(messages_))
        super().send(sent)
        queues = Counter("mail" if isinstance(each, SendMail) else "evaluate" for each in sent)
        for queue, number in queues.items():
            requests = math.ceil(number / BATCH)
            self._meter.messages[queue] += number
            self._meter.sends[queue] += requests
            self._meter.asked.calls += requests
