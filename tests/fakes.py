"""In-memory doubles of the ports: `infra.memory`, with faults that a test can switch on.

They keep the same contract as the adapters (`tests/adapters/` runs one suite on both) and add nothing to it but the faults.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from enum import StrEnum

from chalicelib.domain import messages
from chalicelib.domain.messages import Message
from chalicelib.domain.rows import EventRow, PersonRow, Row
from chalicelib.domain.suspicion import Suspicion
from chalicelib.domain.transaction import Check, Conflict, Operation
from chalicelib.services.ports import (
    Letter,
    OpenCase,
    OutcomeUnknown,
    Refusal,
    Refused,
    StoreUnavailable,
    Waiting,
)
from infra.memory import (
    KEY_FIELDS,
    MemoryClock,
    MemoryMailer,
    MemoryQueue,
    MemorySecrets,
    MemoryStore,
    key_of,
)
from tests.traces import TRACES, Traces

__all__ = [
    "KEY_FIELDS",
    "START",
    "Crash",
    "FakeClock",
    "FakeMailer",
    "FakeQueue",
    "FakeSecrets",
    "FakeStore",
    "Faults",
    "StoreFault",
]


Changes = Sequence[tuple[Row | None, Row]]


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


class FakeStore(MemoryStore):
    """`MemoryStore` with faults. `fail_next` queues them for the next transactions. While `lag` is on, the index queries (due,
    people, open_cases, held, asked, received_on) answer as things stood when it was switched on. `transactions` holds what was applied,
    in order; `watchers` are told of each as (row before, row after), whatever its caller hears of it."""

    def __init__(
        self,
        *,
        without: frozenset[str] = frozenset(),
        faults: Faults | None = None,
        traces: Traces = TRACES,
    ) -> None:
        super().__init__(without=without)
        self.traces = traces
        self.faults = faults or Faults()
        self.transactions: list[tuple[Operation, ...]] = []
        self.watchers: list[Callable[[Changes], None]] = []
        self._as_it_was: MemoryStore | None = None
        self._next: deque[StoreFault] = deque()

    @property
    def lag(self) -> bool:
        return self._as_it_was is not None

    @lag.setter
    def lag(self, lagging: bool) -> None:
        self._as_it_was = None
        if lagging:
            self._as_it_was = MemoryStore()
            self._as_it_was.take_over(self)

    @property
    def acts(self) -> int:
        """How many transactions did more than record that somebody was refused."""
        return sum(not _records_a_refusal(applied) for applied in self.transactions)

    def heal(self) -> None:
        """No more faults, and indexes that see everything."""
        self.lag = False
        self._next.clear()

    def fail_next(self, *faults: StoreFault) -> None:
        self._next.extend(faults)

    def transact(self, operations: Sequence[Operation]) -> None:
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
            written = [op.row for op in operations if not isinstance(op, Check)]
            before = [self._rows.get(key_of(row)) for row in written]
            super().transact(operations)
            self.transactions.append(tuple(operations))
            self.traces.look_at_rows(written)
            changes = [
                (then, self._rows[key_of(row)]) for then, row in zip(before, written, strict=True)
            ]
            for watcher in self.watchers:
                watcher(changes)
            if fault is StoreFault.CRASH_AFTER:
                raise Crash(fault)
            if fault is StoreFault.LOST_RESPONSE:
                raise StoreUnavailable(fault)
            self.faults.reach()

    def due(self, waiting: Waiting, before: datetime, limit: int) -> tuple[str, ...]:
        then = self._as_it_was
        return then.due(waiting, before, limit) if then else super().due(waiting, before, limit)

    def people(self) -> tuple[PersonRow, ...]:
        then = self._as_it_was
        return then.people() if then else super().people()

    def open_cases(self) -> tuple[OpenCase, ...]:
        then = self._as_it_was
        return then.open_cases() if then else super().open_cases()

    def held(
        self, why: Suspicion, limit: int | None = None, *, newest: bool = False
    ) -> tuple[OpenCase, ...]:
        then = self._as_it_was
        found = then.held if then else super().held
        return found(why, limit, newest=newest)

    def asked(self, person: str) -> tuple[str, ...]:
        then = self._as_it_was
        return then.asked(person) if then else super().asked(person)

    def received_on(self, date: str) -> tuple[str, ...]:
        then = self._as_it_was
        return then.received_on(date) if then else super().received_on(date)


def _records_a_refusal(operations: tuple[Operation, ...]) -> bool:
    facts = [fact for op in operations if isinstance(op.row, EventRow) for fact in op.row.facts]
    return [fact.kind for fact in facts] == ["AnswerRefused"]


class FakeQueue(MemoryQueue):
    """`MemoryQueue`, of which a test can also double and lose messages and change their order.

    While `failing`, what is sent is lost, as when the service cannot be reached.
    """

    def __init__(self, faults: Faults | None = None, traces: Traces = TRACES) -> None:
        super().__init__()
        self.faults = faults or Faults()
        self.traces = traces
        self.failing = False

    def send(self, messages_: Iterable[Message]) -> None:
        sent = tuple(messages_)
        if not sent:
            return
        self.faults.reach()
        for message in sent:
            self.traces.look("a queue message", messages.to_json(message))
        if not self.failing:
            super().send(sent)
        self.faults.reach()

    @property
    def waiting(self) -> tuple[Message, ...]:
        with self._lock:
            return tuple(messages.from_json(body) for body in self.bodies)

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


class FakeMailer(MemoryMailer):
    """`MemoryMailer` with faults. `sent` is what has really gone out, whatever the caller was told."""

    def __init__(self, faults: Faults | None = None) -> None:
        super().__init__()
        self.faults = faults or Faults()
        self.attempts = 0
        self._attempts = threading.Lock()
        self._next: deque[Refused | bool] = deque()

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
        with self._attempts:
            self.faults.reach()
            self.attempts += 1
            fault = self._next.popleft() if self._next else None
            if isinstance(fault, Refused):
                raise fault
            if fault is False:
                raise OutcomeUnknown
            ses_id = super().send(letter)
            if fault is True:
                raise OutcomeUnknown
            self.faults.reach()
            return ses_id


START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
"""A Monday, nine in the morning in Sweden."""


class FakeClock(MemoryClock):
    """`MemoryClock`, from `START` if nothing else is said."""

    def __init__(self, start: datetime = START) -> None:
        super().__init__(start)


FakeSecrets = MemorySecrets
