"""What can befall any sluice, as a state machine: real services on in-memory ports, with every fault that the ports can have.

Owns the rules about queues, mail, time and misfortune, the invariants that hold whatever the process, and how it all comes to
rest. Machines of one process add visitors, those who are asked, and what else must hold there.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from chalicelib.domain.delivery import DeliveryEvent
from chalicelib.domain.events import GENESIS, event_hash
from chalicelib.domain.process import StepKind
from chalicelib.domain.rows import (
    AskRow,
    AskState,
    CaseRow,
    EventRow,
    MailRow,
    MailState,
    PersonRow,
    ReferenceRow,
)
from chalicelib.services.answer_ask import Accepted, answer_ask, renew_link
from chalicelib.services.commit import TooBusy
from chalicelib.services.follow_idea import withdraw_idea
from chalicelib.services.ports import Refusal, StoreUnavailable, Waiting
from chalicelib.services.prove_mailbox import send_code
from chalicelib.services.record_delivery import record_delivery
from chalicelib.services.submit_idea import Receipt
from chalicelib.services.sweep import sweep
from tests.fakes import Crash, StoreFault
from tests.world import LINK, World, a_submission

T = TypeVar("T")

EXAMPLES = int(os.environ.get("FAULT_EXAMPLES", "40"))
SETTINGS = settings(
    max_examples=EXAMPLES,
    stateful_step_count=50,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
DIED = (Crash, StoreUnavailable)
crash = st.one_of(st.none(), st.none(), st.integers(0, 8))
pick = st.integers(0, 10_000)


@dataclass(frozen=True)
class Mailed:
    """A link as it once went out, or stood on the page of a receipt."""

    raw: str
    ref: str


class Misfortunes(RuleBasedStateMachine):
    """`seen` counts what a machine has been through in this run, for the summary line."""

    seen: ClassVar[Counter[str]]

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.acknowledged: set[str] = set()
        self.accepted: Counter[tuple[str, int, str, str]] = Counter()
        self._links: dict[str, list[Mailed]] = {"svara": [], "status": []}
        self._read = 0
        self._heads: dict[str, tuple[str, int, frozenset[str]]] = {}

    def surviving(self, boundary: int | None, act: Callable[[], T]) -> T | None:
        """Do it, perhaps dying at a boundary on the way; whoever dies is gone and the world goes on. With nobody beside, no conflict may
        outlast every retry."""
        self.seen["steps"] += 1
        if boundary is not None:
            self.world.faults.crash_at(boundary)
        try:
            return act()
        except DIED as fault:
            self.seen[type(fault).__name__] += 1
            return None
        finally:
            self.world.faults.crash_at(10**9)

    def links(self, kind: str) -> list[Mailed]:
        """Every link of a kind that was ever mailed, oldest first."""
        letters = self.world.mailer.letters
        for letter in letters[self._read :]:
            ref = letter.subject[1 : letter.subject.find("]")]
            for what, raw in LINK.findall(letter.text):
                self._links[what].append(Mailed(raw, ref))
        self._read = len(letters)
        return self._links[kind]

    def session_for(self, what: int) -> str | None:
        """A session that some browser holds, if any: the machines know how one comes by it."""
        raise NotImplementedError

    def words(self, raw: str, what: int) -> Mapping[str, str]:
        """What is typed on the page behind a link."""
        raise NotImplementedError

    def deaths(self) -> int:
        return sum(self.seen[kind.__name__] for kind in DIED)

    def send_in(self, number: int, boundary: int | None, **fields: object) -> None:
        """The same few keys again and again: double presses, other texts, tries after a crash."""
        idea = a_submission(**fields)
        key = f"nyckel-{number}"
        receipt = self.surviving(boundary, lambda: self.world.send(idea, key))
        if isinstance(receipt, Receipt):
            self.acknowledged.add(receipt.ref)
            self._links["status"].append(Mailed(receipt.status_token, receipt.ref))

    # Visitors and those who are asked

    @rule(which=pick, boundary=crash, typed=st.booleans())
    def withdraw(self, which: int, boundary: int | None, typed: bool) -> None:
        links = self.links("status")
        if not links or which % 5:
            return
        link = links[which % len(links)]
        word = link.ref if typed else "nej"
        self.surviving(boundary, lambda: withdraw_idea(self.world.deps, link.raw, word))

    def press(self, raw: str, session: str | None, given: Mapping[str, str]) -> object:
        done = answer_ask(self.world.deps, raw, session, given)
        if isinstance(done, Accepted) and not done.again:
            self.seen["answers"] += 1
            ask = done.ask
            self.accepted[(done.case.case_id, ask.epoch, ask.person, ask.task)] += 1
        return done

    @rule(which=pick, what=pick, boundary=crash)
    def answer_by_any_link(self, which: int, what: int, boundary: int | None) -> None:
        """Any answer by any link that was ever mailed, stale ones too."""
        links = self.links("svara")
        if not links:
            return
        raw = links[-1 - which % len(links)].raw
        given, session = self.words(raw, what), self.session_for(what)
        self.surviving(boundary, lambda: self.press(raw, session, given))

    @rule(which=pick, what=pick)
    def twenty_answer_at_once(self, which: int, what: int) -> None:
        links = self.links("svara")[-6:]
        if not links:
            return
        self.seen["steps"] += 1

        def one(number: int) -> None:
            raw = links[(which + number) % len(links)].raw
            try:
                self.press(raw, self.session_for(number), self.words(raw, what + number))
            except (*DIED, TooBusy):
                return

        with ThreadPoolExecutor(20) as pool:
            list(pool.map(one, range(20)))

    @rule(which=pick, boundary=crash)
    def ask_for_a_code(self, which: int, boundary: int | None) -> None:
        links = self.links("svara")
        if links:
            raw = links[-1 - which % len(links)].raw
            self.surviving(boundary, lambda: send_code(self.world.deps, raw))

    @rule(which=pick)
    def renew(self, which: int) -> None:
        links = self.links("svara")
        if links:
            raw = links[which % len(links)].raw
            self.surviving(None, lambda: renew_link(self.world.deps, raw))

    # Queues, mail and time

    @precondition(lambda self: self.world.queue.bodies)
    @rule(which=pick, boundary=crash, lost=st.booleans())
    def deliver(self, which: int, boundary: int | None, lost: bool) -> None:
        """Any waiting message, in any order. When its consumer dies the message mostly comes back."""
        message = self.world.queue.take(which % len(self.world.queue.bodies))
        before = self.deaths()
        self.surviving(boundary, lambda: self.world.deliver(message))
        if self.deaths() > before and not lost:
            self.world.queue.give_back(message)

    @rule()
    def deliver_all(self) -> None:
        self.surviving(None, self.world.settle)

    @precondition(lambda self: self.world.queue.bodies)
    @rule(which=pick)
    def lose_a_message(self, which: int) -> None:
        self.seen["dropped"] += 1
        self.world.queue.drop(which % len(self.world.queue.bodies))

    @precondition(lambda self: self.world.queue.bodies)
    @rule(which=pick)
    def double_a_message(self, which: int) -> None:
        self.seen["doubled"] += 1
        self.world.queue.double(which % len(self.world.queue.bodies))

    @precondition(lambda self: self.world.mailer.sent)
    @rule(
        which=pick,
        kind=st.sampled_from(("Send", "Delivery", "Bounce", "Complaint", "DeliveryDelay")),
        permanent=st.booleans(),
        boundary=crash,
    )
    def tell_of_a_mail(self, which: int, kind: str, permanent: bool, boundary: int | None) -> None:
        sent = self.world.mailer.sent[which % len(self.world.mailer.sent)]
        event = DeliveryEvent(sent.letter.mail_id, kind, permanent, sent.ses_id)
        self.surviving(boundary, lambda: record_delivery(self.world.deps, event))

    @rule(refusal=st.sampled_from(Refusal))
    def refuse_the_next_mail(self, refusal: Refusal) -> None:
        self.world.mailer.refuse_next(refusal)

    @rule(sent=st.booleans())
    def leave_the_next_mail_unknown(self, sent: bool) -> None:
        self.world.mailer.leave_unknown_next(sent=sent)

    @rule(fault=st.sampled_from(StoreFault))
    def let_the_store_fail(self, fault: StoreFault) -> None:
        self.world.store.fail_next(fault)

    @rule(lagging=st.booleans())
    def let_the_indexes_lag(self, lagging: bool) -> None:
        self.world.store.lag = lagging

    @rule(
        minutes=st.sampled_from(
            (1, 3, 20, 60 * 9, 60 * 24, 60 * 24 * 4, 60 * 24 * 20, 60 * 24 * 70)
        )
    )
    def let_time_pass(self, minutes: int) -> None:
        self.stand_still(timedelta(minutes=minutes))

    def stand_still(self, time: timedelta) -> None:
        """Time in which nothing runs: an outage."""
        self.world.clock.advance(time)

    @rule(boundary=crash)
    def sweep(self, boundary: int | None) -> None:
        self.surviving(boundary, lambda: sweep(self.world.deps))

    # What must always hold

    @invariant()
    def nothing_acknowledged_is_lost(self) -> None:
        store = self.world.store
        for ref in self.acknowledged:
            found = store.get(ReferenceRow, ref)
            assert found is not None, ref
            assert store.get(CaseRow, found.case_id) is not None, ref

    @invariant()
    def every_chain_of_events_is_whole(self) -> None:
        """Each event is checked once when it is new, and all of them again at rest. No step is entered twice in one epoch."""
        for case in self.world.store.rows(CaseRow):
            head, known, entered = self._heads.get(case.case_id, (GENESIS, 0, frozenset()))
            for number in range(known + 1, case.seq + 1):
                event = self.world.store.get(EventRow, case.case_id, number)
                assert event is not None
                assert event.prev_hash == head
                head = event_hash(case.case_id, number, event.at, event.actor, event.facts, head)
                assert event.hash == head
                for fact in event.facts:
                    if fact.kind == "StepEntered":
                        assert fact.data["epoch"] not in entered
                        entered |= {fact.data["epoch"]}
            assert head == case.head_hash
            self._heads[case.case_id] = (head, case.seq, entered)

    @invariant()
    def nobody_answers_twice(self) -> None:
        assert all(count == 1 for count in self.accepted.values())

    @invariant()
    def every_open_case_has_a_time_to_look_again(self) -> None:
        for case in self.world.store.rows(CaseRow):
            if case.closed and case.due_at is None:
                continue
            assert case.due_at is not None, case
            if case.stuck:
                assert self.told_of(case.case_id), case
            else:
                assert case.try_at is not None, case

    @invariant()
    def every_mail_owed_has_a_time_to_try(self) -> None:
        for mail in self.world.store.rows(MailRow):
            if mail.state in (MailState.PENDING, MailState.SENDING):
                assert mail.try_at is not None, mail

    def told_of(self, id_: str) -> bool:
        return any(
            mail.purpose == "stuck" and mail.context.get("id") == id_
            for mail in self.world.store.rows(MailRow)
        )

    # At rest

    def everybody_is_back(self) -> None:
        """Whoever was removed or away answers again."""
        raise NotImplementedError

    def teardown(self) -> None:
        world = self.world
        world.store.heal()
        world.mailer.heal()
        self.everybody_is_back()
        for _ in range(30):
            world.settle()
            world.clock.advance(timedelta(minutes=61))
            sweep(world.deps)
        for _ in range(4):
            # Mail that was sent long ago may still turn out not to have arrived.
            self.everybody_is_back()
            world.clock.advance(timedelta(days=1))
            for _ in range(2):
                sweep(world.deps)
                world.settle()
                world.clock.advance(timedelta(minutes=61))
        sweep(world.deps)
        world.settle()
        self.check_rest()

    def check_rest(self) -> None:
        self._heads.clear()
        self.every_chain_of_events_is_whole()
        world = self.world
        counted = Counter(event.case_id for event in world.store.rows(EventRow))
        assert all(counted[case.case_id] == case.seq for case in world.store.rows(CaseRow))
        now = world.now
        assert world.store.due(Waiting.CASE, now, 500) == ()
        for mail in world.store.rows(MailRow):
            waits = mail.state in (MailState.PENDING, MailState.SENDING)
            assert not waits or (mail.try_at is not None and mail.try_at > now), mail
        asks = world.store.rows(AskRow)
        for case in world.store.rows(CaseRow):
            if case.stuck:
                assert self.told_of(case.case_id)
                continue
            if case.closed:
                called = any(
                    (ask.case_id, ask.epoch) == (case.case_id, case.epoch) and ask.task
                    for ask in asks
                    if ask.state is AskState.OPEN
                )
                assert (case.due_at is not None) == called, case
                continue
            assert case.due_at is not None
            assert case.due_at > now
            kind = world.deps.process_of(case).step(case.step).kind
            asked = any(
                ask.case_id == case.case_id
                and ask.epoch == case.epoch
                and not ask.task
                and ask.state is AskState.OPEN
                for ask in asks
            )
            assert kind is StepKind.WAIT or asked or self.nobody_may_be_asked(case), case
        for person in world.store.rows(PersonRow):
            assert person.due_at is None or person.due_at > now

    def nobody_may_be_asked(self, case: CaseRow) -> bool:
        """Whether a case at rest may stand without anybody asked, since all have declared a conflict of interest."""
        raise NotImplementedError
