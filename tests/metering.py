"""Counts what AWS is asked for, and computes what DynamoDB would charge for it.

Hooks into botocore's events, so it sees whatever goes through a session, on moto and on the local stage alike; what emulators
report as consumed is not used. The meter keeps its own copy of what it saw written, since an update's price depends on the
row before and after it: start it before the first write.

What a request costs is told by `infra.capacity`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.session import Session

from infra.capacity import KEYS, Item, index_cost, kilobytes, read_units, size_of
from infra.stack_files import index_definitions

__all__ = ["Meter", "size_of"]


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
        self.read_units += read_units(sum(map(size_of, items)), consistent)

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
