"""What `plan` does about people: those who leave or are away, substitutes, the ladder of who is told, and those with a weekly mail."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from chalicelib.domain.plan import plan
from chalicelib.domain.planned import Circumstances, Plan, Reason
from chalicelib.domain.rows import Absence, AskState, Fact, PersonRow, Snapshot
from tests.builders import NOW
from tests.small_process import SMALL, VIEW, with_step
from tests.unit.standing_cases import (
    CALENDAR,
    JURY_DEADLINE,
    OPEN_HOST,
    OPEN_JUDGE,
    OPEN_JURY,
    RULING_DEADLINE,
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
from tests.world import HOST, JUDGE, JURORS, PEOPLE, somebody

ADA, BO, CID, DAN, EVA = JURORS
OWNER = somebody("olof", "owner")
THIS_WEEK = Absence("2026-03-02", "2026-03-06")


def people(*changed: PersonRow, without: tuple[str, ...] = ()) -> tuple[PersonRow, ...]:
    by_id = {person.person_id: person for person in (*PEOPLE, *changed)}
    return tuple(person for key, person in by_id.items() if key not in without)


def away(person: PersonRow, **fields: object) -> PersonRow:
    return replace(person, absences=(THIS_WEEK,), **fields)


def who(planned: Plan) -> dict[str, list[str]]:
    """Who is asked, and who is out of it."""
    return {
        "asked": sorted(ask.person for ask in planned.opens),
        "out": sorted(ask.person for ask in planned.changes if ask.state is AskState.MOVED),
    }


MOVES: dict[str, tuple[tuple[PersonRow, ...], dict[str, list[str]]]] = {
    "nobody is away": (people(), {"asked": [], "out": []}),
    "one is away, with a deputy": (
        people(away(ADA, deputy="eva")),
        {"asked": ["eva"], "out": ["ada"]},
    ),
    "one is away, with another deputy": (
        people(away(ADA, deputy="dan")),
        {"asked": ["dan"], "out": ["ada"]},
    ),
    "one is away, and others are free": (
        people(away(ADA), without=("eva",)),
        {"asked": ["dan"], "out": ["ada"]},
    ),
    "one is away, and nobody is free": (
        people(away(ADA), without=("dan", "eva")),
        {"asked": [], "out": []},
    ),
    "one is away, and those who are free are away too": (
        people(away(ADA), away(DAN), away(EVA)),
        {"asked": [], "out": []},
    ),
    "one has left, and nobody is free": (
        people(without=("ada", "dan", "eva")),
        {"asked": [], "out": ["ada"]},
    ),
    "one has left and those who are free are away": (
        people(away(DAN), away(EVA), without=("ada",)),
        {"asked": [], "out": ["ada"]},
    ),
    "two have left, one is free": (
        people(without=("ada", "bo", "eva")),
        {"asked": ["dan"], "out": ["ada", "bo"]},
    ),
    "the deputy is asked already": (
        people(away(ADA, deputy="bo"), without=("eva",)),
        {"asked": ["dan"], "out": ["ada"]},
    ),
    "the deputy is of the idea-giver's own unit": (
        people(away(ADA, deputy="eva"), replace(EVA, unit="park")),
        {"asked": ["dan"], "out": ["ada"]},
    ),
    "the deputy is in another role": (
        people(away(ADA, deputy="jorma"), without=("eva",)),
        {"asked": ["dan"], "out": ["ada"]},
    ),
    "one is in another role now": (
        people(replace(ADA, roles=("host",)), without=("eva",)),
        {"asked": ["dan"], "out": ["ada"]},
    ),
}


@pytest.mark.parametrize(("directory", "moved"), MOVES.values(), ids=list(MOVES.keys()))
def test_who_is_asked_in_the_place_of_those_who_cannot_answer(
    directory: tuple[PersonRow, ...], moved: dict[str, list[str]]
) -> None:
    planned = plan(given(people=directory), standing("jury", *OPEN_JURY))
    looks_again(planned, NOW)
    assert who(planned) == moved
    assert (planned.why is Reason.SOMEBODY_ELSE) is bool(moved["out"])


@pytest.mark.parametrize("deputy", ["dan", "eva"])
@pytest.mark.parametrize("person", [ADA, BO, CID], ids=lambda person: person.person_id)
def test_for_whoever_is_away_it_is_their_own_deputy_who_is_asked(
    person: PersonRow, deputy: str
) -> None:
    directory = people(away(person, deputy=deputy))
    planned = plan(given(people=directory), standing("jury", *OPEN_JURY))
    assert who(planned) == {"asked": [deputy], "out": [person.person_id]}


@pytest.mark.parametrize("case_id", [f"case-{number}" for number in range(8)])
def test_a_deputy_is_asked_on_whomever_the_lot_falls(case_id: str) -> None:
    directory = people(away(ADA, deputy="eva"))
    planned = plan(given(people=directory), standing("jury", *OPEN_JURY, case_id=case_id))
    assert who(planned)["asked"] == ["eva"]


def test_nobody_is_woken_for_the_reminder_of_an_ask_that_moved() -> None:
    asks = (OPEN_JURY[0], *(replace(ask, reminded=1) for ask in OPEN_JURY[1:]))
    directory = people(without=("ada", "dan", "eva"))
    planned = plan(given(people=directory), standing("jury", *asks))
    assert planned.case.due_at == JURY_DEADLINE + SECOND


@pytest.mark.parametrize(
    ("directory", "fact"),
    [
        (
            people(away(ADA, deputy="eva")),
            {"person": "ada", "step": "jury", "why": "away", "to": "eva"},
        ),
        (
            people(without=("ada", "eva")),
            {"person": "ada", "step": "jury", "why": "left", "to": "dan"},
        ),
        (
            people(without=("ada", "dan", "eva")),
            {"person": "ada", "step": "jury", "why": "left"},
        ),
    ],
    ids=["away", "left", "left with nobody instead"],
)
def test_it_is_recorded_why_an_ask_moved_and_to_whom(
    directory: tuple[PersonRow, ...], fact: dict[str, str]
) -> None:
    planned = plan(given(people=directory), standing("jury", *OPEN_JURY))
    assert facts_of(planned, "AskMoved") == [fact]


def test_the_one_instead_is_a_substitute_with_a_mail_of_their_own() -> None:
    planned = plan(given(people=people(without=("ada", "eva"))), standing("jury", *OPEN_JURY))
    (ask,) = planned.opens
    assert (ask.substitute, ask.deadline) == (True, JURY_DEADLINE)
    assert purposes(planned) == [("ask", "dan")]
    assert the_mail(planned, "ask").context["substitute"] is True


def test_an_answer_that_was_given_is_not_moved_when_its_giver_goes_away() -> None:
    snapshot = standing("jury", answered("jury", "ada", VIEW), *OPEN_JURY[1:])
    planned = plan(given(people=people(away(ADA, deputy="eva"))), snapshot)
    assert planned.why is Reason.WAITING


def test_with_little_time_left_the_one_instead_gets_three_working_days() -> None:
    now = datetime(2026, 3, 23, 9, 0, tzinfo=UTC)  # the deadline's own day
    directory = people(without=("ada", "eva"))
    reminded = tuple(replace(ask, reminded=1) for ask in OPEN_JURY)
    planned = plan(given(now, people=directory), clocked("jury", *reminded))
    looks_again(planned, now)
    thursday = CALENDAR.end_of(date(2026, 3, 26))
    assert planned.case.deadline == thursday
    assert {ask.deadline for ask in planned.opens} == {thursday}
    stays = {ask.person: ask.deadline for ask in planned.changes if ask.state is AskState.OPEN}
    assert stays == {"bo": thursday, "cid": thursday}
    assert Fact("DeadlineMoved", {"step": "jury", "deadline": "2026-03-26"}) in planned.facts


def test_after_an_ask_moved_the_case_is_looked_at_for_those_who_are_still_asked() -> None:
    planned = plan(given(people=people(without=("ada", "eva"))), standing("jury", *OPEN_JURY))
    assert planned.case.due_at == datetime(2026, 3, 18, 6, 30, tzinfo=UTC)


def test_whoever_comes_back_keeps_what_they_were_asked_when_there_was_nobody_else() -> None:
    directory = people(away(HOST))
    snapshot = standing("glance", OPEN_HOST)
    planned = plan(given(people=directory), snapshot)
    assert (planned.why, planned.opens) == (Reason.WAITING, ())
    back = plan(given(NOW + timedelta(days=7), people=directory), after(snapshot, planned))
    assert [ask for ask in after(snapshot, back).asks if ask.state is AskState.OPEN]


def test_an_ask_that_moved_does_not_come_back_with_whoever_comes_back() -> None:
    directory = people(away(ADA, deputy="eva"))
    snapshot = standing("jury", *OPEN_JURY)
    moved = plan(given(people=directory), snapshot)
    later = plan(given(NOW + timedelta(days=7), people=directory), after(snapshot, moved))
    assert (later.why, later.opens, later.changes) == (Reason.WAITING, (), ())


def test_moving_twice_at_the_same_moment_moves_once() -> None:
    directory = people(away(ADA, deputy="eva"), without=("bo",))
    snapshot = standing("jury", *OPEN_JURY)
    moved = plan(given(people=directory), snapshot)
    again = plan(given(people=directory), after(snapshot, moved))
    assert (again.opens, again.changes, again.mails) == ((), (), ())


def test_of_very_many_who_cannot_answer_all_are_replaced_within_minutes() -> None:
    crowd = tuple(somebody(f"juror-{n:02}", "juror") for n in range(40))
    process = with_step(SMALL, "jury", panel=20)
    asks = tuple(asked("jury", person.person_id) for person in crowd[:20])
    world = given(people=(HOST, *crowd[20:]), process=process)
    moved, opened = set(), set()
    for now, planned in looks(standing("jury", *asks), world, 2):
        assert planned.rows <= 40
        assert now <= NOW + timedelta(minutes=1)
        moved |= set(who(planned)["out"])
        opened |= set(who(planned)["asked"])
    assert (len(moved), len(opened)) == (20, 20)


def test_whoever_is_asked_again_in_a_new_round_has_time_to_answer() -> None:
    """Hanna handed the ask to Henrik, who leaves when the deadline has passed: it comes back to her."""
    asks = (
        replace(OPEN_HOST, state=AskState.DELEGATED),
        asked("glance", "henrik", delegated_by="hanna"),
    )
    now = datetime(2026, 3, 11, 9, 0, tzinfo=UTC)
    planned = plan(given(now), clocked("glance", *asks, extensions=1, late=True))
    looks_again(planned, now)
    assert [(ask.person, ask.epoch) for ask in planned.opens] == [("hanna", 3)]
    assert planned.case.deadline == CALENDAR.end_of(date(2026, 3, 16))
    assert planned.opens[0].deadline == planned.case.deadline
    assert [fact.kind for fact in planned.facts] == ["AskMoved", "AskOpened"]


def test_when_the_last_of_a_panel_left_it_is_recorded_with_what_follows() -> None:
    planned = plan(given(people=(HOST, JUDGE)), standing("jury", OPEN_JURY[0]))
    assert [fact.kind for fact in planned.facts] == ["AskMoved", "NobodyToAsk"]


def test_a_second_round_that_is_smaller_tells_nobody_that_there_are_too_few() -> None:
    gone = tuple(replace(ask, state=AskState.MOVED) for ask in OPEN_JURY)
    planned = plan(given(people=(HOST, JUDGE, DAN)), standing("jury", *gone))
    assert [(ask.person, ask.epoch) for ask in planned.opens] == [("dan", 2)]
    assert purposes(planned) == [("ask", "dan")]
    assert planned.case.epoch == 2


# ── Reminders, for those who are reminded one by one and those who are not ──


def test_somebody_with_a_weekly_mail_is_not_reminded_one_by_one() -> None:
    morning = datetime(2026, 3, 18, 6, 30, tzinfo=UTC)
    directory = people(replace(ADA, weekly=True))
    planned = plan(given(morning, people=directory), standing("jury", *OPEN_JURY))
    assert purposes(planned) == [("reminder", "bo"), ("reminder", "cid")]
    assert [ask.reminded for ask in planned.changes] == [1, 1, 1]


def test_a_weekly_mail_spares_nobody_the_ladder() -> None:
    weekly = replace(JUDGE, weekly=True)
    days = [
        CALENDAR.local_date(now).isoformat()
        for now, planned in looks(standing("ruling", OPEN_JUDGE), given(people=people(weekly)), 6)
        if ("overdue", "hanna") in purposes(planned)
    ]
    assert days[0] == "2026-03-23"


# ── The ladder: a substitute and the coordinators on the fifth working day, the process owners on the tenth ──


def climbed(snapshot: Snapshot, world: Circumstances, times: int) -> list[tuple[str, list[str]]]:
    return [
        (
            CALENDAR.local_date(now).isoformat(),
            [to for purpose, to in purposes(planned) if purpose == "overdue"],
        )
        for now, planned in looks(snapshot, world, times)
        if any(purpose == "overdue" for purpose, _ in purposes(planned))
    ]


def test_the_process_owners_are_told_besides_on_the_tenth_working_day() -> None:
    world = given(people=people(OWNER))
    assert climbed(standing("ruling", OPEN_JUDGE), world, 6)[:3] == [
        ("2026-03-23", ["hanna"]),
        ("2026-03-30", ["hanna", "olof"]),
        ("2026-04-08", ["hanna", "olof"]),
    ]


@pytest.mark.parametrize(
    ("coordinator", "owner", "days"),
    [(5, 10, ["2026-03-23", "2026-03-30"]), (2, 3, ["2026-03-18", "2026-03-19"])],
)
def test_the_process_says_when_the_ladder_is_climbed(
    coordinator: int, owner: int, days: list[str]
) -> None:
    process = replace(SMALL, coordinator_told=coordinator, owner_told=owner)
    process = with_step(process, "ruling", reminders=())
    world = given(people=people(OWNER), process=process)
    assert [day for day, _ in climbed(standing("ruling", OPEN_JUDGE), world, 4)][:2] == days


def test_a_process_owner_who_is_also_coordinator_is_told_once() -> None:
    both = replace(HOST, roles=("host", "owner"))
    world = given(people=people(both))
    assert climbed(standing("ruling", OPEN_JUDGE), world, 4)[1] == ("2026-03-30", ["hanna"])


def test_on_the_first_rung_one_substitute_is_asked_beside_who_does_not_answer() -> None:
    other = somebody("judit", "judge")
    world = given(people=people(other))
    steps = list(looks(standing("ruling", OPEN_JUDGE), world, 7))
    opened = [
        (CALENDAR.local_date(now).isoformat(), ask)
        for now, planned in steps
        for ask in planned.opens
    ]
    ((day, ask),) = opened
    told = [fact for _, planned in steps for fact in facts_of(planned, "AskOpened")]
    assert told == [{"person": "judit", "step": "ruling"}]
    assert (day, ask.person, ask.substitute, ask.deadline) == (
        "2026-03-23",
        "judit",
        True,
        RULING_DEADLINE,
    )
    (mail,) = [mail for _, p in steps for mail in p.mails if mail.recipient == "judit"]
    assert (mail.purpose, mail.context["late"], mail.context["substitute"]) == ("ask", True, True)


@pytest.mark.parametrize(
    "other",
    [
        somebody("judit", "judge"),
        replace(somebody("judit", "judge"), unit="park"),
        replace(somebody("judit", "judge"), absences=(Absence("2026-03-20", "2026-03-24"),)),
        replace(somebody("judit", "judge"), active=False),
    ],
    ids=["may", "own unit", "away", "left"],
)
def test_beside_who_does_not_answer_only_somebody_who_can_is_asked(other: PersonRow) -> None:
    now = CALENDAR.morning(date(2026, 3, 23))
    snapshot = standing("ruling", replace(OPEN_JUDGE, reminded=3), late=True)
    planned = plan(given(now, people=people(other)), snapshot)
    can = other.active and other.unit == "library" and not other.absences
    assert [ask.person for ask in planned.opens] == (["judit"] if can else [])
    assert ("overdue", "hanna") in purposes(planned)


def test_the_answer_of_either_ends_the_step() -> None:
    beside = asked("ruling", "judit", substitute=True, state=AskState.OPEN)
    done = answered("ruling", "jorma", {"ruled": "back", "why": "Det behövs mer."})
    planned = plan(
        given(people=people(somebody("judit", "judge"))), standing("ruling", done, beside)
    )
    assert planned.case.step == "glance"
    assert [(ask.person, ask.state) for ask in planned.changes] == [("judit", AskState.LAPSED)]
