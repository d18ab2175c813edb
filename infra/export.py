"""The record as a file to read, sort and count in: one line for each thing that somebody wrote or chose. Changes nothing.

Without the idea-giver's contact details everything is as those may read it who see the masked idea. Hashes, links and the names of
those who answered are never in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from infra.cases import sheet
from infra.terminal import Stop

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from chalicelib.domain.process import Process
    from chalicelib.domain.rows import AskRow, CaseRow, Snapshot
    from chalicelib.services.deps import Deps

HEADINGS: Final = ("Nummer", "Inkom", "Datum", "Var", "Fråga", "Svar")


@dataclass(frozen=True)
class Line:
    """`day` is the local date on which it was written, `place` the step, or what else it belongs to."""

    ref: str
    received: str
    day: str
    place: str
    question: str
    answer: str

    def cells(self) -> tuple[str, ...]:
        return (self.ref, self.received, self.day, self.place, self.question, self.answer)


def write(deps: Deps, first: date, last: date, with_contact: bool, file: Path) -> str:
    """Write the lines into a file that nobody else on this machine may read, and say how many there are."""
    if first > last:
        raise Stop(
            f"{first} comes after {last}: give the first day with --from, the last with --to."
        )
    rows = [line.cells() for line in lines(deps, first, last, with_contact)]
    try:
        file.touch(mode=0o600)
        file.chmod(0o600)
        file.write_bytes(sheet(HEADINGS, rows))
    except OSError as error:
        raise Stop(f"{file} cannot be written: {error.strerror}.") from error
    cases = len({ref for ref, *_ in rows})
    return f"{file}: {len(rows)} lines of {cases} cases that came in from {first} to {last}."


def lines(deps: Deps, first: date, last: date, with_contact: bool) -> Iterator[Line]:
    """All that was written in the cases that came in on these local dates, oldest case first. The deploys' own test cases are
    left out. One query a day, and a few reads a case."""
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        for case_id in deps.store.received_on(day.isoformat()):
            snapshot = deps.store.snapshot(case_id)
            if snapshot is not None and not snapshot.case.smoke:
                yield from _of_case(deps, snapshot, with_contact)


def _of_case(deps: Deps, snapshot: Snapshot, with_contact: bool) -> Iterator[Line]:
    case = snapshot.case

    def line(at: datetime, place: str, question: str, answer: str) -> Line:
        day = deps.calendar.local_date(at).isoformat()
        return Line(case.ref, case.received_date, day, place, question, answer)

    process = _process(deps, case)
    for question, answer in (*_standing(process, case), *_shown(deps, case)):
        yield line(case.entered_at, "Ärendet", question, answer)
    if with_contact:
        for question, answer in _contact(deps, case):
            yield line(case.received_at, "Idégivaren", question, answer)
    for question, answer in _idea(deps, case, with_contact):
        yield line(case.received_at, "Idén", question, answer)
    for at, question, answer in _questions(deps, case, with_contact):
        yield line(at, "Fråga till idégivaren", question, answer)
    for ask in sorted(snapshot.asks, key=lambda ask: (ask.epoch, ask.answered_at or ask.opened_at)):
        if ask.answer is not None and ask.answered_at is not None:
            place = process.step(ask.step).name.sv if process.has_step(ask.step) else ask.step
            for question, answer in _answers(deps, process, case, ask, with_contact):
                yield line(ask.answered_at, place, question, answer)


def _process(deps: Deps, case: CaseRow) -> Process:
    """The case's own process, or today's where that cannot be read: other words are better than no line."""
    knows = deps.archive.knows(case.process_version)
    return deps.process_of(case) if knows else deps.process


def _standing(process: Process, case: CaseRow) -> Iterator[tuple[str, str]]:
    yield "Läge", process.step(case.step).name.sv if process.has_step(case.step) else case.step
    if case.closing_code:
        code = process.closing_code(case.closing_code)
        yield "Avslutad som", code.label.sv if code else case.closing_code


def _shown(deps: Deps, case: CaseRow) -> Iterator[tuple[str, str]]:
    from chalicelib.services.show_idea import shown_idea

    shown = shown_idea(deps, case)
    if shown is not None:
        yield "Visas för alla", "Ja, med namn" if shown.name else "Ja, utan namn"


def _contact(deps: Deps, case: CaseRow) -> Iterator[tuple[str, str]]:
    from chalicelib.domain.rows import ContactRow

    contact = deps.store.get(ContactRow, case.case_id)
    if contact is not None:
        given = {"name": contact.name, "email": contact.email or "", "phone": contact.phone or ""}
        yield from deps.form.labelled(given, "sv")


def _idea(deps: Deps, case: CaseRow, whole: bool) -> Iterator[tuple[str, str]]:
    from chalicelib.domain.rows import MaskedRow, TextRow

    row: TextRow | MaskedRow | None
    if whole:
        row = deps.store.get(TextRow, case.case_id, case.text_version)
    else:
        row = deps.store.get(MaskedRow, case.case_id, case.masked_version)
    if row is not None:
        yield from deps.form.labelled(row.fields, "sv")


def _questions(deps: Deps, case: CaseRow, whole: bool) -> Iterator[tuple[datetime, str, str]]:
    from chalicelib.domain.rows import QuestionRow
    from chalicelib.services.mask_more import mask_unscreened

    for number in range(1, case.questions + 1):
        row = deps.store.get(QuestionRow, case.case_id, number)
        if row is not None:
            text = row.text if whole else mask_unscreened(deps, case, row.text)
            yield row.answered_at or row.asked_at, text, (row.answer if whole else row.masked) or ""


def _answers(
    deps: Deps, process: Process, case: CaseRow, ask: AskRow, whole: bool
) -> Iterator[tuple[str, str]]:
    from chalicelib.domain.answers import describe
    from chalicelib.domain.deidentify import NAME
    from chalicelib.domain.process import QuestionKind
    from chalicelib.services.mask_more import mask_unscreened

    answer = ask.answer or {}
    if not process.has_step(ask.step):
        for key, value in answer.items():
            yield key, value if whole else mask_unscreened(deps, case, value)
        return
    step = process.step(ask.step)
    answered = [question for question in step.questions if answer.get(question.key)]
    in_words = describe(step, process, answer, "sv", deps.store.people())
    for question, (label, value) in zip(answered, in_words, strict=True):
        if not whole and question.kind is QuestionKind.PERSON:
            yield label, NAME
        elif not whole and question.kind in (QuestionKind.TEXT, QuestionKind.LINE):
            yield label, mask_unscreened(deps, case, value)
        else:
            yield label, value
