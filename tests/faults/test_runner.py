"""The short run of `make faults`, and for each promise an engine that breaks it, to see that it is seen."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from chalicelib.domain.rows import (
    AskRow,
    CaseRow,
    ContactRow,
    EventRow,
    MailRow,
    MailState,
    UndeliveredRow,
)
from chalicelib.domain.transaction import Change, Create, Operation
from tests.faults import verdict as promise
from tests.faults.luck import NONE, Rates, UnluckyStore
from tests.faults.runner import HELD_OF_ALL, play, play_all, play_departures, play_mornings, towns
from tests.faults.table import RATE_OF, as_json, as_markdown, as_text
from tests.faults.town import Without
from tests.faults.verdict import PROMISES, Verdict

CASES = 100
FEW = 10
IDEAS, HELD, AT_ONCE = 30, 210, 3
"""In the town of the mornings' lists: more is held than a list has lines, and than a sweep that takes so few at once gets through."""

RACES = replace(NONE, double_click=1.0, other_browser=1.0, two_at_once=1.0)
"""Everybody presses everything twice at once, and nothing else goes wrong."""


CONDITIONS_OF_AN_ANSWER = frozenset(
    (
        "ask-is-open",
        "link-is-unused",
        "case-is-as-read",
        "event-is-next",
        "mail-is-new",
        "ask-is-new",
    )
)
CONDITIONS_OF_A_CLAIM = frozenset(("mail-is-in-state", "mail-attempt-is-mine"))


@pytest.fixture(autouse=True)
def _quietly() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture(scope="module")
def short_run() -> Verdict:
    logging.disable(logging.CRITICAL)
    return play(CASES, "the short run", arrivals=30, days=300)


def test_whatever_goes_wrong_every_promise_is_kept(short_run: Verdict) -> None:
    assert short_run.kept(), short_run.examples
    assert short_run.counted["closed"] > CASES // 5
    assert short_run.counted["ideas thanked for"] > CASES * 0.8
    assert short_run.counted["held"] == CASES * HELD_OF_ALL


def test_every_fault_is_injected(short_run: Verdict) -> None:
    for fault in RATE_OF:
        assert any(name.startswith(fault) for name in short_run.injected), fault


def test_the_redrive_brings_every_dead_letter_and_every_message_again(short_run: Verdict) -> None:
    assert short_run.counted["dead letters"] > 0
    assert short_run.counted["redriven"] > 10 * CASES


def test_with_nothing_going_wrong_no_mail_is_sent_twice_and_no_message_dies() -> None:
    found = play(FEW, "1", NONE, arrivals=5, days=90)
    assert found.kept(), found.examples
    assert found.broken.total() == 0
    assert found.counted["mails sent"] == found.counted["mails"]
    assert found.counted["dead letters"] == 0
    assert not found.injected.total() - sum(
        times for name, times in found.injected.items() if name.startswith("press refused")
    )


def test_the_same_seed_gives_the_same_run_on_any_number_of_processes() -> None:
    first, second = (play_all(FEW, "7", workers) for workers in (1, 2))
    assert as_json(first, None, {}) == as_json(second, None, {})
    assert as_json(first, None, {}) != as_json(play_all(FEW, "8", 1), None, {})


def test_cases_are_shared_out_over_towns() -> None:
    assert towns(600) == [250, 250, 100]
    assert towns(250) == [250]


@pytest.fixture(scope="module")
def mornings() -> Verdict:
    logging.disable(logging.CRITICAL)
    return play_mornings(IDEAS, HELD, "mornings", most=AT_ONCE)


def test_a_flood_of_what_is_held_takes_no_mornings_list_from_anybody(mornings: Verdict) -> None:
    assert mornings.kept(), mornings.examples
    assert mornings.counted["held"] == HELD
    assert mornings.counted["lists of the morning"] > 20
    assert mornings.injected.total() > 500


