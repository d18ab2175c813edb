"""Watches every transaction of a world and writes down each promise that it breaks.

Written for itself, not by calling what it watches: who may be asked, what a stopped clock may cost, for what reason each mail is
owed, and for how long an idea-giver may hear nothing. A broken promise is a sentence in `broken`: an error raised in the middle
of a transaction could be caught by what is watched.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from chalicelib.domain.process import Counts, Process, Step
from chalicelib.domain.rows import (
    GIVER,
    AskRow,
    AskState,
    CaseRow,
    EventRow,
    MailRow,
    MailState,
    PersonRow,
    Snapshot,
    UndeliveredRow,
)
from tests.fakes import Changes
from tests.world import World

CODES_A_DAY = 10
FEWEST_DAYS = 3
"""Who is asked in another's place has so many working days at least, unless the step gives fewer."""

Reason = tuple[object, ...]


@dataclass(frozen=True)
class Transaction:
    """What one transaction changed, by kind of row."""

    cases: tuple[tuple[CaseRow | None, CaseRow], ...]
    asks: tuple[tuple[AskRow | None, AskRow], ...]
    mails: tuple[tuple[MailRow | None, MailRow], ...]
    told: tuple[UndeliveredRow, ...]
    facts: tuple[str, ...]

    @classmethod
    def of(cls, changes: Changes) -> Transaction:
        return cls(
            cases=tuple((old, new) for old, new in changes if isinstance(new, CaseRow)),
            asks=tuple((old, new) for old, new in changes if isinstance(new, AskRow)),
            mails=tuple((old, new) for old, new in changes if isinstance(new, MailRow)),
            told=tuple(new for old, new in changes if old and isinstance(new, UndeliveredRow)),
            facts=tuple(
                fact.kind for _, new in changes if isinstance(new, EventRow) for fact in new.facts
            ),
        )

    def case(self, case_id: str | None) -> tuple[CaseRow | None, CaseRow] | None:
        return next((pair for pair in self.cases if pair[1].case_id == case_id), None)

    def ask(self, mail: MailRow) -> AskRow | None:
        """The ask that a mail is about, when it was opened or changed beside."""
        return next(
            (
                ask
                for _, ask in self.asks
                if (ask.case_id, ask.person, ask.task) == (mail.case_id, mail.recipient, mail.task)
                and (mail.epoch is None or ask.epoch == mail.epoch)
            ),
            None,
        )


@dataclass(frozen=True)
class Stopped:
    """A clock as it stood when it was stopped."""

    epoch: int
    clock_from: date
    clock_days: int
    on: date


