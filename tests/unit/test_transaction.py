"""What each named condition allows and what it refuses, as a table: the row as it was read, and as somebody else left it meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from chalicelib.domain.rows import (
    AskState,
    CaseRow,
    MailRow,
    MailState,
    PersonRow,
    QuestionState,
    Row,
    TokenState,
)
from chalicelib.domain.transaction import (
    Condition,
    Conflict,
    ask_is_answered,
    ask_is_open,
    case_is_as_read,
    case_is_in_epoch,
    case_shows_what_was_read,
    code_is,
    count_is,
    due_is_as_read,
    hold_is_as_read,
    mail_as_read,
    mail_attempt_is,
    mail_is_in,
    mail_tells,
    not_yet_moved_on,
    person_has_role,
    person_is_active,
    person_is_as_read,
    question_is_open,
    stop_is_as_read,
    token_is_active,
    token_lives,
    trouble_is_untold,
    unmoved,
)
from infra.memory import holds
from tests.builders import (
    NOW,
    a_case,
    a_guard,
    a_hold,
    a_mail,
    a_person,
    a_question,
    a_stop,
    a_token,
    an_answered_ask,
    an_ask,
    an_undelivered,
)

SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Rule:
    """`allowed` is a stored row under which it may be written, `refused` are some under which it may not."""

    condition: Callable[[], Condition]
    allowed: Row
    refused: tuple[Row, ...]


CASE, ASK, QUESTION, TOKEN = a_case(), an_ask(), a_question(), a_token(code_hash="d" * 64)
PERSON, MAIL, HOLD, STOP, GUARD = a_person(), a_mail(attempts=2), a_hold(), a_stop(), a_guard()


def asks_but(state: AskState) -> tuple[Row, ...]:
    return tuple(an_ask(state=other) for other in AskState if other is not state)


def mails_but(state: MailState) -> tuple[Row, ...]:
    return tuple(a_mail(state=other) for other in MailState if other is not state)


RULES = {
    "case-is-as-read": Rule(
        lambda: case_is_as_read(CASE),
        replace(CASE, step="jury"),
        (replace(CASE, seq=2), replace(CASE, seq=0)),
    ),
    "due-is-as-read": Rule(
        lambda: due_is_as_read(CASE),
        replace(CASE, seq=9, try_at=NOW + SECOND),
        (replace(CASE, due_at=NOW + SECOND), replace(CASE, due_at=None)),
    ),
    "ask-is-open": Rule(lambda: ask_is_open(ASK), ASK, asks_but(AskState.OPEN)),
    "ask-is-answered": Rule(
        lambda: ask_is_answered(an_answered_ask()), an_answered_ask(), asks_but(AskState.ANSWERED)
    ),
    "question-is-open": Rule(
        lambda: question_is_open(QUESTION),
        QUESTION,
        (
            replace(QUESTION, state=QuestionState.ANSWERED),
            replace(QUESTION, state=QuestionState.UNANSWERED),
        ),
    ),
    "trouble-is-untold": Rule(
        trouble_is_untold,
        an_undelivered(),
        (an_undelivered(told=True),),
    ),
    "try-is-as-read": Rule(
        lambda: not_yet_moved_on(CASE),
        replace(CASE, seq=9),
        (replace(CASE, try_at=NOW + SECOND), replace(CASE, try_at=None)),
    ),
    "text-is-as-shown": Rule(
        lambda: case_shows_what_was_read(TOKEN),
        CASE,
        (replace(CASE, text_hash="8" * 64),),
    ),
    "epoch-is-current": Rule(
        lambda: case_is_in_epoch(1),
        CASE,
        (replace(CASE, epoch=0), replace(CASE, epoch=2)),
    ),
    "link-is-unused": Rule(
        lambda: token_is_active(TOKEN), TOKEN, (replace(TOKEN, state=TokenState.USED),)
    ),
    "link-has-not-expired": Rule(
        lambda: token_lives(NOW),
        replace(TOKEN, expires_at=NOW + SECOND),
        (replace(TOKEN, expires_at=NOW), replace(TOKEN, expires_at=NOW - SECOND)),
    ),
    "code-is-as-read": Rule(
        lambda: code_is(TOKEN),
        replace(TOKEN, code_expires_at=NOW),
        (replace(TOKEN, code_hash="f" * 64), replace(TOKEN, code_hash=None)),
    ),
    "person-is-active": Rule(
        lambda: person_is_active(PERSON), PERSON, (replace(PERSON, active=False),)
    ),
    "person-has-role": Rule(
        lambda: person_has_role("reviewer"),
        replace(PERSON, roles=("host", "reviewer")),
        (replace(PERSON, roles=()), replace(PERSON, roles=("host",))),
    ),
    "person-is-as-read": Rule(
        lambda: person_is_as_read(PERSON),
        replace(PERSON, due_at=NOW),
        (replace(PERSON, seq=1),),
    ),
    "mail-is-in-state": Rule(
        lambda: mail_is_in(MailState.SENDING),
        a_mail(state=MailState.SENDING),
        mails_but(MailState.SENDING),
    ),
    "mail-attempt-is-mine": Rule(
        lambda: mail_attempt_is(MAIL),
        replace(MAIL, state=MailState.SENDING),
        (replace(MAIL, attempts=3), replace(MAIL, attempts=1)),
    ),
    "hold-is-as-read": Rule(
        lambda: hold_is_as_read(HOLD),
        HOLD,
        (replace(HOLD, until=HOLD.until + SECOND),),
    ),
    "stop-is-as-read": Rule(
        lambda: stop_is_as_read(STOP), STOP, (replace(STOP, since=NOW + SECOND, lifted=True),)
    ),
    "mail-tells-what-was-read": Rule(
        lambda: mail_tells(MAIL),
        replace(MAIL, state=MailState.SENT),
        (replace(MAIL, context={**MAIL.context, "panel": 4}), replace(MAIL, context={})),
    ),
    "count-is-as-read": Rule(
        lambda: count_is(GUARD),
        replace(GUARD, ttl=0),
        (replace(GUARD, count=2), replace(GUARD, count=0)),
    ),
}

ANY = pytest.mark.parametrize(("name", "rule"), RULES.items(), ids=RULES.keys())


@ANY
def test_a_refusal_is_told_by_the_conditions_name(name: str, rule: Rule) -> None:
    assert rule.condition().name == name


@ANY
def test_a_row_that_is_as_it_was_read_may_be_written(name: str, rule: Rule) -> None:
    assert holds(rule.condition(), rule.allowed), name


@ANY
def test_a_row_that_is_no_longer_so_may_not(name: str, rule: Rule) -> None:
    assert rule.refused
    for row in rule.refused:
        assert not holds(rule.condition(), row), name


@pytest.mark.parametrize("state", MailState)
def test_of_a_mail_the_state_that_was_read_is_asked_for(state: MailState) -> None:
    condition = mail_is_in(state)
    assert holds(condition, a_mail(state=state))
    assert not any(holds(condition, mail) for mail in mails_but(state))


@pytest.mark.parametrize(
    ("purpose", "grows"),
    [("receipts", True), ("let_off", True), ("receipt", False), ("ask", False)],
)
def test_a_mail_is_as_read_until_it_is_claimed_tried_or_about_one_more_idea(
    purpose: str, grows: bool
) -> None:
    read = a_mail(state=MailState.PENDING, purpose=purpose, attempts=1, context={"asks": [1]})

    def as_read(found: MailRow) -> bool:
        return all(holds(condition, found) for condition in mail_as_read(read))

    assert as_read(read)
    assert not as_read(replace(read, state=MailState.SENDING))
    assert not as_read(replace(read, attempts=2))
    assert as_read(replace(read, context={"asks": [1, 2]})) is not grows


FOUND: dict[str, CaseRow | MailRow | PersonRow] = {
    "a case": a_case(),
    "a mail": a_mail(),
    "a person": a_person(try_at=NOW),
}


@pytest.mark.parametrize("row", FOUND.values(), ids=FOUND.keys())
def test_whatever_the_sweep_finds_is_moved_on_once(row: CaseRow | MailRow | PersonRow) -> None:
    condition = not_yet_moved_on(row)
    assert holds(condition, row)
    assert not holds(condition, replace(row, try_at=NOW + SECOND))


NOTHING_TO_COMPARE: dict[str, Callable[[], Condition]] = {
    "a row that the sweep does not find": lambda: not_yet_moved_on(a_case(try_at=None)),
    "a case that sleeps": lambda: due_is_as_read(a_case(due_at=None)),
    "a link that shows no text": lambda: case_shows_what_was_read(a_token(text_hash=None)),
    "a link without a code": lambda: code_is(a_token(code_hash=None)),
}


@pytest.mark.parametrize("condition", NOTHING_TO_COMPARE.values(), ids=NOTHING_TO_COMPARE.keys())
def test_no_condition_is_made_of_nothing(condition: Callable[[], Condition]) -> None:
    with pytest.raises(ValueError, match=r"has no|is bound to no"):
        condition()


# ── A refusal ──


def test_a_refusal_names_every_condition_that_did_not_hold() -> None:
    conflict = Conflict(frozenset({"link-is-unused", "ask-is-open"}))
    assert conflict.failed == {"link-is-unused", "ask-is-open"}
    assert str(conflict) == "ask-is-open, link-is-unused"


def test_a_refusal_by_contention_names_none() -> None:
    assert Conflict().failed == frozenset()
    assert str(Conflict()) == "contention"


def test_of_a_case_nobody_may_have_moved_it_nor_woken_it() -> None:
    case = a_case(due_at=NOW)
    assert unmoved(case) == (case_is_as_read(case), due_is_as_read(case))


def test_a_case_that_sleeps_may_only_not_have_been_moved() -> None:
    case = a_case(due_at=None)
    assert unmoved(case) == (case_is_as_read(case),)
