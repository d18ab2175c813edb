"""What every use case is given: the ports and the configuration, built once per container by `wiring`."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from chalicelib.domain.form import Form
from chalicelib.domain.planned import Circumstances
from chalicelib.domain.process import Lang, Process
from chalicelib.domain.rows import CaseRow, PersonRow, Snapshot
from chalicelib.domain.site import Site
from chalicelib.domain.working_days import Calendar
from chalicelib.services.archive import Archive
from chalicelib.services.ports import Clock, Mailer, Pace, Queue, Secrets, Store, Unreadable

log = logging.getLogger(__name__)


class Rendered(Protocol):
    """A mail in words; `subject` is a single line."""

    @property
    def subject(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def html(self) -> str: ...


class MailTemplates(Protocol):
    def mail(self, purpose: str, lang: Lang, context: Mapping[str, object]) -> Rendered:
        """The mail of this purpose in this language. Raises when the context lacks something that it needs."""


class NoPace:
    """Keeps `ports.Pace` where nothing limits how fast mail may go."""

    def kept(self) -> AbstractContextManager[None]:
        return nullcontext()


@dataclass(frozen=True)
class Deps:
    """`new_token` gives 256 random bits in 43 URL-safe characters, `new_code` eight random digits,
    `new_reference` a free-looking reference for a year, `pause` waits for some seconds (a part of a full-jitter back-off).
    `closed_until` is when the pages, if they are closed for maintenance, are thought to open."""

    store: Store
    queue: Queue
    mailer: Mailer
    clock: Clock
    secrets: Secrets
    templates: MailTemplates
    archive: Archive
    form: Form
    site: Site
    calendar: Calendar
    new_token: Callable[[], str]
    new_code: Callable[[], str]
    new_reference: Callable[[int], str]
    pause: Callable[[float], None]
    pace: Pace = field(default_factory=NoPace)
    closed_until: datetime | None = None

    @property
    def process(self) -> Process:
        """The process of new cases."""
        return self.archive.current

    def process_of(self, case: CaseRow) -> Process:
        """The process that this case began with. Raises UnknownProcess."""
        return self.archive.of(case.process_version)

    def readable(self, case_id: str) -> Snapshot | None:
        """A case for a list of many: None when it is not there, or when its rows or its process cannot be read. Somebody is told of
        such a case when the sweep gives it up; it must not take from anybody what is listed beside it."""
        try:
            snapshot = self.store.snapshot(case_id)
        except Unreadable as error:
            log.warning("case %s is left out of a list: %s", case_id, type(error).__name__)
            return None
        if snapshot is None or not self.archive.knows(snapshot.case.process_version):
            return None
        return snapshot

    def as_they_are(
        self, people: Iterable[PersonRow], unsure: Collection[str]
    ) -> tuple[PersonRow, ...]:
        """The same people, with those who are named by `unsure` read from their own rows; without those who have left since."""
        read = (self.store.get(PersonRow, person_id) for person_id in sorted(unsure))
        others = [person for person in people if person.person_id not in unsure]
        active = [person for person in read if person is not None and person.active]
        return tuple(sorted((*others, *active), key=lambda person: person.person_id))

    def circumstances(self, case: CaseRow) -> Circumstances:
        """The world as `plan` sees it at this moment, for one case."""
        return Circumstances(
            process=self.process_of(case),
            people=self.store.people(),
            calendar=self.calendar,
            now=self.clock.now(),
        )
