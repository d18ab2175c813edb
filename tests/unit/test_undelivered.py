"""A mail that did not arrive: whoever was asked by it is replaced, the idea-giver is phoned, and the coordinators hear what was done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.domain.chase import MOST_MOVED
from chalicelib.domain.handover import colleagues
from chalicelib.domain.pause import giver_answered
from chalicelib.domain.plan import plan, withdrawal
from chalicelib.domain.planned import Plan
from chalicelib.domain.rows import (
    GIVER,
    MAILBOX,
    Absence,
    AskRow,
    AskState,
    FollowerRow,
    MailState,
    PersonRow,
    Snapshot,
    UndeliveredRow,
)
from tests.builders import CASE_ID, NOW, an_undelivered
from tests.small_process import SMALL, with_step
from tests.unit.standing_cases import (
    JURY_DEADLINE,
    OPEN_HOST,
    OPEN_JUDGE,
    OPEN_JURY,
    after,
    answered,
    asked,
    clocked,
    facts_of,
    given,
    looks_again,
    purposes,
    standing,
)
from tests.world import HOST, JUDGE, JURORS, PEOPLE, somebody

HENRIK = replace(HOST, person_id="henrik", name="Henrik")
HOSTS = (HOST, HENRIK, JUDGE, *JURORS)
TODAY = Absence("2026-03-02", "2026-03-04")


def lost(
    recipient: str, purpose: str = "ask", state: MailState = MailState.BOUNCED, **fields: object
) -> UndeliveredRow:
    row = an_undelivered(mail_id=f"m-{recipient}-{purpose}", purpose=purpose, recipient=recipient)
    return replace(row, state=state, **fields)  # type: ignore[arg-type]


def among(*changed: PersonRow) -> tuple[PersonRow, ...]:
    """The directory with some people changed."""
    by_id = {person.person_id: person for person in changed}
    return tuple(by_id.get(person.person_id, person) for person in PEOPLE)


def gone(person: PersonRow) -> PersonRow:
    """Somebody to whom mail came back earlier."""
    return replace(person, unreachable_since=NOW - timedelta(days=3))


def jury(*rows: UndeliveredRow, **case: object) -> Snapshot:
    return clocked("jury", *OPEN_JURY, undelivered=rows, **case)


def told(planned: Plan) -> Mapping[str, object]:
    """What the first coordinator is told of the only mail that did not arrive."""
    mails = [mail for mail in planned.mails if mail.purpose == "undelivered"]
    return mails[0].context


def moved(planned: Plan) -> list[str]:
    return [ask.person for ask in planned.changes if ask.state is AskState.MOVED]


@pytest.mark.parametrize("state", [MailState.BOUNCED, MailState.COMPLAINED, MailState.FAILED])
@pytest.mark.parametrize("purpose", ["ask", "reminder", "giver_answered", "code"])
def test_the_ask_of_whoever_did_not_get_its_mail_goes_to_somebody_else(
    purpose: str, state: MailState
) -> None:
    planned = plan(given(), jury(lost("ada", purpose, state)))
    looks_again(planned, NOW)
    (new,) = planned.opens
    assert moved(planned) == ["ada"]
    assert (new.substitute, new.person not in ("ada", "bo", "cid")) == (True, True)
    assert facts_of(planned, "AskMoved") == [
        {"person": "ada", "step": "jury", "why": "unreachable", "to": new.person}
    ]
    assert ("ask", new.person) in purposes(planned)
    assert (told(planned)["done"], told(planned)["done_by"]) == ("asked", new.person)


def test_the_coordinators_hear_which_mail_it_was_and_to_whom_and_what_is_done() -> None:
    people = among(replace(JURORS[0], deputy="dan"))
    assert told(plan(given(people=people), jury(lost("ada", "reminder")))) == {
        "step": "jury",
        "purpose": "reminder",
        "recipient": "ada",
        "to_giver": False,
        "complained": False,
        "no_more": True,
        "done": "asked",
        "done_by": "dan",
    }


def test_the_coordinators_hear_that_the_giver_has_complained() -> None:
    row = lost(GIVER, "progress", MailState.COMPLAINED)
    assert told(plan(given(), jury(row, told_at=NOW, has_phone=False))) == {
        "step": "jury",
        "purpose": "progress",
        "recipient": GIVER,
        "to_giver": True,
        "complained": True,
        "no_more": True,
        "done": "no_phone",
        "done_by": None,
    }


def test_it_goes_to_their_deputy_first() -> None:
    for deputy in ("dan", "eva"):
        people = among(replace(JURORS[0], deputy=deputy))
        planned = plan(given(people=people), jury(lost("ada")))
        assert [ask.person for ask in planned.opens] == [deputy]


def test_a_deputy_whom_mail_does_not_reach_or_who_is_away_is_passed_over() -> None:
    for cannot in (gone(JURORS[3]), replace(JURORS[3], absences=(TODAY,))):
        people = among(replace(JURORS[0], deputy="dan"), cannot)
        planned = plan(given(people=people), jury(lost("ada")))
        assert [ask.person for ask in planned.opens] == ["eva"]


def test_nobody_with_a_conflict_of_interest_takes_it_over() -> None:
    near = among(replace(JURORS[3], unit="park"), replace(JURORS[4], unit="park"))
    planned = plan(given(people=near), jury(lost("ada")))
    assert planned.opens == ()
    recused = asked("jury", "dan", state=AskState.RECUSED)
    snapshot = clocked("jury", *OPEN_JURY, recused, undelivered=(lost("ada"),))
    assert [ask.person for ask in plan(given(), snapshot).opens] == ["eva"]


def test_with_nobody_to_take_it_over_the_ask_stays_and_the_coordinators_are_told() -> None:
    planned = plan(given(), clocked("ruling", OPEN_JUDGE, undelivered=(lost("jorma"),)))
    looks_again(planned, NOW)
    assert (planned.opens, planned.changes) == ((), ())
    assert purposes(planned) == [("undelivered", "hanna")]
    assert (told(planned)["done"], told(planned)["no_more"]) == ("stays", True)
    assert planned.unreachable == ("jorma",)


def test_it_goes_on_as_soon_as_somebody_can_take_it_over() -> None:
    other = somebody("jonna", "judge")
    people = (*among(gone(JUDGE)), other)
    planned = plan(given(people=people), clocked("ruling", OPEN_JUDGE))
    assert [ask.person for ask in planned.opens] == ["jonna"]
    assert facts_of(planned, "AskMoved")[0]["why"] == "unreachable"


def test_who_was_named_keeps_an_ask_that_was_meant_for_them() -> None:
    process = with_step(SMALL, "ruling", named="who")
    process = with_step(process, "glance", questions=SMALL.step("glance").questions)
    chose = answered("glance", "hanna", {"who": "jorma"})
    chose = replace(chose, epoch=1)
    people = (*PEOPLE, somebody("jonna", "judge"))
    snapshot = clocked("ruling", chose, OPEN_JUDGE, undelivered=(lost("jorma"),))
    planned = plan(given(people=people, process=process), snapshot)
    assert (planned.opens, told(planned)["done"]) == ((), "stays")


def test_a_panel_needs_as_many_answers_as_before() -> None:
    views = (answered("jury", "bo", {"worth": "4"}), *OPEN_JURY[:1], *OPEN_JURY[2:])
    snapshot = clocked("jury", *views, undelivered=(lost("ada"),))
    planned = plan(given(), snapshot)
    again = plan(given(people=among(gone(JURORS[0]))), after(snapshot, planned))
    assert (planned.case.step, again.case.step) == ("jury", "jury")
    assert len(planned.opens) == 1
    assert again.opens == ()


def test_of_a_large_panel_out_of_reach_all_are_replaced_by_and_by() -> None:
    many = tuple(somebody(f"j{n:02}", "juror") for n in range(2 * MOST_MOVED + 4))
    panel = MOST_MOVED + 1
    process = with_step(SMALL, "jury", panel=panel, quorum=2)
    asks = tuple(asked("jury", person.person_id) for person in many[:panel])
    rows = tuple(lost(ask.person) for ask in asks)
    people = (HOST, JUDGE, *many)
    snapshot = clocked("jury", *asks, undelivered=rows)
    planned = plan(given(people=people, process=process), snapshot)
    looks_again(planned, NOW)
    assert len(moved(planned)) == MOST_MOVED
    assert planned.rows <= 96
    marked = tuple(gone(p) if p.person_id in planned.unreachable else p for p in people)
    soon = planned.case.due_at
    assert soon is not None
    following = plan(given(soon, marked, process), after(snapshot, planned))
    assert len(moved(following)) == 1


@pytest.mark.parametrize("state", [MailState.BOUNCED, MailState.COMPLAINED])
@pytest.mark.parametrize("purpose", ["ask", "answer_receipt", "overdue"])
def test_whoever_gets_no_mail_is_marked_whatever_the_mail_was_about(
    purpose: str, state: MailState
) -> None:
    assert plan(given(), jury(lost("dan", purpose, state))).unreachable == ("dan",)


def test_a_mail_that_failed_for_our_own_reasons_marks_nobody() -> None:
    planned = plan(given(), jury(lost("ada", state=MailState.FAILED)))
    assert planned.unreachable == ()
    assert told(planned)["no_more"] is False


def test_who_is_marked_in_a_plan_counts_among_its_rows() -> None:
    bounced = plan(given(), jury(lost("ada")))
    failed = plan(given(), jury(lost("ada", state=MailState.FAILED)))
    assert bounced.rows == failed.rows + 1


def test_a_mail_to_somebody_who_has_left_marks_nobody() -> None:
    assert plan(given(people=(HOST, JUDGE, *JURORS[1:])), jury(lost("ada"))).unreachable == ()


def test_who_is_unreachable_is_not_drawn() -> None:
    people = among(*(gone(person) for person in JURORS[:3]))
    planned = plan(
        given(people=people), standing("glance", answered("glance", "hanna", {"verdict": "on"}))
    )
    assert {ask.person for ask in planned.opens} == {"dan", "eva"}
    assert ("too_few", "hanna") in purposes(planned)


def test_with_everybody_unreachable_nobody_is_asked_and_that_is_told() -> None:
    people = among(*(gone(person) for person in JURORS))
    planned = plan(
        given(people=people), standing("glance", answered("glance", "hanna", {"verdict": "on"}))
    )
    assert planned.opens == ()
    assert ("nobody_to_ask", "hanna") in purposes(planned)


def test_who_is_unreachable_is_not_reminded_until_they_are_reached_again() -> None:
    late = JURY_DEADLINE - timedelta(days=2)
    ask = asked("ruling", "jorma", deadline=JURY_DEADLINE)
    snapshot = clocked("ruling", ask, clock_days=15, deadline=JURY_DEADLINE)
    process = with_step(SMALL, "ruling", reminders=(-3,))
    silent = plan(given(late, among(gone(JUDGE)), process), snapshot)
    assert (silent.mails, silent.changes) == ((), ())
    looks_again(silent, late)
    reached = plan(given(late, process=process), snapshot)
    assert purposes(reached) == [("reminder", "jorma")]


def test_more_time_sends_no_reminder_to_who_does_not_get_it() -> None:
    after_it = JURY_DEADLINE + timedelta(seconds=1)
    ask = asked("ruling", "jorma", deadline=JURY_DEADLINE, reminded=3)
    snapshot = clocked("ruling", ask, clock_days=15, deadline=JURY_DEADLINE, told_at=NOW, late=True)
    process = with_step(SMALL, "ruling", extension_days=5)
    planned = plan(given(after_it, among(gone(JUDGE)), process), snapshot)
    assert planned.case.extensions == 1
    assert [purpose for purpose, _ in purposes(planned)] == ["no_answers"]


def test_an_ask_is_handed_to_nobody_whom_mail_does_not_reach() -> None:
    snapshot = standing("jury", *OPEN_JURY)
    found = colleagues(
        given(people=among(gone(JURORS[3]))), snapshot, SMALL.step("jury"), OPEN_JURY[0]
    )
    assert [person.person_id for person in found] == ["eva"]


def test_the_givers_answer_is_told_to_those_whom_mail_reaches() -> None:
    paused = clocked("jury", *OPEN_JURY, paused_at=NOW, questions=1, told_at=NOW)
    planned = giver_answered(given(people=among(gone(JURORS[0]))), paused, "ada", answered=True)
    assert purposes(planned) == [("giver_answered", "bo"), ("giver_answered", "cid")]


def test_coordinators_out_of_reach_are_told_nothing() -> None:
    planned = plan(given(people=(*among(gone(HOST)), HENRIK)), jury(lost("ada")))
    assert ("undelivered", "henrik") in purposes(planned)
    assert ("undelivered", "hanna") not in purposes(planned)
    planned = plan(given(people=among(gone(HOST))), jury(lost("ada")))
    assert ("undelivered", MAILBOX) in purposes(planned)


def test_a_coordinator_whose_own_mail_came_back_is_not_mailed_about_it() -> None:
    planned = plan(given(people=HOSTS), clocked("glance", OPEN_HOST, undelivered=(lost("hanna"),)))
    assert [ask.person for ask in planned.opens] == ["henrik"]
    assert ("undelivered", "hanna") not in purposes(planned)


@pytest.mark.parametrize(
    ("ask", "done"),
    [
        (asked("jury", "dan", state=AskState.MOVED), "elsewhere"),
        (asked("jury", "dan", state=AskState.DELEGATED), "elsewhere"),
        (asked("jury", "dan", state=AskState.RECUSED), "elsewhere"),
        (answered("jury", "dan", {"worth": "3"}), "over"),
        (asked("jury", "dan", epoch=1), "over"),
    ],
)
def test_of_an_ask_that_is_not_theirs_any_more_the_coordinators_hear_just_that(
    ask: AskRow, done: str
) -> None:
    snapshot = clocked("jury", *OPEN_JURY, ask, undelivered=(lost("dan"),))
    assert told(plan(given(), snapshot))["done"] == done


def test_an_ask_that_lapses_in_the_same_plan_is_told_of_as_over() -> None:
    views = [answered("jury", person, {"worth": "4"}) for person in ("bo", "cid")]
    planned = plan(given(), clocked("jury", OPEN_JURY[0], *views, undelivered=(lost("ada"),)))
    assert planned.case.step == "ruling"
    assert told(planned)["done"] == "over"


def test_who_is_away_and_was_replaced_for_that_is_told_of_as_replaced() -> None:
    people = (HOST, JUDGE, *JURORS[1:])
    planned = plan(given(people=people), jury(lost("ada")))
    assert facts_of(planned, "AskMoved")[0]["why"] == "left"
    assert told(planned)["done"] == "asked"


def test_nobody_who_left_and_cannot_be_replaced_is_told_of_as_replaced() -> None:
    people = tuple(person for person in PEOPLE if person is not JUDGE)
    planned = plan(
        given(people=people), clocked("ruling", OPEN_JUDGE, undelivered=(lost("jorma"),))
    )
    assert told(planned)["done"] == "nobody"


# The idea-giver


def a_call(step: str, why: str) -> AskRow:
    """Hanna's task to phone, beside a step."""
    ask = asked(step, "hanna", task="ring-1", note=why)
    return replace(ask, step="ring", role="host")


