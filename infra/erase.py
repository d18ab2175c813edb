"""Takes a person out of the record: an idea-giver out of a case, or a colleague out of the directory and the mails.

Only the operator's own rights do this: no function may read a whole table. Nothing is deleted. What names the person is emptied or
masked, the rest of the record and its chain of events stay. Each command may be repeated, also after it was cut off in the middle:
what names the person is looked for first and forgotten last.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Final

from infra import people, record
from infra.aws import Cloud
from infra.names import TABLES
from infra.terminal import Stop

if TYPE_CHECKING:
    from chalicelib.domain.rows import (
        ContactRow,
        MailRow,
        Row,
        Snapshot,
    )
    from chalicelib.domain.transaction import Operation
    from chalicelib.services.deps import Deps

Everything = Callable[[str], Iterable["Row"]]
"""Every row of a table, by the table's name."""

LATER: Final = (
    "A mail to them is being sent at this moment: run the command again in a quarter of an hour."
)
ELSEWHERE: Final = "SES's suppression list keeps an address that bounced, backups keep what they hold for 35 days: see the runbook."


@dataclass(frozen=True)
class Identity:
    """What names somebody: never an empty text."""

    words: tuple[str, ...]
    name: str

    @classmethod
    def of(cls, name: str, *others: str | None) -> Identity:
        return cls(tuple(word for word in (name, *others) if word), name)

    def stands_in(self, row: Row) -> bool:
        texts = [text.casefold() for text in _texts(row)]
        return any(word.casefold() in text for word in self.words for text in texts)

    def taken_out(self, value: Any) -> Any:
        """A text, or the texts in a mapping or a list, with masks in the place of name, address and telephone number."""
        from chalicelib.domain.deidentify import EMAIL, NAME, PHONE

        if isinstance(value, Mapping):
            return {key: self.taken_out(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self.taken_out(inner) for inner in value]
        if not isinstance(value, str):
            return value
        for word in self.words:
            by = NAME if word == self.name else EMAIL if "@" in word else PHONE
            value = re.sub(re.escape(word), by, value, flags=re.IGNORECASE)
        return value


def case(cloud: Cloud, ref: str) -> str:
    """Erase the idea-giver of a case. Raises Stop when there is no such case, or when it is to be run again."""
    return erase_giver(record.deps(cloud), lambda table: record.rows(cloud, table), ref)


def person(cloud: Cloud, person_id: str, *, even_if_last: bool = False) -> str:
    """Erase somebody from the directory. Raises Stop as `people.deactivate` does, or when it is to be run again."""
    deps = record.deps(cloud)
    return erase_person(
        deps, lambda table: record.rows(cloud, table), person_id, even_if_last=even_if_last
    )


def confirm(what: str, word: str) -> None:
    """Returns when the operator has typed the word. Raises Stop when not."""
    print(
        f"{what}\nThis cannot be taken back, and needs your municipality's decision (gallringsbeslut)."
    )
    print(f"Type {word} to go on: ", end="", flush=True)
    if sys.stdin.readline().strip() != word:
        raise Stop("Nothing was erased.")


def erase_giver(deps: Deps, everything: Everything, ref: str) -> str:
    """As `case`. The idea goes on without its giver, who is neither mailed nor phoned any more; their links are dead."""
    from chalicelib.domain.answers import as_reference
    from chalicelib.domain.rows import FOLLOWER, GIVER, ContactRow, ReferenceRow

    wanted = as_reference(ref)
    reference = deps.store.get(ReferenceRow, wanted)
    contact = deps.store.get(ContactRow, reference.case_id) if reference else None
    if reference is None or contact is None:
        raise Stop(f"There is no case {wanted}: check the reference, and the stage.")
    id_ = reference.case_id
    who = Identity.of(contact.name, contact.email, contact.phone)
    theirs = {(id_, GIVER), *((mail.case_id, f"{FOLLOWER}{id_}") for mail in everything("mail"))}
    if not contact.erased:
        for mail in everything("mail"):
            if mail.case_id == id_ and (mail.case_id, mail.recipient) not in theirs:
                _take_out_of_mail(deps, mail, who)
        _commit_erasure(deps, everything, contact)
    _end_links(deps, everything, lambda t: (t.case_id, t.person) == (id_, GIVER))
    waits = []
    for mail in everything("mail"):
        if _other_receipts(mail, id_) is not None:
            waits += [] if _take_out_of_receipts(deps, mail, id_, wanted) else [mail]
        elif (mail.case_id, mail.recipient) in theirs:
            waits += [] if _empty_mail(deps, mail) else [mail]
    if waits:
        raise Stop(LATER)
    return "\n".join(
        [f"{wanted}: the idea-giver is erased.", *_left_over(everything, who), ELSEWHERE]
    )


def _commit_erasure(deps: Deps, everything: Everything, contact: ContactRow) -> None:
    """All rows of the case in one transaction with the event, so that it is done wholly or not at all."""
    from chalicelib.domain.events import OPERATOR
    from chalicelib.domain.plan import erasure
    from chalicelib.services.commit import commit, contended, nudge_mails

    def attempt() -> None:
        snapshot = deps.store.snapshot(contact.case_id)
        if snapshot is None:
            raise Stop(f"The case of {contact.case_id} is not whole: see `audit verify`.")
        given = deps.circumstances(snapshot.case)
        changes = tuple(_without_giver(deps, everything, snapshot, contact))
        plan = erasure(given, snapshot)
        nudge_mails(deps, commit(deps, snapshot, plan, given.people, OPERATOR, checks=changes))

    contended(deps, attempt)


def _without_giver(
    deps: Deps, everything: Everything, snapshot: Snapshot, contact: ContactRow
) -> Iterator[Operation]:
    """The rows of the case as they are to be: no contact, the text as those read it who see the masked idea, and what else was
    written without what names the idea-giver."""
    from chalicelib.domain.deidentify import mask
    from chalicelib.domain.rows import AskState, FollowerRow, MaskedRow, QuestionRow, TextRow
    from chalicelib.domain.transaction import Change
    from chalicelib.services.show_idea import hidden, shown_idea

    case, name = snapshot.case, contact.name
    yield Change(replace(contact, name="", email=None, phone=None), ())
    text = deps.store.get(TextRow, case.case_id, case.text_version)
    masked = deps.store.get(MaskedRow, case.case_id, case.masked_version)
    if text is not None and masked is not None:
        shown = {**mask(text.fields, name).fields, **masked.fields}
        yield Change(replace(text, fields=shown), ())
    for number in range(1, case.questions + 1):
        row = deps.store.get(QuestionRow, case.case_id, number)
        if row is not None:
            asked = mask({"text": row.text}, name).fields["text"]
            yield Change(replace(row, text=asked, answer=row.masked), ())
    for ask in snapshot.asks:
        said, withdrawn = (
            mask(words, name).fields if words is not None else None
            for words in (ask.answer, ask.withdrawn)
        )
        note = mask({"note": ask.note}, name).fields["note"] if ask.note else ask.note
        without = replace(ask, answer=said, withdrawn=withdrawn, note=note)
        # The erasure's own plan writes the tasks that are open.
        if without != ask and not (ask.task and ask.state is AskState.OPEN):
            yield Change(without, ())
    shown = shown_idea(deps, case)
    if shown is not None:
        yield Change(hidden(shown), ())
    for row in everything("cases"):
        if isinstance(row, FollowerRow) and row.follower == case.case_id and row.has_email:
            yield Change(replace(row, has_email=False), ())


def erase_person(
    deps: Deps, everything: Everything, person_id: str, *, even_if_last: bool = False
) -> str:
    """As `person`. Their id stays as a pseudonym that leads to nobody; what they are asked goes to others."""
    somebody = people.known(deps, person_id)
    who = Identity.of(somebody.name, somebody.email)
    if not somebody.erased:
        if somebody.active:
            people.require_others(deps, somebody, even_if_last=even_if_last)
        for mail in everything("mail"):
            if mail.recipient != person_id:
                _take_out_of_mail(deps, mail, who)
        people.forget(deps, somebody)
    _end_links(deps, everything, lambda token: token.person == person_id)
    waits = [
        mail
        for mail in everything("mail")
        if mail.recipient == person_id and not _empty_mail(deps, mail)
    ]
    if waits:
        raise Stop(LATER)
    told = f"{person_id} is erased, and stays as an id that leads to nobody."
    return "\n".join([told, *_left_over(everything, who), ELSEWHERE])


def _left_over(everything: Everything, who: Identity) -> list[str]:
    """Where the name or an address still stands: in what somebody wrote, or at somebody who is called the same."""
    places = sorted(
        {_place(row) for table in TABLES for row in everything(table) if who.stands_in(row)}
    )
    if not who.words:
        return []
    return [f"Still named in {place}." for place in places] or ["No row names them any more."]


def _place(row: Row) -> str:
    kind = type(row).__name__.removesuffix("Row").lower()
    first = fields(row)[0].name
    return f"{kind} {getattr(row, first)}"


def _texts(value: Any) -> Iterator[str]:
    """Every text in a row, wherever it stands."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)
    elif hasattr(value, "__dataclass_fields__"):
        for each in fields(value):
            yield from _texts(getattr(value, each.name))


def _take_out_of_mail(deps: Deps, mail: MailRow, who: Identity) -> None:
    """A mail to somebody else without what names the person."""
    if not who.stands_in(mail):
        return
    _change_mail(
        deps,
        mail,
        lambda now: replace(
            now,
            context=who.taken_out(now.context),
            sent_subject=who.taken_out(now.sent_subject),
            sent_text=who.taken_out(now.sent_text),
        ),
    )


def _other_receipts(mail: MailRow, case_id: str) -> list[str] | None:
    """The cases besides this one that a mail with several receipts is about; None for a mail that is not about this one in that way."""
    cases = mail.context.get("cases")
    if mail.purpose != "receipts" or not isinstance(cases, list) or case_id not in cases:
        return None
    return [other for other in cases if other != case_id]


def _take_out_of_receipts(deps: Deps, mail: MailRow, case_id: str, ref: str) -> bool:
    """A mail with several receipts without one of them; with nothing in it when that was the last. The others' are still to go out, or
    have. False for one that is being sent."""
    from chalicelib.domain.rows import MailState
    from chalicelib.services.send_mail import MASK

    if mail.state is MailState.SENDING:
        return False

    def without(now: MailRow) -> MailRow:
        others = _other_receipts(now, case_id)
        if not others:
            return now if others is None else _emptied(now)
        text = now.sent_text.replace(ref, MASK) if now.sent_text is not None else None
        return replace(now, case_id=others[0], context={"cases": others}, sent_text=text)

    _change_mail(deps, mail, without)
    return True


def _empty_mail(deps: Deps, mail: MailRow) -> bool:
    """A mail to the person with nothing in it but that it was sent; one that was not sent yet never will be. False for one that is
    being sent."""
    from chalicelib.domain.rows import MailState

    if mail.state is MailState.SENDING:
        return False

    _change_mail(deps, mail, _emptied)
    return True


def _emptied(mail: MailRow) -> MailRow:
    from chalicelib.domain.rows import MailState

    bare = replace(mail, context={}, sent_to=None, sent_subject=None, sent_text=None)
    if mail.state is not MailState.PENDING:
        return bare
    return replace(
        bare, state=MailState.SUPERSEDED, lease_until=None, due_at=None, try_at=None, tries=0
    )


def _change_mail(deps: Deps, mail: MailRow, change: Callable[[MailRow], MailRow]) -> None:
    from chalicelib.domain.rows import MailRow
    from chalicelib.domain.transaction import Change, mail_as_read
    from chalicelib.services.commit import contended

    def attempt() -> None:
        now = deps.store.get(MailRow, mail.mail_id)
        if now is None or (changed := change(now)) == now:
            return
        deps.store.transact([Change(changed, mail_as_read(now))])

    contended(deps, attempt)


def _end_links(deps: Deps, everything: Everything, theirs: Callable[[Any], bool]) -> None:
    """The person's links and sessions are over from now on."""
    from chalicelib.domain.transaction import Change

    now = deps.clock.now()
    for token in everything("tokens"):
        if theirs(token) and token.expires_at > now:
            deps.store.transact([Change(replace(token, expires_at=now), ())])
