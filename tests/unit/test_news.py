"""What the idea-giver and those whose ideas were joined hear: news in their language, and an honest word before silence lasts too long."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from chalicelib.domain.pause import ask_giver
from chalicelib.domain.plan import plan, withdrawal
from chalicelib.domain.process import Lang
from chalicelib.domain.rows import GIVER, Fact, FollowerRow, Snapshot
from tests.builders import CASE_ID, NOW
from tests.small_process import DROP, ON, SMALL, VIEW
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
from tests.world import PEOPLE, somebody

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
