"""In-memory doubles of the ports, with faults that a test can switch on.

They keep the same contract as the adapters (`tests/adapters/` runs one suite on both) and add nothing to it but the faults.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
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
    MailRow,
    MaskedRow,
    PersonRow,
    ProcessRow,
    QuestionRow,
    ReferenceRow,
    Row,
    Snapshot,
    TextRow,
    TokenRow,
    UndeliveredRow,
)
from chalicelib.domain.transaction import (
    Check,
    Condition,
    Conflict,
    Create,
    Op,
    Operation,
)
from chalicelib.services.ports import (
    ROW_EXISTS,
    Letter,
    OpenCase,
    OutcomeUnknown,
    Refusal,
    Refused,
    StoreUnavailable,
    Waiting,
)

R = TypeVar("R", bound=Row)
Key = tuple[type, tuple[str | int, ...]]
Rows = dict[type, dict[tuple[str | int, ...], Row]]
Changes = Sequence[tuple[Row | None, Row]]

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
    MailRow: ("mail_id",),
    TokenRow: ("token_hash",),
    PersonRow: ("person_id",),
    GuardRow: ("key",),
}


class Crash(BaseException):
    """The process died here. Not an Exception, so that no `except Exception` of ours can survive it."""


class Faults:
    """Counts the boundaries around effects, and crashes at a chosen one. One is shared by the fakes of a test.

    Each transaction, each sending of messages and each mail has a boundary before and one after it.
    """

    def __init__(self) -> None:
        self.passed = 0
        self._crash_at: int | None = None

    def crash_at(self, boundary: int) -> None:
        """Crash at the given boundary counted from now: 0 is before the next effect, 1 after it. Once only."""
        self._crash_at = self.passed + boundary

    def reach(self) -> None:
        here = self.passed
        self.passed += 1
        if self._crash_at is not None and here >= self._crash_at:
            self._crash_at = None
            raise Crash(f"at boundary {here}")


class StoreFault(StrEnum):
    CRASH_BEFORE = "crash before it is applied"
    CRASH_AFTER = "crash after it is applied"
    CONFLICT = "refused for contention"
    UNAVAILABLE = "an error, and nothing applied"
    LOST_RESPONSE = "an error, though it was applied"


class FakeStore:
    """Keeps `ports.Store` in memory, safe to call from many threads.

    `without` drops conditions by name. `fail_next` queues faults for the next transactions. While `lag` is on, the index
    queries (due, people, open_cases, received_on) answer as things stood when it was switched on.
    `transactions` holds what was applied, in order; `watchers` are told of each as (row before, row after), whatever its caller
    hears of it.
    """

    def __init__(
        self, *, without: frozenset[str] = frozenset(), faults: Faults | None = None
    ) -> None:
        self.without = without
        self.faults = faults or Faults()
        self.transactions: list[tuple[Operation, ...]] = []
        self.watchers: list[Callable[[Changes], None]] = []
        self._rows: Rows = defaultdict(dict)
        self._seen_by_indexes: Rows | None = None
        self._next: deque[StoreFault] = deque()
        self._lock = threading.RLock()

    @property
    def lag(self) -> bool:
        return self._seen_by_indexes is not None

    @lag.setter
    def lag(self, lagging: bool) -> None:
        with self._lock:
            seen = {kind: dict(rows) for kind, rows in self._rows.items()}
            self._seen_by_indexes = defaultdict(dict, seen) if lagging else None

    def heal(self) -> None:
        """No more faults, and indexes that see everything."""
        self.lag = False
        self._next.clear()

    def fail_next(self, *faults: StoreFault) -> None:
        self._next.extend(faults)

    def rows(self, kind: type[R]) -> tuple[R, ...]:
        """Every row of a kind in order of its key: for a test's invariants, no part of the port."""
        with self._lock:
            found = sorted(self._rows[kind].items(), key=lambda pair: pair[0])
        return tuple(cast(R, row) for _, row in found)

    def get(self, kind: type[R], *key: str | int) -> R | None:
        with self._lock:
            return cast("R | None", self._rows[kind].get(key))

    def snapshot(self, case_id: str) -> Snapshot | None:
        with self._lock:
            case = self.get(CaseRow, case_id)
            if case is None:
                return None
            return Snapshot(
                case,
                tuple(ask for ask in self.rows(AskRow) if ask.case_id == case_id),
                tuple(row for row in self.rows(UndeliveredRow) if row.case_id == case_id),
                tuple(row for row in self.rows(FollowerRow) if row.case_id == case_id),
            )

    def events(self, case_id: str) -> tuple[EventRow, ...]:
        return tuple(event for event in self.rows(EventRow) if event.case_id == case_id)

    def transact(self, operations: Sequence[Operation]) -> None:
        keys = [key_of(operation.row) for operation in operations]
        if len(keys) > 100 or len(set(keys)) < len(keys):
            raise ValueError("at most 100 operations, no two on one row")
        if not operations:
            return
        with self._lock:
            self.faults.reach()
            fault = self._next.popleft() if self._next else None
            if fault is StoreFault.CRASH_BEFORE:
                raise Crash(fault)
            if fault is StoreFault.CONFLICT:
                raise Conflict
            if fault is StoreFault.UNAVAILABLE:
                raise StoreUnavailable(fault)
            refused = [operation for operation in operations if not self._allowed(operation)]
            if refused:
                raise Conflict(frozenset().union(*map(self._names, refused)))
            changes: list[tuple[Row | None, Row]] = []
            for operation in operations:
                if not isinstance(operation, Check):
                    row = as_stored(operation.row)
                    kind, key = key_of(row)
                    changes.append((self._rows[kind].get(key), row))
                    self._rows[kind][key] = row
            self.transactions.append(tuple(operations))
            for watcher in self.watchers:
                watcher(changes)
            if fault is StoreFault.CRASH_AFTER:
                raise Crash(fault)
            if fault is StoreFault.LOST_RESPONSE:
                raise StoreUnavailable(fault)
            self.faults.reach()

    def due(self, waiting: Waiting, before: datetime, limit: int) -> tuple[str, ...]:
        kind = {Waiting.CASE: CaseRow, Waiting.MAIL: MailRow, Waiting.PERSON: PersonRow}[waiting]
        rows = [row for row in self._index(kind) if row.try_at is not None]
        found = sorted((row.try_at, *key_of(row)[1]) for row in rows if row.try_at <= before)
        return tuple(str(id_) for _, id_ in found[:limit])

    def people(self) -> tuple[PersonRow, ...]:
        people = [person for person in self._index(PersonRow) if person.active]
        return tuple(sorted(people, key=lambda person: person.person_id))

    def open_cases(self) -> tuple[OpenCase, ...]:
        cases = [case for case in self._index(CaseRow) if not case.closed]
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
        asks = (ask for ask in self._index(AskRow) if ask.person == person)
        return tuple(sorted({ask.case_id for ask in asks if ask.state is AskState.OPEN}))

    def received_on(self, date: str) -> tuple[str, ...]:
        cases = (case for case in self._index(CaseRow) if case.received_date == date)
        received = [(case.received_at, case.case_id) for case in cases]
        return tuple(case_id for _, case_id in sorted(received))

    def _index(self, kind: type[R]) -> tuple[R, ...]:
        with self._lock:
            rows = self._rows if self._seen_by_indexes is None else self._seen_by_indexes
            return tuple(cast(R, row) for row in rows[kind].values())

    def _names(self, operation: Operation) -> frozenset[str]:
        if isinstance(operation, Create):
            return frozenset({operation.name}) - self.without
        names = frozenset(condition.name for condition in operation.conditions) - self.without
        return names or frozenset({ROW_EXISTS})

    def _allowed(self, operation: Operation) -> bool:
        kind, key = key_of(operation.row)
        stored = self._rows[kind].get(key)
        if isinstance(operation, Create):
            return stored is None or operation.name in self.without
        conditions = [c for c in operation.conditions if c.name not in self.without]
        if stored is None:
            return False
        return all(_holds(condition, stored) for condition in conditions)


