"""Puts an owed mail into words: whom it goes to, what it links to, what it shows.

Mints the links that the mail carries and hands their rows back; stores nothing and sends nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from chalicelib.domain.let_off import LET_OFF
from chalicelib.domain.links import CODE_LIFE
from chalicelib.domain.news import OPTIONAL
from chalicelib.domain.promise import public_steps
from chalicelib.domain.rows import (
    FOLLOWER,
    GIVER,
    MAILBOX,
    CaseRow,
    ContactRow,
    MailRow,
    PersonRow,
    Snapshot,
    TokenRow,
    TokenState,
)
from chalicelib.domain.transaction import Operation
from chalicelib.services import mail_lists
from chalicelib.services.deps import Deps, Rendered
from chalicelib.services.mail_words import (
    LINKED,
    happened,
    is_screened,
    masked_idea,
    masked_title,
    names,
    title_in_subject,
)
from chalicelib.services.mint_links import Links, NoLongerNeeded, open_ask, process_of
from chalicelib.services.ports import Letter
from chalicelib.services.receipts import still_to_tell

# https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html#send-email-simulator
SIMULATOR = "success@simulator.amazonses.com"
WRITTEN: Mapping[str, object] = {"idea": (), "answer": (), "shared": (), "question": ""}
"""What a context has of people's own words, and what stands there when SES refuses them."""


class NoAddress(Exception):
    """The recipient has no address, or is no longer in the directory."""


@dataclass(frozen=True)
class Composed:
    """A letter and the rows of its links, which must be stored before it is sent. `secrets` are the raw tokens and codes in it."""

    letter: Letter
    operations: tuple[Operation, ...]
    secrets: tuple[str, ...]


def compose(deps: Deps, mail: MailRow) -> Composed:
    """The mail in words; without those that people wrote when SES has refused them. Raises NoLongerNeeded for an ask that is no
    longer open, a code for one, or receipts of which none is left to tell, and NoAddress."""
    now = deps.clock.now()
    snapshot = deps.store.snapshot(mail.case_id) if mail.case_id is not None else None
    minted = Links(deps, now)
    context: dict[str, object] = {"ref": mail.ref, "site_url": deps.secrets.site_url()}
    process = process_of(deps, snapshot)
    title = title_in_subject(deps, mail, snapshot)
    context |= {"joined_ref": None, **mail.context, **names(deps, mail, process), "title": title}
    if mail.epoch is not None and mail.purpose in LINKED:
        context |= _ask(deps, mail, snapshot, minted)
    elif mail.purpose == "code":
        context |= _code(deps, mail, snapshot, minted)
    elif mail.purpose in ("digest", "weekly"):
        context |= mail_lists.waiting(deps, mail, minted)
    elif mail.purpose == "held":
        context |= mail_lists.held(deps, mail, minted)
    elif mail.purpose == "receipts":
        left = still_to_tell(deps, mail)
        if not left:
            raise NoLongerNeeded
        mail = replace(mail, case_id=left[0].case_id)
        context |= mail_lists.receipts(deps, mail, left, minted)
    elif mail.purpose == LET_OFF:
        context |= mail_lists.let_off(deps, mail)
    elif mail.recipient == GIVER and snapshot is not None:
        context |= _for_giver(mail, snapshot.case, minted)
    elif mail.recipient.startswith(FOLLOWER):
        context |= _followed(deps, mail, minted)
    if mail.purpose == "week" and snapshot is not None:
        context |= {"happened": happened(deps, mail, snapshot, process)}
    if mail.purpose == "receipt":
        steps = public_steps(process, mail.lang)
        context |= {"receiver": deps.site.receiver.in_(mail.lang), "steps": steps}
    context["bare"] = mail.bare_after is not None
    if context["bare"]:
        context |= {key: empty for key, empty in WRITTEN.items() if key in context}
    address = _address(deps, mail, snapshot)
    rendered: Rendered = deps.templates.mail(mail.purpose, mail.lang, context)
    letter = Letter(
        mail_id=mail.mail_id,
        attempt=mail.attempts + 1,
        to=address,
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        headers=(
            ("Auto-Submitted", "auto-generated"),
            ("Content-Language", mail.lang),
            *_thread(deps, mail, context),
            *_unsubscribing(context),
        ),
    )
    return Composed(letter, tuple(minted.operations), tuple(minted.secrets))


