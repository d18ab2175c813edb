"""The services on in-memory doubles, with a small municipality in them: what most tests of the services start from."""

from __future__ import annotations

import itertools
import random
import re
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from chalicelib import config
from chalicelib.domain.form import Submission
from chalicelib.domain.messages import EvaluateCase, EvaluatePerson, Message, SendMail, TellOfHeld
from chalicelib.domain.process import Process
from chalicelib.domain.rows import AskRow, AskState, CaseRow, MailRow, MailState, PersonRow
from chalicelib.domain.transaction import Change, Create, person_is_as_read
from chalicelib.domain.working_days import Calendar
from chalicelib.rendering import Rendering
from chalicelib.services.answer_ask import answer_ask
from chalicelib.services.archive import Archive
from chalicelib.services.deps import Deps
from chalicelib.services.evaluate_case import evaluate_case
from chalicelib.services.evaluate_person import evaluate_person, wake_case
from chalicelib.services.form_time import stamp_form
from chalicelib.services.ports import Letter
from chalicelib.services.prove_mailbox import CodeOwed, Proven, prove_mailbox, send_code
from chalicelib.services.send_mail import send_mail
from chalicelib.services.submit_idea import Arrival, Receipt, smoke_mark, submit_idea
from chalicelib.services.sweep import Swept, sweep
from chalicelib.services.tell_of_held import tell_of_held
from tests.builders import a_person
from tests.fakes import FakeClock, FakeMailer, FakeQueue, FakeSecrets, FakeStore, Faults
from tests.small_process import ON, SMALL, VIEW
from tests.traces import Mint

SOURCE = "127.0.0.1"
"""Of this machine, whose ideas are not counted."""
KEY = "en-nyckel-som-formuläret-bär"
LINK = re.compile(r"https://ideer\.example\.se/(svara|status)/([A-Za-z0-9_-]{43})")
CODE = re.compile(r"^(\d{8})$", re.MULTILINE)


def somebody(name: str, role: str) -> PersonRow:
    return a_person(
        person_id=name,
        name=name.title(),
        email=f"{name}@example.com",
        roles=(role,),
        unit="library",
    )


HOST = somebody("hanna", "host")
JUDGE = somebody("jorma", "judge")
JURORS = tuple(somebody(name, "juror") for name in ("ada", "bo", "cid", "dan", "eva"))
PEOPLE = (HOST, JUDGE, *JURORS)


@cache
def configuration() -> config.Config:
    return config.load()


@cache
def rendering() -> Rendering:
    """The real templates: what the services say of a mail must be all that its template asks for."""
    return Rendering(configuration())


def an_idea(**fields: str) -> dict[str, str]:
    idea = {
        "route": "resident",
        "title": "Bänkar längs ån",
        "need": "Det finns ingenstans att vila på vägen.",
        "idea": "Ställ ut bänkar.",
        "benefit": "Fler kan gå till fots.",
    }
    return idea | fields


def a_submission(**fields: Any) -> Submission:
    submission = Submission("sv", an_idea(), "Åsa Lind", "asa.lind@example.com", None)
    return replace(submission, **fields)


