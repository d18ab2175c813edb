"""Every named condition is needed: while it stands a wrong write is refused, and without it that write goes through.

A condition that is added to `chalicelib/domain/transaction.py` without a scenario here fails the first test.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import get_type_hints

import pytest

from chalicelib.domain import transaction
from chalicelib.domain.rows import AskState, MailState, QuestionState, Row, TokenState
from chalicelib.domain.transaction import (
    Change,
    Check,
    Condition,
    Conflict,
    Create,
    Operation,
)
from chalicelib.services.ports import Store
from tests.adapters.conftest import MakeStore
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
    an_event,
    an_undelivered,
)
from tests.fakes import KEY_FIELDS

Factory = Callable[..., Condition]

FACTORIES: dict[str, Factory] = {
    name: function
    for name, function in inspect.getmembers(transaction, inspect.isfunction)
    if get_type_hints(function).get("return") is Condition
}


@dataclass(frozen=True)
class Scenario:
    """`stored` is how things really stand. `wrong` is what somebody with an old or false view tries to write;
    `proof` is the row that shows that it went through."""

    stored: tuple[Row, ...]
    wrong: tuple[Operation, ...]
    name: str
    proof: Row


def a_change(stored: Row, wrong: Row, *conditions: Condition, failing: int = 0) -> Scenario:
    """One change with several conditions, of which the one at `failing` is what stops it."""
    return Scenario((stored,), (Change(wrong, conditions),), conditions[failing].name, wrong)


def a_check(stored: Row, seen: Row, condition: Condition) -> Scenario:
    """An event that must not be recorded, because of a row that only is looked at."""
    event = an_event()
    wrong = (Check(seen, (condition,)), Create(event, "event-is-next"))
    return Scenario((stored,), wrong, condition.name, event)


def scenarios() -> dict[str, Scenario]:
    """By the condition's factory."""
    t = transaction
    case, ask, mail, guard = a_case(), an_ask(), a_mail(), a_guard()
    token = a_token(code_hash="d" * 64, code_expires_at=NOW + timedelta(minutes=10))
    used = replace(token, state=TokenState.USED)
    person = a_person()
    sending = replace(mail, state=MailState.SENDING, attempts=1)
    return {
        "case_is_as_read": a_change(
            replace(case, seq=2, step="assessment"),
            replace(case, seq=2, step="closed"),
            t.case_is_as_read(case),
        ),
        "due_is_as_read": a_change(
            replace(case, due_at=NOW),
            replace(case, due_at=NOW + timedelta(days=9)),
            t.due_is_as_read(replace(case, due_at=NOW + timedelta(days=1))),
        ),
        "ask_is_open": a_change(
            an_answered_ask(),
            an_answered_ask(answer={"recommendation": "no"}),
            t.ask_is_open(ask),
        ),
        "ask_is_answered": a_change(
            an_ask(state=AskState.DELEGATED),
            an_ask(reminded=1),
            t.ask_is_answered(an_answered_ask()),
        ),
        "question_is_open": a_change(
            a_question(state=QuestionState.ANSWERED, answer="Vid bron.", answered_at=NOW),
            a_question(state=QuestionState.ANSWERED, answer="Vid skolan.", answered_at=NOW),
            t.question_is_open(a_question()),
        ),
        "case_shows_what_was_read": a_check(
            replace(case, text_hash="9" * 64), case, t.case_shows_what_was_read(token)
        ),
        "case_is_in_epoch": a_check(replace(case, epoch=2), case, t.case_is_in_epoch(1)),
        "token_is_active": a_change(
            replace(token, state=TokenState.USED),
            replace(used, person="somebody-else"),
            t.token_is_active(token),
            t.token_lives(NOW),
        ),
        "token_lives": a_change(
            replace(token, expires_at=NOW),
            replace(used, expires_at=NOW),
            t.token_is_active(token),
            t.token_lives(NOW),
            failing=1,
        ),
        "code_is": a_change(
            replace(token, code_hash="e" * 64),
            replace(token, code_hash=None, code_expires_at=None),
            t.token_is_active(token),
            t.code_is(token),
            failing=1,
        ),
        "person_is_active": a_check(
            replace(person, active=False), person, t.person_is_active(person)
        ),
        "person_has_role": a_check(
            replace(person, roles=("coordinator",)), person, t.person_has_role("reviewer")
        ),
        "person_is_as_read": a_change(
            replace(person, seq=1, active=False),
            replace(person, seq=1, due_at=NOW, try_at=NOW),
            t.person_is_as_read(person),
        ),
        "mail_is_in": a_change(
            replace(mail, state=MailState.SUPERSEDED, attempts=0),
            sending,
            t.mail_is_in(MailState.PENDING),
            t.mail_attempt_is(mail),
        ),
        "mail_attempt_is": a_change(
            replace(sending, attempts=2),
            replace(sending, state=MailState.SENT, ses_id="late"),
            t.mail_is_in(MailState.SENDING),
            t.mail_attempt_is(sending),
            failing=1,
        ),
        "trouble_is_untold": a_change(
            an_undelivered(told=True),
            an_undelivered(told=True, at=NOW + timedelta(days=1)),
            t.trouble_is_untold(),
        ),
        "not_yet_moved_on": a_change(
            replace(case, try_at=NOW + timedelta(days=1)),
            replace(case, try_at=None, stuck=True),
            t.not_yet_moved_on(case),
        ),
        "hold_is_as_read": a_change(
            a_hold(until=NOW + timedelta(minutes=20)),
            a_hold(until=NOW + timedelta(minutes=20), over=True),
            t.hold_is_as_read(a_hold()),
        ),
        "stop_is_as_read": a_change(
            a_stop(since=NOW + timedelta(days=1)),
            a_stop(since=NOW + timedelta(days=1), lifted=True),
            t.stop_is_as_read(a_stop()),
        ),
        "mail_tells": a_change(
            replace(mail, context={"cases": ["first", "second"]}),
            replace(mail, context={"cases": ["first", "third"]}),
            t.mail_tells(replace(mail, context={"cases": ["first"]})),
        ),
        "count_is": a_change(replace(guard, count=5), replace(guard, count=2), t.count_is(guard)),
    }


