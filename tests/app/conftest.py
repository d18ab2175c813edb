"""The whole app on in-memory ports: pages by raw Lambda events, workers by the messages that the services sent."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

import app as deployed
from chalicelib import wiring
from chalicelib.config import read_process_text
from chalicelib.domain.messages import SendMail, to_json
from chalicelib.domain.process import Process
from chalicelib.domain.rows import PersonRow
from chalicelib.domain.transaction import Create
from chalicelib.handlers import workers
from chalicelib.services.archive import Archive
from chalicelib.services.deps import Deps
from chalicelib.services.ports import Letter
from chalicelib.services.sweep import sweep
from tests.app.acts import to_review
from tests.app.visitor import Page, Visitor
from tests.builders import a_person
from tests.fakes import FakeClock, FakeMailer, FakeQueue, FakeSecrets, FakeStore
from tests.traces import Mint

WRITING_SECONDS = 4
SITE = "https://ideer.example.se"
LINK = re.compile(SITE + r"(/(?:svara|status)/[A-Za-z0-9_-]{43})")
CODE = re.compile(r"\b\d{8}\b")


def somebody(name: str, role: str, **fields: Any) -> PersonRow:
    return a_person(
        person_id=name,
        name=f"{name.title()} Ek",
        email=f"{name}@example.com",
        roles=(role,),
        **fields,
    )


PEOPLE = (
    somebody("kim", "coordinator", digest=True),
    *(somebody(name, "reviewer") for name in ("alva", "bo", "cleo", "dag", "eira", "frej")),
    somebody("maj", "decision_maker"),
    somebody("ines", "investigator"),
    somebody("rita", "receiver"),
)


@dataclass
class Sluice:
    """The app with its fakes. `run` lets the workers take every waiting message, as the queues would."""

    deps: Deps
    store: FakeStore
    queue: FakeQueue
    mailer: FakeMailer
    clock: FakeClock

    def visitor(self, source: str = "127.0.0.1", **headers: str) -> Visitor:
        """Somebody who takes a few seconds for each form that they fill in."""
        return Visitor(deployed.app, source, self._write, **headers)

    def _write(self) -> None:
        self.clock.advance(timedelta(seconds=WRITING_SECONDS))

    def run(self) -> None:
        while self.queue.bodies:
            message = self.queue.take()
            worker = workers.mail if isinstance(message, SendMail) else workers.evaluate
            worker(_sqs(to_json(message)), None)

    def pass_time(self, by: timedelta) -> None:
        """Time goes by and the sweep finds what has become due."""
        self.clock.advance(by)
        sweep(self.deps)
        self.run()

    def letters(self, to: str) -> list[Letter]:
        return [letter for letter in self.mailer.letters if letter.to == to]

    def link(self, to: str, number: int = -1, about: str = "") -> str:
        """The path of a link that somebody got, the newest unless told; `about` is a pattern in the letter's subject."""
        letters = [letter for letter in self.letters(to) if re.search(about, letter.subject)]
        found = [path for letter in letters for path in LINK.findall(letter.text)]
        return str(found[number])

    def code(self, to: str) -> str:
        found = CODE.search(self.letters(to)[-1].text)
        assert found, "the letter has no code"
        return found.group()


def _sqs(body: str) -> dict[str, object]:
    record = {"body": body, "receiptHandle": "handle", "messageId": "id", "attributes": {}}
    return {"Records": [record]}


@pytest.fixture
def process() -> Process:
    """The process of new cases; a test that needs another one gives its own."""
    return wiring.configuration().process


@pytest.fixture
def sluice(process: Process) -> Sluice:
    return open_sluice(process)


def open_sluice(process: Process) -> Sluice:
    """A sluice of its own, which the app's handlers use from now on."""
    store, queue, mailer, clock = FakeStore(), FakeQueue(), FakeMailer(), FakeClock()
    numbers, mint = itertools.count(1), Mint()
    config = wiring.configuration()
    deps = Deps(
        store=store,
        queue=queue,
        mailer=mailer,
        clock=clock,
        secrets=FakeSecrets(SITE),
        templates=wiring.rendering(),
        archive=Archive(store, clock, process, config.process_source, read_process_text),
        form=config.form,
        site=config.site,
        calendar=config.calendar,
        new_token=mint.token,
        new_code=mint.code,
        new_reference=lambda year: f"{year}-K{next(numbers):03d}",
        pause=lambda seconds: None,
    )
    add_people(store, PEOPLE)
    wiring.use(deps)
    return Sluice(deps, store, queue, mailer, clock)


def add_people(store: FakeStore, people: tuple[PersonRow, ...]) -> None:
    for person in people:
        store.transact([Create(person, "person-is-new")])


@pytest.fixture
def idea() -> dict[str, str]:
    return {
        "route": "service",
        "title": "Grushinkar vid busshållplatserna",
        "need": "När det blir blixthalka hinner vi inte runt till alla hållplatser före sju.",
        "idea": "Vet inte än",
        "benefit": "Alla som åker buss, mest äldre.",
        "name": "Roger Myrhed",
        "email": "roger.myrhed@example.com",
    }


@pytest.fixture
def send_idea(sluice: Sluice, idea: dict[str, str]) -> Callable[..., Page]:
    """Fill in the form, read it through and send it, as a visitor would; gives the receipt."""

    def send(visitor: Visitor | None = None, **changed: str) -> Page:
        browser = visitor or sluice.visitor()
        review = browser.submit(browser.get("/ide"), "ide/granska", **(idea | changed))
        assert review.status == 200, review.title
        return browser.submit(review, "ide/skicka")

    return send


@pytest.fixture
def panel(sluice: Sluice, send_idea: Callable[..., Page]) -> list[str]:
    """An idea before its panel: those who are asked."""
    send_idea()
    return to_review(sluice)