@pytest.fixture(scope="module")
def departures() -> Verdict:
    logging.disable(logging.CRITICAL)
    return play_departures(FEW * 4, "departures", days=30)


def test_whoever_leaves_in_the_middle_of_everything_is_replaced_within_the_hour(
    departures: Verdict,
) -> None:
    assert departures.kept(), departures.examples
    assert departures.counted["asks moved"] > 10
    assert departures.injected["two at once"] > 100


class Asleep(UnluckyStore):
    """Wakes no case: what only makes one due is lost."""

    def apply(self, operations: Sequence[Operation]) -> None:
        row = operations[0].row
        wakes = isinstance(row, CaseRow) and row.due_at and row.due_at <= self._clock.now()
        if len(operations) > 1 or not wakes or row.due_at != row.try_at:
            super().apply(operations)


def test_wakes_that_are_lost_are_caught() -> None:
    found = play_departures(FEW * 2, "1", days=30, store=Asleep)
    assert found.broken[promise.KEPT_ON]


class WithoutLists(UnluckyStore):
    """Owes a list of the morning to nobody, though its reader's clock moves on."""

    def apply(self, operations: Sequence[Operation]) -> None:
        lists = ("digest", "held")
        super().apply(
            [
                op
                for op in operations
                if not (isinstance(op.row, MailRow) and op.row.purpose in lists)
            ]
        )


def test_lists_that_nobody_gets_are_caught() -> None:
    found = play_mornings(3, 3, "1", most=AT_ONCE, days=4, store=WithoutLists)
    assert any("lacks" in sentence for sentence in found.examples[promise.UNLISTED])
    assert any("told of nothing held" in sentence for sentence in found.examples[promise.UNLISTED])


class Forgetful(UnluckyStore):
    """Thanks for a new idea, and stores nothing of more than half of them."""

    def apply(self, operations: Sequence[Operation]) -> None:
        new = any(isinstance(op, Create) and isinstance(op.row, ContactRow) for op in operations)
        if not (new and self._luck.dice.random() < 0.6):
            super().apply(operations)


class ForgetfulOfAnswers(UnluckyStore):
    """Stores that an ask was answered, but not what was said."""

    def apply(self, operations: Sequence[Operation]) -> None:
        super().apply(
            [
                replace(op, row=replace(op.row, answer={}))
                if isinstance(op, Change) and isinstance(op.row, AskRow) and op.row.answer
                else op
                for op in operations
            ]
        )


class HalfHearted(UnluckyStore):
    """Writes a part of a transaction: the text of an idea without who sent it."""

    def apply(self, operations: Sequence[Operation]) -> None:
        super().apply([op for op in operations if not isinstance(op.row, ContactRow)])


class WithoutReceipts(UnluckyStore):
    """Owes nobody the receipt of their idea."""

    def apply(self, operations: Sequence[Operation]) -> None:
        owed = [
            op
            for op in operations
            if not (isinstance(op.row, MailRow) and op.row.purpose == "receipt")
        ]
        super().apply(owed)


class ForgetfulOfEvents(UnluckyStore):
    """Moves a case and now and then does not record it."""

    def apply(self, operations: Sequence[Operation]) -> None:
        forgotten = self._luck.dice.random() < 0.2
        super().apply([op for op in operations if not (forgotten and isinstance(op.row, EventRow))])


class ForgetfulOfSendings(UnluckyStore):
    """Puts a mail that was sent back to what it was before."""

    def apply(self, operations: Sequence[Operation]) -> None:
        super().apply(
            [
                replace(op, row=replace(op.row, state=MailState.PENDING))
                if isinstance(op, Change)
                and isinstance(op.row, MailRow)
                and op.row.state in (MailState.SENT, MailState.DELIVERED)
                else op
                for op in operations
            ]
        )


class OwesTwice(UnluckyStore):
    """Owes every mail that asks somebody twice."""

    def apply(self, operations: Sequence[Operation]) -> None:
        again = [
            Create(replace(op.row, mail_id=f"{op.row.mail_id}-again"), op.name)
            for op in operations
            if isinstance(op, Create) and isinstance(op.row, MailRow) and op.row.purpose == "ask"
        ]
        super().apply([*operations, *again])