def _thread(
    deps: Deps, mail: MailRow, context: Mapping[str, object]
) -> tuple[tuple[str, str], ...]:
    """What makes one thread of all that a person gets about a case, and of each list; a list with one case `alone` in it belongs to
    the thread of that. The message that they all answer does not exist,
    since SES writes over the Message-ID of those that do; Outlook goes by the topic (docs/decisions/0024-mail-to-one-person.md)."""
    about = mail.case_id or context.get("alone") or mail.purpose
    root = deps.secrets.keyed_hash("thread", f"{about}:{mail.recipient}")[:32]
    answered = f"<{root}@{deps.site.sender.rpartition('@')[2]}>"
    topic = str(context["ref"] or f"{mail.purpose} {root[:8]}")
    return ("In-Reply-To", answered), ("References", answered), ("Thread-Topic", topic)


def _unsubscribing(context: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    """One press in the reader's own mail program (RFC 8058) for a mail that they may do without."""
    if "stop_url" not in context:
        return ()
    return (
        ("List-Unsubscribe", f"<{context['stop_url']}>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
    )


def _ask(deps: Deps, mail: MailRow, snapshot: Snapshot | None, minted: Links) -> dict[str, object]:
    if snapshot is None or mail.epoch is None:
        raise NoLongerNeeded
    url = minted.ask(snapshot, mail.epoch, mail.recipient, mail.task)
    if url is None:
        raise NoLongerNeeded
    idea, screened = masked_idea(deps, mail, snapshot), is_screened(deps, snapshot)
    found = {"ask_url": url, "idea": idea, "screened": screened}
    return found | {"first_title": masked_title(deps, mail, snapshot) if idea else ""}


def _code(deps: Deps, mail: MailRow, snapshot: Snapshot | None, minted: Links) -> dict[str, object]:
    """A code that was asked for longer ago than it would live is for nobody who still sits there: they ask for another."""
    token = deps.store.get(TokenRow, mail.token_hash) if mail.token_hash else None
    if snapshot is None or not open_ask(snapshot, mail.epoch, mail.recipient, mail.task):
        raise NoLongerNeeded
    if token is None or token.state is not TokenState.ACTIVE or token.expires_at <= minted.now:
        raise NoLongerNeeded
    if minted.now - mail.created_at >= CODE_LIFE:
        raise NoLongerNeeded
    return {"code": minted.code(token), "minutes": int(CODE_LIFE.total_seconds() // 60)}


def _for_giver(mail: MailRow, case: CaseRow, minted: Links) -> dict[str, object]:
    """The way to the idea-giver's own page, and for a mail that they may do without, the way to decline more of them. Raises
    NoLongerNeeded when they have."""
    if mail.purpose not in OPTIONAL:
        return {"status_url": minted.status(case)}
    if case.quiet:
        raise NoLongerNeeded
    return {"status_url": minted.status(case), "stop_url": minted.stop(case)}


def _followed(deps: Deps, mail: MailRow, minted: Links) -> dict[str, object]:
    """For somebody whose idea was joined with the one that the mail is about: the way to their own page. Raises NoLongerNeeded when
    they have taken their idea back, or declined what they need not know."""
    own = deps.store.get(CaseRow, mail.recipient.removeprefix(FOLLOWER))
    if own is None or own.step == deps.process_of(own).withdrawn:
        raise NoLongerNeeded
    return _for_giver(mail, own, minted) | {"joined_ref": own.ref}


def _address(deps: Deps, mail: MailRow, snapshot: Snapshot | None) -> str:
    if snapshot is not None and snapshot.case.smoke:
        return SIMULATOR
    if mail.recipient == MAILBOX:
        return deps.site.mailbox
    giver_of = mail.case_id if mail.recipient == GIVER else None
    if mail.recipient.startswith(FOLLOWER):
        giver_of = mail.recipient.removeprefix(FOLLOWER)
    if giver_of is not None:
        contact = deps.store.get(ContactRow, giver_of)
        if contact is not None and contact.email is not None:
            return contact.email
        if contact is not None and contact.erased:
            raise NoLongerNeeded
        raise NoAddress
    person = deps.store.get(PersonRow, mail.recipient)
    if person is None or not person.active:
        raise NoAddress
    return person.email
