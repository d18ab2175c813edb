"""A stage in memory: the real services on ports that count, and the functions that run behind the pages.

Nothing happens by itself here: `clockwork` moves the time, `people` act. Delivers messages in the order in which they were
sent, one by one, until none is left, as the queues would within a second or two.
"""

from __future__ import annotations

import itertools
import random
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

from chalicelib.config import Config, read_process_text
from chalicelib.domain.delivery import DeliveryEvent
from chalicelib.domain.messages import EvaluateCase, EvaluatePerson, SendMail, TellOfHeld
from chalicelib.domain.own_clock import next_look
from chalicelib.domain.reference import new_reference
from chalicelib.domain.rows import PersonRow
from chalicelib.domain.transaction import Create
from chalicelib.rendering import Rendering
from chalicelib.services.archive import Archive
from chalicelib.services.deps import Deps
from chalicelib.services.evaluate_case import evaluate_case
from chalicelib.services.evaluate_person import evaluate_person
from chalicelib.services.ports import Letter
from chalicelib.services.record_delivery import record_delivery
from chalicelib.services.send_mail import send_mail
from chalicelib.services.sweep import sweep
from chalicelib.services.tell_of_held import tell_of_held
from infra import people
from infra.memory import MemoryClock, MemoryMailer, MemorySecrets
from infra.simulate.metered import Meter, MeteredQueue, MeteredStore

TOKEN_LENGTH: Final = 43
OURS: Final = "chalicelib"
"""The folder whose code is played; what is only called from there tells less about an error."""


class SimulatedStage:
    """The whole sluice on ports in memory. `on_letter` is told of each mail that has gone out, and says what its
    receiving server answers: an event of SES's. `posted` has their ids in order, `faults` the errors that ended a run."""

    def __init__(self, config: Config, start: datetime, seed: int) -> None:
        self.meter = Meter()
        self.clock = MemoryClock(start)
        self.store = MeteredStore(self.meter)
        self.queue = MeteredQueue(self.meter)
        self.mailer = MemoryMailer()
        self.faults: Counter[str] = Counter()
        self.posted: dict[str, int] = {}
        self.on_letter: Callable[[Letter], DeliveryEvent] = _delivered
        dice = random.Random(f"{seed} references")
        number = itertools.count(1)
        self.deps = Deps(
            store=self.store,
            queue=self.queue,
            mailer=self.mailer,
            clock=self.clock,
            secrets=MemorySecrets(),
            templates=Rendering(config),
            archive=Archive(
                self.store,
                self.clock,
                config.process,
                config.process_source,
                read_process_text,
            ),
            form=config.form,
            site=config.site,
            calendar=config.calendar,
            new_token=lambda: f"{next(number):0{TOKEN_LENGTH}d}",
            new_code=lambda: f"{next(number) % 10**8:08d}",
            new_reference=lambda year: new_reference(year, dice.choice),
            pause=lambda seconds: None,
        )
        self.meter.operate()
        self.deps.archive.keep()

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def add_person(self, person: PersonRow) -> None:
        """What the operator does to the directory."""
        self.meter.operate()
        at = next_look(self.deps.calendar, person, self.now)
        self.store.transact([Create(replace(person, due_at=at, try_at=at), "person-is-new")])

    def remove_person(self, person_id: str) -> None:
        """What the operator does when somebody leaves."""
        self.meter.operate()
        people.leave(self.deps, person_id, even_if_last=True)

    @contextmanager
    def visit(self, pages: int = 1) -> Iterator[Deps]:
        """Somebody asks the web function for so many pages."""
        self.meter.run("web", pages)
        yield self.deps

    def sweep(self) -> None:
        self.meter.run("sweep")
        sweep(self.deps)

    def settle(self) -> None:
        """Let the functions behind the queues take every message, and tell what became of each mail, until all is quiet."""
        while self.queue.bodies:
            message = self.queue.take()
            function = "mail" if isinstance(message, SendMail) else "evaluate"
            self.meter.run(function)
            with self.survived(function):
                if isinstance(message, EvaluateCase):
                    evaluate_case(self.deps, message.id)
                elif isinstance(message, EvaluatePerson):
                    evaluate_person(self.deps, message.id)
                elif isinstance(message, TellOfHeld):
                    tell_of_held(self.deps)
                else:
                    send_mail(self.deps, message.id)
            self._post()

    @contextmanager
    def survived(self, function: str) -> Iterator[None]:
        """An error ends this run of a function and no other, as in the cloud, where the sweep comes back to what was due. It is
        kept to be told of: where it came from, and how often."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - Whatever it is, it is told of at the end.
            ours = [f for f in traceback.extract_tb(error.__traceback__) if OURS in f.filename]
            place = f"{Path(ours[-1].filename).name}, line {ours[-1].lineno}" if ours else "?"
            self.faults[f"{function}: {type(error).__name__}: {error} ({place})"] += 1

    def _post(self) -> None:
        sent, self.mailer.sent = self.mailer.sent, []
        for ses_id, letter in ((each.ses_id, each.letter) for each in sent):
            self.posted[letter.mail_id] = len(self.posted)
            told = self.on_letter(letter)
            for event in (DeliveryEvent(letter.mail_id, "Send", False, ses_id), told):
                self.meter.messages["feedback"] += 1
                self.meter.run("feedback")
                record_delivery(self.deps, event)


def _delivered(letter: Letter) -> DeliveryEvent:
    return DeliveryEvent(letter.mail_id, "Delivery", permanent=False, ses_id=None)