def key_of(row: Row) -> Key:
    kind = type(row)
    return kind, tuple(getattr(row, name) for name in KEY_FIELDS[kind])


def as_stored(row: R) -> R:
    """The row as a database gives it back: what is stored as JSON has been through JSON, and shares nothing with the caller."""
    changed: dict[str, Any] = {}
    for field in fields(row):
        value = getattr(row, field.name)
        if isinstance(value, Mapping):
            changed[field.name] = json.loads(json.dumps(dict(value)))
        elif field.name == "facts":
            changed[field.name] = tuple(Fact(fact.kind, dict(fact.data)) for fact in value)
    return replace(row, **changed)


def _holds(condition: Condition, row: Row) -> bool:
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


class FakeQueue:
    """Keeps `ports.Queue`. Messages stay in `bodies`, as JSON, until a test takes them, doubles them or loses them.

    While `failing`, what is sent is lost, as when the service cannot be reached.
    """

    def __init__(self, faults: Faults | None = None) -> None:
        self.faults = faults or Faults()
        self.failing = False
        self.bodies: list[str] = []
        self._lock = threading.Lock()

    def send(self, messages_: Iterable[Message]) -> None:
        bodies = [messages.to_json(message) for message in dict.fromkeys(messages_)]
        if not bodies:
            return
        with self._lock:
            self.faults.reach()
            if not self.failing:
                self.bodies.extend(bodies)
            self.faults.reach()

    @property
    def waiting(self) -> tuple[Message, ...]:
        with self._lock:
            return tuple(messages.from_json(body) for body in self.bodies)

    def take(self, position: int = 0) -> Message:
        """Remove one message and give it, as a consumer would. Another position than 0 is out of order."""
        with self._lock:
            return messages.from_json(self.bodies.pop(position))

    def give_back(self, message: Message) -> None:
        """What happens to a message whose consumer failed."""
        with self._lock:
            self.bodies.append(messages.to_json(message))

    def double(self, position: int = 0) -> None:
        with self._lock:
            self.bodies.append(self.bodies[position])

    def drop(self, position: int = 0) -> None:
        with self._lock:
            del self.bodies[position]

    def drop_all(self) -> None:
        with self._lock:
            self.bodies.clear()

    def reorder(self, order: Sequence[int]) -> None:
        """Put the messages in the order of the given positions, a permutation of all of them."""
        with self._lock:
            if sorted(order) != list(range(len(self.bodies))):
                raise ValueError("not a permutation of the waiting messages")
            self.bodies = [self.bodies[position] for position in order]


