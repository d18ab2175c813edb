"""Never more than so many days without a word to the idea-giver: an honest message, or a phone call for who has no address."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from chalicelib.domain.news import call_giver, silence_ends
from chalicelib.domain.plan import plan
from chalicelib.domain.planned import Circumstances, Plan, Reason
from chalicelib.domain.process import Lang
from chalicelib.domain.rows import GIVER, AskRow, Fact, FollowerRow, Snapshot
from chalicelib.domain.working_days import Calendar
from tests.builders import CASE_ID, NOW, a_case, an_ask
from tests.small_process import DROP, ON, SMALL, with_step
from tests.unit.standing_cases import (
    CALENDAR,
    JURY_DEADLINE,
    OPEN_HOST,
    OPEN_JURY,
    SECOND,
    after,
    answered,
    asked,
    clocked,
    facts_of,
    given,
    looks,
    looks_again,
    purposes,
    standing,
    the_mail,
)
from tests.world import JUDGE, JURORS, PEOPLE, somebody

FAR = datetime(2027, 6, 1, 5, 30, tzinfo=UTC)
MONTH = datetime(2026, 4, 1, 5, 30, tzinfo=UTC)
"""Half past seven on the thirtieth day after NOW, a Wednesday."""
OWNER = somebody("olof", "owner")


def a_follower(name: str, lang: Lang = "sv", **fields: object) -> FollowerRow:
    row = FollowerRow(CASE_ID, name, lang, has_email=True, since=NOW)
    return replace(row, **fields)


def parked(**case: object) -> Snapshot:
    return standing("drawer", **({"deadline": FAR, "told_at": NOW} | case))


@pytest.mark.parametrize(
    ("told", "ends"),
    [
        (NOW, MONTH),
        (datetime(2026, 3, 5, 9, 0, tzinfo=UTC), CALENDAR.morning(date(2026, 4, 2))),  # Easter
        (datetime(2026, 3, 6, 9, 0, tzinfo=UTC), CALENDAR.morning(date(2026, 4, 2))),
        (datetime(2026, 3, 8, 9, 0, tzinfo=UTC), CALENDAR.morning(date(2026, 4, 7))),
        (datetime(2026, 3, 2, 23, 30, tzinfo=UTC), CALENDAR.morning(date(2026, 4, 2))),
    ],
    ids=["a working day", "a Saturday", "Easter Sunday", "the day after Easter", "past midnight"],
)
def test_silence_ends_on_a_working_morning_that_leaves_no_more_than_thirty_days(
    told: datetime, ends: datetime
) -> None:
    assert silence_ends(given(), a_case(told_at=told)) == ends


def test_until_something_was_told_silence_counts_from_the_receipt() -> None:
    case = a_case(received_at=NOW, told_at=None)
    assert silence_ends(given(), case) == MONTH


def test_in_a_stop_longer_than_the_promise_the_promise_comes_first() -> None:
    days = frozenset(date(2026, 6, 20) + timedelta(days=n) for n in range(50))
    stopped = Calendar(CALENDAR.non_working | days, CALENDAR.time_zone)
    told = datetime(2026, 6, 22, 9, 0, tzinfo=UTC)
    world = replace(given(), calendar=stopped)
    assert silence_ends(world, a_case(told_at=told)) == stopped.morning(date(2026, 7, 22))


@pytest.mark.parametrize("days", [1, 7, 21, 90])
def test_the_process_says_how_long_silence_may_last(days: int) -> None:
    world = given(process=replace(SMALL, silence_days=days))
    ends = silence_ends(world, a_case(told_at=NOW))
    assert timedelta(0) < ends - NOW <= timedelta(days=days)


@pytest.mark.parametrize(
    ("snapshot", "waits", "late"),
    [
        (parked(), False, False),
        (clocked("nap", clock_days=200, deadline=FAR, told_at=NOW), False, False),
        (
            clocked("jury", *OPEN_JURY, clock_days=60, deadline=FAR, told_at=NOW),
            False,
            False,
        ),
        (
            clocked("jury", *OPEN_JURY, told_at=NOW, paused_at=NOW, questions=1),
            True,
            False,
        ),
        (
            clocked("jury", *OPEN_JURY, clock_days=60, deadline=FAR, told_at=NOW, late=True),
            False,
            True,
        ),
    ],
    ids=["parked", "a wait of days", "an ask", "a question waits", "late"],
)
def test_before_silence_lasts_too_long_the_giver_hears_where_the_idea_is(
    snapshot: Snapshot, waits: bool, late: bool
) -> None:
    planned = plan(given(MONTH), snapshot)
    looks_again(planned, MONTH)
    context = the_mail(planned, "interim").context
    step = SMALL.step(snapshot.case.step)
    assert context["public_name"] == step.public_name.sv
    assert context["happens"] == step.happens.sv
    assert (context["waits_for_giver"], context["late"]) == (waits, late)
    assert planned.case.told_at == MONTH
    assert facts_of(planned, "InterimSent") == [{"step": step.key, "late": "yes" if late else "no"}]


def test_an_interim_message_says_when_the_next_step_is_due() -> None:
    assert the_mail(plan(given(MONTH), parked()), "interim").context["deadline"] == "2027-06-01"


@pytest.mark.parametrize(
    ("deadline", "passed"),
    [(FAR, False), (MONTH, False), (MONTH - SECOND, True), (None, False)],
    ids=["ahead", "just now", "behind", "none"],
)
def test_an_interim_message_says_whether_that_time_has_passed(
    deadline: datetime | None, passed: bool
) -> None:
    asks = tuple(replace(ask, deadline=deadline or FAR, reminded=3) for ask in OPEN_JURY)
    snapshot = standing("jury", *asks, deadline=deadline, told_at=NOW, extensions=1, late=True)
    snapshot = snapshot if deadline else replace(snapshot, asks=())
    people = PEOPLE if deadline else (JUDGE,)
    planned = plan(given(MONTH, people=people), snapshot)
    assert the_mail(planned, "interim").context["passed"] is passed


def test_a_second_before_nothing_is_said() -> None:
    planned = plan(given(MONTH - SECOND), parked())
    assert (planned.mails, planned.facts) == ((), ())
    assert planned.case.due_at == MONTH


def test_an_interim_message_is_said_once() -> None:
    snapshot = parked()
    again = plan(given(MONTH), after(snapshot, plan(given(MONTH), snapshot)))
    assert (again.mails, again.facts) == ((), ())


def test_news_that_was_told_anyway_breaks_the_silence() -> None:
    done = answered("glance", "hanna", ON)
    planned = plan(given(MONTH), standing("glance", done, told_at=NOW))
    assert [purpose for purpose, to in purposes(planned) if to == GIVER] == ["outcome"]


def test_followers_who_hear_of_a_step_get_no_interim_message_beside_it() -> None:
    followers = (a_follower("pekka", "fi"), a_follower("emma", "en"))
    wakes = standing("drawer", deadline=MONTH, told_at=NOW, has_email=False, followers=followers)
    planned = plan(given(MONTH), wakes)
    assert [mail for mail in purposes(planned) if mail[1].startswith("follower-")] == [
        ("progress", "follower-pekka"),
        ("progress", "follower-emma"),
    ]
    assert (len(facts_of(planned, "CallOwed")), facts_of(planned, "InterimSent")) == (1, [])


def test_followers_get_the_interim_message_in_their_language() -> None:
    planned = plan(given(MONTH), replace(parked(), followers=(a_follower("pekka", "fi"),)))
    (mail,) = [mail for mail in planned.mails if mail.recipient == "follower-pekka"]
    assert (mail.purpose, mail.context["public_name"]) == ("interim", "public drawer suomeksi")


def test_a_closed_case_is_silent() -> None:
    planned = plan(given(FAR), standing("bin", closed=True, told_at=NOW))
    assert (planned.mails, planned.case.due_at) == ((), None)


@pytest.mark.parametrize("has_email", [True, False])
def test_a_broken_promise_is_told_at_once_to_who_has_an_address(has_email: bool) -> None:
    now = JURY_DEADLINE + SECOND
    planned = plan(given(now), clocked("jury", *OPEN_JURY, has_email=has_email))
    assert bool(facts_of(planned, "PromiseBroken"))
    assert (("interim", GIVER) in purposes(planned)) is has_email
    assert not any(ask.task for ask in planned.opens)
    if has_email:
        assert the_mail(planned, "interim").context["late"] is True
        assert the_mail(planned, "interim").context["deadline"] == "2026-03-31"


# ── Who has no address is phoned ──


def test_who_has_no_address_is_phoned_before_silence_lasts_too_long() -> None:
    planned = plan(given(MONTH), parked(has_email=False))
    looks_again(planned, MONTH)
    (task,) = planned.opens
    assert (task.person, task.task, task.note) == ("hanna", "ring-1", "silence")
    assert facts_of(planned, "CallOwed") == [{"step": "drawer", "late": "no"}]
    assert purposes(planned) == [("ask", "hanna")]


def test_a_call_for_silence_is_reminded_but_holds_up_nothing() -> None:
    snapshot = parked(has_email=False)
    called = plan(given(MONTH), snapshot)
    happened = list(looks(after(snapshot, called), given(called.case.due_at), 2))
    assert purposes(happened[0][1]) == [("reminder", "hanna")]
    assert happened[0][1].case.paused_at is None


def test_a_second_call_is_not_asked_for_while_one_is_open() -> None:
    snapshot = after(parked(has_email=False), plan(given(MONTH), parked(has_email=False)))
    planned = call_giver(given(MONTH), snapshot, Plan(Reason.WAITING, snapshot.case), "silence")
    assert (planned.opens, planned.mails, planned.facts) == ((), (), ())


def test_of_a_call_that_nobody_made_the_coordinators_and_the_owners_hear_a_month_later() -> None:
    world = given(MONTH, people=(*PEOPLE, OWNER))
    told = [
        (CALENDAR.local_date(now).isoformat(), to)
        for now, planned in looks(parked(has_email=False), world, 3)
        for purpose, to in purposes(planned)
        if purpose == "overdue"
    ]
    assert told == [("2026-04-30", "hanna"), ("2026-04-30", "olof")]


def test_with_nobody_to_phone_the_coordinators_are_told_when_silence_ends() -> None:
    planned = plan(given(MONTH, people=(JUDGE, *JURORS)), parked(has_email=False))
    looks_again(planned, MONTH)
    assert purposes(planned) == [("nobody_to_ask", "mailbox")]
    assert the_mail(planned, "nobody_to_ask").part == "call"


def test_a_coordinator_may_be_asked_and_have_to_phone_in_one_morning() -> None:
    """Two mails of one purpose to one person: what they are about tells them apart."""
    wakes = standing("drawer", deadline=MONTH, told_at=NOW, has_email=False)
    planned = plan(given(MONTH), wakes)
    mails = [(mail.purpose, mail.recipient, mail.task) for mail in planned.mails]
    assert mails == [("ask", "hanna", ""), ("ask", "hanna", "ring-1")]


def test_calls_are_numbered_through_a_step() -> None:
    done = an_ask(person="hanna", step="ring", task="ring-1", epoch=2, role="host")
    answered_call = replace(done, state="answered")
    planned = plan(given(MONTH), replace(parked(has_email=False), asks=(answered_call,)))
    assert [ask.task for ask in planned.opens] == ["ring-2"]


# ── Never more than thirty days, whatever happens ──

RUNS: dict[str, Snapshot] = {
    "parked for years": parked(deadline=datetime(2029, 1, 2, 6, 30, tzinfo=UTC)),
    "an ask that nobody answers": clocked("glance", OPEN_HOST, told_at=NOW),
    "a panel that nobody answers": clocked("jury", *OPEN_JURY, told_at=NOW),
    "nobody to ask": standing("jury", told_at=NOW),
    "a question that nobody answers": clocked(
        "jury", *OPEN_JURY, told_at=NOW, paused_at=NOW, questions=1
    ),
}


def told_at(snapshot: Snapshot, world: Circumstances, days: int) -> Iterator[datetime]:
    """When the giver heard something, or somebody was asked to phone them, looking as often as the case asks for."""
    yield NOW
    for now, planned in looks(snapshot, world, 400):
        if now > NOW + timedelta(days=days):
            return
        to_giver = any(mail.recipient == GIVER for mail in planned.mails)
        if to_giver or facts_of(planned, "CallOwed"):
            yield now


@pytest.mark.parametrize("has_email", [True, False], ids=["by mail", "by phone"])
@pytest.mark.parametrize("snapshot", RUNS.values(), ids=list(RUNS.keys()))
def test_no_open_case_is_silent_for_more_than_thirty_days_in_a_year(
    snapshot: Snapshot, has_email: bool
) -> None:
    people = (*PEOPLE, OWNER) if snapshot.asks or snapshot.case.step == "drawer" else (OWNER,)
    case = replace(snapshot.case, has_email=has_email)
    heard = list(told_at(replace(snapshot, case=case), given(people=people), 370))
    assert len(heard) >= 12
    for one, next_ in pairwise(heard):
        days = (CALENDAR.local_date(next_) - CALENDAR.local_date(one)).days
        assert 0 < days <= 30


@settings(max_examples=60)
@drawn(
    told=st.integers(0, 730 * 24 * 60).map(
        lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    ),
    days=st.integers(1, 90),
)
def test_silence_always_ends_in_the_future_and_within_its_days(told: datetime, days: int) -> None:
    world = given(process=replace(SMALL, silence_days=days))
    ends = silence_ends(world, a_case(told_at=told))
    assert ends > told
    assert (CALENDAR.local_date(ends) - CALENDAR.local_date(told)).days <= days


def test_with_very_much_to_write_the_interim_message_waits_a_minute() -> None:
    crowd = tuple(a_follower(f"f-{n:02}") for n in range(25))
    asks = tuple(
        asked("jury", f"juror-{n:02}", deadline=datetime(2026, 4, 8, 21, 59, 59, tzinfo=UTC))
        for n in range(20)
    )
    world = given(
        datetime(2026, 4, 1, 5, 30, tzinfo=UTC),
        people=(*PEOPLE, *(somebody(f"juror-{n:02}", "juror") for n in range(20))),
        process=with_step(SMALL, "jury", panel=20, reminders=(-3,)),
    )
    snapshot = standing(
        "jury",
        *asks,
        followers=crowd,
        told_at=NOW,
        deadline=datetime(2026, 4, 8, 21, 59, 59, tzinfo=UTC),
    )
    happened = list(looks(snapshot, world, 2))
    first, second = happened[0][1], happened[1][1]
    assert {purpose for purpose, _ in purposes(first)} == {"reminder"}
    assert first.case.due_at == MONTH + timedelta(minutes=1)
    assert {purpose for purpose, _ in purposes(second)} == {"interim"}
    assert len(second.mails) == 26


def test_a_plan_that_tells_says_so_in_its_facts() -> None:
    planned = plan(given(MONTH), parked())
    assert planned.facts == (Fact("InterimSent", {"step": "drawer", "late": "no"}),)


def an_open_call(**fields: object) -> AskRow:
    call = {"step": "ring", "role": "host", "epoch": 2, "task": "ring-1", "note": "silence"}
    return an_ask(person="hanna", **(call | {"deadline": MONTH + timedelta(days=7)} | fields))


def test_a_call_for_silence_of_somebody_who_left_goes_to_another() -> None:
    heir = somebody("henrik", "host")
    snapshot = replace(parked(has_email=False, told_at=MONTH), asks=(an_open_call(),))
    planned = plan(given(MONTH, people=(heir, JUDGE)), snapshot)
    assert [(ask.person, ask.task, ask.note) for ask in planned.opens] == [
        ("henrik", "ring-2", "silence")
    ]


def test_when_whoever_was_to_phone_after_silence_left_and_nobody_can_it_is_told_at_once() -> None:
    snapshot = replace(parked(has_email=False, told_at=MONTH), asks=(an_open_call(),))
    planned = plan(given(MONTH, people=(JUDGE,)), snapshot)
    looks_again(planned, MONTH)
    assert purposes(planned) == [("nobody_to_ask", "mailbox")]


def test_an_answer_that_shares_nothing_is_told_as_progress() -> None:
    questions = tuple(replace(q, shared=False) for q in SMALL.step("glance").questions)
    process = with_step(SMALL, "glance", questions=questions)
    planned = plan(given(process=process), standing("glance", answered("glance", "hanna", ON)))
    assert [purpose for purpose, to in purposes(planned) if to == GIVER] == ["progress"]


def test_an_idea_that_ends_after_a_long_silence_owes_no_call() -> None:
    """Of the end its giver, who has no address, reads on their page; a call about where the idea is would come too late."""
    done = answered("glance", "hanna", DROP)
    snapshot = standing("glance", done, has_email=False, received_at=NOW - timedelta(days=90))
    planned = plan(given(), snapshot)
    assert planned.case.closed
    assert (planned.opens, planned.case.due_at) == ((), None)
    assert facts_of(planned, "CallOwed") == []