def calls(planned: Plan) -> list[tuple[str, str | None]]:
    return [(ask.person, ask.note) for ask in planned.opens if ask.task]


@pytest.mark.parametrize("purpose", ["receipt", "progress", "outcome", "interim"])
@pytest.mark.parametrize("state", [MailState.BOUNCED, MailState.COMPLAINED, MailState.FAILED])
def test_what_the_giver_did_not_get_is_to_be_told_by_phone(state: MailState, purpose: str) -> None:
    planned = plan(given(), jury(lost(GIVER, purpose, state), has_phone=True, told_at=NOW))
    looks_again(planned, NOW)
    assert calls(planned) == [("hanna", purpose)]
    assert (told(planned)["done"], told(planned)["done_by"]) == ("phone", "hanna")
    assert planned.case.bounced is (state is not MailState.FAILED)


def test_in_a_wait_too() -> None:
    planned = plan(given(), clocked("nap", undelivered=(lost(GIVER, "progress"),), told_at=NOW))
    assert calls(planned) == [("hanna", "progress")]


def test_of_several_the_latest_is_what_the_call_is_about() -> None:
    rows = (
        lost(GIVER, "receipt"),
        lost(GIVER, "outcome", at=NOW + timedelta(seconds=1)),
        lost(GIVER, "progress"),
    )
    assert calls(plan(given(), jury(*rows, told_at=NOW))) == [("hanna", "outcome")]


