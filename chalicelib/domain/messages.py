"""Queue messages: imperatives that carry a kind and an id, never personal data, never a decision."""

from __future__ import annotations

import json
from dataclasses import dataclass

VERSION = 1


@dataclass(frozen=True)
class EvaluateCase:
    id: str


@dataclass(frozen=True)
class EvaluatePerson:
    id: str


@dataclass(frozen=True)
class SendMail:
    id: str


@dataclass(frozen=True)
class TellOfHeld:
    """`id` is the local date of the morning whose list it is, for whoever reads the queue."""

    id: str


Message = EvaluateCase | EvaluatePerson | SendMail | TellOfHeld

_KINDS: dict[str, type[Message]] = {
    kind.__name__: kind for kind in (EvaluateCase, EvaluatePerson, SendMail, TellOfHeld)
}


class UnknownMessage(ValueError):
    """A body that this version of the code cannot read; it must be tried again by a newer one, never dropped."""


def to_json(message: Message) -> str:
    return json.dumps({"v": VERSION, "kind": type(message).__name__, "id": message.id})


def from_json(body: str) -> Message:
    """The message in a queue body. Raises UnknownMessage for anything that `to_json` of this version did not write."""
    try:
        data = json.loads(body)
        kind, version, id_ = data["kind"], data["v"], data["id"]
    except (ValueError, KeyError, TypeError) as error:
        raise UnknownMessage("not a message of the sluice") from error
    known = isinstance(kind, str) and kind in _KINDS
    if version != VERSION or not known or not isinstance(id_, str):
        raise UnknownMessage(f"version {version!r}, kind {kind!r}")
    return _KINDS[kind](id_)