SCENARIOS = scenarios()

each_condition = pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS.keys())


def test_every_condition_has_a_scenario() -> None:
    assert SCENARIOS.keys() == FACTORIES.keys()


def test_every_condition_has_a_name_of_its_own() -> None:
    assert len({scenario.name for scenario in SCENARIOS.values()}) == len(FACTORIES)


@each_condition
def test_a_condition_refuses_the_wrong_write(make_store: MakeStore, scenario: Scenario) -> None:
    store = make_store()
    store.transact([Create(row, "new") for row in scenario.stored])

    with pytest.raises(Conflict) as refused:
        store.transact(scenario.wrong)

    assert scenario.name in refused.value.failed
    assert stored_like(store, scenario.proof) != scenario.proof


@each_condition
def test_without_a_condition_the_wrong_write_goes_through(
    make_store: MakeStore, scenario: Scenario
) -> None:
    store = make_store(without=frozenset({scenario.name}))
    store.transact([Create(row, "new") for row in scenario.stored])

    store.transact(scenario.wrong)

    assert stored_like(store, scenario.proof) == scenario.proof


@each_condition
def test_dropping_every_other_condition_does_not_let_the_wrong_write_through(
    make_store: MakeStore, scenario: Scenario
) -> None:
    others = frozenset(other.name for other in SCENARIOS.values()) - {scenario.name}
    store = make_store(without=others)
    store.transact([Create(row, "new") for row in scenario.stored])

    with pytest.raises(Conflict) as refused:
        store.transact(scenario.wrong)

    assert refused.value.failed == {scenario.name}


def test_a_create_without_its_condition_overwrites(make_store: MakeStore) -> None:
    first, second = an_event(actor="first"), an_event(actor="second")
    store = make_store(without=frozenset({"event-is-next"}))
    store.transact([Create(first, "new")])

    store.transact([Create(second, "event-is-next"), Create(an_ask(), "ask-is-new")])

    assert stored_like(store, second) == second


def test_dropping_conditions_never_creates_a_row_by_changing_it(make_store: MakeStore) -> None:
    store = make_store(without=frozenset({"ask-is-open"}))
    ask = an_ask()

    with pytest.raises(Conflict):
        store.transact(
            [Change(replace(ask, state=AskState.LAPSED), (transaction.ask_is_open(ask),))]
        )

    assert stored_like(store, ask) is None


def stored_like(store: Store, row: Row) -> Row | None:
    key = [getattr(row, name) for name in KEY_FIELDS[type(row)]]
    found: Row | None = store.get(type(row), *key)
    return found
