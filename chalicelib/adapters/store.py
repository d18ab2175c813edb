"""The record in DynamoDB: `ports.Store` on PynamoDB's records and one connection.

Owns how conditions, transactions and queries are written for DynamoDB. Decides nothing, and puts no row into an error or a log.
Reads that lead to a decision are consistent; index queries carry no filter and may lag.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, TypeVar, cast

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.connection import Connection
from pynamodb.connection.base import MetaTable
from pynamodb.exceptions import PynamoDBException, VerboseClientError
from pynamodb.expressions.condition import Condition as Expression

from chalicelib.adapters.records import (
    ON_THE_ROSTER,
    RECORD_OF,
    SHARDS,
    AskRecord,
    CaseRecord,
    EventRecord,
    Item,
    MailRecord,
    PersonRecord,
    Record,
    ShownIdeaRecord,
    UnknownKind,
    from_item,
    held_shard,
    key_of,
    kind_in_cases,
    row_in,
    to_record,
)
from chalicelib.domain.rows import (
    AskRow,
    CaseRow,
    EventRow,
    FollowerRow,
    PersonRow,
    Row,
    ShownIdeaRow,
    Snapshot,
    UndeliveredRow,
)
from chalicelib.domain.suspicion import Suspicion
from chalicelib.domain.transaction import (
    Change,
    Check,
    Condition,
    Conflict,
    Create,
    Op,
    Operation,
)
from chalicelib.services.ports import ROW_EXISTS, OpenCase, StoreUnavailable, Waiting
from chalicelib.settings import Tables

R = TypeVar("R", bound=Row)

DUE = "due"
RECEIVED = "received"
OPEN = "open"
ROSTER = "roster"
BY_PERSON = "by_person"

INDEX_KEYS = {
    DUE: ("due_shard", "try_at"),
    RECEIVED: ("received_date", "received_at"),
    OPEN: ("open_shard", "received_at"),
    ROSTER: ("roster", "pk"),
    BY_PERSON: ("open_person", "pk"),
}
TABLE_INDEXES = {
    "cases": (DUE, RECEIVED, OPEN, BY_PERSON),
    "mail": (DUE,),
    "tokens": (),
    "people": (DUE, ROSTER),
    "guards": (),
}
WAITING: dict[Waiting, type[CaseRecord | MailRecord | PersonRecord]] = {
    Waiting.CASE: CaseRecord,
    Waiting.MAIL: MailRecord,
    Waiting.PERSON: PersonRecord,
}

MOST_OPERATIONS = 100
REFUSED = "ConditionalCheckFailed"
CONTENTION = frozenset(
    {
        "TransactionConflict",
        "TransactionConflictException",
        "ProvisionedThroughputExceeded",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "Throttling",
        "ThrottlingError",
        "ThrottlingException",
    }
)


class DynamoStore:
    """Keeps `ports.Store`. Safe in many threads. `without` leaves out conditions by name: for the tests of conditions only."""

    def __init__(
        self, connection: Connection, tables: Tables, without: frozenset[str] = frozenset()
    ) -> None:
        self._connection = connection
        self._tables = tables
        self._without = without
        for table in TABLE_INDEXES:
            meta = _meta_table(getattr(tables, table), table)
            try:
                connection.get_meta_table(meta.table_name)
            except PynamoDBException:
                connection.add_meta_table(meta)

    def get(self, kind: type[R], *key: str | int) -> R | None:
        record = RECORD_OF[kind]
        pk, sk = record.keys.key(*key)
        kwargs = self._connection.get_operation_kwargs(
            self._table(record), pk, range_key=sk, consistent_read=True
        )
        item = self._ask("GetItem", kwargs).get("Item")
        return cast(R, row_in(record, item)) if item else None

    def snapshot(self, case_id: str) -> Snapshot | None:
        rows = [from_item("cases", item) for item in self._partition(case_id, "S#")]
        case = next((row for row in rows if isinstance(row, CaseRow)), None)
        if case is None:
            return None
        return Snapshot(
            case,
            tuple(row for row in rows if isinstance(row, AskRow)),
            tuple(row for row in rows if isinstance(row, UndeliveredRow)),
            tuple(row for row in rows if isinstance(row, FollowerRow)),
        )

    def events(self, case_id: str) -> tuple[EventRow, ...]:
        prefix = EventRecord.keys.sk_prefix or ""
        items = self._partition(case_id, prefix)
        return tuple(cast(EventRow, from_item("cases", item)) for item in items)

    def transact(self, operations: Sequence[Operation]) -> None:
        """All of it or nothing. Conflict names every condition of the operations that DynamoDB refused, since it does not
        tell which of an operation's conditions failed; StoreUnavailable leaves the outcome unknown.

        A transaction carries botocore's own request token, so a repeated request after a lost answer is applied once and
        tells the truth for ten minutes. A lone PutItem or UpdateItem has no token: when the answer to a first attempt is
        lost, the repeated one is refused by its own conditions, and Conflict is raised although the row was written
        (https://github.com/aws/aws-sdk-java/issues/2667). So:

        - Conflict never means "somebody else did it": read again, and look at what is stored.
        - A success is always true. Where the new row still meets its own conditions, a repeated UpdateItem would pass again,
          over whatever others wrote in between; such a change is sent as a transaction, at twice the cost.
        """
        _refuse_impossible(operations)
        if not operations:
            return
        (first, *others) = operations
        if not others and isinstance(first, Create):
            self._write("PutItem", self._put(first), operations)
        elif not others and isinstance(first, Change) and not self._could_pass_twice(first):
            self._write("UpdateItem", self._update(first), operations)
        else:
            items = [self._in_transaction(operation) for operation in operations]
            self._write("TransactWriteItems", {"TransactItems": items}, operations)

    def due(self, waiting: Waiting, before: datetime, limit: int) -> tuple[str, ...]:
        record = WAITING[waiting]
        until = record.try_at <= before
        found: list[tuple[str, str]] = []
        for shard in SHARDS:
            items = self._index(record.table, DUE, shard, until, limit)
            found.extend((item["try_at"]["S"], _id_in(record, item)) for item in items)
        return tuple(id_ for _, id_ in sorted(found)[:limit])

    def people(self) -> tuple[PersonRow, ...]:
        items = self._index("people", ROSTER, ON_THE_ROSTER)
        return tuple(cast(PersonRow, from_item("people", item)) for item in items)

    def open_cases(self) -> tuple[OpenCase, ...]:
        found = [_open_case(item) for shard in SHARDS for item in self._index("cases", OPEN, shard)]
        return tuple(sorted(found, key=lambda case: (case.received_at, case.case_id)))

    def held(
        self, why: Suspicion, limit: int | None = None, *, newest: bool = False
    ) -> tuple[OpenCase, ...]:
        items = self._index("cases", OPEN, held_shard(why), limit=limit, newest=newest)
        found = [_open_case(item) for item in items]
        return tuple(
            sorted(found, key=lambda case: (case.received_at, case.case_id), reverse=newest)
        )

    def asked(self, person: str) -> tuple[str, ...]:
        items = self._index("cases", BY_PERSON, person)
        return tuple(sorted({_id_in(AskRecord, item) for item in items}))

    def received_on(self, date: str) -> tuple[str, ...]:
        items = self._index("cases", RECEIVED, date)
        found = [(item["received_at"]["S"], _id_in(CaseRecord, item)) for item in items]
        return tuple(case_id for _, case_id in sorted(found))

    def shown_ideas(self, shelf: str, limit: int) -> tuple[ShownIdeaRow, ...]:
        keys = ShownIdeaRecord.keys
        items = self._query(
            self._tables.cases,
            f"{keys.pk_prefix}{shelf}",
            range_key_condition=CaseRecord.sk.startswith(keys.sk_prefix or ""),
            scan_index_forward=False,
            limit=limit,
        )
        return tuple(cast(ShownIdeaRow, from_item("cases", item)) for item in items)

    def _table(self, record: type[Record]) -> str:
        return str(getattr(self._tables, record.table))

    def _partition(self, case_id: str, prefix: str) -> Iterator[Item]:
        return self._query(
            self._tables.cases,
            case_id,
            range_key_condition=CaseRecord.sk.startswith(prefix),
            consistent_read=True,
        )

    def _index(
        self,
        table: str,
        index: str,
        value: str,
        range_condition: Expression | None = None,
        limit: int | None = None,
        newest: bool = False,
    ) -> Iterator[Item]:
        """Items of one key of an index, in its order or from its end; `limit` ends the reading, not only the giving."""
        return self._query(
            getattr(self._tables, table),
            value,
            index_name=index,
            range_key_condition=range_condition,
            limit=limit,
            scan_index_forward=not newest,
        )

    def _query(self, table: str, hash_key: str, **kwargs: Any) -> Iterator[Item]:
        left = kwargs.get("limit")
        start = None
        while left is None or left > 0:
            try:
                page = self._connection.query(table, hash_key, exclusive_start_key=start, **kwargs)
            except PynamoDBException as error:
                raise _unavailable(error.cause or error) from error
            yield from page["Items"]
            start = page.get("LastEvaluatedKey")
            if start is None:
                return
            if left is not None:
                left -= len(page["Items"])
                kwargs["limit"] = left

    def _put(self, create: Create) -> dict[str, Any]:
        record = to_record(create.row)
        item = record.serialize()
        pk, sk = key_of(create.row)
        return self._connection.get_operation_kwargs(
            self._table(type(record)),
            pk,
            range_key=sk,
            key="Item",
            attributes={name: value for name, value in item.items() if name not in {"pk", "sk"}},
            condition=None if create.name in self._without else type(record).pk.does_not_exist(),
        )

    def _update(self, change: Change) -> dict[str, Any]:
        """Set every attribute of the row and remove those that are None; what newer code may have written beside them stays."""
        record = to_record(change.row)
        item = record.serialize()
        actions = [
            attribute.set(item[attribute.attr_name])
            if attribute.attr_name in item
            else attribute.remove()
            for name, attribute in record.get_attributes().items()
            if name not in {"pk", "sk"}
        ]
        return self._keyed(change, actions=actions)

    def _keyed(self, operation: Change | Check, **kwargs: Any) -> dict[str, Any]:
        record = RECORD_OF[type(operation.row)]
        pk, sk = key_of(operation.row)
        expression = record.pk.exists()
        for condition in operation.conditions:
            if condition.name not in self._without:
                expression &= _expression(record, condition)
        return self._connection.get_operation_kwargs(
            self._table(record), pk, range_key=sk, condition=expression, **kwargs
        )

    def _in_transaction(self, operation: Operation) -> dict[str, dict[str, Any]]:
        match operation:
            case Create():
                return {"Put": self._put(operation)}
            case Change():
                return {"Update": self._update(operation)}
            case Check():
                return {"ConditionCheck": self._keyed(operation)}

    def _could_pass_twice(self, change: Change) -> bool:
        conditions = [c for c in change.conditions if c.name not in self._without]
        return all(_meets(change.row, condition) for condition in conditions)

    def _names(self, operation: Operation) -> frozenset[str]:
        if isinstance(operation, Create):
            return frozenset({operation.name}) - self._without
        names = frozenset(condition.name for condition in operation.conditions) - self._without
        return names or frozenset({ROW_EXISTS})

    def _write(self, action: str, kwargs: dict[str, Any], operations: Sequence[Operation]) -> None:
        try:
            self._connection.dispatch(action, kwargs)
        except VerboseClientError as error:
            raise self._told(error, operations) from error
        except BotoCoreError as error:
            raise _unavailable(error) from error

    def _told(self, error: VerboseClientError, operations: Sequence[Operation]) -> Exception:
        code = error.response["Error"]["Code"]
        codes = [reason.code if reason else None for reason in error.cancellation_reasons]
        if code == f"{REFUSED}Exception":
            codes = [REFUSED]
        refused = [op for op, reason in zip(operations, codes, strict=False) if reason == REFUSED]
        if refused:
            return Conflict(frozenset[str]().union(*map(self._names, refused)))
        if code in CONTENTION or CONTENTION.intersection(filter(None, codes)):
            return Conflict()
        return StoreUnavailable(", ".join([code, *sorted({c for c in codes if c})]))

    def _ask(self, action: str, kwargs: dict[str, Any]) -> dict[str, Any]:
        try:
            return self._connection.dispatch(action, kwargs)
        except (BotoCoreError, ClientError) as error:
            raise _unavailable(error) from error


def _unavailable(error: Exception) -> StoreUnavailable:
    """By the service's code, or by the kind of failure where no answer came. Never with its message, which may quote a row."""
    if isinstance(error, ClientError):
        return StoreUnavailable(error.response["Error"]["Code"])
    return StoreUnavailable(type(error).__name__)


def _refuse_impossible(operations: Sequence[Operation]) -> None:
    keys = {(RECORD_OF[type(op.row)].table, key_of(op.row)) for op in operations}
    if len(operations) > MOST_OPERATIONS or len(keys) < len(operations):
        raise ValueError(f"at most {MOST_OPERATIONS} operations, no two on one row")


def _expression(record: type[Record], condition: Condition) -> Expression:
    attributes = {a.attr_name: a for a in record.get_attributes().values()}
    attribute = attributes[condition.attribute]
    match condition.op:
        case Op.EQUALS:
            return attribute == condition.value
        case Op.AFTER:
            return attribute > condition.value
        case Op.CONTAINS:
            return attribute.contains(condition.value)


def _meets(row: Row, condition: Condition) -> bool:
    value = getattr(row, condition.attribute)
    match condition.op:
        case Op.EQUALS:
            return bool(value == condition.value)
        case Op.AFTER:
            return value is not None and bool(value > condition.value)
        case Op.CONTAINS:
            return condition.value in (value or ())


def _id_in(record: type[Record], item: Item) -> str:
    """The id in the key that an index gives back. Raises UnknownKind for a kind that has no clock of its own."""
    if "sk" in item and kind_in_cases(item["sk"]["S"]) is not record:
        raise UnknownKind(f"in an index of cases: {item['sk']['S'].split('#')[:2]}")
    return str(item["pk"]["S"])


def _open_case(item: Item) -> OpenCase:
    record = CaseRecord.from_raw_data(item)
    return OpenCase(
        case_id=_id_in(CaseRecord, item),
        ref=record.ref,
        step=record.step,
        epoch=int(record.epoch),
        received_at=record.received_at,
        deadline=record.deadline,
    )


def _meta_table(name: str, table: str) -> MetaTable:
    """What PynamoDB would else ask DescribeTable for. `infra/stacks/data.yaml` makes the table; a test holds them together."""
    indexes = TABLE_INDEXES[table]
    keys = ("pk", "sk") if table == "cases" else ("pk",)
    attributes = {*keys, *(key for index in indexes for key in INDEX_KEYS[index])}
    return MetaTable(
        {
            "TableName": name,
            "KeySchema": _schema(keys),
            "AttributeDefinitions": [
                {"AttributeName": attribute, "AttributeType": "S"}
                for attribute in sorted(attributes)
            ],
            "GlobalSecondaryIndexes": [
                {"IndexName": index, "KeySchema": _schema(INDEX_KEYS[index])} for index in indexes
            ],
        }
    )


def _schema(keys: Sequence[str]) -> list[dict[str, str]]:
    kinds = ("HASH", "RANGE")
    return [{"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, kinds, strict=False)]
