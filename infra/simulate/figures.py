"""What came of a simulation, in numbers: counted from the rows that are stored when it ends. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from statistics import median

from chalicelib.domain.process import Process, StepKind
from chalicelib.domain.rows import (
    GIVER,
    AskRow,
    AskState,
    CaseRow,
    EventRow,
    MailRow,
    MailState,
)
from chalicelib.domain.working_days import Calendar
from infra.simulate.play import Played, months_later

DAY = timedelta(days=1)
ARRIVED = (MailState.SENT, MailState.DELIVERED, MailState.COMPLAINED)
PASSED_ON = (AskState.RECUSED, AskState.DELEGATED, AskState.MOVED)
ENTERED = ("IdeaSubmitted", "StepEntered")


@dataclass(frozen=True)
class Spell:
    """How many days something took, or has taken so far if it has not `happened`."""

    days: float
    happened: bool


@dataclass(frozen=True)
class Times:
    """Quantiles in calendar days; None where too few have come so far. Those who still wait count as waiting."""

    happened: int
    of: int
    median: float | None
    ninetieth: float | None


@dataclass(frozen=True)
class Promise:
    """How often the time that a step promises was kept; `late` is by how many working days it was not, in the middle. `interims`
    are honest words that nothing else was said for long or that it is late, `silences` those times that not even one came."""

    step: str
    visits: int
    broken: int
    late: float | None
    interims: int
    silences: int


@dataclass(frozen=True)
class Load:
    """What one person was asked. Weeks begin on Mondays."""

    person: str
    role: str
    asked: int
    answered: int
    passed_on: int
    a_week: float
    busiest: int
    days_to_answer: float | None


@dataclass(frozen=True)
class Mails:
    """The mails of one kind, by what became of them."""

    kind: str
    arrived: int
    returned: int
    not_sent: int

    @property
    def in_all(self) -> int:
        return self.arrived + self.returned + self.not_sent


@dataclass(frozen=True)
class Figures:
    ideas: int
    closed: Mapping[str, int]
    withdrawn: int
    open_in: Mapping[str, int]
    stuck: int
    without_next_date: int
    feedback: Times
    decision: Times
    decided_in: tuple[str, ...]
    promises: tuple[Promise, ...]
    loads: tuple[Load, ...]
    mails: tuple[Mails, ...]
    open_by_month: tuple[tuple[date, int], ...]
    acts: Mapping[str, int]
    faults: Mapping[str, int]

    @property
    def broken(self) -> int:
        return sum(promise.broken + promise.silences for promise in self.promises)


def count(played: Played) -> Figures:
    """The figures of a simulation that has ended."""
    process, store = played.scene.process, played.scene.stage.store
    cases = store.rows(CaseRow)
    mails = store.rows(MailRow)
    events: dict[str, list[EventRow]] = defaultdict(list)
    for event in store.rows(EventRow):
        events[event.case_id].append(event)
    to_giver: dict[str, list[MailRow]] = defaultdict(list)
    for mail in mails:
        if mail.recipient == GIVER and mail.case_id and mail.sent_at and mail.state in ARRIVED:
            to_giver[mail.case_id].append(mail)
    told = [_History(case, events[case.case_id], to_giver[case.case_id], played) for case in cases]
    decided_in = decision_steps(process)
    return Figures(
        ideas=len(cases),
        closed=Counter(
            case.closing_code or case.step
            for case in cases
            if case.closed and case.step != process.withdrawn
        ),
        withdrawn=sum(case.step == process.withdrawn for case in cases),
        open_in=Counter(case.step for case in cases if not case.closed),
        stuck=sum(case.stuck for case in cases),
        without_next_date=sum(case.due_at is None for case in cases if not case.closed),
        feedback=times(each.to_feedback() for each in told if each.reachable),
        decision=times(each.to_decision(decided_in) for each in told),
        decided_in=decided_in,
        promises=_promises(process, told, played.scene.calendar),
        loads=_loads(played),
        mails=_by_kind(mails),
        open_by_month=_open_by_month(cases, told, played),
        acts=played.scene.acts,
        faults=played.scene.stage.faults,
    )


def decision_steps(process: Process) -> tuple[str, ...]:
    """Where it is decided what becomes of an idea: the steps with an outcome to which a panel's judgement leads."""
    led_to = {step.then for step in process.steps if step.panel > 1}
    return tuple(
        step.key for step in process.steps if step.key in led_to and step.outcome is not None
    )


