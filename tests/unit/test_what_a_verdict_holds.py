"""What a verdict on a link gives to the page that is shown: the case, the ask and the people that it is about."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.domain.links import (
    Answered,
    Expired,
    Lapsed,
    OpenAsk,
    Passed,
    Unknown,
    Verdict,
    Why,
    judge_ask,
    new_token,
)
from chalicelib.domain.rows import AskRow, AskState, Snapshot, TokenPurpose, TokenRow
from tests.builders import NOW, a_case, a_person, a_token, an_answered_ask, an_ask
from tests.small_process import SMALL

CASE = a_case(step="jury", epoch=1)
JURY = SMALL.step("jury")
JUROR = a_person(roles=("juror",))
OPEN = an_ask(step="jury", role="juror")
DONE = an_answered_ask(step="jury", role="juror")
LAPSED = an_ask(step="jury", role="juror", state=AskState.LAPSED)
MOVED = an_ask(step="jury", role="juror", state=AskState.MOVED)
LINK = a_token()


def verdict(ask: AskRow, token: TokenRow = LINK) -> Verdict:
    return judge_ask(SMALL, token, Snapshot(CASE, (ask,)), JUROR, None, NOW)


@pytest.mark.parametrize(
    ("ask", "token", "found"),
    [
        (
            OPEN,
            LINK,
            OpenAsk(LINK, Snapshot(CASE, (OPEN,)), OPEN, JURY, JUROR, proven=False, process=SMALL),
        ),
        (DONE, LINK, Answered(LINK, Snapshot(CASE, (DONE,)), DONE, JURY, JUROR, may_read=True)),
        (MOVED, LINK, Passed(CASE, MOVED, JURY)),
        (LAPSED, LINK, Lapsed(CASE, LAPSED, JURY)),
        (OPEN, a_token(expires_at=NOW), Expired(CASE, OPEN, JUROR, Why.TOO_OLD)),
    ],
    ids=["open", "answered", "passed on", "lapsed", "expired"],
)
def test_a_verdict_holds_what_its_page_shows(ask: AskRow, token: TokenRow, found: Verdict) -> None:
    assert verdict(ask, token) == found


def test_a_link_to_a_phone_task_leads_to_that_task_alone() -> None:
    task = an_ask(step="jury", role="juror", task="ring-1")
    assert isinstance(verdict(task, a_token(task="ring-1")), OpenAsk)
    assert isinstance(verdict(task), Unknown)


def test_a_fresh_token_says_what_it_is_for_and_since_when() -> None:
    life = timedelta(days=1)
    token = new_token("raw", TokenPurpose.ASK, "rut", NOW, life, CASE, epoch=1, task="ring-1")
    assert (token.purpose, token.created_at, token.task) == (TokenPurpose.ASK, NOW, "ring-1")
    assert new_token("raw", TokenPurpose.ASK, "rut", NOW, life, CASE, epoch=1).task == ""
