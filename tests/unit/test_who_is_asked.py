"""Who answers for whom: named people, deputies, absence, the idea-giver's own unit and those who declared a conflict of interest."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from chalicelib.domain.asking import (
    ask_mail,
    draw,
    may_be_asked,
    named_person,
    recused,
    rung_time,
    stand_in,
)
from chalicelib.domain.process import Question, QuestionKind, Shows, Step
from chalicelib.domain.rows import Absence, AskRow, AskState, FollowerRow, PersonRow, Snapshot
from tests.builders import NOW, a_case, an_answered_ask, an_ask
from tests.small_process import GLANCE, JURY, RULING, SMALL, said
from tests.unit.standing_cases import CALENDAR, given
from tests.world import JURORS, somebody

TODAY = Absence("2026-03-02", "2026-03-02")
THIS_WEEK = Absence("2026-03-01", "2026-03-06")
ADA, BO, CID, DAN, EVA = JURORS
IDS = [person.person_id for person in JURORS]


def ids(people: tuple[PersonRow, ...]) -> list[str]:
    return [person.person_id for person in people]


def away(person: PersonRow, *absences: Absence, **fields: object) -> PersonRow:
    return replace(person, absences=absences or (THIS_WEEK,), **fields)


def drawn(
    *people: PersonRow,
    step: Step = JURY,
    count: int = 3,
    asks: tuple[AskRow, ...] = (),
    but_not: tuple[str, ...] = (),
    **case: object,
) -> list[str]:
    snapshot = Snapshot(a_case(**case), asks)
    return ids(draw(given(people=people), snapshot, step, count, but_not))


MAY: dict[str, tuple[PersonRow, Step, dict[str, object], tuple[AskRow, ...], bool]] = {
    "in the role and active": (ADA, JURY, {}, (), True),
    "in another role": (replace(ADA, roles=("host",)), JURY, {}, (), False),
    "not active": (replace(ADA, active=False), JURY, {}, (), False),
    "of the idea-giver's own unit": (ADA, JURY, {"own_unit": "library"}, (), False),
    "of another unit": (ADA, JURY, {"own_unit": "park"}, (), True),
    "the idea-giver told no unit": (ADA, JURY, {"own_unit": None}, (), True),
    "own unit where there is no conflict of interest": (
        ADA,
        replace(JURY, jav=False),
        {"own_unit": "library"},
        (),
        True,
    ),
    "recused in this step": (
        ADA,
        JURY,
        {},
        (an_ask(person="ada", step="jury", state=AskState.RECUSED),),
        False,
    ),
    "recused in an earlier step": (
        ADA,
        JURY,
        {"epoch": 7},
        (an_ask(person="ada", step="glance", epoch=2, state=AskState.RECUSED),),
        False,
    ),
    "recused, and a later step without conflicts": (
        ADA,
        replace(JURY, jav=False),
        {"epoch": 7},
        (an_ask(person="ada", step="glance", epoch=2, state=AskState.RECUSED),),
        False,
    ),
    "somebody else was recused": (
        ADA,
        JURY,
        {},
        (an_ask(person="bo", state=AskState.RECUSED),),
        True,
    ),
    "handed an ask over before": (
        ADA,
        JURY,
        {},
        (an_ask(person="ada", state=AskState.DELEGATED),),
        True,
    ),
}


@pytest.mark.parametrize(
    ("person", "step", "case", "asks", "may"), MAY.values(), ids=list(MAY.keys())
)
def test_who_may_be_asked(
    person: PersonRow,
    step: Step,
    case: dict[str, object],
    asks: tuple[AskRow, ...],
    may: bool,
) -> None:
    assert may_be_asked(person, Snapshot(a_case(**case), asks), step) is may


@pytest.mark.parametrize("state", list(AskState))
def test_only_a_declared_conflict_of_interest_recuses(state: AskState) -> None:
    expected = {"rut"} if state is AskState.RECUSED else set()
    assert recused(Snapshot(a_case(), (an_ask(state=state),))) == expected


def test_whoever_is_recused_is_drawn_in_no_later_step() -> None:
    past = an_ask(person="ada", step="glance", epoch=2, state=AskState.RECUSED)
    for epoch in range(3, 23):
        assert "ada" not in drawn(*JURORS, asks=(past,), epoch=epoch, count=5)


STAND_INS: dict[str, tuple[tuple[PersonRow, ...], str | None]] = {
    "is there": ((ADA,), "ada"),
    "away without a deputy": ((away(ADA),), None),
    "away with a deputy": ((away(ADA, deputy="bo"), BO), "bo"),
    "the deputy is away too": ((away(ADA, deputy="bo"), away(BO)), None),
    "the deputy's deputy": ((away(ADA, deputy="bo"), away(BO, deputy="cid"), CID), "cid"),
    "the deputy is not in the directory": ((away(ADA, deputy="bo"),), None),
    "the deputy is not active": ((away(ADA, deputy="bo"), replace(BO, active=False)), None),
    "two who are each other's deputy": (
        (away(ADA, deputy="bo"), away(BO, deputy="ada")),
        None,
    ),
    "their own deputy": ((away(ADA, deputy="ada"),), None),
    "has a deputy and is there": ((replace(ADA, deputy="bo"), BO), "ada"),
    "left, with a deputy": ((replace(ADA, active=False, deputy="bo"), BO), "bo"),
}


@pytest.mark.parametrize(("people", "found"), STAND_INS.values(), ids=list(STAND_INS.keys()))
def test_who_answers_for_somebody_today(people: tuple[PersonRow, ...], found: str | None) -> None:
    person = stand_in(given(people=people), people[0])
    assert (person and person.person_id) == found


@pytest.mark.parametrize(
    ("day", "is_away"),
    [
        (date(2026, 2, 28), False),
        (date(2026, 3, 1), True),
        (date(2026, 3, 6), True),
        (date(2026, 3, 7), False),
    ],
)
def test_an_absence_holds_on_its_first_and_its_last_day(day: date, is_away: bool) -> None:
    assert away(ADA).is_away(day) is is_away


def test_an_absence_is_counted_in_local_days() -> None:
    late_evening = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)  # half past midnight in Sweden
    assert stand_in(given(late_evening), away(ADA, TODAY)) is None
    assert stand_in(given(late_evening), away(ADA, Absence("2026-03-01", "2026-03-01"))) is not None


def test_for_somebody_who_is_away_their_deputy_is_asked_from_the_start() -> None:
    people = (away(ADA, deputy="dan"), away(BO), away(CID), DAN)
    assert drawn(*people) == ["dan"]


def test_a_deputy_is_asked_once_although_two_are_away() -> None:
    people = (away(ADA, deputy="dan"), away(BO, deputy="dan"), DAN, EVA)
    assert sorted(drawn(*people, count=4)) == ["dan", "eva"]


def test_a_deputy_who_may_not_be_asked_is_not() -> None:
    own = replace(DAN, unit="park")
    other_role = somebody("ursula", "host")
    asked = drawn(away(ADA, deputy="dan"), own, EVA, own_unit="park")
    assert asked == ["eva"]
    assert drawn(away(ADA, deputy="ursula"), other_role, EVA) == ["eva"]


def test_only_when_everybody_is_away_are_those_who_are_away_asked() -> None:
    assert sorted(drawn(away(ADA), away(BO))) == ["ada", "bo"]
    assert drawn(away(ADA), BO) == ["bo"]


def test_when_everybody_is_away_those_who_may_not_be_asked_are_still_not() -> None:
    assert drawn(away(ADA), away(BO, unit="park"), own_unit="park") == ["ada"]
    assert drawn(away(ADA), away(BO), but_not=("ada",)) == ["bo"]


CHOOSER = Question("chosen", QuestionKind.PERSON, said("chosen"), role="juror")
NAMING = replace(JURY, named="chosen", panel=1)


def choice(chosen: str, minute: int, **fields: object) -> AskRow:
    at = NOW.replace(minute=minute)
    return an_answered_ask(answer={"chosen": chosen}, answered_at=at, **fields)


NAMES = replace(SMALL, steps=(*SMALL.steps, NAMING))


def test_the_latest_answer_says_who_is_named() -> None:
    asks = (choice("eva", 20), choice("bo", 40, person="x"), choice("cid", 30, person="y"))
    assert named_person(NAMES, Snapshot(a_case(), asks), NAMING) == "bo"


@pytest.mark.parametrize(
    "asks",
    [
        (),
        (an_answered_ask(),),
        (an_ask(),),
        (an_ask(answer={"chosen": "bo"}),),
    ],
    ids=["nothing asked", "answered something else", "not answered", "an answer not given"],
)
def test_nobody_is_named_until_an_answer_names_somebody(asks: tuple[AskRow, ...]) -> None:
    assert named_person(NAMES, Snapshot(a_case(), asks), NAMING) is None


def test_a_step_that_names_nobody_takes_no_notice_of_names() -> None:
    assert named_person(NAMES, Snapshot(a_case(), (choice("bo", 1),)), JURY) is None


@pytest.mark.parametrize("name", IDS)
def test_whoever_was_named_is_asked_and_nobody_else(name: str) -> None:
    assert drawn(*JURORS, step=NAMING, count=3, asks=(choice(name, 1),)) == [name]


def test_the_named_who_is_away_without_a_deputy_is_asked_all_the_same() -> None:
    assert drawn(away(ADA), BO, CID, step=NAMING, count=1, asks=(choice("ada", 1),)) == ["ada"]


def test_for_the_named_who_was_asked_already_nobody_else_is_drawn() -> None:
    chosen = (choice("ada", 1),)
    assert drawn(*JURORS, step=NAMING, count=1, asks=chosen, but_not=("ada",)) == []


def test_to_whom_the_named_has_handed_the_work_is_named_from_then_on() -> None:
    handed = an_answered_ask(
        person="bo",
        step=NAMING.key,
        delegated_by="ada",
        answer={"outcome": "on"},
        answered_at=NOW + timedelta(minutes=30),
    )
    own = replace(handed, person="cid", delegated_by=None)
    chosen = choice("ada", 10)
    assert named_person(NAMES, Snapshot(a_case(), (chosen, handed)), NAMING) == "bo"
    assert named_person(NAMES, Snapshot(a_case(), (chosen, own)), NAMING) == "ada"
    elsewhere = replace(handed, step="glance")
    assert named_person(NAMES, Snapshot(a_case(), (chosen, elsewhere)), NAMING) == "ada"
    later = choice("eva", 40)
    assert named_person(NAMES, Snapshot(a_case(), (chosen, handed, later)), NAMING) == "eva"


def test_the_unit_and_the_jav_of_a_joined_idea_count_too() -> None:
    joined = FollowerRow("c", "f", "sv", True, NOW, own_unit="library", recused=("ada",))
    case = Snapshot(a_case(own_unit=None), followers=(joined,))
    elsewhere = replace(BO, unit="school")
    assert not may_be_asked(BO, case, JURY)
    assert may_be_asked(elsewhere, case, JURY)
    assert not may_be_asked(replace(ADA, unit="school"), case, JURY)
    assert may_be_asked(BO, case, replace(JURY, jav=False))


def test_for_the_named_who_is_away_their_deputy_is_asked() -> None:
    people = (away(ADA, deputy="eva"), BO, CID, DAN, EVA)
    assert drawn(*people, step=NAMING, count=1, asks=(choice("ada", 1),)) == ["eva"]


def test_in_the_place_of_the_named_who_has_left_somebody_else_is_drawn() -> None:
    people = (BO, CID)
    (asked,) = drawn(*people, step=NAMING, count=1, asks=(choice("ada", 1),))
    assert asked in ("bo", "cid")


def test_in_the_place_of_the_named_who_has_another_role_now_somebody_else_is_drawn() -> None:
    people = (replace(ADA, roles=("host",)), BO, CID)
    (asked,) = drawn(*people, step=NAMING, count=1, asks=(choice("ada", 1),))
    assert asked in ("bo", "cid")


def test_nobody_is_asked_in_the_place_of_the_named_where_silence_sends_the_case_on() -> None:
    step = replace(NAMING, unanswered="glance")
    assert drawn(BO, CID, step=step, count=1, asks=(choice("ada", 1),)) == []
    assert drawn(ADA, BO, CID, step=step, count=1, asks=(choice("ada", 1),)) == ["ada"]
    assert len(drawn(BO, CID, step=step, count=1)) == 1


def test_a_mail_about_a_task_says_which_and_carries_no_text() -> None:
    ring = SMALL.step("ring")
    mail = ask_mail("ask", given(), a_case(), ring, an_ask(step="ring", task="ring-1"))
    assert (mail.task, mail.context["text_version"]) == ("ring-1", None)


def test_a_mail_about_a_task_carries_no_text_whatever_its_page_shows() -> None:
    ring = replace(SMALL.step("ring"), shows=Shows.MASKED)
    mail = ask_mail("ask", given(), a_case(), ring, an_ask(step="ring", task="ring-1"))
    assert mail.context["text_version"] is None


@pytest.mark.parametrize(
    ("step", "shown"), [(GLANCE, 4), (JURY, 4), (RULING, None)], ids=lambda value: str(value)[:20]
)
def test_a_mail_carries_the_masked_text_as_it_stands_where_that_is_all_there_is_to_see(
    step: Step, shown: int | None
) -> None:
    mail = ask_mail("ask", given(), a_case(masked_version=4), step, an_ask())
    assert mail.context["text_version"] == shown


@pytest.mark.parametrize(("percent", "needed"), [(None, 2), (60, 2), (67, 3), (100, 3), (1, 1)])
def test_a_mail_says_how_many_answers_are_enough(percent: int | None, needed: int) -> None:
    step = replace(JURY, percent=percent)
    assert ask_mail("ask", given(), a_case(), step, an_ask()).context["quorum"] == needed


LADDER = [
    (0, "2026-03-20"),  # five working days after Friday 13 March
    (1, "2026-03-27"),  # ten
    (2, "2026-04-07"),  # fifteen, past Easter
    (3, "2026-04-14"),
]


@pytest.mark.parametrize(("rung", "day"), LADDER)
def test_the_ladder_is_climbed_on_working_mornings(rung: int, day: str) -> None:
    deadline = datetime(2026, 3, 13, 22, 59, 59, tzinfo=UTC)
    at = rung_time(deadline, rung, 5, 10, CALENDAR)
    assert at == CALENDAR.morning(date.fromisoformat(day))
