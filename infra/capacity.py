"""What DynamoDB would charge for a request, in units: pure rules, for whatever counts what the sluice asks of it.

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
from collections.abc import Mapping, Sequence
from typing import Any

Item = dict[str, dict[str, Any]]
"""A row as DynamoDB takes it: each attribute with its type and value."""

KEYS = ("pk", "sk")


def read_units(size: int, consistent: bool) -> float:
    """Units that one request costs which reads rows of this size together; one that finds nothing costs as a small row."""
    blocks = max(1, math.ceil(size / 4096))
    return blocks if consistent else blocks / 2


def write_units(size: int) -> int:
    """Units that one write costs of a row that has at most this size, before and after."""
    return max(1, math.ceil(size / 1024))


def index_cost(index: Mapping[str, Any], before: Item, after: Item) -> int:
    """Units that one write of a row costs in one index."""
    keys = [part["AttributeName"] for part in index["KeySchema"]]
    was, now = projected(index, keys, before), projected(index, keys, after)
    if was == now:
        return 0
    if was and now and any(was[key] != now[key] for key in keys):
        return kilobytes(was) + kilobytes(now)
    return max(kilobytes(was), kilobytes(now)) if was and now else kilobytes(was or now)


def projected(index: Mapping[str, Any], keys: Sequence[str], item: Item) -> Item:
    """The index's entry for a row; empty when the row lacks a key of the index."""
    if not all(key in item for key in keys):
        return {}
    projection = index["Projection"]
    if projection["ProjectionType"] == "ALL":
        return item
    wanted = {*KEYS, *keys, *projection.get("NonKeyAttributes", ())}
    return {name: value for name, value in item.items() if name in wanted}


def kilobytes(item: Item) -> int:
    return write_units(size_of(item))


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
