"""What the idea-giver and those whose ideas were joined hear: news in their language, and an honest word before silence lasts too long."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.news import break_silence, call_giver, look_by, tell_week
from chalicelib.domain.pause import ask_giver
from chalicelib.domain.plan import plan, withdrawal
from chalicelib.domain.planned import MailOwed, Plan, Reason, look_again
from chalicelib.domain.process import Lang, Question, QuestionKind
from chalicelib.domain.rows import GIVER, AskRow, Fact, FollowerRow, PersonRow, Snapshot
from tests.builders import CASE_ID, NOW, an_ask
from tests.small_process import DROP, ON, SMALL, VIEW, said, with_step
from tests.unit.standing_cases import (
    OPEN_HOST,
    OPEN_JUDGE,
    RULING_DEADLINE,
    SECOND,
    answered,
    given,
    purposes,
    standing,
    the_mail,
)
from tests.world import HOST, JUDGE, PEOPLE, somebody

FAR = datetime(2027, 6, 1, 5, 30, tzinfo=UTC)
MONTH = datetime(2026, 4, 1, 5, 30, tzinfo=UTC)
"""Half past seven on the thirtieth day after NOW, a Wednesday."""
OWNER = somebody("olof", "owner")


def a_follower(name: str, lang: Lang = "sv", **fields: object) -> FollowerRow:
    row = FollowerRow(CASE_ID, name, lang, has_email=True, since=NOW)
    return replace(row, **fields)


FI, EN = a_follower("pekka", "fi"), a_follower("emma", "en")
UNREACHED = a_follower("nils", has_email=False)


def parked(**case: object) -> Snapshot:
    return standing("drawer", **({"deadline": FAR, "told_at": NOW} | case))


# ── News of a step ──


def test_followers_get_the_news_each_in_their_language() -> None:
    snapshot = standing("glance", answered("glance", "hanna", ON), followers=(FI, EN, UNREACHED))
    news = [mail for mail in plan(given(), snapshot).mails if mail.purpose == "outcome"]
    assert [(mail.recipient, mail.context["chosen"]) for mail in news] == [
        (GIVER, "on på svenska"),
        ("follower-pekka", "on suomeksi"),
        ("follower-emma", "on in English"),
    ]
    assert [mail.context["public_name"] for mail in news[1:]] == [
        "public jury suomeksi",
        "public jury in English",
    ]
    assert news[1].context["shared"] == [["why suomeksi", ON["why"]]]


def test_followers_hear_although_the_giver_has_no_address() -> None:
    snapshot = standing("glance", answered("glance", "hanna", ON), followers=(FI,), has_email=False)
    planned = plan(given(), snapshot)
    assert ("outcome", "follower-pekka") in purposes(planned)
    assert GIVER not in {mail.recipient for mail in planned.mails}
    assert planned.case.told_at is None


def test_followers_hear_of_the_end() -> None:
    done = answered("glance", "hanna", DROP)
    planned = plan(given(), standing("glance", done, followers=(FI,)))
    assert planned.case.closed
    assert [to for purpose, to in purposes(planned) if purpose == "outcome"] == [
        GIVER,
        "follower-pekka",
    ]


def test_an_idea_that_others_follow_lives_on_when_its_giver_takes_it_back() -> None:
    planned = withdrawal(given(), standing("glance", OPEN_HOST, followers=(FI,)))
    case = planned.case
    assert (case.step, case.closed, case.given_up, case.has_email) == ("glance", False, True, False)
    assert purposes(planned) == [("outcome", GIVER)]
    assert the_mail(planned, "outcome").context["public_name"] == "public recalled på svenska"
    assert planned.changes == ()
    assert planned.facts == (Fact("GiverLeft", {"step": "glance"}),)
    assert case.due_at == NOW


def test_a_giver_without_an_address_who_takes_a_followed_idea_back_gets_no_mail() -> None:
    planned = withdrawal(given(), standing("glance", OPEN_HOST, followers=(FI,), has_email=False))
    assert planned.mails == ()
    assert planned.case.given_up


def test_a_giver_to_whom_mail_comes_back_who_takes_a_followed_idea_back_gets_no_mail() -> None:
    planned = withdrawal(given(), standing("glance", OPEN_HOST, followers=(FI,), bounced=True))
    assert planned.mails == ()


def test_a_question_to_a_giver_who_left_waits_no_more() -> None:
    paused = standing(
        "glance", OPEN_HOST, followers=(FI,), paused_at=NOW, clock_from="2026-03-02", clock_days=5
    )
    planned = withdrawal(given(NOW + timedelta(days=2)), paused)
    assert planned.case.paused_at is None
    assert planned.case.clock_days == 7


def test_a_giver_who_left_is_never_phoned_and_the_followers_hear_in_time() -> None:
    left = standing(
        "glance", OPEN_HOST, followers=(FI,), given_up=True, has_email=False, deadline=None
    )
    month = NOW + timedelta(days=31)
    later = replace(left, case=replace(left.case, deadline=month + timedelta(days=5)))
    planned = plan(given(month), later)
    assert ("interim", "follower-pekka") in purposes(planned)
    assert not any(ask.task for ask in planned.opens)
    assert planned.case.told_at == month


def test_followers_of_an_idea_without_an_address_are_told_when_a_promise_is_broken() -> None:
    snapshot = standing("ruling", OPEN_JUDGE, followers=(FI,), has_email=False)
    planned = plan(given(RULING_DEADLINE + SECOND), snapshot)
    assert ("interim", "follower-pekka") in purposes(planned)


def test_a_question_to_the_giver_lets_the_followers_know_that_the_idea_waits() -> None:
    planned = ask_giver(given(), standing("glance", OPEN_HOST, followers=(FI,)), OPEN_HOST, "Var?")
    assert purposes(planned) == [("interim", "follower-pekka"), ("question", GIVER)]
    assert the_mail(planned, "interim").context["waits_for_giver"] is True


def test_news_says_that_the_giver_has_been_told() -> None:
    planned = plan(given(), standing("glance", answered("glance", "hanna", ON)))
    assert planned.case.told_at == NOW


def test_of_the_first_step_after_the_receipt_nothing_more_is_told() -> None:
    first = plan(given(), standing("landed", epoch=0, followers=(FI,)))
    assert (first.case.step, first.case.epoch) == ("glance", 1)
    assert purposes(first) == [("ask", "hanna")]
    later = plan(given(), standing("landed", epoch=1, followers=(FI,)))
    assert ("progress", GIVER) in purposes(later)


def test_of_an_answer_to_a_first_step_that_asks_at_once_the_giver_hears() -> None:
    process = replace(SMALL, first="glance")
    done = replace(answered("glance", "hanna", ON), epoch=0)
    planned = plan(given(process=process), standing("glance", done, epoch=0))
    assert (planned.case.epoch, purposes(planned)[0]) == (1, ("outcome", GIVER))


def test_of_a_withdrawal_before_anybody_answered_the_page_alone_tells() -> None:
    planned = withdrawal(given(), standing("landed", epoch=0))
    assert (planned.case.epoch, purposes(planned)) == (1, [])


def test_news_names_nobody_who_was_asked() -> None:
    two = (answered("jury", "ada", VIEW), answered("jury", "bo", VIEW))
    planned = plan(given(), standing("jury", *two, followers=(FI,)))
    told = [mail for mail in planned.mails if mail.recipient in (GIVER, "follower-pekka")]
    assert len(told) == 2
    for person in PEOPLE:
        assert person.person_id not in repr(told).replace("follower-pekka", "")
        assert person.name not in repr(told)


# ── What the news says ──


def test_of_a_withdrawal_nothing_is_shared_but_that_it_has_ended() -> None:
    done = replace(answered("glance", "hanna", ON), epoch=1)
    planned = withdrawal(given(), standing("glance", done, OPEN_HOST))
    assert the_mail(planned, "outcome").context == {
        "public_name": "public recalled på svenska",
        "happens": "what happens in recalled på svenska",
        "deadline": None,
        "chosen": "public recalled på svenska",
        "shared": [],
        "closed": True,
    }


def test_a_shared_closing_code_and_a_shared_name_are_told_in_words() -> None:
    questions = (
        *(
            replace(question, shared=question.kind is not QuestionKind.DATE)
            for question in SMALL.step("glance").questions
        ),
        Question("carries", QuestionKind.PERSON, said("carries"), shared=True, role="judge"),
    )
    process = with_step(SMALL, "glance", questions=questions)
    done = answered("glance", "hanna", {**DROP, "carries": "jorma"})
    planned = plan(given(process=process), standing("glance", done))
    assert the_mail(planned, "outcome").context["shared"] == [
        ["why på svenska", DROP["why"]],
        ["verdict på svenska", "drop på svenska"],
        ["code på svenska", "poor på svenska"],
        ["carries på svenska", "Jorma"],
    ]


# ── By phone ──


def test_a_call_that_was_owed_without_a_word_why_is_owed_in_the_new_step_too() -> None:
    """As of rows that are older than the note."""
    done = answered("glance", "hanna", ON)
    planned = plan(given(), standing("glance", done, a_call(note=None)))
    assert [(ask.step, ask.note) for ask in planned.opens if ask.task] == [("ring", "")]


def a_call(**fields: Any) -> AskRow:
    call = {"step": "ring", "task": "ring-1", "role": "host", "epoch": 2, "deadline": MONTH}
    return an_ask(person="hanna", **(call | {"note": "silence"} | fields))


def called(now: datetime, snapshot: Snapshot, *people: PersonRow) -> Plan:
    world = given(now, people=people or PEOPLE)
    return call_giver(world, snapshot, Plan(Reason.WAITING, snapshot.case), "silence")


def test_of_several_coordinators_one_is_asked_to_phone() -> None:
    planned = called(NOW, parked(), HOST, somebody("hasse", "host"), somebody("henrik", "host"))
    assert [(ask.step, ask.note) for ask in planned.opens] == [("ring", "silence")]


@pytest.mark.parametrize(
    ("now", "told"),
    [(MONTH, []), (MONTH + SECOND, [("overdue", "hanna"), ("overdue", "olof")])],
    ids=["until its last second a call is in time", "after it the coordinators and owners hear"],
)
def test_a_call_that_is_open(now: datetime, told: list[tuple[str, str]]) -> None:
    waits = replace(parked(), asks=(a_call(),))
    planned = called(now, waits, HOST, OWNER)
    assert purposes(planned) == told
    assert planned.opens == ()


def test_that_nobody_can_phone_is_told_and_recorded_with_what_it_is_about() -> None:
    planned = called(NOW, parked(), JUDGE)
    (mail,) = planned.mails
    about = {"step": "ring", "role": "host"}
    assert (mail.purpose, mail.recipient, mail.context) == ("nobody_to_ask", "mailbox", about)
    assert planned.facts == (Fact("NobodyToAsk", about),)
    assert planned.opens == ()


@pytest.mark.parametrize(
    ("followers", "facts"),
    [
        ((), (Fact("NobodyToTell", {"step": "drawer", "late": "yes"}),)),
        ((UNREACHED,), (Fact("NobodyToTell", {"step": "drawer", "late": "yes"}),)),
        ((FI,), (Fact("InterimSent", {"step": "drawer", "late": "yes"}),)),
    ],
    ids=["nobody follows", "nobody who follows has an address", "somebody follows"],
)
def test_of_a_giver_without_address_and_phone_it_is_recorded_when_nobody_hears(
    followers: tuple[FollowerRow, ...], facts: tuple[Fact, ...]
) -> None:
    silent = parked(has_email=False, has_phone=False, late=True)
    planned = plan(given(MONTH), replace(silent, followers=followers))
    assert planned.facts == facts
    assert planned.opens == ()
    assert planned.case.told_at == MONTH


# ── When there is very much to write ──


def with_mails(count: int, snapshot: Snapshot, *facts: Fact) -> Plan:
    """A plan of an open case that owes so many mails already."""
    mails = tuple(MailOwed("reminder", f"juror-{n:02}", {}) for n in range(count))
    case = look_again(snapshot.case, FAR)
    return Plan(Reason.REMINDED, case, mails=mails, facts=facts)


MUCH = {
    "sixty rows": (60, 0, True),
    "one more": (61, 0, False),
    "sixty with who listens": (58, 2, True),
    "one more with who listens": (59, 2, False),
}
CROWD = pytest.mark.parametrize(("mails", "listeners", "fits"), MUCH.values(), ids=MUCH.keys())
NEXT_WEEK = datetime(2026, 3, 9, 6, 30, tzinfo=UTC)


def listening(count: int, **fields: object) -> tuple[FollowerRow, ...]:
    return tuple(a_follower(f"f-{n:02}", **fields) for n in range(count))


@CROWD
def test_the_weeks_mail_waits_a_minute_when_there_is_very_much_to_write(
    mails: int, listeners: int, fits: bool
) -> None:
    waits = parked(weekly=True, news_since=NOW)
    waits = replace(waits, followers=listening(listeners, weekly=True))
    before = with_mails(mails, waits)
    planned = tell_week(given(NEXT_WEEK), waits, before)
    if fits:
        assert purposes(planned)[mails:] == [
            ("week", GIVER),
            *(("week", f"follower-f-{n:02}") for n in range(listeners)),
        ]
        assert planned.case.news_since is None
    else:
        soon = NEXT_WEEK + timedelta(minutes=1)
        assert planned == replace(before, case=look_again(before.case, soon))


@CROWD
def test_an_interim_message_waits_a_minute_when_there_is_very_much_to_write(
    mails: int, listeners: int, fits: bool
) -> None:
    silent = replace(parked(), followers=listening(listeners))
    before = with_mails(mails, silent)
    planned = break_silence(given(MONTH), silent, before)
    if fits:
        assert purposes(planned)[mails:] == [
            ("interim", GIVER),
            *(("interim", f"follower-f-{n:02}") for n in range(listeners)),
        ]
    else:
        soon = MONTH + timedelta(minutes=1)
        assert planned == replace(before, case=look_again(before.case, soon))


def test_of_a_broken_promise_the_giver_hears_first_and_the_rest_waits_a_minute() -> None:
    waits = parked()
    broken = Fact("PromiseBroken", {"step": "drawer", "deadline": "2026-03-01"})
    planned = break_silence(given(), waits, with_mails(61, waits, broken))
    assert planned.why is Reason.REMINDED
    assert purposes(planned) == [("interim", GIVER)]
    assert planned.facts == (broken, Fact("InterimSent", {"step": "drawer", "late": "yes"}))
    soon = NOW + timedelta(minutes=1)
    assert planned.case == look_again(replace(waits.case, late=True, told_at=NOW), soon)


def test_a_broken_promise_that_nobody_hears_of_holds_up_no_reminder() -> None:
    waits = parked(has_email=False)
    broken = Fact("PromiseBroken", {"step": "drawer", "deadline": "2026-03-01"})
    planned = break_silence(given(), waits, with_mails(61, waits, broken))
    assert len(planned.mails) == 61


def test_a_broken_promise_counts_as_no_word_to_who_wants_only_what_they_must_know() -> None:
    waits = parked(quiet=True, told_at=NOW - timedelta(days=1))
    broken = Fact("PromiseBroken", {"step": "drawer", "deadline": "2026-03-01"})
    planned = break_silence(given(), waits, with_mails(0, waits, broken))
    assert planned.case.told_at == NOW - timedelta(days=1)
    assert (planned.mails, planned.facts) == ((), (broken,))


@pytest.mark.parametrize("earlier", [timedelta(0), SECOND], ids=["just then", "before"])
def test_what_is_looked_at_in_time_already_is_left_as_it_is(earlier: timedelta) -> None:
    case = replace(parked().case, due_at=MONTH - earlier, try_at=FAR, tries=3)
    planned = Plan(Reason.WAITING, case)
    assert look_by(planned, MONTH) == planned
