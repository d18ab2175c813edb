"""What `plan` makes of a case: one table of reasons, then what each of them does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.plan import plan, withdrawal
from chalicelib.domain.planned import MailOwed, Reason
from chalicelib.domain.process import Process
from chalicelib.domain.rows import GIVER, AskState, Fact, Snapshot
from tests.builders import NOW, an_undelivered
from tests.small_process import DROP, LATER, ON, OTHER_VIEW, REST, SMALL, SO, VIEW, with_step
from tests.unit.standing_cases import (
    CALENDAR,
    JURY_DEADLINE,
    OPEN_JUDGE,
    OPEN_JURY,
    RULING_DEADLINE,
    SECOND,
    answered,
    given,
    looks_again,
    purposes,
    standing,
    the_mail,
)
from tests.world import HOST, JUDGE, JURORS

AFTER_JURY = JURY_DEADLINE + SECOND

TABLE: dict[str, tuple[Snapshot, datetime, Reason]] = {
    "at an end": (standing("bin", closed=True), NOW, Reason.ALREADY_CLOSED),
    "a wait without days is over at once": (standing("landed"), NOW, Reason.STEP_DONE),
    "a wait of days begins": (standing("nap"), NOW, Reason.WAITING),
    "a wait is not over": (
        standing("drawer", deadline=NOW + SECOND),
        NOW,
        Reason.WAITING,
    ),
    "a wait is over": (standing("drawer", deadline=NOW), NOW, Reason.STEP_DONE),
    "nobody has been asked yet": (standing("jury"), NOW, Reason.SOMEBODY_TO_ASK),
    "asks of an older epoch do not count": (
        standing("jury", replace(answered("jury", "ada", VIEW), epoch=1)),
        NOW,
        Reason.SOMEBODY_TO_ASK,
    ),
    "all are asked and nothing is due": (standing("jury", *OPEN_JURY), NOW, Reason.WAITING),
    "one short of the quorum": (
        standing("jury", answered("jury", "ada", VIEW), *OPEN_JURY[1:]),
        NOW,
        Reason.WAITING,
    ),
    "the quorum": (
        standing("jury", *(answered("jury", p, VIEW) for p in ("ada", "bo")), OPEN_JURY[2]),
        NOW,
        Reason.QUORUM,
    ),
    "more than the quorum": (
        standing("jury", *(answered("jury", p, VIEW) for p in ("ada", "bo", "cid"))),
        NOW,
        Reason.QUORUM,
    ),
    "fewer were asked than the quorum, and all have answered": (
        standing("jury", answered("jury", "ada", VIEW)),
        NOW,
        Reason.EVERYONE_ANSWERED,
    ),
    "the morning of a reminder": (
        standing("jury", *OPEN_JURY),
        datetime(2026, 3, 18, 6, 30, tzinfo=UTC),
        Reason.REMINDED,
    ),
    "a second before a reminder": (
        standing("jury", *OPEN_JURY),
        datetime(2026, 3, 18, 6, 29, 59, tzinfo=UTC),
        Reason.WAITING,
    ),
    "the last second of the deadline": (
        standing("jury", answered("jury", "ada", VIEW), replace(OPEN_JURY[1], reminded=1)),
        JURY_DEADLINE,
        Reason.WAITING,
    ),
    "past the deadline with one answer": (
        standing("jury", answered("jury", "ada", VIEW), *OPEN_JURY[1:]),
        AFTER_JURY,
        Reason.DEADLINE_WITH_ANSWERS,
    ),
    "past the deadline with no answer": (
        standing("jury", *OPEN_JURY),
        AFTER_JURY,
        Reason.DEADLINE_WITHOUT_ANSWERS,
    ),
    "past the extended deadline with no answer": (
        standing("jury", *OPEN_JURY, extensions=1),
        AFTER_JURY,
        Reason.STILL_NO_ANSWER,
    ),
    "past the deadline of a step that gives no more time": (
        standing("ruling", OPEN_JUDGE),
        RULING_DEADLINE + SECOND,
        Reason.STILL_NO_ANSWER,
    ),
}


@pytest.mark.parametrize(("snapshot", "now", "why"), TABLE.values(), ids=TABLE.keys())
def test_the_reason_of_a_plan(snapshot: Snapshot, now: datetime, why: Reason) -> None:
    planned = plan(given(now), snapshot)
    assert planned.why is why
    looks_again(planned, now)


def test_every_reason_is_in_a_test() -> None:
    elsewhere = {
        Reason.NOBODY_TO_ASK,
        Reason.WITHDRAWN,
        Reason.ERASED,
        Reason.NOBODY_ANSWERED,
        Reason.SOMEBODY_ELSE,
        Reason.PAUSED,
        Reason.GIVER_CALLED,
        Reason.RECUSED,
        Reason.HANDED_OVER,
        Reason.GIVER_ASKED,
        Reason.GIVER_ANSWERED,
        Reason.MAILS_CHOSEN,
        Reason.HELD,
        Reason.RELEASED,
        Reason.REJECTED,
        Reason.TAKEN_BACK,
    }
    assert {why for _, _, why in TABLE.values()} | elsewhere == set(Reason)


def test_planning_twice_at_the_same_moment_gives_the_same_plan() -> None:
    for snapshot, now, _ in TABLE.values():
        assert plan(given(now), snapshot) == plan(given(now), snapshot)


def test_a_case_in_a_step_that_the_process_does_not_have_is_an_error() -> None:
    with pytest.raises(KeyError):
        plan(given(), standing("abolished"))


def test_entering_a_step_raises_the_epoch_asks_its_panel_and_tells_the_giver() -> None:
    planned = plan(given(), standing("glance", answered("glance", "hanna", ON)))
    case = planned.case
    assert (case.step, case.epoch, case.entered_at) == ("jury", 3, NOW)
    assert (case.deadline, case.extensions, case.escalations) == (JURY_DEADLINE, 0, 0)
    assert len(planned.opens) == 3
    assert {(ask.epoch, ask.step, ask.deadline) for ask in planned.opens} == {
        (3, "jury", JURY_DEADLINE)
    }
    assert purposes(planned)[0] == ("outcome", GIVER)
    assert {r for p, r in purposes(planned)[1:] if p == "ask"} == {a.person for a in planned.opens}
    entered = Fact(
        "StepEntered",
        {"step": "jury", "from": "glance", "epoch": "3", "deadline": "2026-03-23"},
    )
    assert planned.facts[0] == entered
    assert [fact.kind for fact in planned.facts[1:]] == ["AskOpened"] * 3


def test_after_entering_the_next_look_is_at_the_first_reminder() -> None:
    planned = plan(given(), standing("glance", answered("glance", "hanna", ON)))
    assert planned.case.due_at == datetime(2026, 3, 18, 6, 30, tzinfo=UTC)


def test_an_ask_mail_says_who_what_and_by_when() -> None:
    planned = plan(given(), standing("landed"))
    assert the_mail(planned, "ask") == MailOwed(
        "ask",
        "hanna",
        {
            "step": "glance",
            "role": "host",
            "deadline": "2026-03-09",
            "panel": 1,
            "quorum": 1,
            "code": False,
            "substitute": False,
            "late": False,
            "text_version": 1,
        },
    )


def test_an_ask_that_shows_the_result_carries_no_text_and_says_that_a_code_is_needed() -> None:
    two = (answered("jury", "ada", VIEW), answered("jury", "bo", OTHER_VIEW))
    context = the_mail(plan(given(), standing("jury", *two)), "ask").context
    assert context["text_version"] is None
    assert context["code"] is True


def test_leaving_by_quorum_lapses_the_asks_that_are_still_open() -> None:
    two = (answered("jury", "ada", VIEW), answered("jury", "bo", OTHER_VIEW))
    planned = plan(given(), standing("jury", *two, OPEN_JURY[2]))
    assert planned.changes == (replace(OPEN_JURY[2], state=AskState.LAPSED),)


def test_words_that_were_taken_back_and_not_replaced_go_when_the_ask_lapses() -> None:
    waits = replace(OPEN_JURY[2], withdrawn=VIEW)
    two = (answered("jury", "ada", VIEW), answered("jury", "bo", OTHER_VIEW))
    planned = plan(given(), standing("jury", *two, waits))
    assert planned.changes == (replace(OPEN_JURY[2], state=AskState.LAPSED),)
    assert planned.facts[0] == Fact("AskLapsed", {"person": "cid", "step": "jury"})
    assert [ask.person for ask in planned.opens] == ["jorma"]


def test_a_panel_that_goes_on_tells_the_giver_of_progress_and_of_no_answer() -> None:
    two = (answered("jury", "ada", VIEW), answered("jury", "bo", VIEW))
    news = plan(given(), standing("jury", *two)).mails[0]
    assert (news.purpose, news.recipient) == ("progress", GIVER)
    assert news.context == {
        "public_name": "public ruling på svenska",
        "happens": "what happens in ruling på svenska",
        "deadline": "2026-03-16",
    }


def test_the_deadline_with_answers_is_recorded_with_how_many_there_were() -> None:
    one = standing("jury", answered("jury", "ada", VIEW), *OPEN_JURY[1:])
    planned = plan(given(AFTER_JURY), one)
    assert planned.case.step == "ruling"
    passed = Fact("DeadlinePassed", {"step": "jury", "answered": "1", "quorum": "2"})
    assert passed in planned.facts


def test_the_outcome_leads_where_its_option_says_and_gives_the_shared_reasons() -> None:
    planned = plan(given(), standing("ruling", answered("ruling", "jorma", SO)))
    assert (planned.case.step, planned.case.closed) == ("bin", True)
    assert planned.case.closing_code == "good"
    assert the_mail(planned, "outcome").context == {
        "public_name": "public bin på svenska",
        "happens": "what happens in bin på svenska",
        "deadline": None,
        "chosen": "so på svenska",
        "shared": [["why på svenska", SO["why"]]],
        "closed": True,
        "turned_down": False,
        "refused": False,
    }
    assert planned.facts == (
        Fact(
            "StepEntered",
            {"step": "bin", "from": "ruling", "epoch": "3", "closing_code": "good"},
        ),
    )


def test_a_closing_code_that_was_asked_for_is_kept() -> None:
    planned = plan(given(), standing("glance", answered("glance", "hanna", DROP)))
    assert (planned.case.closed, planned.case.closing_code) == (True, "poor")


def test_the_first_answer_decides_when_a_step_got_two() -> None:
    later, first = answered("glance", "a", ON, minutes=5), answered("glance", "b", DROP, minutes=4)
    assert plan(given(), standing("glance", later, first)).case.step == "bin"


def test_the_giver_reads_the_outcome_in_the_language_of_the_case() -> None:
    planned = plan(given(), standing("glance", answered("glance", "hanna", ON), lang="fi"))
    assert the_mail(planned, "outcome").context["chosen"] == "on suomeksi"


@pytest.mark.parametrize(
    ("process", "case"),
    [(SMALL, {"has_email": False}), (with_step(SMALL, "jury", tell_giver=False), {})],
    ids=["no address", "a step of which nobody is told"],
)
def test_no_mail_to_a_giver_who_cannot_or_shall_not_be_told(
    process: Process, case: dict[str, Any]
) -> None:
    planned = plan(
        given(process=process), standing("glance", answered("glance", "hanna", ON), **case)
    )
    assert GIVER not in {mail.recipient for mail in planned.mails}


def test_a_wait_until_a_date_ends_that_morning() -> None:
    planned = plan(given(), standing("glance", answered("glance", "hanna", LATER)))
    assert (planned.case.step, planned.opens) == ("drawer", ())
    assert planned.case.deadline == CALENDAR.morning(date(2026, 9, 1))


def test_a_wait_until_a_date_that_has_passed_ends_in_a_minute() -> None:
    late = datetime(2026, 9, 2, tzinfo=UTC)
    planned = plan(given(late), standing("glance", answered("glance", "hanna", LATER)))
    assert planned.case.due_at == late + timedelta(minutes=1)


def test_a_wait_until_a_date_that_nobody_gave_ends_in_a_minute() -> None:
    process = with_step(SMALL, "landed", then="drawer")
    planned = plan(given(process=process), standing("landed"))
    assert planned.case.due_at == NOW + timedelta(minutes=1)


def test_a_wait_of_days_counts_working_days() -> None:
    planned = plan(given(), standing("glance", answered("glance", "hanna", REST)))
    assert planned.case.due_at == datetime(2026, 3, 6, 22, 59, 59, tzinfo=UTC)


def test_a_first_step_that_waits_is_given_its_end_and_records_nothing() -> None:
    planned = plan(given(), standing("nap"))
    assert planned.case.deadline == planned.case.due_at
    assert (planned.facts, planned.mails) == ((), ())


def test_a_step_whose_answer_leads_nowhere_is_an_error_that_names_it() -> None:
    process = with_step(SMALL, "jury", then=None)
    two = (answered("jury", "ada", VIEW), answered("jury", "bo", VIEW))
    with pytest.raises(ValueError, match="jury"):
        plan(given(process=process), standing("jury", *two))


def test_a_case_in_a_step_that_has_become_an_end_is_closed() -> None:
    planned = plan(given(), standing("bin", deadline=None, due_at=NOW, try_at=NOW))
    assert (planned.case.closed, planned.case.due_at) == (True, None)


def test_withdrawal_before_anybody_has_answered_mails_its_giver_nothing() -> None:
    planned = withdrawal(given(), standing("jury", *OPEN_JURY))
    assert (planned.case.step, purposes(planned)) == ("recalled", [])


SCREENED = replace(OPEN_JURY[0], epoch=0, person="hanna", state=AskState.ANSWERED)


def test_withdrawal_ends_the_case_lapses_its_asks_and_tells_the_giver() -> None:
    planned = withdrawal(given(), standing("jury", SCREENED, *OPEN_JURY))
    looks_again(planned, NOW)
    assert planned.why is Reason.WITHDRAWN
    assert (planned.case.step, planned.case.closed) == ("recalled", True)
    assert {ask.state for ask in planned.changes} == {AskState.LAPSED}
    assert purposes(planned) == [("outcome", GIVER)]
    assert planned.mails[0].context["shared"] == []


UNTOLD = an_undelivered(mail_id="m-1", purpose="answer_receipt", recipient="ada")


@pytest.mark.parametrize("step", ["bin", "drawer", "jury"])
def test_of_a_mail_that_will_not_arrive_the_coordinators_are_told_in_every_kind_of_step(
    step: str,
) -> None:
    asks = OPEN_JURY if step == "jury" else ()
    deadline = JURY_DEADLINE if step != "bin" else None
    snapshot = standing(step, *asks, undelivered=(UNTOLD,), closed=step == "bin", deadline=deadline)
    planned = plan(given(), snapshot)
    looks_again(planned, NOW)
    assert purposes(planned) == [("undelivered", "hanna")]
    assert planned.told == (replace(UNTOLD, told=True),)
    data = {"purpose": "answer_receipt", "recipient": "ada"}
    assert planned.facts == (Fact("MailUndelivered", data),)


def test_of_each_mail_that_will_not_arrive_they_are_told_once() -> None:
    told = replace(UNTOLD, told=True)
    assert plan(given(), standing("jury", *OPEN_JURY, undelivered=(told,))).mails == ()


def test_two_mails_that_will_not_arrive_are_two_mails_apart() -> None:
    other = replace(UNTOLD, mail_id="m-2")
    planned = plan(given(), standing("jury", *OPEN_JURY, undelivered=(UNTOLD, other)))
    assert len({(m.purpose, m.recipient, m.part) for m in planned.mails}) == 2


def test_a_withdrawn_idea_still_tells_of_the_mail_that_did_not_arrive() -> None:
    planned = withdrawal(given(), standing("jury", *OPEN_JURY, undelivered=(UNTOLD,)))
    assert ("undelivered", "hanna") in purposes(planned)
    assert planned.told == (replace(UNTOLD, told=True),)


def test_everyone_of_the_coordinating_role_is_told() -> None:
    second = replace(HOST, person_id="henrik")
    people = (HOST, second, JUDGE, *JURORS)
    planned = plan(given(people=people), standing("jury", *OPEN_JURY, undelivered=(UNTOLD,)))
    assert purposes(planned) == [("undelivered", "hanna"), ("undelivered", "henrik")]


def test_without_a_coordinator_the_sluices_own_mailbox_is_told() -> None:
    planned = plan(given(people=JURORS), standing("jury", *OPEN_JURY, undelivered=(UNTOLD,)))
    assert purposes(planned) == [("undelivered", "mailbox")]
