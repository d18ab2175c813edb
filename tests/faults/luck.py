"""The ports of a world in which anything can go wrong at any call, by seeded dice.

Owns where chance strikes and how often it did. Knows nothing of what the sluice promises: that is for `verdict`.
"""

from __future__ import annotations

import random
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from chalicelib.domain.messages import Message
from chalicelib.domain.rows import AskRow, AskState, CaseRow, MailRow, PersonRow, Row
from chalicelib.domain.suspicion import Suspicion
from chalicelib.domain.transaction import Change, Check, Conflict, Operation
from chalicelib.services.ports import (
    Letter,
    OpenCase,
    OutcomeUnknown,
    Refusal,
    Refused,
    StoreUnavailable,
    Waiting,
)
from infra.memory import CLOCKED, Key, holds, key_of
from tests.fakes import Changes, Crash, FakeClock, FakeMailer, FakeStore

T = TypeVar("T")


@dataclass(frozen=True)
class Rates:
    """Chances, each of one call, message, mail or press. Those of the field's model (reliability.md, section 6) where it has one."""

    crash: float = 0.05
    """Before a call, and again after it."""
    throttled: float = 0.02
    contention: float = 0.02
    answer_lost: float = 0.01
    message_lost: float = 0.01
    message_doubled: float = 0.05
    message_late: float = 0.01
    ses_throttled: float = 0.02
    ses_holds: float = 0.002
    unknown_sent: float = 0.01
    unknown_not_sent: float = 0.01
    event_lost: float = 0.01
    event_doubled: float = 0.05
    event_late: float = 0.01
    event_early: float = 0.05
    bounced: float = 0.003
    bounced_for_now: float = 0.01
    sweep_doubled: float = 0.05
    double_click: float = 0.10
    other_browser: float = 0.05
    two_at_once: float = 0.05
    index_behind: float = 0.5
    """The chance that an entry of an index comes later than its row, by up to `LAG`."""


NONE = Rates(**dict.fromkeys(Rates.__dataclass_fields__, 0.0))
LAG = timedelta(seconds=5)
SOON, LATE = 20.0, 900.0
"""Seconds within which a message comes, and a late one: SQS promises neither order nor time."""
MEANWHILE = 0.3
"""At each boundary of an act, the chance that whatever happens at the same time happens there."""


class Luck:
    """The dice, and what they did. While `even`, nothing goes wrong: for those who watch."""

    def __init__(self, rates: Rates, seed: str) -> None:
        self.rates = rates
        self.dice = random.Random(seed)
        self.injected: Counter[str] = Counter()
        self.even = False
        self._meanwhile: deque[Callable[[], None]] = deque()

    def strikes(self, name: str, rate: float) -> bool:
        if self.even or self.dice.random() >= rate:
            return False
        self.injected[name] += 1
        return True

    @contextmanager
    def at_peace(self) -> Iterator[None]:
        even, self.even = self.even, True
        try:
            yield
        finally:
            self.even = even

    def boundary(self, where: str) -> None:
        """Before or after a call: here another process may come between, and this one may die."""
        if self.even:
            return
        if self._meanwhile and self.dice.random() < MEANWHILE:
            self._meanwhile.popleft()()
        if self.dice.random() < self.rates.crash:
            self.injected[f"crash {where}"] += 1
            raise Crash(where)

    def together(self, first: Callable[[], T], *others: Callable[[], None]) -> T:
        """Do one thing while others happen: each at some boundary of the first, or when it is over. The others fend for themselves."""
        outer, self._meanwhile = self._meanwhile, deque(others)
        try:
            return first()
        finally:
            left, self._meanwhile = self._meanwhile, outer
            for other in left:
                other()