def times(spells: Iterable[Spell]) -> Times:
    found = sorted(spells, key=lambda spell: (spell.days, not spell.happened))
    return Times(
        happened=sum(spell.happened for spell in found),
        of=len(found),
        median=quantile(found, 0.5),
        ninetieth=quantile(found, 0.9),
    )


def quantile(spells: Sequence[Spell], share: float) -> float | None:
    """The days within which this share of all comes, by the Kaplan–Meier estimate: one who still waits tells only that it
    takes longer than until now, and is not left out as if they had come. `spells` are in order."""
    still, waiting = 1.0, len(spells)
    for spell in spells:
        if spell.happened:
            still *= 1 - 1 / waiting
            if still <= 1 - share + 1e-9:
                return spell.days
        waiting -= 1
    return None


@dataclass(frozen=True)
class _Visit:
    """A stay in a step; `promised` is the day that passed without what was promised, if one did."""

    step: str
    entered: datetime
    left: datetime | None
    promised: date | None
    interims: int


class _History:
    """One case, told from its events and from the mails that reached its giver."""

    def __init__(
        self, case: CaseRow, events: Sequence[EventRow], mails: list[MailRow], played: Played
    ) -> None:
        self.case = case
        self._played = played
        self.visits = _visits(case, events)
        self._mails = sorted(mails, key=lambda mail: mail.sent_at or mail.created_at)
        withdrawn = [
            visit.entered for visit in self.visits if visit.step == played.scene.process.withdrawn
        ]
        self.watched_until = min([*withdrawn, played.ended])
        last = self.visits[-1]
        self.closed_at = last.entered if case.closed else None

    @property
    def reachable(self) -> bool:
        """Whether the receipt came: news of the others goes by phone, which nothing here counts."""
        return any(mail.purpose == "receipt" for mail in self._mails)

    def to_feedback(self) -> Spell:
        """To the first word after the receipt."""
        words = (
            mail.sent_at
            for mail in self._mails
            if mail.purpose != "receipt" and mail.sent_at and mail.sent_at < self.watched_until
        )
        return self._spell(next(words, None))

    def to_decision(self, decided_in: Iterable[str]) -> Spell:
        """To the end of the first decision, or to the case's own end if it has one before."""
        closed = self.closed_at if self.case.step != self._played.scene.process.withdrawn else None
        moments = [visit.left for visit in self.visits if visit.step in decided_in and visit.left]
        before = [at for at in (*moments, closed) if at and at < self.watched_until]
        return self._spell(min(before, default=None))

    def _spell(self, at: datetime | None) -> Spell:
        until = at or self.watched_until
        return Spell((until - self.case.received_at) / DAY, happened=at is not None)

    def silences(self, most: int) -> Iterable[str]:
        """The step in which the case stood each time that more days than these passed without a word to its giver."""
        if not self.reachable:
            return
        end = self.closed_at or self._played.ended
        words = [mail.sent_at for mail in self._mails if mail.sent_at and mail.sent_at <= end]
        day = self._played.scene.calendar.local_date
        for word, following in zip(words, [*words[1:], end], strict=True):
            if (day(following) - day(word)).days > most:
                yield self._step_at(word + most * DAY)

    def _step_at(self, moment: datetime) -> str:
        return [visit.step for visit in self.visits if visit.entered <= moment][-1]


