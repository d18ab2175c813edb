"""What is left of the promises when a town has come to rest: each one with what broke it.

Looks at what people were told, at every row, and at what really went out. Computes nothing by calling what it judges, but for the
events' hashes, which have one definition.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from chalicelib.domain.delivery import DeliveryEvent
from chalicelib.domain.events import GENESIS, event_hash
from chalicelib.domain.held import NOT_AN_IDEA
from chalicelib.domain.let_off import LET_OFF
from chalicelib.domain.messages import Message
from chalicelib.domain.process import StepKind
from chalicelib.domain.reference import case_id
from chalicelib.domain.rows import (
    MAILBOX,
    AskRow,
    AskState,
    CaseRow,
    ContactRow,
    EventRow,
    MailRow,
    MailState,
    MaskedRow,
    PersonRow,
    ReferenceRow,
    TextRow,
    UndeliveredRow,
)
from chalicelib.services.end_mail import UNDELIVERED
from chalicelib.services.receipts import listed
from infra.memory import KEY_FIELDS
from tests.faults.promises import without_conflict
from tests.faults.town import Town

LOST = "acknowledged, then lost"
HALF = "half-written"
TWICE = "decided twice"
STUCK = "stuck"
UNENDED = "mails without an end"
SILENT = "mails that failed in silence"
DUPLICATES = "duplicate mails"
BROKEN = "other promises broken"
ERRORS = "errors of our own"
REDRIVE = "second effects of a redrive"
UNLISTED = "morning lists that lack something"
KEPT_ON = "asked after leaving"

MOST_DUPLICATES = 0.002
"""Of all mails: the goal of the issue."""

TERMINAL = frozenset(MailState) - {MailState.PENDING, MailState.SENDING}
EXAMPLES = 5
TWO_WEEKS = timedelta(days=14)


@dataclass
class Verdict:
    """Of one town, or of several that were added up. `broken` counts, by promise; `examples` are sentences about some of them."""

    broken: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)
    counted: Counter[str] = field(default_factory=Counter)
    injected: Counter[str] = field(default_factory=Counter)

    def find(self, promise: str, what: str, times: int = 1) -> None:
        self.broken[promise] += times
        told = self.examples.setdefault(promise, [])
        if len(told) < EXAMPLES:
            told.append(what)

    def add(self, other: Verdict) -> None:
        self.broken += other.broken
        self.counted += other.counted
        self.injected += other.injected
        for promise, sentences in other.examples.items():
            mine = self.examples.setdefault(promise, [])
            mine.extend(sentences[: EXAMPLES - len(mine)])

    def allowed(self, promise: str) -> int:
        return int(self.counted["mails"] * MOST_DUPLICATES) if promise == DUPLICATES else 0

    def kept(self) -> bool:
        return all(self.broken[promise] <= self.allowed(promise) for promise in PROMISES)


PROMISES: Mapping[str, str] = {
    LOST: "whoever was thanked for an idea or an answer finds it stored, as it was sent",
    HALF: "an idea, an answer or an event is there whole or not at all",
    TWICE: "one answer for each ask, one entry for each epoch, whatever two browsers press",
    STUCK: "at rest nothing is due, and every case waits for somebody or for a day",
    UNENDED: "no mail that was owed is still owed",
    SILENT: "of whatever will not arrive, somebody is told",
    DUPLICATES: "the same mail accepted by SES more than once: at most 0.2 % of mails",
    BROKEN: "nobody is asked who may not be, and no mail is owed twice for one reason",
    UNLISTED: "an hour after each morning, whoever wants its list has it, with all that waits, and with what is held",
    KEPT_ON: "an hour after somebody was removed what they were asked has moved, and a corrected address stays corrected",
    ERRORS: "no error but those that the faults are",
    REDRIVE: "every message and event, two weeks later, changes no row and sends no mail",
}


def judge(town: Town) -> Verdict:
    """Let the town come to rest with nothing going wrong any more, then look."""
    verdict = Verdict()
    town.luck.even = True
    come_to_rest(town)
    cases = town.store.rows(CaseRow)
    asks = town.store.rows(AskRow)
    mails = town.store.rows(MailRow)
    _lost(town, verdict)
    _half_written(town, cases, mails, verdict)
    _twice(town, cases, verdict)
    _stuck(town, cases, asks, verdict)
    _mails(town, mails, verdict)
    for sentence in town.promises.broken:
        verdict.find(BROKEN, sentence)
    for sentence in town.kept_on:
        verdict.find(KEPT_ON, sentence)
    for person_id, address in town.addresses.items():
        person = town.store.get(PersonRow, person_id)
        if person is None or person.email != address:
            verdict.find(KEPT_ON, f"{person_id} has an old address again")
    for sentence in town.unlisted:
        verdict.find(UNLISTED, sentence)
    verdict.injected = town.luck.injected
    verdict.counted += Counter(
        {
            "cases": len(cases),
            "closed": sum(case.closed for case in cases),
            "ideas thanked for": len(town.told.ideas),
            "stored, but not thanked for": len(cases) - len(town.told.ideas),
            "asks moved": sum(ask.state is AskState.MOVED for ask in asks),
            "answers thanked for": len(town.told.answers),
            "events": len(town.store.rows(EventRow)),
            "mails": len(mails),
            "mails sent": town.mailer.accepted.total(),
            "held": sum(_was_held(town, case) for case in cases),
            "lists of the morning": sum(mail.purpose in ("digest", "held") for mail in mails),
            "messages sent": town.queue.sent.total(),
            "dead letters": len(town.dead),
        }
    )
    _redrive(town, verdict)
    for error, times in town.errors.items():
        verdict.find(ERRORS, error, times)
    return verdict


def _was_held(town: Town, case: CaseRow) -> bool:
    return any(fact.kind == "IdeaHeld" for fact in town.store.events(case.case_id)[0].facts)


def come_to_rest(town: Town) -> None:
    """Two days in which nothing goes wrong and nobody does anything but the machine."""
    for _ in range(48):
        town.run(town.now + timedelta(hours=1))


def _lost(town: Town, verdict: Verdict) -> None:
    store = town.store
    for key, ref in town.told.ideas.items():
        found = store.get(ReferenceRow, ref)
        if found is None or found.case_id != case_id(key):
            verdict.find(LOST, f"{ref} of {key}")
        elif store.get(CaseRow, found.case_id) is None:
            verdict.find(LOST, f"the case of {ref}")
    for (id_, epoch, person, task), answers in town.told.answers.items():
        ask = store.get(AskRow, id_, epoch, person, task)
        stored = tuple(sorted(dict(ask.answer or {}).items())) if ask is not None else None
        if stored not in answers:
            verdict.find(LOST, f"{person}'s answer in epoch {epoch} of {id_}")


def _half_written(
    town: Town, cases: Iterable[CaseRow], mails: Iterable[MailRow], verdict: Verdict
) -> None:
    store = town.store
    receipts = Counter(
        (mail.case_id, mail.recipient)
        for mail in mails
        if mail.purpose == "answer_receipt" or mail.purpose == "receipt"
    )
    known = {case.case_id for case in cases}
    for case in cases:
        id_ = case.case_id
        parts = (
            store.get(ReferenceRow, case.ref),
            store.get(ContactRow, id_),
            store.get(TextRow, id_, case.text_version),
            store.get(MaskedRow, id_, case.masked_version),
        )
        if None in parts:
            verdict.find(HALF, f"{id_} lacks a row")
        waits = case.is_held or case.closing_code == NOT_AN_IDEA
        if case.has_email and not waits and not receipts[id_, "giver"]:
            verdict.find(HALF, f"{id_} has no receipt")
        if fault := _chain_fault(case, store.events(id_)):
            verdict.find(HALF, f"{id_}: {fault}")
    for kind in (ContactRow, TextRow, MaskedRow, EventRow, AskRow, ReferenceRow):
        for row in store.rows(kind):
            if row.case_id not in known:
                verdict.find(HALF, f"a {kind.__name__} of {row.case_id}, which is no case")


def _chain_fault(case: CaseRow, events: Iterable[EventRow]) -> str | None:
    head, seq = GENESIS, 0
    for event in events:
        seq += 1
        computed = event_hash(case.case_id, seq, event.at, event.actor, event.facts, head)
        if event.seq != seq or event.prev_hash != head or event.hash != computed:
            return f"event {seq} does not follow"
        head = event.hash
    return None if (seq, head) == (case.seq, case.head_hash) else "its head is not its last event"


def _twice(town: Town, cases: Iterable[CaseRow], verdict: Verdict) -> None:
    for place, answers in town.told.answers.items():
        if len(answers) > 1:
            verdict.find(TWICE, f"{place} was told that two answers count")
    for case in cases:
        process = town.deps.process_of(case)
        happened: Counter[str] = Counter()
        epoch = "0"
        for fact in (fact for event in town.store.events(case.case_id) for fact in event.facts):
            if fact.kind == "StepEntered":
                epoch = str(fact.data["epoch"])
                happened[f"epoch {epoch} was entered"] += 1
            elif fact.kind == "AskAnswered" and not process.step(str(fact.data["step"])).task:
                happened[f"{fact.data['person']} answered in epoch {epoch}"] += 1
        for what, times in happened.items():
            if times > 1:
                verdict.find(TWICE, f"{case.case_id}: {what} {times} times")


def _stuck(town: Town, cases: Iterable[CaseRow], asks: Iterable[AskRow], verdict: Verdict) -> None:
    waited_for = {
        (ask.case_id, ask.epoch) for ask in asks if ask.state is AskState.OPEN and not ask.task
    }
    for case in cases:
        where = f"{case.case_id} in {case.step}"
        if case.stuck:
            verdict.find(STUCK, f"{where} was given up")
        elif case.closed:
            if case.due_at is not None:
                verdict.find(STUCK, f"{where} is closed, and due")
        elif case.is_held and case.due_at is None:
            continue
        elif case.due_at is None or case.due_at <= town.now:
            verdict.find(STUCK, f"{where} is due since {case.due_at}")
        elif (
            town.deps.process_of(case).step(case.step).kind is not StepKind.WAIT
            and (case.case_id, case.epoch) not in waited_for
            and _somebody_could_be_asked(town, case)
        ):
            verdict.find(STUCK, f"{where} asks nobody")


def _somebody_could_be_asked(town: Town, case: CaseRow) -> bool:
    step = town.deps.process_of(case).step(case.step)
    snapshot = town.store.snapshot(case.case_id)
    return any(
        step.role in person.roles and without_conflict(person, step, snapshot)
        for person in town.store.people()
    )


def _mails(town: Town, mails: Iterable[MailRow], verdict: Verdict) -> None:
    told = {row.mail_id for row in town.store.rows(UndeliveredRow)}
    told_at: dict[str, set[str]] = {}
    for row in town.store.rows(UndeliveredRow):
        told_at.setdefault(row.mail_id, set()).add(row.case_id)
    told |= {mail.mail_id.removesuffix("-mailbox") for mail in mails if mail.recipient == MAILBOX}
    for mail in mails:
        morning_to_come = mail.created_at > town.now and mail.attempts == 0
        if mail.state not in TERMINAL and not morning_to_come:
            verdict.find(UNENDED, f"{mail.mail_id} is {mail.state} since {mail.created_at}")
        silent = mail.mail_id not in told and mail.recipient != MAILBOX
        if mail.state in UNDELIVERED and silent and mail.purpose != LET_OFF:
            verdict.find(SILENT, f"{mail.mail_id} is {mail.state}: {mail.problem}")
        if mail.state in UNDELIVERED and mail.purpose == "receipts":
            for case_id in set(listed(mail.context)) - told_at.get(mail.mail_id, set()):
                verdict.find(SILENT, f"{mail.mail_id} is {mail.state}, unknown at {case_id}")
    verdict.counted["mails given up, and told of"] += sum(
        mail.state is MailState.FAILED for mail in mails
    )
    for mail_id, times in town.mailer.accepted.items():
        if times > 1:
            verdict.find(DUPLICATES, f"{mail_id}, {times} times", times - 1)


def _redrive(town: Town, verdict: Verdict) -> None:
    """Two weeks later every dead letter comes again, and with it every message and event that ever was. What an event that never
    got through tells of a mail is its first effect; after that, nothing has one."""
    town.run(town.now + TWO_WEEKS)
    come_to_rest(town)
    letters = [message for message in town.dead if not isinstance(message, DeliveryEvent)]
    again = list(dict.fromkeys([*letters, *town.handled]))
    town.luck.dice.shuffle(again)
    _replay(town, again, verdict)
    for message in town.dead:
        town.survive(lambda message=message: town.handle(message))
    come_to_rest(town)
    _replay(town, town.dead, verdict)
    verdict.counted["redriven"] += len(again) + 2 * len(town.dead)


def _replay(town: Town, messages: Iterable[Message | DeliveryEvent], verdict: Verdict) -> None:
    rows = {kind: town.store.rows(kind) for kind in KEY_FIELDS}
    sent = town.mailer.accepted.total()
    for message in messages:
        town.survive(lambda message=message: town.handle(message))
    for kind, before in rows.items():
        after = town.store.rows(kind)
        if after != before:
            changed = sorted(set(map(repr, after)) ^ set(map(repr, before)))
            verdict.find(REDRIVE, f"{len(changed)} {kind.__name__}: {changed[:2]}")
    if more := town.mailer.accepted.total() - sent:
        verdict.find(REDRIVE, f"{more} mails")
