"""The ports kept in memory, for what plays the services through without AWS: the time machine, and the tests' doubles.

They keep the same contract as the adapters (`tests/adapters/` runs one suite on both) and add nothing to it. Fast, so that a
year of cases takes seconds: what an index would answer is kept in order as rows are written, never searched for.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

from chalicelib.domain import messages
from chalicelib.domain.messages import Message
from chalicelib.domain.rows import (
    AskRow,
    AskState,
    CaseRow,
    ContactRow,
    EventRow,
    Fact,
    FollowerRow,
    GuardRow,
    HoldRow,
    MailRow,
    MaskedRow,
    PersonRow,
    ProcessRow,
    QuestionRow,
    ReferenceRow,
    Row,
    ShownIdeaRow,
    Snapshot,
    StoppedRow,
    TextRow,
    TokenRow,
    UndeliveredRow,
)
from chalicelib.domain.transaction import Check, Condition, Conflict, Create, Op, Operation
from chalicelib.services.ports import ROW_EXISTS, Letter, OpenCase, Waiting

R = TypeVar("R", bound=Row)
Key = tuple[type, tuple[str | int, ...]]

KEY_FIELDS: Mapping[type[Row], tuple[str, ...]] = {
    CaseRow: ("case_id",),
    AskRow: ("case_id", "epoch", "person", "task"),
    UndeliveredRow: ("case_id", "mail_id"),
    FollowerRow: ("case_id", "follower"),
    QuestionRow: ("case_id", "number"),
    ContactRow: ("case_id",),
    TextRow: ("case_id", "version"),
    MaskedRow: ("case_id", "version"),
    EventRow: ("case_id", "seq"),
    ReferenceRow: ("ref",),
    ProcessRow: ("version",),
    ShownIdeaRow: ("shelf", "since", "case_id"),
    MailRow: ("mail_id",),
    HoldRow: ("name",),
    StoppedRow: ("address_hash",),
    TokenRow: ("token_hash",),
    PersonRow: ("person_id",),
    GuardRow: ("key",),
}
CLOCKED: Mapping[type[Row], Waiting] = {
    CaseRow: Waiting.CASE,
    MailRow: Waiting.MAIL,
    PersonRow: Waiting.PERSON,
}
IN_A_CASE = (AskRow, UndeliveredRow, FollowerRow, EventRow)


class MemoryStore:
    """Keeps `ports.Store`, safe to call from many threads. `without` drops conditions by name."""

    def __init__(self, *, without: frozenset[str] = frozenset()) -> None:
        self.without = without
        self._rows: dict[Key, Row] = {}
        self._of_kind: dict[type, dict[Key, Row]] = {kind: {} for kind in KEY_FIELDS}
        self._of_case: dict[tuple[type, str], dict[Key, Row]] = {}
        self._in_order: dict[tuple[type, str], tuple[Row, ...]] = {}
        self._due: dict[Waiting, list[tuple[datetime, str]]] = {kind: [] for kind in Waiting}
        self._open: dict[str, CaseRow] = {}
        self._open_asks: dict[str, set[Key]] = {}
        self._people: tuple[PersonRow, ...] | None = ()
        self._lock = threading.RLock()

    def take_over(self, other: MemoryStore) -> None:
        """Begin with the rows of another store; what is written to one of the two from now on does not change the other."""
        with other._lock:
            self._rows = dict(other._rows)
            self._of_kind = {kind: dict(rows) for kind, rows in other._of_kind.items()}
            self._of_case = {key: dict(rows) for key, rows in other._of_case.items()}
            self._in_order = dict(other._in_order)
            self._due = {kind: list(due) for kind, due in other._due.items()}
            self._open = dict(other._open)
            self._open_asks = {person: set(asks) for person, asks in other._open_asks.items()}
            self._people = other._people

    def keep(self, row: Row) -> None:
        """Put a row in its place, whatever stood there and under no condition."""
        with self._lock:
            self._put(key_of(row), row)

    def rows(self, kind: type[R]) -> tuple[R, ...]:
        """Every row of a kind in order of its key: for figures and for tests, no part of the port."""
        with self._lock:
            rows = self._of_kind[kind]
            return tuple(cast(R, rows[key]) for key in sorted(rows, key=lambda key: key[1]))

    def next_due(self) -> datetime | None:
        """When the next row becomes due, whatever its kind: for a clock that leaps, no part of the port."""
        with self._lock:
            return min((due[0][0] for due in self._due.values() if due), default=None)

    def get(self, kind: type[R], *key: str | int) -> R | None:
        with self._lock:
            return cast("R | None", self._rows.get((kind, key)))

    def snapshot(self, case_id: str) -> Snapshot | None:
        with self._lock:
            case = self._rows.get((CaseRow, (case_id,)))
            if not isinstance(case, CaseRow):
                return None
            return Snapshot(
                case,
                self._in_case(AskRow, case_id),
                self._in_case(UndeliveredRow, case_id),
                self._in_case(FollowerRow, case_id),
            )

    def events(self, case_id: str) -> tuple[EventRow, ...]:
        return self._in_case(EventRow, case_id)

    def transact(self, operations: Sequence[Operation]) -> None:
        keys = [key_of(operation.row) for operation in operations]
        if len(keys) > 100 or len(set(keys)) < len(keys):
            raise ValueError("at most 100 operations, no two on one row")
        with self._lock:
            refused = [operation for operation in operations if not self._allowed(operation)]
            if refused:
                raise Conflict(frozenset[str]().union(*map(self._names, refused)))
            for key, operation in zip(keys, operations, strict=True):
                if not isinstance(operation, Check):
                    self._put(key, operation.row)

    def due(self, waiting: Waiting, before: datetime, limit: int) -> tuple[str, ...]:
        with self._lock:
            due = self._due[waiting]
            found = due[: bisect_right(due, before, key=lambda entry: entry[0])]
        return tuple(id_ for _, id_ in found[:limit])

    def people(self) -> tuple[PersonRow, ...]:
        with self._lock:
            if self._people is None:
                self._people = tuple(person for person in self.rows(PersonRow) if person.active)
            return self._people

    def open_cases(self) -> tuple[OpenCase, ...]:
        with self._lock:
            cases = tuple(self._open.values())
        return tuple(
            OpenCase(
                case_id=case.case_id,
                ref=case.ref,
                step=case.step,
                epoch=case.epoch,
                received_at=case.received_at,
                deadline=case.deadline,
            )
            for case in sorted(cases, key=lambda case: (case.received_at, case.case_id))
        )

    def asked(self, person: str) -> tuple[str, ...]:
        with self._lock:
            return tuple(sorted({str(key[1][0]) for key in self._open_asks.get(person, ())}))

    def received_on(self, date: str) -> tuple[str, ...]:
        cases = (case for case in self.rows(CaseRow) if case.received_date == date)
        return tuple(case_id for _, case_id in sorted((c.received_at, c.case_id) for c in cases))

    def shown_ideas(self, shelf: str, limit: int) -> tuple[ShownIdeaRow, ...]:
        rows = [row for row in self.rows(ShownIdeaRow) if row.shelf == shelf]
        return tuple(reversed(rows))[:limit]

    def _in_case(self, kind: type[R], case_id: str) -> tuple[R, ...]:
        place = (kind, case_id)
        with self._lock:
            found = self._in_order.get(place)
            if found is None:
                rows = self._of_case.get(place, {})
                found = tuple(rows[key] for key in sorted(rows, key=lambda key: key[1]))
                self._in_order[place] = found
            return cast("tuple[R, ...]", found)

    def _put(self, key: Key, row: Row) -> None:
        before = self._rows.get(key)
        after = _as_stored(row, before)
        self._rows[key] = self._of_kind[key[0]][key] = after
        if isinstance(after, IN_A_CASE):
            place = (type(after), after.case_id)
            self._of_case.setdefault(place, {})[key] = after
            self._in_order.pop(place, None)
        if isinstance(after, CaseRow | MailRow | PersonRow):
            self._keep_due(cast("CaseRow | MailRow | PersonRow | None", before), after)
        if isinstance(after, CaseRow):
            self._open[after.case_id] = after
            if after.closed:
                del self._open[after.case_id]
        elif isinstance(after, PersonRow):
            self._people = None
        elif isinstance(after, AskRow):
            asks = self._open_asks.setdefault(after.person, set())
            (asks.add if after.state is AskState.OPEN else asks.discard)(key)

    def _keep_due(
        self, before: CaseRow | MailRow | PersonRow | None, after: CaseRow | MailRow | PersonRow
    ) -> None:
        was, is_ = before.try_at if before else None, after.try_at
        if was == is_:
            return
        waiting = CLOCKED[type(after)]
        id_ = str(key_of(after)[1][0])
        due = self._due[waiting]
        if was is not None:
            del due[bisect_left(due, (was, id_))]
        if is_ is not None:
            insort(due, (is_, id_))

    def _names(self, operation: Operation) -> frozenset[str]:
        if isinstance(operation, Create):
            return frozenset({operation.name}) - self.without
        names = frozenset(condition.name for condition in operation.conditions) - self.without
        return names or frozenset({ROW_EXISTS})

    def _allowed(self, operation: Operation) -> bool:
        stored = self._rows.get(key_of(operation.row))
        if isinstance(operation, Create):
            return stored is None or operation.name in self.without
        conditions = [c for c in operation.conditions if c.name not in self.without]
        if stored is None:
            return False
        return all(holds(condition, stored) for condition in conditions)


def key_of(row: Row) -> Key:
    kind = type(row)
    names = KEY_FIELDS[kind]
    return kind, tuple([getattr(row, name) for name in names])


def holds(condition: Condition, row: Row) -> bool:
    """Whether a stored row meets a condition. An attribute that it lacks meets none."""
    stored = getattr(row, condition.attribute)
    if stored is None:
        return False
    match condition.op:
        case Op.EQUALS:
            return bool(stored == condition.value)
        case Op.AFTER:
            return bool(stored > condition.value)
        case Op.CONTAINS:
            return condition.value in stored


def as_stored(row: R) -> R:
    """The row as a database gives it back: what is stored as JSON has been through JSON, and shares nothing with the caller."""
    return _as_stored(row, None)


def _as_stored(row: R, before: Row | None) -> R:
    """A mapping that is the one stored already has been through JSON, and is kept as it is."""
    changed: dict[str, Any] = {}
    for name in _MAPPINGS[type(row)]:
        value = getattr(row, name)
        if value is not None and (before is None or value is not getattr(before, name)):
            changed[name] = json.loads(json.dumps(dict(value)))
    if isinstance(row, EventRow):
        changed["facts"] = tuple(Fact(fact.kind, dict(fact.data)) for fact in row.facts)
    return replace(row, **changed) if changed else row


_MAPPINGS: Mapping[type, tuple[str, ...]] = {
    kind: tuple(field.name for field in fields(kind) if "Mapping[" in str(field.type))
    for kind in KEY_FIELDS
}
"""The fields of each kind that are stored as JSON, by how they are declared."""


class MemoryQueue:
    """Keeps `ports.Queue`. Messages stay in `bodies`, as JSON, until somebody takes them."""

    def __init__(self) -> None:
        self.bodies: list[str] = []
        self._lock = threading.Lock()

    def send(self, messages_: Iterable[Message]) -> None:
        bodies = [messages.to_json(message) for message in dict.fromkeys(messages_)]
        with self._lock:
            self.bodies.extend(bodies)

    def take(self, position: int = 0) -> Message:
        """Remove one message and give it, as a consumer would. Another position than 0 is out of order."""
        with self._lock:
            return messages.from_json(self.bodies.pop(position))


@dataclass(frozen=True)
class Sent:
    """A letter that was taken, with the id that the service gave (or would have given)."""

    ses_id: str
    letter: Letter


class MemoryMailer:
    """Keeps `ports.Mailer`. `sent` is what has gone out."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []
        self._lock = threading.Lock()

    def send(self, letter: Letter) -> str:
        with self._lock:
            ses_id = f"ses-{len(self.sent) + 1:06d}"
            self.sent.append(Sent(ses_id, letter))
            return ses_id


class MemoryClock:
    """Keeps `ports.Clock`: stands still until it is moved, and never goes backwards."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> datetime:
        if by < timedelta(0):
            raise ValueError("time does not go backwards")
        self._now += by
        return self._now

    def advance_to(self, moment: datetime) -> datetime:
        return self.advance(moment - self._now)


class MemorySecrets:
    """Keeps `ports.Secrets` with a key that is no secret."""

    def __init__(
        self, site_url: str = "https://ideer.example.se", key: bytes = b"no secret" * 4
    ) -> None:
        self._site_url = site_url
        self._key = key

    def site_url(self) -> str:
        return self._site_url

    def keyed_hash(self, purpose: str, value: str) -> str:
        text = f"{purpose}\0{value}".encode()
        return hmac.new(self._key, text, hashlib.sha256).hexdigest()