def test_without_a_number_the_coordinators_hear_that_only_the_page_is_left() -> None:
    planned = plan(given(), jury(lost(GIVER, "receipt"), has_phone=False, told_at=NOW))
    looks_again(planned, NOW)
    assert calls(planned) == []
    assert (told(planned)["done"], planned.case.bounced) == ("no_phone", True)


def test_with_nobody_to_phone_the_coordinators_hear_that() -> None:
    planned = plan(given(people=JURORS), jury(lost(GIVER, "receipt"), told_at=NOW))
    assert told(planned)["done"] == "nobody_phones"
    assert ("nobody_to_ask", MAILBOX) in purposes(planned)


def test_a_receipt_that_bounced_before_the_first_look_neither_stops_nor_loses_the_idea() -> None:
    fields = {"epoch": 0, "deadline": None, "told_at": None}
    planned = plan(given(), standing("landed", undelivered=(lost(GIVER, "receipt"),), **fields))
    looks_again(planned, NOW)
    assert (planned.case.step, planned.case.epoch, planned.case.bounced) == ("glance", 1, True)
    assert [(ask.person, ask.task, ask.epoch) for ask in planned.opens] == [
        ("hanna", "", 1),
        ("hanna", "ring-1", 1),
    ]


def test_later_news_go_by_phone_too_and_by_no_mail() -> None:
    on = answered("glance", "hanna", {"verdict": "on", "why": "Den är värd att pröva."})
    snapshot = standing("glance", on, bounced=True)
    planned = plan(given(), snapshot)
    assert calls(planned) == [("hanna", "outcome")]
    assert all(recipient != GIVER for _, recipient in purposes(planned))