class World:
    """Deps on fakes, and the few acts that tests repeat. Nothing happens by itself: messages wait, the clock stands."""

    def __init__(
        self,
        process: Process = SMALL,
        people: tuple[PersonRow, ...] = PEOPLE,
        without: frozenset[str] = frozenset(),
    ) -> None:
        self.faults = Faults()
        self.clock = FakeClock()
        self.store = FakeStore(without=without, faults=self.faults)
        self.queue = FakeQueue(self.faults)
        self.mailer = FakeMailer(self.faults)
        self.pauses: list[float] = []
        self._number = itertools.count(1)
        self._texts: dict[str, Process] = {}
        loaded, self.mint = configuration(), Mint()
        self.deps = Deps(
            store=self.store,
            queue=self.queue,
            mailer=self.mailer,
            clock=self.clock,
            secrets=FakeSecrets(),
            templates=rendering(),
            archive=self._archive(process),
            form=loaded.form,
            site=loaded.site,
            calendar=loaded.calendar,
            new_token=self.mint.token,
            new_code=self.mint.code,
            new_reference=lambda year: f"{year}-{next(self._number):04d}",
            pause=self.pauses.append,
        )
        self.deps.archive.keep()
        for person in people:
            self.store.transact([Create(person, "person-is-new")])

    def _archive(self, current: Process) -> Archive:
        self._texts[f"the text of {current.version}"] = current

        def read(source: str, version: str) -> Process:
            if source not in self._texts:
                raise ValueError(f"{version} cannot be read")
            return self._texts[source]

        return Archive(self.store, self.clock, current, f"the text of {current.version}", read)

    def upgrade(self, process: Process, *, readable: bool = True) -> None:
        """A new process is deployed; the texts of those before are stored, and can be read by the new code or not."""
        if not readable:
            self._texts.clear()
        self.deps = replace(self.deps, archive=self._archive(process))

    def mend(self, process: Process) -> None:
        """Code is deployed that can read the text of an earlier process again."""
        self._texts[f"the text of {process.version}"] = process
        self.upgrade(self.deps.process)

    def change_calendar(self, calendar: Calendar) -> None:
        """A changed calendar is deployed, and the operator wakes the open cases for it."""
        self.deps = replace(self.deps, calendar=calendar)
        for case in self.store.open_cases():
            wake_case(self.deps, case.case_id)

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def submit(self, key: str = KEY, **fields: Any) -> Receipt:
        receipt = self.send(a_submission(**fields), key)
        assert isinstance(receipt, Receipt)
        return receipt

    def send(self, idea: Submission, key: str = KEY, **arrival: Any) -> object:
        return submit_idea(self.deps, idea, key, self.arrival(key, **arrival))

    def arrival(self, key: str = KEY, **fields: Any) -> Arrival:
        """A form that somebody has taken a minute to fill in, unless told otherwise."""
        stamp = stamp_form(self.deps, key, self.now - timedelta(minutes=1))
        return Arrival(**({"stamp": stamp, "source": SOURCE} | fields))

    def smoke_test(self, key: str = KEY) -> Receipt:
        """The idea that a deploy sends in to see that the stage works."""
        idea = a_submission(email="success@simulator.amazonses.com")
        receipt = self.send(idea, key, mark=smoke_mark(self.deps, key), stamp="", source="")
        assert isinstance(receipt, Receipt)
        return receipt

    def case(self, ref: str | None = None) -> CaseRow:
        """The case with this reference, or the only one there is."""
        (found,) = [case for case in self.store.rows(CaseRow) if ref in (None, case.ref)]
        return found

    def deliver(self, message: Message) -> None:
        match message:
            case EvaluateCase(id=id_):
                evaluate_case(self.deps, id_)
            case EvaluatePerson(id=id_):
                evaluate_person(self.deps, id_)
            case SendMail(id=id_):
                send_mail(self.deps, id_)
            case TellOfHeld():
                tell_of_held(self.deps)

    def settle(self) -> None:
        """Deliver every message, and those that follow from it, in the order in which they were sent."""
        while self.queue.bodies:
            self.deliver(self.queue.take())

    def sweep(self) -> Swept:
        return sweep(self.deps)

    def advance_to(self, moment: datetime | None) -> None:
        """Move the clock, then let the sweep find what has become due and settle it."""
        assert moment is not None
        self.clock.advance_to(moment)
        self.sweep()
        self.settle()

    def advance(self, **by: float) -> None:
        self.advance_to(self.now + timedelta(**by))

    def letters(self, to: str | None = None, about: str = "") -> list[Letter]:
        """What has really gone out, to one address and of one purpose (a part of the mail's id), oldest first."""
        return [
            letter
            for letter in self.mailer.letters
            if to in (None, letter.to) and about in letter.mail_id
        ]

    def link(self, to: str, about: str = "ask") -> str:
        """The raw token of the newest link in the mails to an address."""
        text = self.letters(to, about)[-1].text
        found = LINK.search(text)
        assert found is not None, text
        return found[2]

    def code(self, to: str) -> str:
        found = CODE.search(self.letters(to, "code")[-1].text)
        assert found is not None
        return found[1]

    def session(self, person: PersonRow, about: str = "ask") -> str:
        """The session of a browser in which somebody has proved their mailbox, by the newest link in such a mail."""
        link = self.link(person.email, about)
        assert isinstance(send_code(self.deps, link), CodeOwed)
        self.settle()
        proven = prove_mailbox(self.deps, link, self.code(person.email))
        assert isinstance(proven, Proven)
        return proven.session

    def at_once(self, *presses: Callable[[], object]) -> list[object]:
        """What each of several presses is told when all are made in the same moment."""
        self.deps = replace(self.deps, pause=_pausing)
        with ThreadPoolExecutor(len(presses)) as pool:
            return [done.result() for done in [pool.submit(press) for press in presses]]

    def answer(
        self, person: PersonRow, given: Mapping[str, str], session: str | None = None
    ) -> object:
        return answer_ask(self.deps, self.link(person.email), session, given)

    def change_person(self, person_id: str, **fields: Any) -> PersonRow:
        """What the operator does to the directory."""
        person = self.store.get(PersonRow, person_id)
        assert person is not None
        changed = replace(person, seq=person.seq + 1, **fields)
        self.store.transact([Change(changed, (person_is_as_read(person),))])
        return changed

    def asked(self) -> list[PersonRow]:
        """Those who are asked in the step of the only case, and have not answered, in order of their ids."""
        asks = [ask for ask in self.store.rows(AskRow) if ask.epoch == self.case().epoch]
        waiting = {a.person for a in asks if a.state is AskState.OPEN and not a.task}
        return [person for person in self.store.rows(PersonRow) if person.person_id in waiting]

    def register(self, person_id: str, **fields: Any) -> None:
        """What the operator's commands do to the directory: the person's clock is due at once, so that it is set anew."""
        person = self.store.get(PersonRow, person_id)
        assert person is not None
        at = min(filter(None, (person.due_at, self.now)))
        self.change_person(person_id, due_at=at, try_at=at, tries=0, **fields)

    def mail(self, about: str) -> MailRow:
        """The newest mail row whose id holds these words."""
        found = [mail for mail in self.store.rows(MailRow) if about in mail.mail_id]
        return max(found, key=lambda mail: (mail.created_at, mail.mail_id))

    def mails(self, state: MailState) -> list[str]:
        return [mail.purpose for mail in self.store.rows(MailRow) if mail.state is state]


def _pausing(seconds: float) -> None:
    time.sleep(random.uniform(0, seconds / 4))


def in_jury(**fields: Any) -> World:
    """A world whose only idea stands before its panel, three of whom have their mail."""
    world = World()
    world.submit(**fields)
    world.settle()
    world.answer(HOST, ON)
    world.settle()
    return world


def in_ruling() -> World:
    """A world whose only idea stands before the judge, which takes a code."""
    world = in_jury()
    for person in world.asked()[:2]:
        world.answer(person, VIEW)
    world.settle()
    return world
