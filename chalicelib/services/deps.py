"""What every use case is given: the ports and the configuration, built once per container by `wiring`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from chalicelib.domain.form import Form
from chalicelib.domain.planned import Circumstances
from chalicelib.domain.process import Lang, Process
from chalicelib.domain.rows import CaseRow
from chalicelib.domain.site import Site
from chalicelib.domain.working_days import Calendar
from chalicelib.services.archive import Archive
from chalicelib.services.ports import Clock, Mailer, Pace, Queue, Secrets, Store


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

    def circumstances(self, case: CaseRow) -> Circumstances:
        """The world as `plan` sees it at this moment, for one case."""
        return Circumstances(
            process=self.process_of(case),
            people=self.store.people(),
            calendar=self.calendar,
            now=self.clock.now(),
        )