@dataclass(frozen=True)
class Sent:
    """A letter that the fake service took, with the id that it gave (or would have given)."""

    ses_id: str
    letter: Letter


class FakeMailer:
    """Keeps `ports.Mailer`. `sent` is what has really gone out, whatever the caller was told."""

    def __init__(self, faults: Faults | None = None) -> None:
        self.faults = faults or Faults()
        self.sent: list[Sent] = []
        self.attempts = 0
        self._next: deque[Refused | bool] = deque()
        self._lock = threading.Lock()

    @property
    def letters(self) -> tuple[Letter, ...]:
        with self._lock:
            return tuple(sent.letter for sent in self.sent)

    def heal(self) -> None:
        """No more faults."""
        self._next.clear()

    def refuse_next(self, refusal: Refusal, reason: str = "TooManyRequestsException") -> None:
        self._next.append(Refused(refusal, reason))

    def leave_unknown_next(self, *, sent: bool) -> None:
        """The next sending ends without an answer, after the letter went out or before."""
        self._next.append(sent)

    def send(self, letter: Letter) -> str:
        with self._lock:
            self.faults.reach()
            self.attempts += 1
            fault = self._next.popleft() if self._next else None
            if isinstance(fault, Refused):
                raise fault
            if fault is False:
                raise OutcomeUnknown
            ses_id = f"ses-{len(self.sent) + 1:06d}"
            self.sent.append(Sent(ses_id, letter))
            if fault is True:
                raise OutcomeUnknown
            self.faults.reach()
            return ses_id


START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
"""A Monday, nine in the morning in Sweden."""


class FakeClock:
    """Keeps `ports.Clock`: stands still until a test moves it, and never goes backwards."""

    def __init__(self, start: datetime = START) -> None:
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


class FakeSecrets:
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