def test_an_outcome_that_ends_the_case_is_told_by_phone_and_chased_until_it_is() -> None:
    drop = answered(
        "glance", "hanna", {"verdict": "drop", "why": "Det görs redan.", "code": "poor"}
    )
    ended = plan(given(), standing("glance", drop, bounced=True))
    assert (ended.case.closed, calls(ended)) == (True, [("hanna", "outcome")])
    snapshot = after(standing("glance", drop), ended)
    first = plan(given(), snapshot)
    assert first.case.due_at is not None
    reminded = plan(given(first.case.due_at), after(snapshot, first))
    assert ("reminder", "hanna") in purposes(reminded)
    assert reminded.case.due_at is not None
    ladder = plan(given(reminded.case.due_at), after(after(snapshot, first), reminded))
    assert ("overdue", "hanna") in purposes(ladder)


def test_an_outcome_that_bounced_when_the_case_had_ended_is_told_by_phone() -> None:
    ended = standing("bin", deadline=None, closed=True, undelivered=(lost(GIVER, "outcome"),))
    planned = plan(given(), ended)
    assert calls(planned) == [("hanna", "outcome")]
    assert planned.case.closed
    assert planned.case.due_at is not None
    (call,) = planned.opens
    done = replace(call, state=AskState.ANSWERED, answer={"reached": "yes"}, answered_at=NOW)
    rest = plan(given(), replace(after(ended, planned), asks=(done,)))
    assert rest.case.due_at is None


