"""A whole process, any process, under every misfortune: random people, random absence, random faults.

Knows no step by name: what is answered is made from the questions that a step asks. The promises of the engine are watched over
every transaction (`promises`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from chalicelib import config
from chalicelib.domain.links import OpenAsk
from chalicelib.domain.process import Process, StepKind
from chalicelib.domain.rows import Absence, CaseRow, PersonRow, QuestionRow
from chalicelib.domain.transaction import Conflict
from chalicelib.services.change_hands import HandedOver, Recused, declare_jav, hand_over
from chalicelib.services.choose_reminders import CHOICES, Chosen, choose_reminders
from chalicelib.services.follow_idea import answer_by_status_link
from chalicelib.services.open_link import open_link
from chalicelib.services.prove_mailbox import CodeOwed, Proven, prove_mailbox, send_code
from chalicelib.services.question_giver import Asked, Told, question_giver
from chalicelib.services.sweep import sweep
from tests.faults.any_answer import any_answer, joining_answer
from tests.faults.misfortunes import Mailed, Misfortunes, crash, pick
from tests.faults.promises import Promises, without_conflict
from tests.recorded import wrong_in_world
from tests.world import CODE, World, an_idea, configuration, somebody

SKARABORG = Path(__file__).resolve().parent.parent / "data" / "process-skaraborg.toml"
UNITS = ("it", "skola", "teknik")
WEEKDAY_MORNING = 8
NAMES = ("ada", "bo", "cid", "dan", "eva", "fia", "gun")


@cache
def skaraborg() -> Process:
    return config.read_process_text(SKARABORG.read_text(encoding="utf-8"), "skaraborg")


def people_of(process: Process) -> tuple[PersonRow, ...]:
    """Enough people for every role, from three units, two of each role with a deputy; some choose lists of what waits."""
    people = []
    for role in process.roles:
        panel = max((step.panel for step in process.steps if step.role == role.key), default=1)
        ids = [f"{name}-{role.key.replace('_', '-')}" for name in NAMES[: panel + 2]]
        for place, id_ in enumerate(ids):
            person = replace(
                somebody(id_, role.key),
                unit=UNITS[place % len(UNITS)],
                deputy=ids[place - 1] if place < 2 else None,
                digest=role.key == process.coordinator and place == 0,
                weekly=place == 1,
            )
            people.append(person)
    return tuple(people)


class WholeProcess(Misfortunes):
    """Everybody and everything that can happen to the sluice, step by step to the end."""

    process: ClassVar[Process]

    def __init__(self) -> None:
        people = people_of(self.process)
        super().__init__(World(self.process, people))
        self.people = [person.person_id for person in people]
        for id_ in self.people:
            self.world.register(id_)
        self.first_calendar = self.world.deps.calendar
        self.version = 0
        self.sessions: dict[str, str] = {}
        self.promises = Promises(self.world)
        self.promises.watch()

    # How somebody comes by what they need

    def open_links(self, *, task: bool | None = None) -> list[tuple[Mailed, OpenAsk]]:
        """The links by which something can be answered at this moment; those that never can be again are forgotten."""
        found = []
        links = self.links("svara")
        for link in list(links):
            verdict = open_link(self.world.deps, link.raw, None)
            wanted = isinstance(verdict, OpenAsk) and task in (None, bool(verdict.ask.task))
            if isinstance(verdict, OpenAsk) and wanted:
                found.append((link, verdict))
        return found

    def session_for(self, what: int) -> str | None:
        held = sorted(self.sessions.values())
        return held[what % len(held)] if held else None

    def words(self, raw: str, what: int) -> Mapping[str, str]:
        link = open_link(self.world.deps, raw, None)
        if not isinstance(link, OpenAsk):
            return {"reason": "Den här länken leder ingenstans längre."}
        return any_answer(self.world, link.process, link.step, link.case, what)

    def proved(self, raw: str) -> str | None:
        """A session of the person whose link it is; when none lives, they ask for a code and type it, if they are let."""
        link = open_link(self.world.deps, raw, None)
        if not isinstance(link, OpenAsk) or not link.needs_code:
            return None
        person = link.person
        known = self.sessions.get(person.person_id)
        again = open_link(self.world.deps, raw, known)
        if isinstance(again, OpenAsk) and again.proven:
            return known
        before = len(self.world.mailer.sent)
        owed = self.surviving(None, lambda: send_code(self.world.deps, raw))
        if isinstance(owed, CodeOwed):
            self.surviving(None, self.world.settle)
        letters = [sent.letter for sent in self.world.mailer.sent[before:]]
        codes = [CODE.search(letter.text) for letter in letters if letter.to == person.email]
        typed = next((found[1] for found in reversed(codes) if found), "")
        done = self.surviving(None, lambda: prove_mailbox(self.world.deps, raw, typed))
        if isinstance(done, Proven):
            self.seen["codes proved"] += 1
            self.sessions[person.person_id] = done.session
        return self.sessions.get(person.person_id)

    def by_open_link(
        self,
        which: int,
        boundary: int | None,
        act: Callable[[str, str | None, OpenAsk], object],
        done: type,
        what: str,
        *,
        task: bool | None = None,
    ) -> None:
        """Somebody who is asked does something by their link, with a code where one is needed."""
        links = self.open_links(task=task)
        if not links:
            self.deliver_all()
            links = self.open_links(task=task)
        if not links:
            return
        link, ask = links[which % len(links)]
        session = self.proved(link.raw)
        result = self.surviving(boundary, lambda: act(link.raw, session, ask))
        if isinstance(result, done):
            self.seen[what] += 1

    # The beginning

    @initialize(
        other=st.booleans(),
        unit=st.sampled_from((None, *UNITS)),
        email=st.booleans(),
        away=st.lists(pick, max_size=9),
        walk=st.lists(pick, max_size=16),
    )
    def begin(
        self, other: bool, unit: str | None, email: bool, away: list[int], walk: list[int]
    ) -> None:
        """An idea that has come some way while some are away, without faults, and perhaps another one: what can go wrong late needs
        a late step."""
        for which in away:
            self.be_away(which, begins=0, days=40, deputy=which)
        self.submit(number=0, unit=unit, email=email, boundary=None)
        if other:
            self.submit(number=1, unit=None, email=True, boundary=None)
        self.deliver_all()
        for what in walk:
            self.go_on(what)

    def go_on(self, what: int) -> None:
        """The oldest open case moves: who is asked answers, or the time that it waits for passes."""
        open_cases = [case for case in self.world.store.rows(CaseRow) if not case.closed]
        if not open_cases:
            return
        case = min(open_cases, key=lambda case: (case.received_at, case.case_id))
        step = self.world.deps.process_of(case).step(case.step)
        if step.kind is StepKind.WAIT and case.due_at is not None:
            self.days_go_by(max(1, (case.due_at - self.world.now).days + 1))
            return
        mine = [link for link, ask in self.open_links(task=False) if ask.case.ref == case.ref]
        for link in mine:
            session = self.proved(link.raw)
            press = partial(self.press, link.raw, session, self.words(link.raw, what))
            self.surviving(None, press)
        self.deliver_all()

    # Visitors

    @rule(
        number=st.integers(0, 3),
        unit=st.sampled_from((None, *UNITS)),
        email=st.booleans(),
        boundary=crash,
    )
    def submit(self, number: int, unit: str | None, email: bool, boundary: int | None) -> None:
        idea = an_idea(title=f"Bänkar längs å nummer {number}")
        if unit is not None:
            idea |= {"unit_own": unit}
        address = f"givare-{number}@example.com" if email else None
        self.send_in(number, boundary, idea=idea, email=address, phone="070-174 06 05")

    @rule(which=pick, boundary=crash, stale=st.booleans())
    def answer_a_question(self, which: int, boundary: int | None, stale: bool) -> None:
        """The idea-giver answers on the status page; now and then an older question than the one that waits."""
        refs = {
            case.ref: case.questions - stale
            for case in self.world.store.rows(CaseRow)
            if case.paused_at is not None or (stale and case.questions)
        }
        links = [link for link in self.links("status") if link.ref in refs]
        if not links:
            return
        link = links[which % len(links)]
        words = "Det gäller hela ån, från bron till hamnen."
        done = self.surviving(
            boundary,
            lambda: answer_by_status_link(self.world.deps, link.raw, refs[link.ref], words),
        )
        self.seen["questions answered"] += isinstance(done, Told)

    # Those who are asked

    @rule(which=pick, what=pick, boundary=crash)
    def answer(self, which: int, what: int, boundary: int | None) -> None:
        def act(raw: str, session: str | None, link: OpenAsk) -> object:
            given = any_answer(self.world, link.process, link.step, link.case, what)
            return self.press(raw, session, given)

        self.by_open_link(which, boundary, act, object, "answers tried")

    @rule(which=pick, what=pick, boundary=crash)
    def answer_a_phone_task(self, which: int, what: int, boundary: int | None) -> None:
        def act(raw: str, session: str | None, link: OpenAsk) -> object:
            given = any_answer(self.world, link.process, link.step, link.case, what)
            return self.press(raw, session, given)

        self.by_open_link(which, boundary, act, object, "phone tasks tried", task=True)

    @rule(which=pick, other=pick, boundary=crash)
    def join_two(self, which: int, other: int, boundary: int | None) -> None:
        cases = self.world.store.rows(CaseRow)

        def act(raw: str, session: str | None, link: OpenAsk) -> object:
            ref = cases[other % len(cases)].ref
            given = joining_answer(self.world, link.process, link.step, link.case, ref)
            return self.press(raw, session, given) if given else None

        self.by_open_link(which, boundary, act, object, "joins tried")

    @rule(which=pick, boundary=crash)
    def say_jav(self, which: int, boundary: int | None) -> None:
        def act(raw: str, session: str | None, link: OpenAsk) -> object:
            return declare_jav(self.world.deps, raw, session, "Jag har ritat bänkarna.")

        self.by_open_link(which, boundary, act, Recused, "jäv")

    @rule(which=pick, to=pick, boundary=crash)
    def hand_over_the_ask(self, which: int, to: int, boundary: int | None) -> None:
        """Mostly to somebody who was not asked yet; now and then to anybody in the role, those too who may not be asked."""

        def act(raw: str, session: str | None, link: OpenAsk) -> object:
            people = [p for p in self.world.store.rows(PersonRow) if link.step.role in p.roles]
            asked = {ask.person for ask in link.snapshot.current_asks()}
            fresh = [p for p in people if to % 4 and p.person_id not in asked] or people
            colleague = fresh[to % len(fresh)].person_id
            return hand_over(self.world.deps, raw, session, colleague, "Du kan det här bättre.")

        self.by_open_link(which, boundary, act, HandedOver, "hand-overs")

    @rule(which=pick, boundary=crash)
    def ask_the_giver(self, which: int, boundary: int | None) -> None:
        def act(raw: str, session: str | None, link: OpenAsk) -> object:
            return question_giver(self.world.deps, raw, session, "Vilken del av ån gäller det?")

        self.by_open_link(which, boundary, act, Asked, "questions asked")

    @rule(which=pick, days=st.sampled_from((0, 1, 6, 25)), what=pick, boundary=crash)
    def ask_the_giver_and_wait(
        self, which: int, days: int, what: int, boundary: int | None
    ) -> None:
        """A question, some days, and its end: the idea-giver's answer, or what a coordinator says who phoned."""
        self.ask_the_giver(which, None)
        self.days_go_by(days)
        if what % 2:
            self.answer_a_question(which, boundary, stale=False)
        else:
            self.answer_a_phone_task(which, what, boundary)

    @rule(which=pick, choice=st.sampled_from(sorted(CHOICES)), boundary=crash)
    def choose_a_weekly_mail(self, which: int, choice: str, boundary: int | None) -> None:
        def act(raw: str, session: str | None, link: OpenAsk) -> object:
            return choose_reminders(self.world.deps, raw, session, choice)

        self.by_open_link(which, boundary, act, Chosen, "weekly choices")

    # The directory, the calendar and the process

    def whom(self, which: int) -> str:
        """Somebody in the directory; mostly one of a role that is asked at this moment."""
        steps = [
            self.world.deps.process_of(case).step(case.step)
            for case in self.world.store.rows(CaseRow)
        ]
        roles = {step.role for step in steps} - {""}
        near = [
            person.person_id
            for person in self.world.store.rows(PersonRow)
            if which % 4 and roles & set(person.roles)
        ]
        pool = near or self.people
        return pool[which % len(pool)]

    @rule(which=pick, active=st.booleans())
    def come_and_go(self, which: int, active: bool) -> None:
        self.seen["removals" if not active else "returns"] += 1
        self.change(self.whom(which), active=active)

    @rule(
        which=pick,
        begins=st.sampled_from((-2, 0, 1, 5)),
        days=st.sampled_from((0, 2, 10, 40)),
        deputy=pick,
    )
    def be_away(self, which: int, begins: int, days: int, deputy: int) -> None:
        """Absence with dates: one that began, that begins now, or that begins later; the deputy is anybody of the same role, or none."""
        self.seen["absences"] += 1
        id_ = self.whom(which)
        role = id_.split("-", 1)[1]
        others = [None, *(other for other in self.people if other.split("-", 1)[1] == role)]
        today = self.world.deps.calendar.local_date(self.world.now)
        first = today + timedelta(days=begins)
        absence = Absence(first.isoformat(), (first + timedelta(days=days)).isoformat())
        self.change(id_, absences=(absence,), deputy=others[deputy % len(others)])

    @rule(which=pick)
    def be_back(self, which: int) -> None:
        self.change(self.whom(which), absences=())

    def change(self, person_id: str, **fields: Any) -> None:
        with suppress(Conflict):
            self.surviving(None, lambda: self.world.register(person_id, **fields))

    @rule(which=st.integers(0, 3))
    def change_the_calendar(self, which: int) -> None:
        """Days off are added, or taken away again: a week from now, or every Friday, or a stop of a month."""
        self.seen["calendars"] += 1
        today = self.first_calendar.local_date(self.world.now)
        more: tuple[range, ...] = (range(0), range(3, 10), range(1, 90, 7), range(2, 33))
        days = frozenset(today + timedelta(days=n) for n in more[which])
        changed = replace(self.first_calendar, non_working=self.first_calendar.non_working | days)
        self.surviving(None, lambda: self.world.change_calendar(changed))

    @rule()
    def deploy_another_process(self) -> None:
        """New cases get more days, and other people beside; the open ones keep what they began with."""
        self.seen["processes"] += 1
        self.version += 1
        steps = tuple(
            replace(step, deadline_days=step.deadline_days + self.version, panel=step.panel + 1)
            if step.kind is StepKind.ASK
            else step
            for step in self.process.steps
        )
        version = f"{self.process.version}-{self.version}"
        self.world.upgrade(replace(self.process, version=version, steps=steps))

    # Time

    def stand_still(self, time: timedelta) -> None:
        self.promises.outage += time
        super().stand_still(time)

    @rule(days=st.sampled_from((1, 3, 8, 20, 45)))
    def days_go_by(self, days: int) -> None:
        """Days in which everything runs as it should, and people do nothing."""
        self.world.store.heal()
        calendar = self.world.deps.calendar
        for _ in range(days):
            day = calendar.local_date(self.world.now) + timedelta(days=1)
            self.world.clock.advance_to(calendar.morning(day, WEEKDAY_MORNING))
            for _ in range(2):
                self.surviving(None, lambda: sweep(self.world.deps))
                self.surviving(None, self.world.settle)
                self.world.clock.advance(timedelta(minutes=61))
            self.nobody_is_silent()

    # What must always hold

    @invariant()
    def no_promise_is_broken(self) -> None:
        self.promises.check_sent()
        assert not self.promises.broken, "\n".join(self.promises.broken)

    @invariant()
    def nobody_is_silent(self) -> None:
        self.promises.check_silence()
        assert not self.promises.broken, "\n".join(self.promises.broken)

    @invariant()
    def a_clock_stands_only_while_a_question_waits(self) -> None:
        for case in self.world.store.rows(CaseRow):
            if case.paused_at is not None and not case.closed:
                question = self.world.store.get(QuestionRow, case.case_id, case.questions)
                assert question is not None
                assert question.answered_at is None

    # At rest

    def everybody_is_back(self) -> None:
        for id_ in self.people:
            self.world.register(id_, active=True, absences=(), unreachable_since=None)

    def nobody_may_be_asked(self, case: CaseRow) -> bool:
        step = self.world.deps.process_of(case).step(case.step)
        snapshot = self.world.store.snapshot(case.case_id)
        assert snapshot is not None
        people = self.world.store.people()
        free = [p for p in people if step.role in p.roles and without_conflict(p, step, snapshot)]
        return not free

    def check_rest(self) -> None:
        """After the longest stop too: a case with nobody to ask is tried again on working mornings only."""
        self.days_go_by(35)
        super().check_rest()
        self.no_promise_is_broken()
        assert wrong_in_world(self.world) == []
        for case in self.world.store.rows(CaseRow):
            self.seen[f"ended in {case.step}" if case.closed else "still open"] += 1


class Default(WholeProcess):
    """The process as it is delivered."""

    seen: ClassVar[Counter[str]] = Counter()
    process = configuration().process


class Skaraborg(WholeProcess):
    """Another municipality's process."""

    seen: ClassVar[Counter[str]] = Counter()
    process = skaraborg()
