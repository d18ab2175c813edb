"""How a step is left: by one, by all, by so many or by a share; by silence where the step says so; and when a talk is advised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from chalicelib.domain.plan import plan
from chalicelib.domain.planned import SOON, Reason
from chalicelib.domain.process import Process, Question, QuestionKind
from chalicelib.domain.rows import GIVER, AskRow, AskState
from tests.builders import NOW, an_answered_ask
from tests.small_process import (
    OTHER_VIEW,
    SMALL,
    VIEW,
    an_option,
    said,
    with_step,
)
from tests.unit.standing_cases import (
    JURY_DEADLINE,
    OPEN_JUDGE,
    OPEN_JURY,
    RULING_DEADLINE,
    SECOND,
    after,
    answered,
    asked,
    facts_of,
    given,
    looks_again,
    purposes,
    standing,
    the_mail,
)
from tests.world import JURORS, PEOPLE, somebody

NAMES = [f"j{n}" for n in range(1, 9)]


def jury(
    answers: int, still_open: int, out: int = 0, state: AskState = AskState.MOVED
) -> tuple[AskRow, ...]:
    names = iter(NAMES)
    return (
        *(answered("jury", next(names), VIEW) for _ in range(answers)),
        *(asked("jury", next(names)) for _ in range(still_open)),
        *(asked("jury", next(names), state=state) for _ in range(out)),
    )


def with_jury(**fields: Any) -> Process:
    return with_step(SMALL, "jury", **fields)


CROWD = (*PEOPLE, *(somebody(name, "juror") for name in NAMES))

ONE_OF = {"quorum": 1}
ALL_OF = {"quorum": 3, "percent": 100}
TWO_OF_THREE = {"quorum": 2}
SHARE = {"panel": 5, "quorum": 3, "percent": 60}

MODES: dict[str, tuple[dict[str, int], tuple[AskRow, ...], Reason]] = {
    "one of: none": (ONE_OF, jury(0, 3), Reason.WAITING),
    "one of: the first": (ONE_OF, jury(1, 2), Reason.QUORUM),
    "all of: two of three": (ALL_OF, jury(2, 1), Reason.WAITING),
    "all of: three of three": (ALL_OF, jury(3, 0), Reason.QUORUM),
    "all of: two were found": (ALL_OF, jury(2, 0), Reason.QUORUM),
    "all of: one of two who were found": (ALL_OF, jury(1, 1), Reason.WAITING),
    "all of: two, and one is out of it": (ALL_OF, jury(2, 0, 1), Reason.QUORUM),
    "all of: two, and one was recused": (ALL_OF, jury(2, 0, 1, AskState.RECUSED), Reason.QUORUM),
    "all of: two of three, two substitutes beside": (ALL_OF, jury(2, 3), Reason.WAITING),
    "all of: three with substitutes beside": (ALL_OF, jury(3, 2), Reason.QUORUM),
    "n of m: one": (TWO_OF_THREE, jury(1, 2), Reason.WAITING),
    "n of m: two": (TWO_OF_THREE, jury(2, 1), Reason.QUORUM),
    "n of m: one, and nobody else waits": (TWO_OF_THREE, jury(1, 0, 2), Reason.EVERYONE_ANSWERED),
    "percent: two of five": (SHARE, jury(2, 3), Reason.WAITING),
    "percent: three of five": (SHARE, jury(3, 2), Reason.QUORUM),
    "percent: two of three who were found": (SHARE, jury(2, 1), Reason.QUORUM),
    "percent: two of four who were found": (SHARE, jury(2, 2), Reason.WAITING),
    "percent: one of one": (SHARE, jury(1, 0, 2), Reason.QUORUM),
    "percent: two of five with five substitutes beside": (SHARE, jury(2, 6), Reason.WAITING),
    "percent: three of five with substitutes beside": (SHARE, jury(3, 5), Reason.QUORUM),
}


@pytest.mark.parametrize(("fields", "asks", "why"), MODES.values(), ids=list(MODES.keys()))
def test_how_many_answers_are_enough(
    fields: dict[str, int], asks: tuple[AskRow, ...], why: Reason
) -> None:
    world = given(people=CROWD, process=with_jury(**fields))
    planned = plan(world, standing("jury", *asks))
    looks_again(planned, NOW)
    assert planned.why is why
    assert (planned.case.step == "jury") is (why is Reason.WAITING)


@pytest.mark.parametrize(
    ("percent", "asked_", "needed"),
    [
        (1, 3, 1),
        (50, 3, 2),
        (50, 4, 2),
        (51, 4, 3),
        (66, 3, 2),
        (67, 3, 3),
        (100, 7, 7),
        (60, 0, 1),
    ],
)
def test_a_share_is_rounded_up_and_is_at_least_one(percent: int, asked_: int, needed: int) -> None:
    assert replace(SMALL.step("jury"), percent=percent).needed(asked_) == needed


def test_a_share_that_was_not_reached_is_told_as_a_number() -> None:
    world = given(JURY_DEADLINE + SECOND, people=CROWD, process=with_jury(**SHARE))
    planned = plan(world, standing("jury", *jury(1, 4)))
    assert facts_of(planned, "DeadlinePassed") == [{"step": "jury", "answered": "1", "quorum": "3"}]


# ── A panel of which the first answer decides ──

WAYS = Question(
    "way",
    QuestionKind.CHOICE,
    said("way"),
    options=(an_option("up", to="ruling"), an_option("down", to="nap")),
)
ONE_OF_PANEL = with_jury(
    quorum=1,
    outcome="way",
    then=None,
    questions=(WAYS, Question("view", QuestionKind.TEXT, said("view"), shared=True)),
)


@pytest.mark.parametrize(("way", "to"), [("up", "ruling"), ("down", "nap")])
def test_of_a_panel_of_which_one_decides_the_first_answer_says_where(way: str, to: str) -> None:
    first = answered("jury", "bo", {"way": way, "view": "Ja."}, minutes=1)
    later = answered("jury", "ada", {"way": "up" if way == "down" else "down"}, minutes=2)
    planned = plan(given(process=ONE_OF_PANEL), standing("jury", later, first, OPEN_JURY[2]))
    assert planned.case.step == to
    assert [(ask.person, ask.state) for ask in planned.changes] == [("cid", AskState.LAPSED)]
    assert the_mail(planned, "outcome").context["shared"] == [["view på svenska", "Ja."]]
    assert facts_of(planned, "TalkAdvised") == []


# ── A talk is advised ──

VOTE = Question(
    "vote", QuestionKind.CHOICE, said("vote"), options=(an_option("yes"), an_option("no"))
)
SCORES = SMALL.step("jury").questions
VOTING = with_jury(questions=(*SCORES, VOTE))


def views(*answers: Mapping[str, str]) -> tuple[AskRow, ...]:
    return tuple(
        answered("jury", person.person_id, answer)
        for person, answer in zip(JURORS, answers, strict=False)
    )


def a_view(score: str, vote: str) -> dict[str, str]:
    return {"worth": score, "view": "Så tycker jag.", "vote": vote}


TALKS: dict[str, tuple[tuple[dict[str, str], ...], list[str]]] = {
    "of one mind": ((a_view("4", "yes"), a_view("4", "yes")), []),
    "one step apart": ((a_view("4", "yes"), a_view("3", "yes")), []),
    "two steps apart": ((a_view("4", "yes"), a_view("2", "yes")), ["spread"]),
    "a tie": ((a_view("4", "yes"), a_view("4", "no")), ["tie"]),
    "both": ((a_view("5", "yes"), a_view("1", "no")), ["spread", "tie"]),
    "one could not judge": ((a_view("5", "yes"), a_view("x", "yes")), []),
    "two against one": ((a_view("4", "yes"), a_view("4", "no"), a_view("4", "no")), []),
    "one alone": ((a_view("5", "yes"),), []),
}


@pytest.mark.parametrize(("answers", "why"), TALKS.values(), ids=list(TALKS.keys()))
def test_when_a_panel_is_of_two_minds_its_coordinators_are_advised_to_talk(
    answers: tuple[dict[str, str], ...], why: list[str]
) -> None:
    planned = plan(given(process=VOTING), standing("jury", *views(*answers)))
    assert planned.case.step == "ruling"
    assert ("talk" in [purpose for purpose, _ in purposes(planned)]) is bool(why)
    if why:
        mail = the_mail(planned, "talk")
        assert (mail.recipient, mail.context["why"], mail.context["step"]) == ("hanna", why, "jury")
        panel = [person.person_id for person, _ in zip(JURORS, answers, strict=False)]
        assert (mail.context["people"], mail.context["told"]) == (panel, 1)
        assert facts_of(planned, "TalkAdvised") == [{"step": "jury", "why": ", ".join(why)}]


def test_a_talk_is_advised_when_the_deadline_ends_the_step_too() -> None:
    two = (answered("jury", "ada", VIEW), answered("jury", "bo", OTHER_VIEW), OPEN_JURY[2])
    process = with_jury(quorum=3)
    planned = plan(given(JURY_DEADLINE + SECOND, process=process), standing("jury", *two))
    assert planned.why is Reason.DEADLINE_WITH_ANSWERS
    assert ("talk", "hanna") in purposes(planned)


def test_each_of_several_coordinators_reads_how_many_may_call_the_panel() -> None:
    two = (answered("jury", "ada", VIEW), answered("jury", "bo", OTHER_VIEW))
    people = (*PEOPLE, somebody("hilda", "host"))
    mails = [
        mail
        for mail in plan(given(people=people), standing("jury", *two)).mails
        if mail.purpose == "talk"
    ]
    assert [(mail.recipient, mail.context["told"]) for mail in mails] == [
        ("hanna", 2),
        ("hilda", 2),
    ]


def test_the_giver_is_told_nothing_of_a_talk() -> None:
    two = (answered("jury", "ada", VIEW), answered("jury", "bo", OTHER_VIEW))
    planned = plan(given(), standing("jury", *two))
    assert [purpose for purpose, to in purposes(planned) if to == GIVER] == ["progress"]
    assert "talk" not in repr([mail for mail in planned.mails if mail.recipient == GIVER])


# ── Silence that sends a case on ──

BACK = with_step(SMALL, "ruling", unanswered="glance")


@pytest.mark.parametrize(
    ("now", "why", "step"),
    [
        (RULING_DEADLINE, Reason.WAITING, "ruling"),
        (RULING_DEADLINE + SECOND, Reason.NOBODY_ANSWERED, "glance"),
    ],
)
def test_where_the_step_says_so_an_ask_that_nobody_answers_sends_the_case_back(
    now: datetime, why: Reason, step: str
) -> None:
    planned = plan(given(now, process=BACK), standing("ruling", replace(OPEN_JUDGE, reminded=3)))
    looks_again(planned, now)
    assert (planned.why, planned.case.step) == (why, step)


def test_a_case_that_comes_back_says_so_and_asks_anew() -> None:
    now = RULING_DEADLINE + SECOND
    planned = plan(given(now, process=BACK), standing("ruling", OPEN_JUDGE))
    assert [fact.kind for fact in planned.facts] == [
        "PromiseBroken",
        "NobodyAnswered",
        "AskLapsed",
        "StepEntered",
        "AskOpened",
    ]
    assert facts_of(planned, "NobodyAnswered") == [{"step": "ruling"}]
    assert planned.changes == (replace(OPEN_JUDGE, state=AskState.LAPSED),)
    assert purposes(planned) == [("progress", GIVER), ("ask", "hanna")]
    assert planned.case.epoch == 3


NAMED = with_step(SMALL, "ruling", unanswered="glance", named="chosen")
CHOSEN = an_answered_ask(person="hanna", step="glance", epoch=1, answer={"chosen": "jorma"})
WITHOUT_JORMA = tuple(person for person in PEOPLE if person.person_id != "jorma")
SECOND_JUDGE = somebody("judit", "judge")


@pytest.mark.parametrize("asks", [(CHOSEN, OPEN_JUDGE), (CHOSEN,)], ids=["asked", "not asked yet"])
def test_a_case_comes_back_at_once_when_the_named_one_has_left(asks: tuple[AskRow, ...]) -> None:
    world = given(people=(*WITHOUT_JORMA, SECOND_JUDGE), process=NAMED)
    planned = plan(world, standing("ruling", *asks))
    looks_again(planned, NOW)
    assert (planned.why, planned.case.step) == (Reason.NOBODY_ANSWERED, "glance")
    assert [ask.person for ask in planned.opens] == ["hanna"]


def test_a_named_one_who_can_be_asked_is_asked_again() -> None:
    planned = plan(given(process=NAMED), standing("ruling", CHOSEN))
    assert [ask.person for ask in planned.opens] == ["jorma"]


def test_a_step_that_is_entered_without_its_named_one_is_looked_at_again_soon() -> None:
    on = answered("jury", "ada", VIEW), answered("jury", "bo", VIEW)
    world = given(people=(*WITHOUT_JORMA, SECOND_JUDGE), process=NAMED)
    planned = plan(world, standing("jury", CHOSEN, *on))
    assert (planned.case.step, planned.opens) == ("ruling", ())
    assert planned.case.due_at == NOW + SOON
    assert [purpose for purpose, to in purposes(planned) if to != GIVER] == []
    assert plan(world, after(standing("jury", CHOSEN, *on), planned)).case.step == "glance"


def test_where_silence_sends_nothing_on_somebody_else_of_the_role_is_asked() -> None:
    process = with_step(SMALL, "ruling", named="chosen")
    world = given(people=(*WITHOUT_JORMA, SECOND_JUDGE), process=process)
    planned = plan(world, standing("ruling", CHOSEN))
    assert [ask.person for ask in planned.opens] == ["judit"]


def test_before_a_case_comes_back_there_is_more_time_where_the_step_gives_it() -> None:
    process = with_step(SMALL, "ruling", unanswered="glance", extension_days=3)
    now = RULING_DEADLINE + SECOND
    first = plan(given(now, process=process), standing("ruling", OPEN_JUDGE))
    assert first.why is Reason.DEADLINE_WITHOUT_ANSWERS
    second = plan(given(now, process=process), standing("ruling", OPEN_JUDGE, extensions=1))
    assert second.why is Reason.NOBODY_ANSWERED


def test_one_answer_of_a_panel_is_enough_for_a_case_not_to_come_back() -> None:
    process = with_jury(unanswered="glance", extension_days=0)
    asks = (answered("jury", "ada", VIEW), *OPEN_JURY[1:])
    planned = plan(given(JURY_DEADLINE + SECOND, process=process), standing("jury", *asks))
    assert (planned.why, planned.case.step) == (Reason.DEADLINE_WITH_ANSWERS, "ruling")


def test_a_case_that_waits_for_its_giver_does_not_come_back() -> None:
    now = RULING_DEADLINE + SECOND
    snapshot = standing("ruling", OPEN_JUDGE, paused_at=NOW, told_at=now, questions=1)
    assert plan(given(now, process=BACK), snapshot).case.step == "ruling"


# ── An answer that joins the idea with another ──

VERDICT = SMALL.step("glance").question("verdict")
JOINING = with_step(
    SMALL,
    "glance",
    panel=2,
    questions=(
        replace(
            VERDICT,
            options=(
                *VERDICT.options,
                an_option("same", to="bin", closing_code="poor", merges=True),
            ),
        ),
    ),
)


@pytest.mark.parametrize(
    ("merged_into", "to"), [("another", "bin"), (None, "jury")], ids=["joined", "not joined"]
)
def test_an_answer_that_has_joined_the_idea_decides_although_it_is_the_later(
    merged_into: str | None, to: str
) -> None:
    """Two clocks that differ must not send a case on whose giver already follows the other."""
    on = answered("glance", "hanna", {"verdict": "on"}, minutes=1)
    same = answered("glance", "henrik", {"verdict": "same"}, minutes=2)
    snapshot = standing("glance", on, same, merged_into=merged_into)
    assert plan(given(process=JOINING), snapshot).case.step == to