class UnluckyStore(FakeStore):
    """`FakeStore` whose every call can fail as DynamoDB's can, and whose indexes are up to `LAG` behind."""

    def __init__(
        self, luck: Luck, clock: FakeClock, *, without: frozenset[str] = frozenset()
    ) -> None:
        super().__init__(without=without)
        self._luck = luck
        self._clock = clock
        self._behind: dict[type, dict[Key, deque[tuple[datetime, Row | None]]]] = {
            CaseRow: {},
            MailRow: {},
            PersonRow: {},
            AskRow: {},
        }
        self.watchers.append(self._fall_behind)

    def call(self, kind: str, act: Callable[[], T]) -> T:
        self._luck.boundary(f"before a {kind}")
        if self._luck.strikes(f"throttled {kind}", self._luck.rates.throttled):
            raise StoreUnavailable("ThrottlingException")
        result = act()
        self._luck.boundary(f"after a {kind}")
        return result

    def get(self, kind: type[T], *key: str | int) -> T | None:
        if self._luck.even:
            return super().get(kind, *key)
        return self.call("read", lambda: FakeStore.get(self, kind, *key))

    def snapshot(self, case_id: str) -> object:
        return self.call("read", lambda: FakeStore.snapshot(self, case_id))

    def events(self, case_id: str) -> object:
        return self.call("read", lambda: FakeStore.events(self, case_id))

    def transact(self, operations: Sequence[Operation]) -> None:
        if operations:
            self.call("write", lambda: self._write(operations))

    def _write(self, operations: Sequence[Operation]) -> None:
        rates = self._luck.rates
        if self._luck.strikes("transaction conflict", rates.contention):
            raise Conflict
        with self._luck.at_peace():
            self.apply(operations)
        if self._luck.strikes("answer of a write lost", rates.answer_lost):
            lied_to = self._repeated_answer(operations)
            if lied_to is not None and self._luck.dice.random() < 0.5:
                raise Conflict(lied_to)
            raise StoreUnavailable("ReadTimeoutError")

    def apply(self, operations: Sequence[Operation]) -> None:
        super().transact(operations)

    def _repeated_answer(self, operations: Sequence[Operation]) -> frozenset[str] | None:
        """What the adapter's own retry is told of a lone write that was applied (`DynamoStore.transact`); None where the request's
        token lets a retry tell the truth."""
        (first, *others) = operations
        if others or isinstance(first, Check):
            return None
        if isinstance(first, Change) and all(holds(c, first.row) for c in first.conditions):
            return None
        return self._names(first)

    # Indexes

    def _fall_behind(self, changes: Changes) -> None:
        """Note how a row was for as long as its index tells of it so."""
        now = self._clock.now()
        for before, after in changes:
            behind = self._behind.get(type(after))
            if behind is None or not self._strikes_quietly():
                continue
            key = key_of(after)
            waiting = behind.setdefault(key, deque())
            at = now + LAG * self._luck.dice.random()
            waiting.append((max(at, waiting[-1][0]) if waiting else at, before))

    def _strikes_quietly(self) -> bool:
        return self._luck.dice.random() < self._luck.rates.index_behind

    def _as_indexed(self, kind: type) -> dict[Key, Row | None]:
        """The rows of a kind of which an index tells something else than what is stored, as it tells of them."""
        behind = self._behind[kind]
        now = self._clock.now()
        for key in list(behind):
            while behind[key] and behind[key][0][0] <= now:
                behind[key].popleft()
            if not behind[key]:
                del behind[key]
        return {key: rows[0][1] for key, rows in behind.items()}

    def due(self, waiting: Waiting, before: datetime, limit: int) -> tuple[str, ...]:
        def read() -> tuple[str, ...]:
            (kind,) = (kind for kind, clock in CLOCKED.items() if clock is waiting)
            old = self._as_indexed(kind)
            with self._luck.at_peace():
                found = FakeStore.due(self, waiting, before, limit + len(old))
            stored = self._of_kind[kind]
            entries = [
                (stored[kind, (id_,)].try_at, id_) for id_ in found if (kind, (id_,)) not in old
            ]
            shown = [
                (row.try_at, key[1][0])
                for key, row in old.items()
                if row is not None and row.try_at is not None and row.try_at <= before
            ]
            self._luck.injected["index entries behind"] += len(old)
            return tuple(id_ for _, id_ in sorted(entries + shown)[:limit])

        return self.call("read of an index", read)

    def people(self) -> tuple[PersonRow, ...]:
        if self._luck.even:
            return super().people()

        def read() -> tuple[PersonRow, ...]:
            with self._luck.at_peace():
                found = {key_of(person): person for person in FakeStore.people(self)}
            for key, row in self._as_indexed(PersonRow).items():
                found.pop(key, None)
                if isinstance(row, PersonRow) and row.active:
                    found[key] = row
            return tuple(sorted(found.values(), key=lambda person: person.person_id))

        return self.call("read of an index", read)

    def open_cases(self) -> tuple[OpenCase, ...]:
        return self.call("read of an index", lambda: FakeStore.open_cases(self))

    def held(
        self, why: Suspicion, limit: int | None = None, *, newest: bool = False
    ) -> tuple[OpenCase, ...]:
        return self.call(
            "read of an index", lambda: FakeStore.held(self, why, limit, newest=newest)
        )

    def asked(self, person: str) -> tuple[str, ...]:
        def read() -> tuple[str, ...]:
            asks: dict[Key, Row | None] = dict(self._of_kind[AskRow])
            shown = asks | self._as_indexed(AskRow)
            return tuple(
                sorted(
                    {
                        key[1][0]
                        for key, row in shown.items()
                        if row is not None and row.person == person and row.state is AskState.OPEN
                    }
                )
            )

        return self.call("read of an index", read)


