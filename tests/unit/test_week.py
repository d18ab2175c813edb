"""How often an idea-giver hears: every step, one mail a week that gathers what happened, or only what they must know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from chalicelib.domain.news import decided_before, progress_chosen, silence_ends, week_opens
from chalicelib.domain.pause import ask_giver
from chalicelib.domain.plan import plan, withdrawal
from chalicelib.domain.planned import Reason
from chalicelib.domain.rows import (
    GIVER,
    AskRow,
    AskState,
    Fact,
    FollowerRow,
    HowOften,
    Snapshot,
)
from tests.builders import CASE_ID, NOW, a_case
from tests.small_process import DROP, ON, RULING, SMALL, SO, VIEW, with_step
from tests.unit.standing_cases import (
    OPEN_JURY,
    RULING_DEADLINE,
    SECOND,
    after,
    answered,
    asked,
    clocked,
    facts_of,
    given,
    looks_again,
    purposes,
    standing,
    the_mail,
)

FAR = datetime(2027, 6, 1, 5, 30, tzinfo=UTC)
NEXT_WEEK = datetime(2026, 3, 9, 6, 30, tzinfo=UTC)
"""Half past seven on the Monday after NOW, which is itself a Monday."""
LAST_OPENING = datetime(2026, 3, 30, 5, 30, tzinfo=UTC)
"""Of the mornings that open a week the last that leaves no more than thirty days from NOW."""
AFTER_EASTER = datetime(2026, 4, 7, 5, 30, tzinfo=UTC)


def asked_by_nobody(**case: object) -> Snapshot:
    """A wait that has ended at NOW, so that the next look moves the idea on: news that one can do without."""
    fields = {"deadline": NOW - SECOND, "told_at": NOW - timedelta(days=1)}
    return standing("nap", **(fields | case))


def parked(**case: object) -> Snapshot:
    return standing("drawer", **({"deadline": FAR, "told_at": NOW, "weekly": True} | case))


def a_follower(**fields: object) -> FollowerRow:
    return replace(FollowerRow(CASE_ID, "pekka", "fi", has_email=True, since=NOW), **fields)


# ── What is chosen ──


@pytest.mark.parametrize(
    ("quiet", "weekly", "how_often"),
    [
        (False, False, HowOften.EVERY_STEP),
        (False, True, HowOften.WEEKLY),
        (True, False, HowOften.OUTCOME),
        (True, True, HowOften.OUTCOME),
    ],
)
def test_what_is_stored_says_how_often(quiet: bool, weekly: bool, how_often: HowOften) -> None:
    assert a_case(quiet=quiet, weekly=weekly).how_often is how_often


@pytest.mark.parametrize(
    ("chosen", "fact"),
    [
        (HowOften.EVERY_STEP, "ProgressMailResumed"),
        (HowOften.WEEKLY, "ProgressMailGathered"),
        (HowOften.OUTCOME, "ProgressMailStopped"),
    ],
)
@pytest.mark.parametrize("before", list(HowOften))
def test_a_choice_is_recorded_and_moves_nothing_else(
    before: HowOften, chosen: HowOften, fact: str
) -> None:
    case = progress_chosen(a_case(), before).case
    planned = progress_chosen(case, chosen)
    assert planned.case.how_often is chosen
    assert planned.why is Reason.MAILS_CHOSEN
    assert [recorded.kind for recorded in planned.facts] == [fact]
    assert replace(planned.case, quiet=case.quiet, weekly=case.weekly) == case
    assert planned.mails == ()


# ── What comes at once, what is gathered, what is spared ──


@pytest.mark.parametrize(
    ("how_often", "mails", "gathered", "told"),
    [
        (HowOften.EVERY_STEP, [("progress", GIVER)], None, NOW),
        (HowOften.WEEKLY, [], NOW, NOW - timedelta(days=1)),
        (HowOften.OUTCOME, [], None, NOW),
    ],
)
def test_news_that_one_can_do_without_comes_as_often_as_was_chosen(
    how_often: HowOften,
    mails: list[tuple[str, str]],
    gathered: datetime | None,
    told: datetime,
) -> None:
    stands = asked_by_nobody()
    chosen = replace(stands, case=progress_chosen(stands.case, how_often).case)
    planned = plan(given(), chosen)
    assert [mail for mail in purposes(planned) if mail[1] == GIVER] == mails
    assert (planned.case.news_since, planned.case.told_at) == (gathered, told)


@pytest.mark.parametrize("how_often", list(HowOften))
def test_what_becomes_of_the_idea_comes_at_once_whatever_was_chosen(how_often: HowOften) -> None:
    stands = standing("glance", answered("glance", "hanna", DROP))
    chosen = replace(stands, case=progress_chosen(stands.case, how_often).case)
    planned = plan(given(), chosen)
    assert ("outcome", GIVER) in purposes(planned)
    assert planned.case.news_since is None
    assert planned.case.told_at == NOW


@pytest.mark.parametrize(
    ("how_often", "mails", "gathered"),
    [
        (HowOften.EVERY_STEP, [("outcome", GIVER)], None),
        (HowOften.WEEKLY, [], NOW),
        (HowOften.OUTCOME, [("outcome", GIVER)], None),
    ],
)
def test_an_answer_on_the_way_waits_for_the_week_of_who_chose_one_mail_a_week(
    how_often: HowOften, mails: list[tuple[str, str]], gathered: datetime | None
) -> None:
    stands = standing("glance", answered("glance", "hanna", ON))
    chosen = replace(stands, case=progress_chosen(stands.case, how_often).case)
    planned = plan(given(), chosen)
    assert [mail for mail in purposes(planned) if mail[1] == GIVER] == mails
    assert planned.case.news_since == gathered


@pytest.mark.parametrize(("weekly", "told"), [(True, False), (False, True)])
def test_an_answer_on_the_way_waits_for_the_week_of_a_follower_too(
    weekly: bool, told: bool
) -> None:
    stands = standing("glance", answered("glance", "hanna", ON))
    planned = plan(given(), replace(stands, followers=(a_follower(weekly=weekly),)))
    assert (("outcome", "follower-pekka") in purposes(planned)) is told
    assert (planned.case.news_since == NOW) is weekly


@pytest.mark.parametrize("how_often", list(HowOften))
def test_a_question_comes_at_once_whatever_was_chosen(how_often: HowOften) -> None:
    stands = clocked("jury", *OPEN_JURY)
    chosen = replace(stands, case=progress_chosen(stands.case, how_often).case)
    planned = ask_giver(given(), chosen, OPEN_JURY[0], "Hur många bänkar?")
    assert purposes(planned) == [("question", GIVER)]


def test_the_week_counts_from_the_first_news_that_it_gathers() -> None:
    first = NOW - timedelta(hours=1)
    planned = plan(given(), asked_by_nobody(weekly=True, news_since=first))
    assert planned.case.news_since == first


def test_the_end_of_the_idea_leaves_nothing_gathered() -> None:
    gathered = {"weekly": True, "news_since": NOW}
    ended = plan(given(), standing("glance", answered("glance", "hanna", DROP), **gathered))
    assert (ended.case.closed, ended.case.news_since) == (True, None)
    assert [purpose for purpose, to in purposes(ended) if to == GIVER] == ["outcome"]
    withdrawn = withdrawal(given(), standing("glance", **gathered))
    assert withdrawn.case.news_since is None


# ── The week's mail ──


@pytest.mark.parametrize(
    ("since", "opens"),
    [
        (NOW, NEXT_WEEK),
        (NEXT_WEEK - SECOND, NEXT_WEEK),
        (NEXT_WEEK, NEXT_WEEK + timedelta(days=7)),
        (datetime(2026, 3, 8, 22, 0, tzinfo=UTC), NEXT_WEEK),
        (datetime(2026, 4, 1, 9, 0, tzinfo=UTC), AFTER_EASTER),
    ],
    ids=["a Monday", "just before", "just then", "a Sunday night", "before Easter Monday"],
)
def test_a_week_is_told_on_the_first_working_morning_of_the_next(
    since: datetime, opens: datetime
) -> None:
    assert week_opens(given(), since) == opens


def test_what_was_gathered_is_told_in_one_mail_when_the_week_opens() -> None:
    waits = parked(news_since=NOW)
    before = plan(given(NEXT_WEEK - SECOND), waits)
    assert (before.mails, before.case.due_at) == ((), NEXT_WEEK)
    planned = plan(given(NEXT_WEEK), waits)
    mail = the_mail(planned, "week")
    assert (mail.recipient, mail.context["since"], mail.context["until"]) == (
        GIVER,
        NOW.isoformat(),
        NEXT_WEEK.isoformat(),
    )
    assert mail.context["public_name"] == "public drawer på svenska"
    assert facts_of(planned, "WeekTold") == [{"step": "drawer"}]
    assert (planned.case.news_since, planned.case.told_at) == (None, NEXT_WEEK)
    looks_again(planned, NEXT_WEEK)


def test_a_week_that_is_told_late_is_told_once() -> None:
    late = NEXT_WEEK + timedelta(days=2)
    told = after(parked(news_since=NOW), plan(given(late), parked(news_since=NOW)))
    assert plan(given(late + SECOND), told).mails == ()
    assert week_opens(given(), late) == NEXT_WEEK + timedelta(days=7)


def test_with_nothing_gathered_a_week_brings_no_mail() -> None:
    assert plan(given(NEXT_WEEK), parked()).mails == ()


@pytest.mark.parametrize("chosen", [HowOften.EVERY_STEP, HowOften.OUTCOME])
def test_who_has_chosen_otherwise_since_gets_no_weeks_mail(chosen: HowOften) -> None:
    waits = parked(news_since=NOW)
    waits = replace(waits, case=progress_chosen(waits.case, chosen).case)
    planned = plan(given(NEXT_WEEK), waits)
    assert (planned.mails, planned.facts, planned.case.news_since) == ((), (), None)


def test_a_broken_promise_is_told_in_the_weeks_mail_which_says_that_we_are_late() -> None:
    late = standing(
        "ruling", asked("ruling", "jorma"), promised_by="2026-03-16", told_at=NOW, weekly=True
    )
    now = RULING_DEADLINE + SECOND
    broken = plan(given(now), late)
    assert facts_of(broken, "PromiseBroken")
    assert facts_of(broken, "InterimSent") == []
    assert [to for _, to in purposes(broken) if to == GIVER] == []
    assert broken.case.news_since == now
    opens = week_opens(given(), now)
    told = plan(given(opens), after(late, broken))
    assert the_mail(told, "week").context["late"] is True


def test_to_whom_mail_comes_back_the_week_is_told_by_phone() -> None:
    planned = plan(given(NEXT_WEEK), parked(news_since=NOW, bounced=True))
    (call,) = planned.opens
    assert (call.step, call.note) == ("ring", "week")
    assert GIVER not in {to for _, to in purposes(planned)}


def test_who_cannot_be_phoned_either_is_not_called() -> None:
    waits = parked(news_since=NOW, bounced=True, has_phone=False)
    planned = plan(given(NEXT_WEEK), waits)
    assert (planned.opens, planned.case.news_since) == ((), None)


# ── Joined ideas ──


def test_whose_idea_was_joined_hears_weekly_when_they_had_chosen_that() -> None:
    stands = asked_by_nobody()
    stands = replace(stands, followers=(a_follower(weekly=True), a_follower(follower="emma")))
    planned = plan(given(), stands)
    assert [mail for mail in purposes(planned) if mail[0] == "progress"] == [
        ("progress", GIVER),
        ("progress", "follower-emma"),
    ]
    assert planned.case.news_since == NOW
    told = plan(given(NEXT_WEEK), after(stands, planned))
    assert [mail for mail in purposes(told) if mail[0] == "week"] == [("week", "follower-pekka")]
    assert the_mail(told, "week").context["public_name"] == "public glance suomeksi"
    assert told.case.told_at == NOW


def test_a_follower_whom_mail_does_not_reach_gathers_nothing() -> None:
    deaf = a_follower(weekly=True, has_email=False)
    planned = plan(given(), replace(asked_by_nobody(), followers=(deaf,)))
    assert planned.case.news_since is None


def test_a_question_to_the_giver_is_gathered_for_who_hears_weekly() -> None:
    stands = replace(clocked("jury", *OPEN_JURY), followers=(a_follower(weekly=True),))
    planned = ask_giver(given(), stands, OPEN_JURY[0], "Hur många bänkar?")
    assert purposes(planned) == [("question", GIVER)]
    assert planned.case.news_since == NOW


# ── The silence guard ──


@pytest.mark.parametrize(
    ("weekly", "ends"),
    [(False, datetime(2026, 4, 1, 5, 30, tzinfo=UTC)), (True, LAST_OPENING)],
)
def test_silence_ends_for_who_hears_weekly_when_a_week_opens(weekly: bool, ends: datetime) -> None:
    assert silence_ends(given(), a_case(told_at=NOW), weekly) == ends


def test_a_week_that_opens_on_the_last_day_of_silence_opens_in_time() -> None:
    saturday = datetime(2026, 3, 14, 9, 0, tzinfo=UTC)
    opens = datetime(2026, 4, 13, 5, 30, tzinfo=UTC)
    assert silence_ends(given(), a_case(told_at=saturday), weekly=True) == opens


def test_news_after_too_long_a_silence_is_told_at_once_in_the_weeks_mail() -> None:
    """The case was looked at too late: the week of the news opens in seven days, and silence has ended this morning."""
    late = NEXT_WEEK + timedelta(hours=2)
    waits = parked(told_at=datetime(2026, 2, 10, 9, 0, tzinfo=UTC), news_since=late)
    assert purposes(plan(given(late), waits)) == [("week", GIVER)]


def test_before_silence_lasts_too_long_who_hears_weekly_hears_where_the_idea_is() -> None:
    assert plan(given(LAST_OPENING - SECOND), parked()).mails == ()
    planned = plan(given(LAST_OPENING), parked())
    assert purposes(planned) == [("interim", GIVER)]
    assert planned.case.told_at == LAST_OPENING
    assert facts_of(planned, "InterimSent") == [{"step": "drawer", "late": "no"}]


def test_a_follower_who_hears_weekly_is_part_of_the_silence_too() -> None:
    waits = replace(parked(weekly=False), followers=(a_follower(weekly=True),))
    assert purposes(plan(given(LAST_OPENING), waits)) == [
        ("interim", GIVER),
        ("interim", "follower-pekka"),
    ]


@settings(max_examples=60, deadline=None)
@drawn(st.lists(st.integers(0, 40 * 24), max_size=12))
def test_at_most_one_weeks_mail_in_a_calendar_week_and_never_thirty_days_of_silence(
    hours: list[int],
) -> None:
    """News comes at any hours; the case is looked at when it is due."""
    news = sorted(NOW + timedelta(hours=more) for more in hours)
    snapshot, now, told = parked(), NOW, [NOW]
    weeks: list[tuple[int, int]] = []
    while now < NOW + timedelta(days=70):
        planned = plan(given(now), snapshot)
        looks_again(planned, now)
        for purpose, _ in purposes(planned):
            told.append(now)
            local = given().calendar.local_date(now).isocalendar()
            weeks.append((local.year, local.week))
            assert purpose in ("week", "interim")
        snapshot = after(snapshot, planned)
        assert snapshot.case.due_at is not None
        following = [at for at in news if now < at < snapshot.case.due_at]
        now = following[0] if following else snapshot.case.due_at
        if following:
            since = snapshot.case.news_since or now
            due = min(snapshot.case.due_at, week_opens(given(), since))
            moved = replace(snapshot.case, news_since=since, due_at=due)
            snapshot = replace(snapshot, case=moved)
    assert len(weeks) == len(set(weeks))
    gaps = [later - earlier for earlier, later in pairwise(told)]
    assert all(gap <= timedelta(days=30) for gap in gaps)


# ── What the week's mail says of an answer on the way ──

ENTERED = Fact("StepEntered", {"step": "jury", "from": "glance", "epoch": "3"})
DECIDED = answered("glance", "hanna", ON)


@pytest.mark.parametrize(
    ("entered", "asks", "told"),
    [
        (ENTERED, (DECIDED,), ON),
        (ENTERED, (answered("glance", "hasse", DROP, minutes=9), DECIDED), ON),
        (ENTERED, (replace(DECIDED, epoch=1),), None),
        (ENTERED, (replace(DECIDED, state=AskState.OPEN, answer=None, answered_at=None),), None),
        (ENTERED, (replace(DECIDED, task="ring-1"),), None),
        (ENTERED, (), None),
        (
            replace(ENTERED, data={**ENTERED.data, "from": "jury"}),
            (answered("jury", "bo", VIEW),),
            None,
        ),
        (replace(ENTERED, data={**ENTERED.data, "from": "gone"}), (DECIDED,), None),
    ],
)
def test_the_answer_that_led_to_a_step_is_the_first_of_the_epoch_that_was_left(
    entered: Fact, asks: tuple[AskRow, ...], told: Mapping[str, str] | None
) -> None:
    decided = decided_before(SMALL, Snapshot(a_case(step="jury", epoch=3), asks), entered)
    assert (decided[1] if decided is not None else None) == told


ENDED = pytest.mark.parametrize(
    ("answer", "merged", "turned_down"),
    [(DROP, None, True), (DROP, "another", False), (ON, None, False)],
)


@ENDED
def test_who_gets_a_no_reads_so_before_why(
    answer: Mapping[str, str], merged: str | None, turned_down: bool
) -> None:
    stands = standing("glance", answered("glance", "hanna", answer), merged_into=merged)
    assert the_mail(plan(given(), stands), "outcome").context["refused"] is turned_down


RULED = RULING.questions[0]


@pytest.mark.parametrize(("code", "turned_down"), [("good", False), ("poor", True)])
def test_an_option_that_says_by_itself_how_an_idea_ends_is_not_called_a_no(
    code: str, turned_down: bool
) -> None:
    ruled = replace(
        RULED, options=(replace(RULED.options[0], closing_code=code), *RULED.options[1:])
    )
    process = with_step(SMALL, "ruling", questions=(ruled, *RULING.questions[1:]))
    stands = standing("ruling", answered("ruling", "jorma", SO))
    context = the_mail(plan(given(process=process), stands), "outcome").context
    assert (context["turned_down"], context["refused"]) == (turned_down, False)


@pytest.mark.parametrize("goes_on", [True, False])
def test_what_is_under_way_already_has_been_refused_by_nobody(goes_on: bool) -> None:
    codes = tuple(replace(code, goes_on=goes_on) for code in SMALL.closing_codes)
    process = replace(SMALL, closing_codes=codes)
    stands = standing("glance", answered("glance", "hanna", DROP))
    context = the_mail(plan(given(process=process), stands), "outcome").context
    assert (context["turned_down"], context["refused"]) == (not goes_on, not goes_on)


@ENDED
def test_only_who_gets_a_no_reads_what_they_can_do_after_one(
    answer: Mapping[str, str], merged: str | None, turned_down: bool
) -> None:
    stands = standing("glance", answered("glance", "hanna", answer), merged_into=merged)
    assert the_mail(plan(given(), stands), "outcome").context["turned_down"] is turned_down
