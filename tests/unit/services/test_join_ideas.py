"""Joining an idea with another: both records say so at once, and its giver hears of the other from then on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from chalicelib.domain.delivery import DeliveryEvent
from chalicelib.domain.form import FieldError, Problem
from chalicelib.domain.process import Question, QuestionKind
from chalicelib.domain.rows import CaseRow, EventRow, FollowerRow
from chalicelib.domain.transaction import Change, Conflict, Create
from chalicelib.services.answer_ask import Accepted, Faulty, OtherAnswer, answer_ask
from chalicelib.services.follow_idea import follow_idea, withdraw_idea
from chalicelib.services.join_ideas import MOST_FOLLOWERS, joining
from chalicelib.services.record_delivery import record_delivery
from tests.fakes import Crash, StoreFault
from tests.small_process import GLANCE, ON, SMALL, an_option, said, with_step
from tests.world import HOST, PEOPLE, World, somebody

FIRST, SECOND = "asa@example.com", "bo@example.com"
VERDICT = GLANCE.question("verdict")
MERGING = with_step(
    SMALL,
    "glance",
    questions=(
        GLANCE.question("why"),
        replace(
            VERDICT,
            options=(
                *VERDICT.options,
                an_option("same", to="bin", closing_code="poor", merges=True),
            ),
        ),
        Question(
            "other", QuestionKind.CASE, said("other"), only_for=frozenset({"same"}), shared=True
        ),
        GLANCE.question("wake"),
        GLANCE.question("code"),
    ),
)


def submit(world: World, key: str, email: str | None = None, **fields: object) -> str:
    ref = world.submit(key, email=email or f"{key}@example.com", name=key.title(), **fields).ref
    world.settle()
    return ref


class Two:
    """Two ideas, each before the host; the second is to be joined with the first."""

    def __init__(self) -> None:
        self.world = World(MERGING)
        self.first = submit(self.world, "asa", FIRST)
        self.second = submit(self.world, "bo", SECOND, lang="fi")
        self.link = self.world.link(HOST.email)

    @property
    def target(self) -> CaseRow:
        return self.world.case(self.first)

    @property
    def joined(self) -> CaseRow:
        return self.world.case(self.second)

    def join(self, other: str | None = None) -> object:
        return answer_ask(self.world.deps, self.link, None, same(other or self.first))


def same(ref: str) -> dict[str, str]:
    return {"verdict": "same", "why": "Det är samma sak som en annan idé.", "other": ref}


@pytest.fixture
def two() -> Two:
    return Two()


def followers(world: World, case: CaseRow) -> list[str]:
    return [row.follower for row in world.store.rows(FollowerRow) if row.case_id == case.case_id]


def facts(world: World) -> list[str]:
    return [fact.kind for event in world.store.rows(EventRow) for fact in event.facts]


def test_both_cases_say_that_they_are_joined_in_one_transaction(two: Two) -> None:
    before, seq = len(two.world.store.transactions), two.target.seq
    assert isinstance(two.join(), Accepted)
    assert len(two.world.store.transactions) == before + 1
    assert two.joined.merged_into == two.target.case_id
    assert followers(two.world, two.target) == [two.joined.case_id]
    assert two.target.seq == seq + 1
    event = two.world.store.events(two.target.case_id)[-1]
    assert [(fact.kind, fact.data) for fact in event.facts] == [("IdeaJoined", {"ref": two.second})]
    assert event.actor == "hanna"


def test_the_joined_idea_ends_and_its_giver_hears_why(two: Two) -> None:
    two.join()
    two.world.settle()
    assert (two.joined.closed, two.joined.closing_code) == (True, "poor")
    (letter,) = two.world.letters(SECOND, "outcome")
    assert two.first in letter.text


def test_from_then_on_its_giver_gets_the_news_of_the_other_in_their_language(two: Two) -> None:
    link = two.world.link(HOST.email, two.target.case_id)
    two.join()
    two.world.settle()
    answer_ask(two.world.deps, link, None, ON)
    two.world.settle()
    (letter,) = two.world.letters(SECOND, "follower")
    assert "on suomeksi" in letter.subject
    assert two.first in letter.text
    assert "/status/" in letter.text
    assert len(two.world.letters(FIRST, "outcome")) == 1


def test_the_joined_ones_page_shows_how_it_goes_for_the_other(two: Two) -> None:
    status = two.world.link(SECOND, "receipt")
    two.join()
    two.world.settle()
    followed = follow_idea(two.world.deps, status)
    assert followed is not None
    assert followed.joined == two.target


def test_those_who_follow_an_idea_follow_it_on(two: Two) -> None:
    two.join()
    two.world.settle()
    third = submit(two.world, "cia")
    link = two.world.link(HOST.email, two.target.case_id)
    assert isinstance(answer_ask(two.world.deps, link, None, same(third)), Accepted)
    two.world.settle()
    assert sorted(followers(two.world, two.world.case(third))) == sorted(
        [two.target.case_id, two.joined.case_id]
    )


def test_the_page_shows_where_the_idea_lives_on_however_often_it_was_joined(two: Two) -> None:
    status = two.world.link(SECOND, "receipt")
    two.join()
    two.world.settle()
    third = submit(two.world, "cia")
    answer_ask(two.world.deps, two.world.link(HOST.email, two.target.case_id), None, same(third))
    two.world.settle()
    followed = follow_idea(two.world.deps, status)
    assert followed is not None
    assert followed.joined == two.world.case(third)


def test_the_page_of_an_idea_that_was_taken_back_shows_no_other(two: Two) -> None:
    status = two.world.link(SECOND, "receipt")
    two.join()
    withdraw_idea(two.world.deps, status, two.second)
    followed = follow_idea(two.world.deps, status)
    assert followed is not None
    assert followed.snapshot.case.merged_into == two.target.case_id
    assert followed.joined is None


@pytest.mark.parametrize(
    "typed", ["{}", "[{}]", " {} ", "{} ".lower()], ids=["plain", "brackets", "spaces", "small"]
)
def test_the_other_reference_may_be_typed_in_many_ways(two: Two, typed: str) -> None:
    assert isinstance(two.join(typed.format(two.first.lower())), Accepted)
    assert two.joined.merged_into == two.target.case_id


def closed(two: Two) -> str:
    withdraw_idea(two.world.deps, two.world.link(FIRST, "receipt"), two.first)
    return two.first


def merged(two: Two) -> str:
    third = submit(two.world, "cia")
    link = two.world.link(HOST.email, two.target.case_id)
    answer_ask(two.world.deps, link, None, same(third))
    return two.first


def full(two: Two) -> str:
    crowd(two, two.target, MOST_FOLLOWERS)
    return two.first


def crowd(two: Two, case: CaseRow, count: int) -> None:
    rows = [
        FollowerRow(case.case_id, f"f-{n:02}", "sv", has_email=True, since=two.world.now)
        for n in range(count)
    ]
    two.world.store.transact([Create(row, "follower-is-new") for row in rows])


@pytest.mark.parametrize(
    ("other", "problem"),
    [
        (lambda _: "2026-9999", Problem.NOT_AN_IDEA),
        (lambda _: "det där andra", Problem.NOT_AN_IDEA),
        (lambda two: two.second, Problem.SAME_IDEA),
        (closed, Problem.CLOSED_IDEA),
        (merged, Problem.CLOSED_IDEA),
        (full, Problem.CLOSED_IDEA),
    ],
    ids=["unknown", "no reference", "itself", "closed", "joined itself", "full"],
)
def test_with_what_an_idea_cannot_be_joined(
    two: Two, other: Callable[[Two], str], problem: Problem
) -> None:
    ref = other(two)
    before = len(two.world.store.transactions)
    result = two.join(ref)
    assert isinstance(result, Faulty)
    assert result.errors == (FieldError("other", problem),)
    assert len(two.world.store.transactions) == before
    assert two.joined.merged_into is None


def test_without_the_other_reference_it_is_missing(two: Two) -> None:
    result = answer_ask(two.world.deps, two.link, None, same(""))
    assert isinstance(result, Faulty)
    assert result.errors == (FieldError("other", Problem.MISSING),)


@pytest.mark.parametrize(("own", "fits"), [(0, True), (4, True), (5, False)])
def test_those_who_come_along_count_too(two: Two, own: int, fits: bool) -> None:
    crowd(two, two.target, MOST_FOLLOWERS - 5)
    rows = [
        FollowerRow(two.joined.case_id, f"g-{n}", "sv", has_email=True, since=two.world.now)
        for n in range(own)
    ]
    two.world.store.transact([Create(row, "follower-is-new") for row in rows])
    assert isinstance(two.join(), Accepted if fits else Faulty)
    assert len(followers(two.world, two.target)) <= MOST_FOLLOWERS


def test_whoever_follows_both_follows_once(two: Two) -> None:
    crowd(two, two.target, 2)
    crowd(two, two.joined, 3)
    assert isinstance(two.join(), Accepted)
    assert sorted(followers(two.world, two.target)) == sorted(
        ["f-00", "f-01", "f-02", two.joined.case_id]
    )


def test_pressed_twice_they_are_joined_once(two: Two) -> None:
    two.join()
    before = two.world.store.acts
    result = two.join()
    assert isinstance(result, Accepted)
    assert result.again
    assert isinstance(answer_ask(two.world.deps, two.link, None, ON), OtherAnswer)
    assert two.world.store.acts == before


def test_pressed_many_times_at_once_they_are_joined_once(two: Two) -> None:
    results = two.world.at_once(*[two.join] * 8)
    assert sum(isinstance(result, Accepted) and not result.again for result in results) == 1
    assert facts(two.world).count("IdeaJoined") == 1


def test_two_ideas_that_are_joined_with_each_other_at_once_do_not_both_close(two: Two) -> None:
    link = two.world.link(HOST.email, two.target.case_id)
    two.world.at_once(two.join, lambda: answer_ask(two.world.deps, link, None, same(two.second)))
    assert (two.joined.merged_into is None) is not (two.target.merged_into is None)


def test_an_idea_that_is_closed_in_the_same_moment_is_not_joined_with(two: Two) -> None:
    """The other is withdrawn between reading and writing: the answer is read again, and refused."""
    other = two.world.deps

    def meanwhile(_: float) -> None:
        withdraw_idea(other, two.world.link(FIRST, "receipt"), two.first)

    two.world.store.fail_next(StoreFault.CONFLICT)
    result = answer_ask(replace(other, pause=meanwhile), two.link, None, same(two.first))
    assert isinstance(result, Faulty)
    assert result.errors == (FieldError("other", Problem.CLOSED_IDEA),)
    assert two.joined.merged_into is None


TWO_HOSTS = with_step(MERGING, "glance", panel=2)
OTHER_HOST = somebody("henrik", "host")


@pytest.mark.parametrize(("first", "merged"), [("on", False), ("same", True)])
def test_of_two_who_are_asked_only_the_one_who_decides_joins(first: str, merged: bool) -> None:
    """The second answers before the first answer is evaluated: it is stored, and joins nothing more."""
    world = World(TWO_HOSTS, (*PEOPLE, OTHER_HOST))
    target, ref = submit(world, "asa", FIRST), submit(world, "bo", SECOND)
    case_id = world.case(ref).case_id
    one, two = (world.link(host.email, f"{case_id}-2-ask") for host in (HOST, OTHER_HOST))
    given = {"on": ON, "same": same(target)}[first]
    assert isinstance(answer_ask(world.deps, one, None, given), Accepted)
    assert isinstance(answer_ask(world.deps, two, None, same(target)), Accepted)
    assert (world.case(ref).merged_into is not None) is merged
    assert facts(world).count("IdeaJoined") == merged


def test_whoever_joined_has_decided_also_when_two_answers_have_one_time() -> None:
    world = World(TWO_HOSTS, (*PEOPLE, OTHER_HOST))
    target, ref = submit(world, "asa", FIRST), submit(world, "bo", SECOND)
    case_id = world.case(ref).case_id
    one, two = (world.link(host.email, f"{case_id}-2-ask") for host in (HOST, OTHER_HOST))
    answer_ask(world.deps, two, None, same(target))
    answer_ask(world.deps, one, None, ON)
    world.settle()
    assert (world.case(ref).step, world.case(ref).closing_code) == ("bin", "poor")


def test_the_other_case_must_be_as_it_was_read(two: Two) -> None:
    two.join()
    changed = [
        operation.row.case_id
        for operation in two.world.store.transactions[-1]
        if isinstance(operation, Change)
        and isinstance(operation.row, CaseRow)
        and "case-is-as-read" in {condition.name for condition in operation.conditions}
    ]
    assert sorted(changed) == sorted([two.target.case_id, two.joined.case_id])


@pytest.mark.parametrize("boundary", range(6))
def test_a_crash_joins_both_or_neither(two: Two, boundary: int) -> None:
    two.world.faults.crash_at(boundary)

    def join_and_deliver() -> None:
        two.join()
        two.world.settle()

    with pytest.raises(Crash):
        join_and_deliver()
    assert (two.joined.merged_into is not None) is (boundary > 0)
    assert len(followers(two.world, two.target)) == int(boundary > 0)
    assert isinstance(two.join(), Accepted)
    two.world.advance(minutes=5)
    assert followers(two.world, two.target) == [two.joined.case_id]
    assert facts(two.world).count("IdeaJoined") == 1
    assert len(two.world.letters(SECOND, "outcome")) == 1


def test_an_option_that_does_not_merge_joins_nothing(two: Two) -> None:
    answer_ask(two.world.deps, two.link, None, ON | {"other": two.first})
    assert followers(two.world, two.target) == []
    assert two.joined.merged_into is None


def test_the_target_is_woken_to_look_at_itself(two: Two) -> None:
    two.join()
    assert two.target.due_at == two.world.now


def test_an_answer_whose_other_idea_went_away_after_it_was_read_is_read_again(two: Two) -> None:
    snapshot = two.world.store.snapshot(two.joined.case_id)
    assert snapshot is not None
    step = MERGING.step("glance")
    assert joining(two.world.deps, snapshot, step, same(two.first), "hanna").target == two.target
    closed(two)
    with pytest.raises(Conflict):
        joining(two.world.deps, snapshot, step, same(two.first), "hanna")


def test_a_giver_to_whom_mail_comes_back_follows_without_mail(two: Two) -> None:
    world = two.world
    receipt = f"{two.joined.case_id}-1-receipt-giver"
    record_delivery(world.deps, DeliveryEvent(receipt, "Bounce", True, None))
    world.settle()
    assert isinstance(two.join(), Accepted)
    (row,) = world.store.rows(FollowerRow)
    assert row.has_email is False
