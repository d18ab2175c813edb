"""How values that DynamoDB has no type for are stored: mappings and lists of pairs as JSON, enums by their value.

Owns the form of one value. What is stored where is in `records`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Generic, TypeVar

from pynamodb.attributes import Attribute

from chalicelib.domain.rows import Absence, Fact

E = TypeVar("E", bound=StrEnum)


class JsonAttribute(Attribute[Mapping[str, object]]):
    """A mapping as one JSON string. Tuples come back as lists. Swedish letters stay two bytes each."""

    attr_type = "S"

    def serialize(self, value: Mapping[str, object]) -> str:
        return json.dumps(dict(value), ensure_ascii=False, separators=(",", ":"))

    def deserialize(self, value: str) -> Mapping[str, object]:
        decoded: Mapping[str, object] = json.loads(value)
        return decoded


class FactsAttribute(Attribute[tuple[Fact, ...]]):
    """The facts of one event as a JSON list of pairs, in their order."""

    attr_type = "S"

    def serialize(self, value: tuple[Fact, ...]) -> str:
        pairs = [[fact.kind, dict(fact.data)] for fact in value]
        return json.dumps(pairs, ensure_ascii=False, separators=(",", ":"))

    def deserialize(self, value: str) -> tuple[Fact, ...]:
        return tuple(Fact(kind, data) for kind, data in json.loads(value))


class EnumAttribute(Attribute[E], Generic[E]):
    """One of an enum's values. A value that this version does not know is a ValueError when read."""

    attr_type = "S"

    def __init__(self, enum: type[E]) -> None:
        super().__init__()
        self.enum = enum

    def serialize(self, value: E | str) -> str:
        return self.enum(value).value

    def deserialize(self, value: str) -> E:
        return self.enum(value)


class NamesAttribute(Attribute[tuple[str, ...]]):
    """A tuple of strings as a list, so that a condition can ask whether it contains one of them."""

    attr_type = "L"

    def serialize(self, value: tuple[str, ...]) -> list[dict[str, str]]:
        return [{"S": name} for name in value]

    def deserialize(self, value: list[dict[str, str]]) -> tuple[str, ...]:
        return tuple(name["S"] for name in value)


class AbsencesAttribute(Attribute[tuple[Absence, ...]]):
    """Spans of days as a JSON list of pairs."""

    attr_type = "S"

    def serialize(self, value: tuple[Absence, ...]) -> str:
        return json.dumps([[absence.first, absence.last] for absence in value])

    def deserialize(self, value: str) -> tuple[Absence, ...]:
        return tuple(Absence(first, last) for first, last in json.loads(value))
