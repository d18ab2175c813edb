"""The verdict on a link, as a table: what is stored, the time and the browser on one side, what the link is worth on the other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.links import (
    Answered,
    Expired,
    Lapsed,
    OpenAsk,
    Unknown,
    Verdict,
    Why,
    ask_life,
    judge_ask,
    judge_own,
    new_token,
    session_holds,
    token_hash,
)
from chalicelib.domain.rows import (
    AskState,
    CaseRow,
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
JUROR_ELSEWHERE = replace(JUROR, address_since=NOW)
"""Their address was wrong until now."""

EARLIER_LINK = a_token(created_at=NOW - SECOND)


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
    "the token is used, and the ask has come back to its person": (
        Stored(token=a_token(state=TokenState.USED)),
        Expired,
    ),
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
    "mailed before the address was corrected": (
        Stored(person=JUROR_ELSEWHERE, token=EARLIER_LINK),
        Expired,
    ),
    "mailed as the address was corrected": (Stored(person=JUROR_ELSEWHERE), OpenAsk),
}


@pytest.mark.parametrize(("stored", "kind"), TABLE.values(), ids=TABLE.keys())
def test_the_verdict_on_a_link(stored: Stored, kind: type[Verdict]) -> None:
    assert isinstance(stored.verdict(), kind)


WHYS = {
    "no such token": (Stored(token=None), Why.NO_SUCH_LINK),
    "a status link": (Stored(token=a_token(purpose=TokenPurpose.STATUS)), Why.NO_SUCH_LINK),
    "the case is gone": (Stored(snapshot=None), Why.NOTHING_BEHIND),
    "the person is gone": (Stored(person=None), Why.NOTHING_BEHIND),
    "another epoch": (Stored(token=a_token(epoch=2)), Why.NO_SUCH_ASK),
    "no such step": (Stored(snapshot=with_ask(step="abolished")), Why.NO_SUCH_STEP),
    "not active": (
        Stored(person=a_person(roles=("juror",), active=False)),
        Why.NO_LONGER_ACTIVE,
    ),
    "not in the role": (Stored(person=a_person(roles=("host",))), Why.NOT_IN_ROLE),
    "too old": (Stored(token=a_token(expires_at=NOW)), Why.TOO_OLD),
    "too old and used": (
        Stored(token=a_token(expires_at=NOW, state=TokenState.USED)),
        Why.TOO_OLD,
    ),
    "used": (Stored(token=a_token(state=TokenState.USED)), Why.USED),
    "another text": (Stored(snapshot=with_ask(case={"text_hash": "9" * 64})), Why.OTHER_TEXT),
    "another address": (
        Stored(person=JUROR_ELSEWHERE, token=EARLIER_LINK),
        Why.OTHER_ADDRESS,
    ),
}


@pytest.mark.parametrize(("stored", "why"), WHYS.values(), ids=WHYS.keys())
def test_why_a_link_does_not_serve(stored: Stored, why: Why) -> None:
    verdict = stored.verdict()
    assert isinstance(verdict, Unknown | Expired)
    assert verdict.why is why


def a_status_link(**fields: Any) -> TokenRow:
    return replace(a_token(purpose=TokenPurpose.STATUS, person="giver", epoch=None), **fields)


STATUS_WHYS = {
    "good": (a_status_link(), a_case(), None),
    "no such token": (None, a_case(), Why.NO_SUCH_LINK),
    "a link to an ask": (a_token(), a_case(), Why.NO_SUCH_LINK),
    "the case is gone": (a_status_link(), None, Why.NOTHING_BEHIND),
    "ends this second": (a_status_link(expires_at=NOW), a_case(), Why.TOO_OLD),
    "a second from its end": (a_status_link(expires_at=NOW + SECOND), a_case(), None),
    "made before the links were revoked": (
        a_status_link(created_at=NOW - SECOND),
        a_case(links_from=NOW),
        Why.REVOKED,
    ),
    "made as the links were revoked": (a_status_link(created_at=NOW), a_case(links_from=NOW), None),
}


@pytest.mark.parametrize(("token", "case", "why"), STATUS_WHYS.values(), ids=STATUS_WHYS.keys())
def test_why_a_link_to_an_idea_givers_page_does_not_serve(
    token: TokenRow | None, case: CaseRow | None, why: Why | None
) -> None:
    assert judge_own(token, TokenPurpose.STATUS, case, NOW) is why


@pytest.mark.parametrize("wanted", [TokenPurpose.STATUS, TokenPurpose.UNSUBSCRIBE])
@pytest.mark.parametrize("made_for", [TokenPurpose.STATUS, TokenPurpose.UNSUBSCRIBE])
def test_a_link_out_of_the_mails_opens_no_page_and_the_link_to_the_page_stops_no_mail(
    wanted: TokenPurpose, made_for: TokenPurpose
) -> None:
    why = judge_own(a_status_link(purpose=made_for), wanted, a_case(), NOW)
    assert why is (None if wanted is made_for else Why.NO_SUCH_LINK)


@pytest.mark.parametrize(
    ("session", "another"),
    [(None, False), (a_session(), False), (a_session(person="bo"), True)],
    ids=["none", "their own", "somebody else's"],
)
def test_a_browser_that_proved_somebody_elses_mailbox_is_told_apart(
    session: TokenRow | None, another: bool
) -> None:
    verdict = in_ruling(session).verdict()
    assert isinstance(verdict, OpenAsk)
    assert verdict.another is another


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
    assert session_holds(session, a_person(), NOW) is proven
    verdict = in_ruling(session).verdict()
    assert isinstance(verdict, OpenAsk)
    assert verdict.needs_code is not proven


def test_a_session_of_an_earlier_address_proves_nothing() -> None:
    session = a_session(created_at=NOW - SECOND)
    assert session_holds(session, a_person(address_since=NOW - SECOND), NOW)
    assert not session_holds(session, a_person(address_since=NOW), NOW)


@pytest.mark.parametrize(("since", "readable"), [(NOW - timedelta(days=9), True), (NOW, False)])
def test_an_answer_is_not_shown_by_a_link_to_an_earlier_address(
    since: datetime, readable: bool
) -> None:
    juror = replace(JUROR, address_since=since)
    verdict = Stored(EARLIER_LINK, with_ask(answered=True), juror).verdict()
    assert isinstance(verdict, Answered)
    assert verdict.may_read is readable


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