class TellsNobody(UnluckyStore):
    """Marks nowhere that a mail will not arrive."""

    def apply(self, operations: Sequence[Operation]) -> None:
        super().apply([op for op in operations if not isinstance(op.row, UndeliveredRow)])


class Buggy(UnluckyStore):
    """Has a fault of its own, which no engine knows of."""

    def apply(self, operations: Sequence[Operation]) -> None:
        if self._luck.dice.random() < 0.05:
            raise KeyError("a slip")
        super().apply(operations)


@pytest.mark.parametrize(
    ("broken", "store", "rates"),
    [
        (promise.LOST, Forgetful, NONE),
        (promise.LOST, ForgetfulOfAnswers, NONE),
        (promise.HALF, HalfHearted, NONE),
        (promise.HALF, WithoutReceipts, NONE),
        (promise.HALF, ForgetfulOfEvents, NONE),
        (promise.DUPLICATES, ForgetfulOfSendings, replace(NONE, message_doubled=1.0)),
        (promise.REDRIVE, ForgetfulOfSendings, NONE),
        (promise.SILENT, TellsNobody, replace(NONE, bounced=0.5)),
        (promise.BROKEN, OwesTwice, NONE),
        (promise.ERRORS, Buggy, NONE),
    ],
)
def test_a_store_that_breaks_a_promise_is_caught(
    broken: str, store: type[UnluckyStore], rates: Rates
) -> None:
    found = play(FEW, "1", rates, arrivals=3, days=20, store=store)
    assert found.broken[broken] > found.allowed(broken), found.examples
    assert not found.kept()


@pytest.mark.parametrize(
    ("broken", "without"),
    [
        (promise.STUCK, Without(sweep=True)),
        (promise.UNENDED, Without(sweep=True)),
        (promise.DUPLICATES, Without(events=True)),
    ],
    ids=["no sweep: stuck", "no sweep: unsent", "no events: sent twice"],
)
def test_an_engine_that_lacks_a_part_is_caught(broken: str, without: Without) -> None:
    found = play(FEW, "1", arrivals=3, days=60, without=without)
    assert found.broken[broken] > found.allowed(broken), found.examples
    assert not found.kept()


def test_answers_without_their_conditions_are_caught() -> None:
    """One answer is stored over another."""
    found = play(FEW, "1", RACES, arrivals=3, days=20, dropped=CONDITIONS_OF_AN_ANSWER)
    assert found.broken[promise.TWICE] > 0, found.examples


def test_claims_without_their_conditions_are_caught() -> None:
    """Two workers take the same mail."""
    races = replace(RACES, message_doubled=1.0)
    found = play(FEW, "1", races, arrivals=3, days=20, dropped=CONDITIONS_OF_A_CLAIM)
    assert found.broken[promise.DUPLICATES] > found.allowed(promise.DUPLICATES), found.examples


def test_races_alone_break_nothing() -> None:
    """What is caught above is the missing conditions, not the races."""
    found = play(FEW, "1", replace(RACES, message_doubled=1.0), arrivals=3, days=20)
    assert found.kept(), found.examples


def test_the_documents_tables_tell_each_fault_with_its_chance(short_run: Verdict) -> None:
    told = as_markdown(as_json(short_run, None, {}))
    times = short_run.injected["mail bounced for now"]
    assert f"| mail bounced for now | 1.0% | {times} |" in told
    assert all(f"| {name}: " in told for name in PROMISES)


def test_the_table_names_every_promise_and_what_broke_it() -> None:
    found = Verdict()
    found.find(promise.STUCK, "a case that waits for ever")
    told = as_text(found, None)
    assert all(name in told for name in PROMISES)
    assert "BROKEN" in told
    assert "a case that waits for ever" in told