class UnluckyMailer(FakeMailer):
    """`FakeMailer` that SES's ways are put into. `on_sent` is told of each letter that has really gone out, before the caller is."""

    def __init__(self, luck: Luck) -> None:
        super().__init__()
        self._luck = luck
        self.accepted: Counter[str] = Counter()
        self.on_sent: Callable[[Letter, str], None] = lambda letter, ses_id: None

    def send(self, letter: Letter) -> str:
        luck = self._luck
        luck.boundary("before SES")
        if luck.strikes("SES throttles", luck.rates.ses_throttled):
            raise Refused(Refusal.TRANSIENT, "TooManyRequestsException")
        if luck.strikes("SES holds all mail", luck.rates.ses_holds):
            raise Refused(Refusal.HOLD, "SendingPausedException")
        if luck.strikes("SES unknown, not sent", luck.rates.unknown_not_sent):
            raise OutcomeUnknown
        with luck.at_peace():
            ses_id = super().send(letter)
        self.accepted[letter.mail_id] += 1
        self.on_sent(letter, ses_id)
        if luck.strikes("SES unknown, sent", luck.rates.unknown_sent):
            raise OutcomeUnknown
        luck.boundary("after SES")
        return ses_id


class UnluckyQueue:
    """Keeps `ports.Queue`. What is sent is lost, doubled or late, and comes in no order: `post` is given each message that comes, and
    after how long."""

    def __init__(self, luck: Luck, post: Callable[[Message, timedelta], None]) -> None:
        self._luck = luck
        self._post = post
        self.sent: Counter[str] = Counter()

    def send(self, messages: Iterable[Message]) -> None:
        luck, rates = self._luck, self._luck.rates
        unique = tuple(dict.fromkeys(messages))
        if not unique:
            return
        luck.boundary("before a queue")
        for message in unique:
            self.sent[type(message).__name__] += 1
            copies = 1 + luck.strikes("message doubled", rates.message_doubled)
            if luck.strikes("message lost", rates.message_lost):
                copies -= 1
            for _ in range(copies):
                late = luck.strikes("message late", rates.message_late)
                seconds = luck.dice.uniform(0, LATE if late else SOON)
                self._post(message, timedelta(seconds=seconds))
        luck.boundary("after a queue")