def test_a_call_that_was_not_made_is_owed_in_the_next_step_too() -> None:
    process = with_step(SMALL, "jury", tell_giver=False)
    call = a_call("glance", "receipt")
    on = answered("glance", "hanna", {"verdict": "on", "why": "Den är värd att pröva."})
    planned = plan(given(process=process), standing("glance", on, call, bounced=True))
    assert calls(planned) == [("hanna", "receipt")]
    for other in ("question", "silence"):
        snapshot = standing("glance", on, replace(call, note=other), bounced=True)
        assert calls(plan(given(process=process), snapshot)) == []


def test_whoever_took_their_idea_back_is_not_phoned() -> None:
    planned = withdrawal(given(), jury(lost(GIVER, "progress"), told_at=NOW))
    assert (calls(planned), told(planned)["done"]) == ([], "withdrawn")
    assert planned.case.bounced
    closed = standing("recalled", deadline=None, closed=True, undelivered=(lost(GIVER, "outcome"),))
    planned = plan(given(), closed)
    looks_again(planned, NOW)
    assert (calls(planned), told(planned)["done"]) == ([], "withdrawn")


def test_an_idea_given_up_by_its_giver_phones_nobody() -> None:
    planned = plan(
        given(), jury(lost(GIVER, "outcome"), given_up=True, has_email=False, told_at=NOW)
    )
    assert (calls(planned), told(planned)["done"]) == ([], "withdrawn")


