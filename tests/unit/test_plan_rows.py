"""A plan always fits in one transaction, with the largest panels, ten coordinators, ten owners and twenty-five followers, also after
months in which nobody looked."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from chalicelib.config.read_process import LARGEST_PANEL
from chalicelib.domain.pause import giver_answered
from chalicelib.domain.plan import plan, withdrawal
from chalicelib.domain.planned import MOST_ROWS, Circumstances, MailOwed, Plan, Reason
from chalicelib.domain.process import Process
from chalicelib.domain.rows import GIVER, Absence, AskRow, FollowerRow, Snapshot
from chalicelib.services.join_ideas import MOST_FOLLOWERS
from tests.builders import CASE_ID, NOW, a_follower, an_undelivered
from tests.small_process import ON, OTHER_VIEW, SMALL, VIEW, with_step
from tests.unit.standing_cases import (
    CALENDAR,
    JURY_DEADLINE,
    OPEN_HOST,
    SECOND,
    after,
    answered,
    asked,
    clocked,
    facts_of,
    given,
    looks,
    purposes,
    standing,
)
from tests.world import somebody

HOSTS = tuple(somebody(f"host-{n:02}", "host") for n in range(12))
OWNERS = tuple(somebody(f"owner-{n:02}", "owner") for n in range(12))
JURORS = tuple(somebody(f"juror-{n:02}", "juror") for n in range(4 * LARGEST_PANEL))
JUDGES = tuple(somebody(f"judge-{n:02}", "judge") for n in range(2 * LARGEST_PANEL))
EVERYBODY = (*HOSTS, *OWNERS, *JURORS, *JUDGES)
FOLLOWERS = tuple(
    FollowerRow(CASE_ID, f"f-{n:02}", "fi", has_email=True, since=NOW)
    for n in range(MOST_FOLLOWERS)
)
TROUBLE = tuple(an_undelivered(mail_id=f"m-{n}") for n in range(40))


def large(**jury: object) -> Process:
    """Two panels of the largest size after each other."""
    process = with_step(SMALL, "jury", **({"panel": LARGEST_PANEL, "quorum": 20} | jury))
    return with_step(process, "ruling", panel=LARGEST_PANEL, outcome=None, then="nap")


def a_panel(first: int = 0, count: int = LARGEST_PANEL) -> tuple[AskRow, ...]:
    return tuple(asked("jury", person.person_id) for person in JURORS[first : first + count])


def crowded(*asks: AskRow, **case: object) -> Snapshot:
    snapshot = clocked("jury", *asks, **({"told_at": NOW} | case))
    return replace(snapshot, followers=FOLLOWERS, undelivered=TROUBLE)


def world(now: datetime = NOW, process: Process | None = None) -> Circumstances:
    return given(now, people=EVERYBODY, process=process or large())


def until_quiet(snapshot: Snapshot, circumstances: Circumstances, times: int) -> list[Plan]:
    plans = [planned for _, planned in looks(snapshot, circumstances, times)]
    for planned in plans:
        assert planned.rows <= MOST_ROWS
        keys = [(m.purpose, m.recipient, m.part, m.task) for m in planned.mails]
        assert len(keys) == len(set(keys))
        changed = [(a.person, a.epoch, a.task) for a in planned.changes + planned.opens]
        assert len(changed) == len(set(changed))
    return plans


def test_a_panel_that_nobody_answers_fits_from_its_first_look_to_its_last() -> None:
    plans = until_quiet(crowded(*a_panel()), world(), 30)
    assert sum(len(planned.told) for planned in plans) == len(TROUBLE)
    assert sum(len(facts_of(planned, "PromiseBroken")) for planned in plans) == 1
    assert sum(len(planned.opens) for planned in plans) == LARGEST_PANEL + 1


@pytest.mark.parametrize("weeks", [0, 1, 2, 3, 5, 9, 30])
def test_a_panel_that_was_slept_through_fits(weeks: int) -> None:
    until_quiet(crowded(*a_panel()), world(JURY_DEADLINE + timedelta(weeks=weeks, seconds=1)), 12)


@pytest.mark.parametrize("weeks", [0, 1, 3, 9])
def test_an_extended_panel_that_was_slept_through_fits(weeks: int) -> None:
    asks = a_panel(0, 2 * LARGEST_PANEL)
    now = JURY_DEADLINE + timedelta(weeks=weeks, seconds=1)
    plans = until_quiet(crowded(*asks, extensions=1), world(now), 20)
    if weeks > 2:
        soon = [
            p
            for at, p in looks(crowded(*asks, extensions=1), world(now), 6)
            if at <= now + timedelta(minutes=5)
        ]
        assert any(purpose == "overdue" for p in soon for purpose, _ in purposes(p))
    told = {to for planned in plans for purpose, to in purposes(planned) if purpose == "overdue"}
    assert len(told) == 20
    assert sum(("interim", GIVER) in purposes(planned) for planned in plans) >= 1


def test_a_broken_promise_is_told_before_all_the_rest_that_does_not_fit_with_it() -> None:
    now = JURY_DEADLINE + SECOND
    first, second, *_ = until_quiet(crowded(*a_panel()), world(now), 6)
    assert [mail.purpose for mail in first.mails if mail.purpose != "undelivered"] == (
        ["interim"] * 26
    )
    assert (first.case.late, first.case.extensions, first.opens) == (True, 0, ())
    assert first.case.due_at == now + timedelta(minutes=1)
    assert (second.case.extensions, len(second.opens)) == (1, LARGEST_PANEL)
    assert facts_of(second, "PromiseBroken") == []


@pytest.mark.parametrize("answers", [1, 20])
def test_leaving_one_large_panel_for_another_fits_and_all_are_asked_within_minutes(
    answers: int,
) -> None:
    done = tuple(
        answered("jury", person.person_id, VIEW if n % 2 else OTHER_VIEW)
        for n, person in enumerate(JURORS[:answers])
    )
    asks = (*done, *a_panel(answers, 2 * LARGEST_PANEL - answers))
    process = large(quorum=answers)
    plans = until_quiet(crowded(*asks), world(process=process), 6)
    opened = {ask.person for planned in plans for ask in planned.opens}
    assert len(opened) == LARGEST_PANEL
    assert (plans[0].opens, plans[0].case.due_at) == ((), NOW + timedelta(minutes=1))
    assert plans[-1].case.step == "ruling"
    news = [to for planned in plans for purpose, to in purposes(planned) if purpose == "progress"]
    assert len(news) == 1 + MOST_FOLLOWERS
    deadlines = {ask.deadline for planned in plans for ask in planned.opens}
    assert deadlines == {CALENDAR.deadline(NOW, 10)}


@pytest.mark.parametrize("left", [LARGEST_PANEL, 2 * LARGEST_PANEL])
def test_when_a_whole_panel_leaves_at_once_others_are_asked_within_minutes(left: int) -> None:
    circumstances = replace(world(), people=(*HOSTS, *OWNERS, *JURORS[left:], *JUDGES))
    plans = until_quiet(crowded(*a_panel(0, left)), circumstances, 8)
    assert sum(len(planned.opens) for planned in plans) == min(left, len(JURORS) - left)


@pytest.mark.parametrize("days", [0, 60])
def test_when_a_whole_panel_leaves_and_nobody_is_there_it_fits(days: int) -> None:
    circumstances = replace(world(NOW + timedelta(days=days)), people=(*HOSTS, *OWNERS))
    plans = until_quiet(crowded(*a_panel(0, 2 * LARGEST_PANEL)), circumstances, 8)
    assert any(purpose == "nobody_to_ask" for p in plans for purpose, _ in purposes(p))


def test_when_the_half_of_a_panel_that_has_not_answered_leaves_the_next_step_fits() -> None:
    half = LARGEST_PANEL // 2
    done = tuple(
        answered("jury", person.person_id, VIEW if n % 2 else OTHER_VIEW)
        for n, person in enumerate(JURORS[:half])
    )
    circumstances = replace(world(), people=(*HOSTS, *OWNERS, *JURORS[:half], *JUDGES))
    plans = until_quiet(crowded(*done, *a_panel(half, half)), circumstances, 4)
    assert plans[-1].case.step == "ruling"
    assert sum(len(planned.opens) for planned in plans) == LARGEST_PANEL


def test_when_a_whole_panel_is_away_and_late_it_fits() -> None:
    summer = Absence("2026-03-01", "2026-12-31")
    away = tuple(replace(person, absences=(summer,)) for person in JURORS[:20])
    circumstances = replace(
        world(JURY_DEADLINE + timedelta(days=60)),
        people=(*HOSTS, *OWNERS, *away, *JURORS[20:], *JUDGES),
    )
    until_quiet(crowded(*a_panel()), circumstances, 12)


def test_a_withdrawal_fits() -> None:
    planned = withdrawal(world(), crowded(*a_panel(0, 2 * LARGEST_PANEL)))
    assert planned.rows <= MOST_ROWS


def test_a_pause_and_its_end_fit() -> None:
    snapshot = crowded(*a_panel(0, 2 * LARGEST_PANEL), paused_at=NOW, questions=1, extensions=1)
    until_quiet(snapshot, world(), 20)
    later = NOW + timedelta(days=9)
    planned = giver_answered(world(later), snapshot, "somebody else", answered=True)
    assert planned.rows <= MOST_ROWS
    until_quiet(after(snapshot, planned), world(later), 12)


def test_a_calendar_that_changed_fits_with_all_that_is_due() -> None:
    snapshot = crowded(*a_panel(0, 2 * LARGEST_PANEL), clock_days=9, extensions=1)
    now = JURY_DEADLINE + timedelta(days=40)
    until_quiet(snapshot, world(now), 12)


@pytest.mark.parametrize(("panel", "asked_at_once"), [(42, True), (43, False)])
def test_a_panel_too_large_for_one_transaction_is_asked_a_minute_later(
    panel: int, asked_at_once: bool
) -> None:
    jurors = tuple(somebody(f"juror-{number:02}", "juror") for number in range(panel))
    process = with_step(SMALL, "jury", panel=panel)
    world = given(people=(*HOSTS[:1], *jurors), process=process)
    done = standing("glance", answered("glance", "hanna", ON), followers=(a_follower(),))
    planned = plan(world, done)
    assert planned.case.step == "jury"
    assert len(planned.opens) == (panel if asked_at_once else 0)
    assert (planned.case.due_at == NOW + timedelta(minutes=1)) is not asked_at_once


def test_silence_that_ends_with_a_large_panel_to_remind_fits() -> None:
    now = CALENDAR.morning(date(2026, 4, 1))
    until_quiet(crowded(*a_panel(0, 2 * LARGEST_PANEL), extensions=1), world(now), 12)


def test_who_enters_a_large_panel_from_a_step_of_one_asks_all_at_once() -> None:
    done = answered("glance", "hanna", ON)
    snapshot = replace(clocked("glance", done, OPEN_HOST), followers=())
    planned = plan(world(), snapshot)
    assert len(planned.opens) == LARGEST_PANEL


def test_a_plan_counts_every_row_that_it_writes_beside_the_case() -> None:
    asks, mail = a_panel(), MailOwed("ask", "juror-00", {})
    planned = Plan(
        Reason.WAITING,
        crowded().case,
        opens=asks[:1],
        changes=asks[:2],
        reopens=asks[:4],
        told=TROUBLE[:8],
        mails=(mail,) * 16,
        unreachable=("ada",) * 32,
        followers=FOLLOWERS[:1] * 64,
    )
    assert planned.rows == 1 + 2 + 4 + 8 + 16 + 32 + 64
