"""The verdict on a link, as a table: what is stored, the time and the browser on one side, what the link is worth on the other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.links import (
    Answered,
    Expired,
    Lapsed,
    OpenAsk,
    Unknown,
    Verdict,
    ask_life,
    judge_ask,
    new_token,
    session_holds,
    token_hash,
)
from chalicelib.domain.rows import (
    AskState,
    PersonRow,
    Snapshot,
    TokenPurpose,
    TokenRow,
    TokenState,
)
from tests.builders import NOW, a_case, a_person, a_token, an_answered_ask, an_ask
from tests.small_process import SMALL

SECOND = timedelta(seconds=1)


def a_session(**fields: Any) -> TokenRow:
    session = a_token(
        purpose=TokenPurpose.SESSION, case_id=None, epoch=None, text_hash=None, person="rut"
    )
    return replace(session, **fields)


GOOD_LINK = a_token()
ASKED = Snapshot(a_case(step="jury", epoch=1), (an_ask(step="jury", role="juror"),))
JUROR = a_person(roles=("juror",))


@dataclass(frozen=True)
class Stored:
    """All that the verdict looks at; by itself it is a link that is good."""

    token: TokenRow | None = GOOD_LINK
    snapshot: Snapshot | None = ASKED
    person: PersonRow | None = JUROR
    session: TokenRow | None = None

    def verdict(self) -> Verdict:
        return judge_ask(SMALL, self.token, self.snapshot, self.person, self.session, NOW)


def with_ask(*, case: dict[str, Any] | None = None, answered: bool = False, **ask: Any) -> Snapshot:
    row = an_answered_ask() if answered else an_ask()
    row = replace(row, **({"step": "jury", "role": "juror"} | ask))
    return Snapshot(a_case(**({"step": "jury", "epoch": 1} | (case or {}))), (row,))


TABLE = {
    "everything as it was when the link was mailed": (Stored(), OpenAsk),
    "no such token": (Stored(token=None), Unknown),
    "a status link": (Stored(token=a_token(purpose=TokenPurpose.STATUS)), Unknown),
    "a session": (Stored(token=a_session()), Unknown),
    "the case is gone": (Stored(snapshot=None), Unknown),
    "the person is gone": (Stored(person=None), Unknown),
    "another person's token": (Stored(token=a_token(person="bo")), Unknown),
    "a token of an epoch without an ask": (Stored(token=a_token(epoch=2)), Unknown),
    "the person is not active": (Stored(person=a_person(roles=("juror",), active=False)), Unknown),
    "the person has left the role": (Stored(person=a_person(roles=("host",))), Unknown),
    "the token is one second from its end": (
        Stored(token=a_token(expires_at=NOW + SECOND)),
        OpenAsk,
    ),
    "the token ends this second": (Stored(token=a_token(expires_at=NOW)), Expired),
    "the text has changed": (Stored(snapshot=with_ask(case={"text_hash": "9" * 64})), Expired),
    "answered": (Stored(snapshot=with_ask(answered=True)), Answered),
    "answered, and the case has gone on": (
        Stored(snapshot=with_ask(answered=True, case={"epoch": 2, "step": "ruling"})),
        Answered,
    ),
    "answered through another link of the same ask": (
        Stored(snapshot=with_ask(answered=True), token=a_token(state=TokenState.ACTIVE)),
        Answered,
    ),
    "lapsed": (Stored(snapshot=with_ask(state=AskState.LAPSED)), Lapsed),
    "lapsed and too old": (
        Stored(snapshot=with_ask(state=AskState.LAPSED), token=a_token(expires_at=NOW)),
        Lapsed,
    ),
    "still open, but the case is in a later epoch": (
        Stored(snapshot=with_ask(case={"epoch": 2})),
        Lapsed,
    ),
    "a step that the process no longer has": (
        Stored(snapshot=with_ask(step="abolished")),
        Unknown,
    ),
}


@pytest.mark.parametrize(("stored", "kind"), TABLE.values(), ids=TABLE.keys())
def test_the_verdict_on_a_link(stored: Stored, kind: type[Verdict]) -> None:
    assert isinstance(stored.verdict(), kind)


def test_a_link_unlike_any_of_ours_and_one_of_somebody_who_left_look_the_same() -> None:
    assert type(Stored(token=None).verdict()) is type(
        Stored(person=a_person(active=False)).verdict()
    )


def in_ruling(session: TokenRow | None, *, answered: bool = False, **token: Any) -> Stored:
    ask: dict[str, Any] = {"step": "ruling", "role": "judge"}
    return Stored(
        token=a_token(**token),
        snapshot=with_ask(case={"step": "ruling"}, answered=answered, **ask),
        person=a_person(roles=("judge",)),
        session=session,
    )


SESSIONS = {
    "none": (None, False),
    "of this person": (a_session(), True),
    "of somebody else": (a_session(person="bo"), False),
    "that ends this second": (a_session(expires_at=NOW), False),
    "one second from its end": (a_session(expires_at=NOW + SECOND), True),
    "that is a link and no session": (a_token(), False),
}


@pytest.mark.parametrize(("session", "proven"), SESSIONS.values(), ids=SESSIONS.keys())
def test_a_session_proves_only_its_own_mailbox_and_only_for_its_time(
    session: TokenRow | None, proven: bool
) -> None:
    assert session_holds(session, "rut", NOW) is proven
    verdict = in_ruling(session).verdict()
    assert isinstance(verdict, OpenAsk)
    assert verdict.needs_code is not proven


def test_a_step_that_asks_for_no_code_needs_none() -> None:
    verdict = Stored().verdict()
    assert isinstance(verdict, OpenAsk)
    assert not verdict.needs_code
    assert not verdict.proven


@pytest.mark.parametrize(
    ("stored", "may_read"),
    [
        (Stored(snapshot=with_ask(answered=True)), True),
        (Stored(snapshot=with_ask(answered=True), token=a_token(expires_at=NOW)), False),
        (in_ruling(None, answered=True), False),
        (in_ruling(a_session(), answered=True), True),
        (in_ruling(a_session(), answered=True, expires_at=NOW), False),
    ],
    ids=["link", "old link", "code wanted", "code given", "code given, old link"],
)
def test_an_answer_is_shown_again_only_to_whoever_may_read_it(
    stored: Stored, may_read: bool
) -> None:
    verdict = stored.verdict()
    assert isinstance(verdict, Answered)
    assert verdict.may_read is may_read


def test_only_the_hash_of_a_token_is_stored_with_what_it_is_bound_to() -> None:
    case = a_case()
    token = new_token("raw", TokenPurpose.ASK, "rut", NOW, timedelta(days=2), case, epoch=3)
    assert "raw" not in repr(token)
    assert token.token_hash == token_hash("raw")
    assert (token.case_id, token.epoch, token.text_hash) == (case.case_id, 3, case.text_hash)
    assert (token.person, token.state) == ("rut", TokenState.ACTIVE)
    assert token.expires_at == NOW + timedelta(days=2)


def test_a_token_is_cleaned_away_only_a_month_after_it_has_expired() -> None:
    token = new_token("raw", TokenPurpose.SESSION, "rut", NOW, timedelta(hours=12))
    assert token.ttl == int((NOW + timedelta(hours=12, days=30)).timestamp())
    assert (token.case_id, token.epoch, token.text_hash) == (None, None, None)


@pytest.mark.parametrize(
    ("deadline_in", "lives"),
    [(5, 19), (0, 14), (-3, 14), (16, 30), (40, 30)],
)
def test_a_link_outlives_its_deadline_by_two_weeks_but_never_a_month(
    deadline_in: int, lives: int
) -> None:
    ask = an_ask(deadline=NOW + timedelta(days=deadline_in))
    assert ask_life(ask, NOW, link_days=14) == timedelta(days=lives)