def test_a_question_that_bounced_is_asked_by_phone_at_once() -> None:
    paused = {"paused_at": NOW, "questions": 1, "told_at": NOW}
    for state in (MailState.BOUNCED, MailState.FAILED):
        planned = plan(given(), jury(lost(GIVER, "question", state), **paused))
        looks_again(planned, NOW)
        assert calls(planned) == [("hanna", "question")]


@pytest.mark.parametrize("state", [MailState.BOUNCED, MailState.FAILED])
def test_what_is_lost_while_a_question_waits_is_told_in_the_call_about_the_question(
    state: MailState,
) -> None:
    row = lost(GIVER, "receipt", state)
    planned = plan(given(), jury(row, paused_at=NOW, questions=1, told_at=NOW))
    assert calls(planned) == [("hanna", "question")]


def test_a_question_to_who_has_no_number_waits_on_their_page() -> None:
    paused = {"paused_at": NOW, "questions": 1, "told_at": NOW, "has_phone": False}
    planned = plan(given(), jury(bounced=True, **paused))
    assert calls(planned) == []
    assert planned.case.due_at is not None
    assert planned.case.due_at > NOW + timedelta(days=15)


def test_after_long_silence_who_has_neither_is_not_phoned_but_written_down() -> None:
    at = NOW + timedelta(days=35)
    parked = standing("drawer", deadline=at + timedelta(days=90), told_at=NOW, bounced=True)
    assert calls(plan(given(at), parked)) == [("hanna", "silence")]
    unreached = replace(parked, case=replace(parked.case, has_phone=False))
    planned = plan(given(at), unreached)
    assert calls(planned) == []
    assert [fact.kind for fact in planned.facts] == ["NobodyToTell"]
    looks_again(planned, at)


def test_who_wants_only_what_they_must_know_is_not_phoned_for_the_rest_either() -> None:
    at = NOW + timedelta(days=35)
    parked = standing(
        "drawer", deadline=at + timedelta(days=90), told_at=NOW, bounced=True, quiet=True
    )
    planned = plan(given(at), parked)
    looks_again(planned, at)
    assert (calls(planned), planned.facts, planned.case.told_at) == ([], (), at)
    woken = standing("nap", deadline=NOW, bounced=True, quiet=True)
    moved_on = plan(given(NOW + timedelta(seconds=1)), woken)
    assert (moved_on.case.step, calls(moved_on)) == ("glance", [])
    on = answered("glance", "hanna", {"verdict": "on", "why": "Den är värd att pröva."})
    decided = plan(given(), standing("glance", on, bounced=True, quiet=True))
    assert calls(decided) == [("hanna", "outcome")]


def test_a_phone_task_whose_mail_came_back_goes_to_another() -> None:
    call = a_call("jury", "receipt")
    snapshot = clocked("jury", *OPEN_JURY, call, undelivered=(lost("hanna"),), told_at=NOW)
    planned = plan(given(people=HOSTS), snapshot)
    assert calls(planned) == [("henrik", "receipt")]
    assert facts_of(planned, "AskMoved") == [
        {"person": "hanna", "step": "ring", "why": "unreachable", "to": "henrik"}
    ]
    assert told(planned)["done_by"] == "henrik"
    alone = plan(given(), snapshot)
    assert (calls(alone), told(alone)["done"]) == ([], "stays")


# Those whose ideas were joined


def a_follower(name: str) -> FollowerRow:
    return FollowerRow(CASE_ID, name, "sv", has_email=True, since=NOW)


def test_a_follower_whose_mail_came_back_gets_no_more_and_the_coordinators_hear_of_it() -> None:
    rows = (a_follower("one"), a_follower("two"))
    snapshot = replace(jury(lost("follower-one", "progress"), told_at=NOW), followers=rows)
    planned = plan(given(), snapshot)
    assert planned.followers == (replace(rows[0], has_email=False),)
    assert (told(planned)["to_giver"], told(planned)["done"]) == (True, "")
    assert (calls(planned), planned.case.bounced) == ([], False)


def test_a_follower_whose_mail_failed_for_our_own_reasons_is_mailed_again() -> None:
    row = lost("follower-one", "progress", MailState.FAILED)
    snapshot = replace(jury(row, told_at=NOW), followers=(a_follower("one"),))
    assert plan(given(), snapshot).followers == ()