def _visits(case: CaseRow, events: Sequence[EventRow]) -> tuple[_Visit, ...]:
    """Every stay of a case in a step. The stay before the first step that is entered is in the step where it was received."""
    visits: list[_Visit] = []
    for event in events:
        for fact in event.facts:
            if fact.kind in ENTERED:
                if visits:
                    visits[-1] = replace(visits[-1], left=event.at)
                visits.append(_Visit(fact.data["step"], event.at, None, None, 0))
            elif fact.kind == "PromiseBroken":
                day = date.fromisoformat(fact.data["deadline"])
                visits[-1] = replace(visits[-1], promised=day)
            elif fact.kind == "InterimSent":
                visits[-1] = replace(visits[-1], interims=visits[-1].interims + 1)
    return tuple(visits)


def _promises(
    process: Process, told: Sequence[_History], calendar: Calendar
) -> tuple[Promise, ...]:
    silences = Counter(step for each in told for step in each.silences(process.silence_days))
    found = []
    for step in process.steps:
        visits = [(each, v) for each in told for v in each.visits if v.step == step.key]
        interims = sum(visit.interims for _, visit in visits)
        if step.task or not (step.kind is StepKind.ASK or interims or silences[step.key]):
            continue
        late = [
            calendar.working_days_between(
                visit.promised, calendar.local_date(visit.left or each.watched_until)
            )
            for each, visit in visits
            if visit.promised is not None
        ]
        found.append(
            Promise(
                step.key,
                len(visits),
                len(late),
                median(late) if late else None,
                interims,
                silences[step.key],
            )
        )
    return tuple(found)


def _loads(played: Played) -> tuple[Load, ...]:
    calendar = played.scene.calendar
    weeks = max(1.0, (played.ended - played.begun) / timedelta(weeks=1))
    asks: dict[str, list[AskRow]] = defaultdict(list)
    for ask in played.scene.stage.store.rows(AskRow):
        asks[ask.person].append(ask)
    loads = []
    for colleague in played.colleagues:
        mine = asks[colleague.row.person_id]
        by_week = Counter(calendar.local_date(ask.opened_at).isocalendar()[:2] for ask in mine)
        answered = [ask for ask in mine if ask.state is AskState.ANSWERED and ask.answered_at]
        took = [(ask.answered_at or ask.opened_at) - ask.opened_at for ask in answered]
        loads.append(
            Load(
                colleague.row.person_id,
                colleague.role,
                len(mine),
                len(answered),
                sum(ask.state in PASSED_ON for ask in mine),
                len(mine) / weeks,
                max(by_week.values(), default=0),
                median(span / DAY for span in took) if took else None,
            )
        )
    return tuple(loads)


def _by_kind(mails: Sequence[MailRow]) -> tuple[Mails, ...]:
    states: dict[str, Counter[MailState]] = defaultdict(Counter)
    for mail in mails:
        states[mail.purpose][mail.state] += 1
    found = []
    for kind, counted in states.items():
        arrived = sum(counted[state] for state in ARRIVED)
        returned = counted[MailState.BOUNCED]
        not_sent = counted.total() - arrived - returned
        found.append(Mails(kind, arrived, returned, not_sent))
    return tuple(sorted(found, key=lambda mails: (-mails.in_all, mails.kind)))


def _open_by_month(
    cases: Sequence[CaseRow], told: Sequence[_History], played: Played
) -> tuple[tuple[date, int], ...]:
    """How many cases were open at the end of each month of the simulation."""
    found = []
    for number in range(1, played.wanted.months + 1):
        day = months_later(played.wanted.start, number)
        moment = played.begun + (day - played.wanted.start)
        still = sum(
            case.received_at <= moment and (each.closed_at is None or each.closed_at > moment)
            for case, each in zip(cases, told, strict=True)
        )
        found.append((day - DAY, still))
    return tuple(found)