@dataclass
class Promises:
    """`outage` is the time so far in which nothing ran: whoever lets time pass without the sweep adds it."""

    world: World
    broken: list[str] = field(default_factory=list)
    outage: timedelta = timedelta()
    reasons: dict[Reason, str] = field(default_factory=dict)
    unknown: dict[str, int] = field(default_factory=dict)
    stopped: dict[str, Stopped] = field(default_factory=dict)
    helped: dict[str, int] = field(default_factory=dict)
    heard: dict[str, tuple[datetime, timedelta]] = field(default_factory=dict)

    def watch(self) -> None:
        self.world.store.watchers.append(self._seen)

    def _seen(self, changes: Changes) -> None:
        seen = Transaction.of(changes)
        for old, case in seen.cases:
            self._clock(old, case, seen)
        for before, ask in seen.asks:
            if before is None:
                self._asked(ask, seen)
        for sent_before, mail in seen.mails:
            if sent_before is None:
                self._owed(mail, seen)
            elif mail.state is MailState.SENDING and mail.attempts > sent_before.attempts:
                self._claimed(sent_before, mail)
            elif sent_before.state is MailState.SENDING and mail.state is MailState.PENDING:
                self._let_go(sent_before)

    def _process(self, case: CaseRow) -> Process:
        return self.world.deps.process_of(case)

    def _today(self) -> date:
        return self.world.deps.calendar.local_date(self.world.now)

    # Nobody is asked who may not be

    def _asked(self, ask: AskRow, seen: Transaction) -> None:
        snapshot = self.world.store.snapshot(ask.case_id)
        assert snapshot is not None
        case, asks = snapshot.case, snapshot.asks
        step = self._process(case).step(ask.step)
        people = {person.person_id: person for person in self.world.store.people()}
        who = f"{ask.person} was asked in {ask.step} of {case.ref}"
        if (case.closed and not ask.task) or ask.epoch != case.epoch:
            self.broken.append(f"{who}, where the case no longer stands")
        if (ask.task == "") is (step.task is True) or (not step.task and case.step != step.key):
            self.broken.append(f"{who}, while the case stands in {case.step}")
        person = people.get(ask.person)
        if person is None or step.role not in person.roles:
            self.broken.append(f"{who}, but is not active in the role")
            return
        if person.unreachable_since is not None and ask.delegated_by is None:
            self.broken.append(f"{who}, and would not get the mail")
        if not without_conflict(person, step, snapshot):
            self.broken.append(f"{who}, in spite of a conflict of interest")
        if person.is_away(self._today()) and step.named is None:
            asked = {a.person for a in asks if a.epoch == ask.epoch and a.task == ask.task}
            present = [
                other.person_id
                for other in people.values()
                if step.role in other.roles
                and other.unreachable_since is None
                and other.person_id not in (row.recipient for row in seen.told)
                and not other.is_away(self._today())
                and other.person_id not in asked
                and without_conflict(other, step, snapshot)
            ]
            if present:
                self.broken.append(f"{who} while away, and {present} could have been asked")

    # A paused clock costs no time

    def _clock(self, old: CaseRow | None, case: CaseRow, seen: Transaction) -> None:
        if old is None:
            return
        id_ = case.case_id
        if case.epoch != old.epoch and "StepEntered" in seen.facts:
            self._entered(case, seen)
        if case.epoch != old.epoch:
            self.stopped.pop(id_, None)
            self.helped.pop(id_, None)
        elif any(a.substitute and not a.delegated_by for before, a in seen.asks if before is None):
            self.helped[id_] = max(self.helped.get(id_, 0), self._fewest(case))
        if old.paused_at is None and case.paused_at is not None and case.clock_from is not None:
            start = date.fromisoformat(case.clock_from)
            self.stopped[id_] = Stopped(case.epoch, start, case.clock_days, self._today())
            self.helped.pop(id_, None)
        stopped = self.stopped.get(id_)
        if old.paused_at is None or case.paused_at is not None or stopped is None:
            return
        del self.stopped[id_]
        step = self._process(case).step(case.step)
        left = stopped.clock_days - self._days(step, stopped.clock_from, stopped.on)
        left = max(left, self.helped.get(id_, left))
        assert case.deadline is not None
        has = self._days(step, self._today(), self.world.deps.calendar.local_date(case.deadline))
        if has != left:
            self.broken.append(
                f"{case.ref} had {left} days left in {step.key} when its clock was stopped, and {has} when it goes on"
            )

    def _entered(self, case: CaseRow, seen: Transaction) -> None:
        """In a new step the clock runs, and the idea-giver hears of it; of the first one the receipt has told."""
        step = self._process(case).step(case.step)
        if case.paused_at is not None:
            self.broken.append(f"{case.ref} came to {step.key} with its clock standing still")
        told = any(
            (mail.case_id, mail.recipient) == (case.case_id, GIVER) for _, mail in seen.mails
        )
        if case.epoch <= 1 or not step.tell_giver:
            return
        taken_back = case.step == self._process(case).withdrawn
        if case.mailable and not told and not (taken_back and not self._answered(case)):
            self.broken.append(f"nobody tells that {case.ref} came to {step.key}")
        phoned = any(ask.task for _, ask in seen.asks if ask.epoch == case.epoch)
        by_phone = case.bounced and case.has_phone and not case.given_up
        nobody = any(mail.purpose == "nobody_to_ask" for _, mail in seen.mails)
        if by_phone and not (taken_back or phoned or nobody):
            self.broken.append(f"nobody phones though {case.ref} came to {step.key}")

    def _answered(self, case: CaseRow) -> bool:
        asks = self.world.store.rows(AskRow)
        return any(a.case_id == case.case_id and a.state is AskState.ANSWERED for a in asks)

    def _worked_on_what_ended(self, person: str, seen: Transaction) -> bool:
        """Whether a case came to its end of which somebody has answered something."""
        ended = [
            case.case_id for old, case in seen.cases if case.closed and not (old and old.closed)
        ]
        asks = self.world.store.rows(AskRow)
        return any(
            (a.person, a.state, a.task) == (person, AskState.ANSWERED, "") and a.case_id in ended
            for a in asks
        )

    def _fewest(self, case: CaseRow) -> int:
        """How many days of the step's kind somebody has who is asked today in another's place."""
        step, today = self._process(case).step(case.step), self._today()
        last = self.world.deps.calendar.add_working_days(today, FEWEST_DAYS)
        return min(self._days(step, today, last), step.deadline_days)

    def _days(self, step: Step, first: date, last: date) -> int:
        """Days of the step's kind after one date up to another, negative when that lies before."""
        if last < first:
            return -self._days(step, last, first)
        days = [first + timedelta(days=n) for n in range(1, (last - first).days + 1)]
        if step.counts is Counts.CALENDAR_DAYS:
            return len(days)
        return sum(map(self.world.deps.calendar.is_working_day, days))

    # No message is sent twice for one reason

    def _owed(self, mail: MailRow, seen: Transaction) -> None:
        if mail.recipient == GIVER and mail.case_id is not None:
            self.heard[mail.case_id] = (self.world.now, self.outage)
            before, _ = seen.case(mail.case_id) or (None, None)
            if before is not None and before.given_up:
                self.broken.append(f"{mail.mail_id} goes to somebody who took their idea back")
        reason = self._reason(mail, seen)
        if reason is None:
            self.broken.append(f"{mail.mail_id} is owed for no reason: {seen.facts}")
            return
        first = self.reasons.setdefault(reason, mail.mail_id)
        if first != mail.mail_id:
            self.broken.append(f"{first} and {mail.mail_id} are owed for one reason: {reason}")

    def _claimed(self, before: MailRow, mail: MailRow) -> None:
        """A mail may be sent again only when it is not known what became of it: its lease has run out."""
        if before.state is MailState.SENDING:
            if before.lease_until is None or before.lease_until > self.world.now:
                self.broken.append(f"{mail.mail_id} was taken from whoever was sending it")
            self.unknown.setdefault(mail.mail_id, mail.attempts)
        elif before.state is not MailState.PENDING:
            self.broken.append(f"{mail.mail_id} was sent again though it was {before.state}")

    def _let_go(self, before: MailRow) -> None:
        """A mail whose lease had run out, so that nobody knows what became of it, waits for the end of a hold before it is tried again."""
        if before.lease_until is not None and before.lease_until <= self.world.now:
            self.unknown.setdefault(before.mail_id, before.attempts + 1)

    def check_sent(self) -> None:
        """Of what has really gone out: no mail twice, but for those whose outcome was unknown."""
        gone: Counter[str] = Counter()
        for letter in self.world.mailer.letters:
            gone[letter.mail_id] += 1
            again = gone[letter.mail_id] > 1
            if again and letter.attempt < self.unknown.get(letter.mail_id, letter.attempt + 1):
                self.broken.append(f"{letter.mail_id} was sent twice")

    def _reason(self, mail: MailRow, seen: Transaction) -> Reason | None:
        """Why a mail is owed. None when nothing beside it in its transaction is a reason for it."""
        today = self._today()
        pair = seen.case(mail.case_id)
        old, case = pair if pair is not None else (None, None)
        ask = seen.ask(mail)
        key: Reason = (mail.purpose, mail.case_id, mail.recipient)
        if mail.mail_id.endswith("-mailbox") and mail.mail_id.removesuffix("-mailbox") in (
            other.mail_id for _, other in seen.mails
        ):
            return ("cannot arrive", mail.mail_id)
        match mail.purpose:
            case "receipt":
                begins = case is not None and (old is None or "IdeaReleased" in seen.facts)
                return key if begins else None
            case "held":
                return (mail.purpose, mail.recipient, self._latest_list(weekly=False))
            case "outcome" if "GiverLeft" in seen.facts:
                return ("left", *key)
            case "progress" | "outcome":
                entered = case is not None and "StepEntered" in seen.facts
                return ("news", mail.case_id, mail.recipient, case.epoch) if entered else None
            case "ask":
                opened = ask is not None and ask.state is AskState.OPEN
                return (*key, ask.epoch, ask.task) if opened else None
            case "reminder" if ask is None:
                return ("renewal", *key, mail.epoch, mail.task, today)
            case "reminder" if "DeadlineExtended" in seen.facts and not ask.task:
                return ("more time", *key, ask.epoch)
            case "reminder":
                return (*key, ask.epoch, ask.task, ask.deadline, ask.reminded)
            case "answer_receipt":
                return (*key, *_answered(seen, mail))
            case "code":
                return self._code(mail)
            case "digest" | "weekly":
                return (mail.purpose, mail.recipient, self._latest_list(mail.purpose == "weekly"))
            case "let_off":
                lapsed = any(
                    ask.person == mail.recipient and ask.state is AskState.LAPSED
                    for _, ask in seen.asks
                )
                owed = lapsed or self._worked_on_what_ended(mail.recipient, seen)
                return (mail.purpose, mail.recipient, mail.created_at) if owed else None
            case "stuck":
                return (*key, mail.context["id"], mail.mail_id)
            case "undelivered":
                part = mail.mail_id.rsplit("-", 1)[-1]
                return (*key, part) if seen.told else None
        if case is None or old is None:
            return None
        match mail.purpose:
            case "no_answers":
                return (*key, case.epoch) if case.extensions > old.extensions else None
            case "overdue" if "CallOwed" in seen.facts:
                return (*key, "silence", _part(mail), old.last_told)
            case "overdue":
                late = (_part(mail), mail.context["deadline"], case.escalations)
                return (*key, case.epoch, *late) if case.escalations > old.escalations else None
            case "nobody_to_ask":
                asked = [a for a in self.world.store.rows(AskRow) if a.case_id == case.case_id]
                rungs = (len(asked), case.escalations, case.told_at, len(seen.told))
                return (*key, case.epoch, case.questions, _part(mail), *rungs)
            case "too_few":
                return (*key, case.epoch)
            case "talk":
                return (*key, old.epoch) if case.epoch > old.epoch else None
            case "question" | "giver_answered":
                return (*key, case.questions)
            case "interim" if _told_otherwise(mail, seen):
                return None
            case "interim" if "PromiseBroken" in seen.facts:
                return (*key, old.epoch)
            case "interim" if "GiverAsked" in seen.facts:
                return (*key, "asked", case.questions)
            case "interim":
                return (*key, old.last_told) if self._was_silent(old) else None
        return None

    def _latest_list(self, weekly: bool) -> datetime:
        """The morning, not later than now, that a list is for."""
        calendar, day = self.world.deps.calendar, self._today()
        while True:
            due = day if calendar.is_working_day(day) else calendar.add_working_days(day, 1)
            listed = day.weekday() == 0 if weekly else due == day
            if listed and calendar.morning(due) <= self.world.now:
                return calendar.morning(due)
            day -= timedelta(days=1)

    def _was_silent(self, case: CaseRow) -> bool:
        """Whether so much of the promised time has passed that the last working morning before its end may have come."""
        calendar = self.world.deps.calendar
        last = calendar.local_date(case.last_told) + timedelta(self._process(case).silence_days)
        days = [
            self._today() + timedelta(days=n) for n in range(1, (last - self._today()).days + 1)
        ]
        return not any(map(calendar.is_working_day, days))

    def _code(self, mail: MailRow) -> Reason:
        """Each press is a reason, ten times a day."""
        day = (mail.recipient, f"{mail.created_at:%Y-%m-%d}")
        number = sum(reason[:3] == ("code", *day) for reason in self.reasons)
        if number >= CODES_A_DAY:
            self.broken.append(f"{mail.recipient} was sent more than {CODES_A_DAY} codes in a day")
        return ("code", *day, number)

    # Silence

    def check_silence(self) -> None:
        """No open case whose idea-giver has e-mail that arrives is silent for longer than was promised, but for outages. A stuck case is a
        person's: they were told."""
        for case in self.world.store.rows(CaseRow):
            if case.closed or case.stuck or not case.mailable or case.case_id not in self.heard:
                continue
            at, outage = self.heard[case.case_id]
            silent = (self._today() - self.world.deps.calendar.local_date(at)).days
            down = self.outage - outage
            allowed = self._process(case).silence_days + -(-down // timedelta(days=1))
            if silent > allowed:
                self.broken.append(f"{case.ref} was silent for {silent} days, allowed {allowed}")


def without_conflict(person: PersonRow, step: Step, snapshot: Snapshot) -> bool:
    """No idea-giver of the case works where they do, and they have not declared a conflict of interest: not here, nor in a case that
    was joined with it."""
    declared = {ask.person for ask in snapshot.asks if ask.state is AskState.RECUSED}
    units = {snapshot.case.own_unit} if snapshot.case.own_unit is not None else set()
    for follower in snapshot.followers:
        declared |= set(follower.recused)
        units |= {follower.own_unit} if follower.own_unit is not None else set()
    return person.person_id not in declared and not (step.jav and person.unit in units)


def _answered(seen: Transaction, mail: MailRow) -> tuple[object, ...]:
    ask = next(
        ask
        for before, ask in seen.asks
        if ask.person == mail.recipient and ask.state is AskState.ANSWERED
    )
    return ask.epoch, ask.task


def _told_otherwise(mail: MailRow, seen: Transaction) -> bool:
    """Whether the recipient of an interim message hears something else in the same moment."""
    news = ("progress", "outcome")
    others = (other for _, other in seen.mails if other.case_id == mail.case_id)
    return any(other.recipient == mail.recipient and other.purpose in news for other in others)


def _part(mail: MailRow) -> str:
    """What tells apart two mails of one purpose to one recipient: the end of the id."""
    return mail.mail_id.split(f"{mail.purpose}-{mail.recipient}", 1)[-1]
