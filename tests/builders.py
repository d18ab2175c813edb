"""Rows and letters with sensible values, so that a test says only what matters to it.

Every builder takes the fields of its row by name and gives a frozen row. All of it is invented: addresses end in example.com.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from chalicelib.domain.rows import (
    CARRIED_OUT,
    EVERY_MAIL,
    AskRow,
    AskState,
    CaseRow,
    ContactRow,
    EventRow,
    Fact,
    FollowerRow,
    GuardRow,
    HoldRow,
    MailRow,
    MaskedRow,
    PersonRow,
    ProcessRow,
    QuestionRow,
    ReferenceRow,
    ShownIdeaRow,
    Snapshot,
    StoppedRow,
    TextRow,
    TokenPurpose,
    TokenRow,
    UndeliveredRow,
)
from chalicelib.services.ports import Letter
from tests.fakes import START

NOW = START

CASE_ID = "01kjp5y0q3v8e4m2t7r9w6x1zb"
REF = "IDE-2026-0042"
TEXT_HASH = "7" * 64
FIRST_HASH = "0" * 64
HEAD_HASH = "a" * 64


def a_case(**fields: Any) -> CaseRow:
    """An open case in screening, received an hour ago and due now."""
    case = CaseRow(
        case_id=CASE_ID,
        ref=REF,
        lang="sv",
        step="screening",
        epoch=1,
        seq=1,
        head_hash=HEAD_HASH,
        received_at=NOW - timedelta(hours=1),
        received_date="2026-03-02",
        process_version="p" * 12,
        text_version=1,
        text_hash=TEXT_HASH,
        entered_at=NOW - timedelta(hours=1),
        has_email=True,
        own_unit="park",
        deadline=NOW + timedelta(days=7),
        due_at=NOW,
        try_at=NOW,
    )
    return replace(case, **fields)


def a_closed_case(**fields: Any) -> CaseRow:
    closed = a_case(
        step="closed", closed=True, closing_code="done", due_at=None, try_at=None, deadline=None
    )
    return replace(closed, **fields)


def an_ask(**fields: Any) -> AskRow:
    """An open ask to one reviewer in the first epoch."""
    ask = AskRow(
        case_id=CASE_ID,
        epoch=1,
        person="rut",
        step="assessment",
        role="reviewer",
        state=AskState.OPEN,
        opened_at=NOW,
        deadline=NOW + timedelta(days=21),
        text_hash=TEXT_HASH,
    )
    return replace(ask, **fields)


def an_answered_ask(**fields: Any) -> AskRow:
    answered = an_ask(
        state=AskState.ANSWERED,
        answer={"recommendation": "yes", "motivation": "Gör vardagen enklare för många."},
        answered_at=NOW,
    )
    return replace(answered, **fields)


def an_undelivered(**fields: Any) -> UndeliveredRow:
    row = UndeliveredRow(
        case_id=CASE_ID, mail_id="m-bounced", purpose="ask", recipient="rut", at=NOW
    )
    return replace(row, **fields)


def a_question(**fields: Any) -> QuestionRow:
    """A question to the idea-giver that waits for its answer."""
    row = QuestionRow(
        case_id=CASE_ID,
        number=1,
        asked_by="rut",
        epoch=1,
        text="Hur många bänkar tänker du dig?",
        asked_at=NOW,
    )
    return replace(row, **fields)


def a_follower(**fields: Any) -> FollowerRow:
    row = FollowerRow(case_id=CASE_ID, follower="joined", lang="fi", has_email=True, since=NOW)
    return replace(row, **fields)


def a_process_row(**fields: Any) -> ProcessRow:
    return replace(ProcessRow("2.20b90cd9", 'version = "2"', NOW), **fields)


def a_contact(**fields: Any) -> ContactRow:
    row = ContactRow(
        case_id=CASE_ID, name="Åsa Lind", email="asa.lind@example.com", phone="070-174 06 05"
    )
    return replace(row, **fields)


def a_text(**fields: Any) -> TextRow:
    row = TextRow(
        case_id=CASE_ID,
        version=1,
        fields={"title": "Bänkar vid ån", "idea": "Ställ ut bänkar längs gångvägen."},
        content_hash=TEXT_HASH,
    )
    return replace(row, **fields)


def a_masked(**fields: Any) -> MaskedRow:
    row = MaskedRow(
        case_id=CASE_ID,
        version=1,
        fields={"title": "Bänkar vid ån", "idea": "Ställ ut bänkar längs gångvägen."},
        content_hash=TEXT_HASH,
    )
    return replace(row, **fields)


def an_event(**fields: Any) -> EventRow:
    row = EventRow(
        case_id=CASE_ID,
        seq=1,
        at=NOW,
        actor="giver",
        facts=(Fact("IdeaSubmitted", {"way": "form"}), Fact("StepEntered", {"step": "screening"})),
        prev_hash=FIRST_HASH,
        hash=HEAD_HASH,
    )
    return replace(row, **fields)


def a_reference(**fields: Any) -> ReferenceRow:
    return replace(ReferenceRow(ref=REF, case_id=CASE_ID), **fields)


def a_mail(**fields: Any) -> MailRow:
    """A mail owed to a reviewer, due now."""
    row = MailRow(
        mail_id="m-0001",
        case_id=CASE_ID,
        purpose="ask",
        recipient="rut",
        lang="sv",
        context={"title": "Bänkar vid ån", "steps": ["screening", "assessment"], "panel": 3},
        created_at=NOW,
        epoch=1,
        ref=REF,
        due_at=NOW,
        try_at=NOW,
    )
    return replace(row, **fields)


def a_token(**fields: Any) -> TokenRow:
    """An unused review link that lives for two weeks."""
    expires_at = NOW + timedelta(days=14)
    row = TokenRow(
        token_hash="c" * 64,
        purpose=TokenPurpose.ASK,
        person="rut",
        expires_at=expires_at,
        created_at=NOW,
        ttl=int((expires_at + timedelta(days=30)).timestamp()),
        case_id=CASE_ID,
        epoch=1,
        text_hash=TEXT_HASH,
    )
    return replace(row, **fields)


def a_person(**fields: Any) -> PersonRow:
    """An active reviewer with nothing due."""
    row = PersonRow(
        person_id="rut",
        name="Rut Berg",
        email="rut.berg@example.com",
        lang="sv",
        roles=("reviewer",),
        unit="park",
    )
    return replace(row, **fields)


def a_guard(**fields: Any) -> GuardRow:
    row = GuardRow(key="code#rut#2026-03-02T08", count=1, ttl=int(NOW.timestamp()) + 86_400)
    return replace(row, **fields)


def a_hold(**fields: Any) -> HoldRow:
    """All mail is on hold for ten minutes, since sending is paused."""
    row = HoldRow(EVERY_MAIL, NOW + timedelta(minutes=10), "SendingPausedException", NOW)
    return replace(row, **fields)


def a_stop(**fields: Any) -> StoppedRow:
    row = StoppedRow(address_hash="e" * 64, mail_id="m-0001", since=NOW)
    return replace(row, **fields)


def a_shown_idea(**fields: Any) -> ShownIdeaRow:
    row = ShownIdeaRow(
        shelf=CARRIED_OUT,
        since="2026-03-01",
        case_id=CASE_ID,
        title="Bänkar längs ån",
        story="Tio bänkar står på plats.",
        lang="sv",
    )
    return replace(row, **fields)


def a_snapshot(**fields: Any) -> Snapshot:
    return replace(Snapshot(case=a_case()), **fields)


def a_letter(**fields: Any) -> Letter:
    letter = Letter(
        mail_id="m-0001",
        attempt=1,
        to="rut.berg@example.com",
        subject=f"[{REF}] En idé att bedöma",
        text="Hej Rut!\n",
        html="<p>Hej Rut!</p>",
        headers=(("Auto-Submitted", "auto-generated"),),
    )
    return replace(letter, **fields)
