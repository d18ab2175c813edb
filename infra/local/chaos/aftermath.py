"""Looks at what is left when everything is at rest, and says in sentences what is not where it should be. Changes nothing.

It reads the tables themselves and the file of mails, and compares them with what people were told.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from chalicelib.adapters.records import from_item
from chalicelib.domain.rows import (
    GIVER,
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
)
from infra import names
from infra.cases import chain_fault
from infra.local.chaos.crowd import Answer, Sent
from infra.local.mailbox import Mail
from infra.names import Stage

GONE_OUT: Final = (MailState.SENT, MailState.DELIVERED)
UNDER_WAY: Final = (MailState.PENDING, MailState.SENDING)
NEWS: Final = ("progress", "outcome")
"""The mails of which an idea-giver gets one for a step that the case comes to."""


def rows_in(dynamodb: Any, *tables: str) -> list[Any]:
    """Every row of these tables of the local stage."""
    found = []
    for table in tables:
        pages = dynamodb.get_paginator("scan").paginate(
            TableName=names.table_name(Stage.LOCAL, table), ConsistentRead=True
        )
        found += [from_item(table, item) for page in pages for item in page["Items"]]
    return found


@dataclass(frozen=True)
class Aftermath:
    """What there is at rest. `panels` are the steps that several people answer; `kills` is how often a process that sends mail was
    killed, each time that the cloud was stopped counted as often as such processes may have run."""

    rows: Sequence[Any]
    mails: Sequence[Mail]
    sent: Sequence[Sent]
    answers: Sequence[Answer]
    now: datetime
    panels: frozenset[str]
    kills: int

    def _of(self, kind: type) -> list[Any]:
        return [row for row in self.rows if isinstance(row, kind)]

    def faults(self) -> list[str]:
        """What is wrong, a sentence each; none when all is where it should be."""
        return [
            *self._ideas(),
            *self._chains(),
            *self._answers(),
            *self._decisions(),
            *self._mails(),
            *self._stuck(),
        ]

    def duplicates(self) -> Counter[str]:
        """How many copies too many each mail was sent in."""
        copies = Counter(mail.tags.get("mail", "") for mail in self.mails)
        return Counter({mail: count - 1 for mail, count in copies.items() if count > 1})

    def _refs(self) -> dict[str, str]:
        """The reference of each case, or its id where the case is not there."""
        ids = {getattr(row, "case_id", None) for row in self.rows}
        return {id_: id_ for id_ in ids if id_} | {c.case_id: c.ref for c in self._of(CaseRow)}

    def _ideas(self) -> Iterator[str]:
        cases = {case.ref: case for case in self._of(CaseRow)}
        acknowledged = Counter(sent.ref for sent in self.sent)
        whole = [{row.case_id for row in self._of(kind)} for kind in (ContactRow, MaskedRow)]
        texts = {row.case_id: row for row in self._of(TextRow)}
        leads = {row.ref: row.case_id for row in self._of(ReferenceRow)}
        for sent in self.sent:
            case = cases.get(sent.ref)
            if case is None:
                yield f"{sent.ref} was acknowledged and is not there"
                continue
            if acknowledged[sent.ref] > 1:
                yield f"{sent.ref} is the receipt of {acknowledged[sent.ref]} ideas"
            text = texts.get(case.case_id)
            if (
                text is None
                or text.fields["title"] != sent.title
                or leads.get(sent.ref) != case.case_id
            ):
                yield f"{sent.ref} is not the idea that was sent"
            if not all(case.case_id in there for there in whole):
                yield f"{sent.ref} is not whole"
            if not case.closed:
                yield f"{sent.ref} stands in {case.step} and does not go on"
        for ref in cases.keys() - acknowledged.keys():
            yield f"{ref} is there twice: nobody was given its reference"

    def _chains(self) -> Iterator[str]:
        events: dict[str, list[EventRow]] = defaultdict(list)
        for event in self._of(EventRow):
            events[event.case_id].append(event)
        for case in self._of(CaseRow):
            chain = sorted(events.pop(case.case_id, []), key=lambda event: event.seq)
            if fault := chain_fault(case, chain):
                yield f"{case.ref}: {fault}"
        yield from (f"events of the case {case_id}, which is not there" for case_id in events)

    def _answers(self) -> Iterator[str]:
        """Who was told that an answer is stored finds it once: at an ask, in an event, and in a receipt."""
        people = {person.person_id: person.email for person in self._of(PersonRow)}
        refs = self._refs()
        marked: Counter[tuple[str, str]] = Counter()
        for ask in self._of(AskRow):
            key = (refs[ask.case_id], people[ask.person])
            if ask.state is AskState.ANSWERED:
                marked[key] += any(" ".join(key) in word for word in (ask.answer or {}).values())
        recorded = Counter(
            (refs[event.case_id], people[fact.data["person"]])
            for event in self._of(EventRow)
            for fact in event.facts
            if fact.kind == "AskAnswered"
        )
        receipts = Counter(
            (mail.ref, people[mail.recipient])
            for mail in self._of(MailRow)
            if mail.purpose == "answer_receipt"
        )
        told = Counter((answer.ref, answer.who) for answer in self.answers)
        for key in sorted(told.keys() | marked.keys() | recorded.keys() | receipts.keys()):
            counts_ = (told[key], marked[key], recorded[key], receipts[key])
            if len(set(counts_)) > 1:
                yield "{} {}: {} answers acknowledged, {} there, {} recorded, {} receipts".format(
                    *key, *counts_
                )

    def _decisions(self) -> Iterator[str]:
        """One answer decides where one is asked, and every step was entered once, in order."""
        answered = Counter(
            (ask.case_id, ask.epoch, ask.step)
            for ask in self._of(AskRow)
            if ask.state is AskState.ANSWERED and ask.step not in self.panels
        )
        refs = self._refs()
        for (case_id, epoch, step), count in answered.items():
            if count > 1:
                yield f"{refs[case_id]}: {step} was decided {count} times in epoch {epoch}"
        entered: dict[str, list[int]] = defaultdict(list)
        for event in sorted(self._of(EventRow), key=lambda event: (event.case_id, event.seq)):
            entered[event.case_id] += [
                int(fact.data["epoch"]) for fact in event.facts if fact.kind == "StepEntered"
            ]
        for case in self._of(CaseRow):
            if entered[case.case_id] != list(range(1, case.epoch + 1)):
                yield f"{case.ref}: its epochs are {entered[case.case_id]}, and it is in {case.epoch}"

    def _mails(self) -> Iterator[str]:
        copies = Counter(mail.tags.get("mail", "") for mail in self.mails)
        for mail in self._of(MailRow):
            count = copies.pop(mail.mail_id, 0)
            if mail.created_at > self.now and mail.attempts == 0:
                continue  # It is owed from a morning that has not come.
            if mail.state in UNDER_WAY:
                yield f"{mail.mail_id} is still {mail.state} after {mail.attempts} attempts"
            elif mail.state in GONE_OUT and not 1 <= count <= mail.attempts:
                yield f"{mail.mail_id} is {mail.state} and was sent {count} times in {mail.attempts} attempts"
            elif mail.state not in (*GONE_OUT, MailState.SUPERSEDED):
                yield f"{mail.mail_id} is {mail.state}: {mail.problem}"
        yield from (f"{mail} was sent and is not owed" for mail in copies)
        if (too_many := self.duplicates().total()) > self.kills:
            yield f"{too_many} mails were sent again, and only {self.kills} times was one who sends mails killed"
        yield from self._owed()

    def _owed(self) -> Iterator[str]:
        """Each idea has one receipt, each ask one mail, each step at most one piece of news, and for a step that was entered."""
        entered = {
            f"{event.case_id}-{event.seq}"
            for event in self._of(EventRow)
            if any(fact.kind == "StepEntered" for fact in event.facts)
        }
        owed: dict[tuple[object, ...], list[MailRow]] = defaultdict(list)
        for mail in self._of(MailRow):
            commit = "-".join(mail.mail_id.split("-")[:2])
            if mail.purpose == "receipt" or (mail.purpose in NEWS and mail.recipient == GIVER):
                owed[mail.ref, mail.recipient, mail.purpose == "receipt" or commit].append(mail)
            if mail.purpose == "ask":
                owed[mail.case_id, mail.epoch, mail.recipient, mail.task].append(mail)
            if mail.purpose in NEWS and mail.recipient == GIVER and commit not in entered:
                yield f"{mail.mail_id} tells of a step that was not entered then"
        for twice in owed.values():
            if len(twice) > 1:
                yield f"owed twice: {', '.join(mail.mail_id for mail in twice)}"
        for sent in self.sent:
            if [mail.state in GONE_OUT for mail in owed[sent.ref, GIVER, True]] != [True]:
                yield f"{sent.ref} got no receipt"
        for ask in self._of(AskRow):
            if (ask.case_id, ask.epoch, ask.person, ask.task) not in owed:
                yield f"{ask.person} was asked in {ask.step} of {ask.case_id}, and no mail is owed"

    def _stuck(self) -> Iterator[str]:
        for case in self._of(CaseRow):
            if case.stuck:
                yield f"{case.ref} is stuck"
        for row in self.rows:
            if getattr(row, "try_at", None) is not None and row.try_at <= self.now:
                yield f"{_named(row)} is due since {row.try_at:%H:%M:%S}, and it is {self.now:%H:%M:%S}"


def _named(row: CaseRow | MailRow | PersonRow) -> str:
    return (
        getattr(row, "ref", None) or getattr(row, "mail_id", None) or getattr(row, "person_id", "")
    )


def counts(rows: Iterable[Any]) -> dict[str, int]:
    """Rows by kind, for the table."""
    return dict(sorted(Counter(type(row).__name__ for row in rows).items()))
