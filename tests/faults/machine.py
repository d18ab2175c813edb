"""The whole engine as a state machine: real services on in-memory ports, with every fault that the ports can have.

Rules act as visitors, reviewers, queues, SES, time and misfortune; invariants hold after every step; at the end the faults
stop, and at rest everything must be where it should be.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

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
from chalicelib.domain.transaction import Conflict
from chalicelib.services.answer_ask import Accepted, answer_ask, renew_link
from chalicelib.services.commit import TooBusy
from chalicelib.services.follow_idea import withdraw_idea
from chalicelib.services.ports import Refusal, StoreUnavailable, Waiting
from chalicelib.services.prove_mailbox import Proven, prove_mailbox, send_code
from chalicelib.services.record_delivery import record_delivery
from chalicelib.services.submit_idea import Receipt, submit_idea
from chalicelib.services.sweep import sweep
from tests.fakes import Crash, StoreFault
from tests.world import LINK, PEOPLE, World, a_submission, an_idea

T = TypeVar("T")
SEEN: Counter[str] = Counter()
"""What the machine has been through in this run, for the summary line."""

EXAMPLES = int(os.environ.get("FAULT_EXAMPLES", "40"))
SETTINGS = settings(
    max_examples=EXAMPLES,
    stateful_step_count=50,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
FAILED = (Crash, StoreUnavailable, TooBusy)
ANSWERS = (
    {"why": "Därför att den är bra.", "verdict": "on"},
    {"why": "Den får vila ett tag.", "verdict": "rest"},
    {"why": "Den tas upp igen.", "verdict": "later", "wake": "2026-06-01"},
    {"worth": "4", "view": "Nyttan är tydlig."},
    {"worth": "2", "view": "Jag är inte övertygad."},
    {"why": "Vi har bestämt oss.", "ruled": "so"},
    {"why": "Den prövas igen.", "ruled": "back"},
)
crash = st.one_of(st.none(), st.none(), st.integers(0, 8))
pick = st.integers(0, 10_000)


class Sluice(RuleBasedStateMachine):
    """Everybody and everything that can happen to the sluice."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.acknowledged: set[str] = set()
        self.sessions: list[str] = []
        self.accepted: Counter[tuple[str, int, str]] = Counter()

    def surviving(self, boundary: int | None, act: Callable[[], T]) -> T | None:
        """Do it, perhaps dying at a boundary on the way; whoever dies is gone and the world goes on."""
        SEEN["steps"] += 1
        if boundary is not None:
            self.world.faults.crash_at(boundary)
        try:
            return act()
        except FAILED as fault:
            SEEN[type(fault).__name__] += 1
            return None
        finally:
            self.world.faults.crash_at(10**9)

    def links(self, kind: str) -> list[str]:
        return [
            raw
            for letter in self.world.letters()
            for what, raw in LINK.findall(letter.text)
            if what == kind
        ]

    @initialize(answered=st.booleans())
    def begin(self, answered: bool) -> None:
        """Most of what can go wrong needs an idea that somebody is asked about."""
        self.submit(number=0, other=False, boundary=None)
        self.deliver_all()
        if answered:
            self.answer(which=0, what=0, boundary=None)
            self.deliver_all()

    # Visitors

    @rule(number=st.integers(0, 5), other=st.booleans(), boundary=crash)
    def submit(self, number: int, other: bool, boundary: int | None) -> None:
        """The same few keys again and again: double presses, other texts, tries after a crash."""
        need = "Något annat än förra gången." if other else "Det finns ingenstans att vila."
        idea = a_submission(idea=an_idea(need=need))
        key = f"nyckel-{number}"
        receipt = self.surviving(boundary, lambda: submit_idea(self.world.deps, idea, key))
        if isinstance(receipt, Receipt):
            self.acknowledged.add(receipt.ref)

    @rule(which=pick, boundary=crash, typed=st.booleans())
    def withdraw(self, which: int, boundary: int | None, typed: bool) -> None:
        links = self.links("status")
        if not links or which % 5:
            return
        letters = [found for found in self.world.letters() if "/status/" in found.text]
        letter = letters[which % len(letters)]
        link = LINK.search(letter.text)
        ref = letter.subject[1 : letter.subject.index("]")] if typed else "nej"
        assert link is not None
        self.surviving(boundary, lambda: withdraw_idea(self.world.deps, link[2], ref))

    # Those who are asked

    @rule(which=pick, what=pick, boundary=crash)
    def answer(self, which: int, what: int, boundary: int | None) -> None:
        """Any answer by any link that was ever mailed, stale ones too."""
        links = self.links("svara")
        if not links:
            return
        raw, given = links[-1 - which % len(links)], ANSWERS[what % len(ANSWERS)]
        session = self.sessions[what % len(self.sessions)] if self.sessions else None
        done = self.surviving(boundary, lambda: answer_ask(self.world.deps, raw, session, given))
        if isinstance(done, Accepted) and not done.again:
            SEEN["answers"] += 1
            self.accepted[(done.case.case_id, done.ask.epoch, done.ask.person)] += 1

    @rule(which=pick, what=pick)
    def twenty_answer_at_once(self, which: int, what: int) -> None:
        links = self.links("svara")[-6:]
        if not links:
            return
        SEEN["steps"] += 1

        def press(number: int) -> object:
            given = ANSWERS[(what + number) % len(ANSWERS)]
            session = self.sessions[number % len(self.sessions)] if self.sessions else None
            try:
                return answer_ask(self.world.deps, links[number % len(links)], session, given)
            except FAILED:
                return None

        with ThreadPoolExecutor(20) as pool:
            for done in pool.map(press, range(20)):
                if isinstance(done, Accepted) and not done.again:
                    SEEN["answers"] += 1
                    self.accepted[(done.case.case_id, done.ask.epoch, done.ask.person)] += 1

    @rule(which=pick, boundary=crash)
    def ask_for_a_code(self, which: int, boundary: int | None) -> None:
        links = self.links("svara")
        if links:
            raw = links[-1 - which % len(links)]
            self.surviving(boundary, lambda: send_code(self.world.deps, raw))

    @rule(which=pick, guess=st.booleans(), boundary=crash)
    def type_a_code(self, which: int, guess: bool, boundary: int | None) -> None:
        letters = [letter for letter in self.world.letters() if "-code-" in letter.mail_id]
        links = self.links("svara")
        if not letters or not links:
            return
        typed = (
            "00000000"
            if guess
            else "".join(
                word for word in letters[-1].text.split() if word.isdigit() and len(word) == 8
            )
        )
        for raw in links[-4:]:
            done = self.surviving(
                boundary, lambda raw=raw: prove_mailbox(self.world.deps, raw, typed)
            )
            if isinstance(done, Proven):
                self.sessions.append(done.session)

    @rule(which=pick)
    def renew(self, which: int) -> None:
        links = self.links("svara")
        if links:
            raw = links[which % len(links)]
            self.surviving(None, lambda: renew_link(self.world.deps, raw))

    # Queues, mail and time

    @precondition(lambda self: self.world.queue.bodies)
    @rule(which=pick, boundary=crash, lost=st.booleans())
    def deliver(self, which: int, boundary: int | None, lost: bool) -> None:
        """Any waiting message, in any order. When its consumer dies the message mostly comes back."""
        message = self.world.queue.take(which % len(self.world.queue.bodies))
        before = SEEN["Crash"] + SEEN["StoreUnavailable"] + SEEN["TooBusy"]
        self.surviving(boundary, lambda: self.world.deliver(message))
        died = SEEN["Crash"] + SEEN["StoreUnavailable"] + SEEN["TooBusy"] > before
        if died and not lost:
            self.world.queue.give_back(message)

    @rule()
    def deliver_all(self) -> None:
        self.surviving(None, self.world.settle)

    @precondition(lambda self: self.world.queue.bodies)
    @rule(which=pick)
    def lose_a_message(self, which: int) -> None:
        SEEN["dropped"] += 1
        self.world.queue.drop(which % len(self.world.queue.bodies))

    @precondition(lambda self: self.world.queue.bodies)
    @rule(which=pick)
    def double_a_message(self, which: int) -> None:
        SEEN["doubled"] += 1
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

    @rule(minutes=st.sampled_from((1, 3, 20, 60 * 24, 60 * 24 * 4, 60 * 24 * 20)))
    def let_time_pass(self, minutes: int) -> None:
        self.world.clock.advance(timedelta(minutes=minutes))

    @rule(boundary=crash)
    def sweep(self, boundary: int | None) -> None:
        self.surviving(boundary, lambda: sweep(self.world.deps))

    @rule(which=pick, active=st.booleans())
    def come_and_go(self, which: int, active: bool) -> None:
        person = PEOPLE[which % len(PEOPLE)]
        with suppress(Conflict):
            self.surviving(None, lambda: self.world.change_person(person.person_id, active=active))

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
        for case in self.world.store.rows(CaseRow):
            head = GENESIS
            events: tuple[EventRow, ...] = self.world.store.events(case.case_id)
            for number, event in enumerate(events, start=1):
                assert (event.seq, event.prev_hash) == (number, head)
                head = event_hash(case.case_id, event.seq, event.at, event.actor, event.facts, head)
                assert event.hash == head
            assert (case.seq, case.head_hash) == (len(events), head)

    @invariant()
    def nobody_answers_twice(self) -> None:
        assert all(count == 1 for count in self.accepted.values())
        answered: Counter[tuple[str, int, str]] = Counter()
        for case in self.world.store.rows(CaseRow):
            for event in self.world.store.events(case.case_id):
                for fact in event.facts:
                    if fact.kind == "StepEntered":
                        answered[(case.case_id, int(fact.data["epoch"]), "entered")] += 1
        assert all(count == 1 for count in answered.values())

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

    def teardown(self) -> None:
        world = self.world
        world.store.heal()
        world.mailer.heal()
        for person in PEOPLE:
            world.change_person(person.person_id, active=True)
        for _ in range(30):
            world.settle()
            world.clock.advance(timedelta(minutes=61))
            sweep(world.deps)
        for _ in range(4):
            world.clock.advance(timedelta(days=1))
            for _ in range(2):
                sweep(world.deps)
                world.settle()
                world.clock.advance(timedelta(minutes=61))
        sweep(world.deps)
        world.settle()
        self.check_rest()

    def check_rest(self) -> None:
        world = self.world
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
                assert case.due_at is None
                continue
            assert case.due_at is not None
            assert case.due_at > now
            kind = world.deps.process.step(case.step).kind
            asked = any(
                ask.case_id == case.case_id
                and ask.epoch == case.epoch
                and ask.state is AskState.OPEN
                for ask in asks
            )
            assert kind is StepKind.WAIT or asked, case
        for person in world.store.rows(PersonRow):
            assert person.due_at is None or person.due_at > now
