"""Counts what AWS is asked for, and computes what DynamoDB would charge for it.

Hooks into botocore's events, so it sees whatever goes through a session, on moto and on the local stage alike; what emulators
report as consumed is not used. The meter keeps its own copy of what it saw written, since an update's price depends on the
row before and after it: start it before the first write.

Rules: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html and
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
- A write costs 1 unit for each begun KB of the larger of the row before and after it; twice that in a transaction, where a
  check of a condition costs as much as a write of the row that it looks at.
- An index costs as a write of its own for what it projects: one when an entry appears, disappears or changes, two when its
  key changes. It is not doubled in a transaction.
- A read costs 1 unit for each begun 4 KB of the rows of one request together; half when it need not be consistent.
- A refused condition costs the write all the same, and nothing in an index.
"""

from __future__ import annotations

import base64
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.session import Session

from tests.cloudformation import index_definitions

Item = dict[str, dict[str, Any]]
KEYS = ("pk", "sk")


@dataclass
class Meter:
    """`calls` by `service.Operation`; write and read units of DynamoDB; `queue_requests` as SQS counts them."""

    stage: str
    calls: Counter[str] = field(default_factory=Counter)
    write_units: float = 0.0
    index_units: float = 0.0
    read_units: float = 0.0
    _rows: dict[tuple[str, ...], Item] = field(default_factory=dict)

    def watch(self, session: Session) -> None:
        """Count what every client that the session makes from now on asks for. A session can be watched once."""
        events: Any = session
        events.register("before-parameter-build", self._asked)
        events.register("after-call", self._answered)

    def watch_client(self, client: Any) -> None:
        """Count what a client that exists already asks for."""
        client.meta.events.register("before-parameter-build", self._asked)
        client.meta.events.register("after-call", self._answered)

    @property
    def queue_requests(self) -> int:
        return sum(n for name, n in self.calls.items() if name.startswith("sqs."))

    @property
    def total_write_units(self) -> float:
        return self.write_units + self.index_units

    def _asked(self, params: Mapping[str, Any], context: dict[str, Any], **_: Any) -> None:
        context["metered"] = params

    def _answered(
        self,
        http_response: Any,
        parsed: Mapping[str, Any],
        model: Any,
        context: Mapping[str, Any],
        **_: Any,
    ) -> None:
        service = model.service_model.service_name
        self.calls[f"{service}.{model.name}"] += 1
        if service != "dynamodb":
            return
        params = context["metered"]
        done = http_response.status_code < 300
        match model.name:
            case "GetItem":
                items = [parsed["Item"]] if parsed.get("Item") else []
                self._read(items, params.get("ConsistentRead", False))
            case "Query":
                self._read(parsed.get("Items", []), params.get("ConsistentRead", False))
            case "PutItem" | "UpdateItem":
                self._write(params, done, factor=1)
            case "TransactWriteItems":
                for wrapped in params["TransactItems"]:
                    ((_, operation),) = wrapped.items()
                    self._write(operation, done, factor=2)
            case _:
                raise NotImplementedError(f"no price is known for {model.name}")

    def _read(self, items: Iterable[Item], consistent: bool) -> None:
        blocks = max(1, math.ceil(sum(map(size_of, items)) / 4096))
        self.read_units += blocks if consistent else blocks / 2

    def _write(self, operation: Mapping[str, Any], done: bool, factor: int) -> None:
        table = operation["TableName"]
        key = operation.get("Item") or operation["Key"]
        place = (table, *(key[name]["S"] for name in KEYS if name in key))
        before = self._rows.get(place, {})
        after = _after(before, operation)
        self.write_units += factor * max(kilobytes(before), kilobytes(after))
        if not done:
            return
        self._rows[place] = after
        name = table.removeprefix(f"idesluss-{self.stage}-")
        for index in index_definitions(name):
            self.index_units += index_cost(index, before, after)


def _after(before: Item, operation: Mapping[str, Any]) -> Item:
    """The row after a put, an update of the form `SET #0 = :0, … REMOVE #1, …` or a check."""
    if "Item" in operation:
        return dict(operation["Item"])
    after = {**before, **operation["Key"]}
    names = operation.get("ExpressionAttributeNames", {})
    sets, removes = _clauses(operation.get("UpdateExpression", ""))
    for name, value in sets:
        after[names.get(name, name)] = operation["ExpressionAttributeValues"][value]
    for name in removes:
        after.pop(names.get(name, name), None)
    return after if sets or removes else dict(before)


def _clauses(expression: str) -> tuple[list[tuple[str, str]], list[str]]:
    set_part, _, remove_part = expression.partition("REMOVE ")
    assignments = [part for part in set_part.removeprefix("SET ").split(",") if part.strip()]
    sets = []
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not equals or not value.strip().startswith(":"):
            raise NotImplementedError(f"the meter does not know {assignment!r}")
        sets.append((name.strip(), value.strip()))
    return sets, [name.strip() for name in remove_part.split(",") if name.strip()]


def index_cost(index: Mapping[str, Any], before: Item, after: Item) -> int:
    """Units that one write of a row costs in one index."""
    keys = [part["AttributeName"] for part in index["KeySchema"]]
    was, now = _projected(index, keys, before), _projected(index, keys, after)
    if was == now:
        return 0
    if was and now and any(was[key] != now[key] for key in keys):
        return kilobytes(was) + kilobytes(now)
    return max(kilobytes(was), kilobytes(now)) if was and now else kilobytes(was or now)


def _projected(index: Mapping[str, Any], keys: Sequence[str], item: Item) -> Item:
    """The index's entry for a row; empty when the row lacks a key of the index."""
    if not all(key in item for key in keys):
        return {}
    projection = index["Projection"]
    if projection["ProjectionType"] == "ALL":
        return item
    wanted = {*KEYS, *keys, *projection.get("NonKeyAttributes", ())}
    return {name: value for name, value in item.items() if name in wanted}


def kilobytes(item: Item) -> int:
    return max(1, math.ceil(size_of(item) / 1024))


def size_of(item: Item) -> int:
    """Bytes of a row as DynamoDB counts them: the names and the values of its attributes."""
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def _value_size(value: Mapping[str, Any]) -> int:
    kind: str
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "N":
            digits = len(content.lstrip("-").replace(".", "").strip("0"))
            return math.ceil(digits / 2) + 1 + int(content.startswith("-"))
        case "B":
            return len(base64.b64decode(content)) if isinstance(content, str) else len(content)
        case "BOOL" | "NULL":
            return 1
        case "L":
            return 3 + sum(1 + _value_size(part) for part in content)
        case "M":
            return 3 + sum(1 + len(k.encode()) + _value_size(v) for k, v in content.items())
        case _:
            return sum(len(part.encode()) for part in content)
