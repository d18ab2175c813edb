"""One-time codes: made when they are sent, good once, for ten minutes, for one link, and hard to guess."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.domain.links import Expired, OpenAsk, Unknown, token_hash
from chalicelib.domain.rows import (
    AskRow,
    AskState,
    GuardRow,
    MailRow,
    MailState,
    TokenPurpose,
    TokenRow,
)
from chalicelib.domain.transaction import Create
from chalicelib.services.answer_ask import Accepted, CodeNeeded, answer_ask, open_link
from chalicelib.services.evaluate_case import evaluate_case
from chalicelib.services.prove_mailbox import (
    CodeOwed,
    Limited,
    Proven,
    WrongCode,
    prove_mailbox,
    send_code,
)
from chalicelib.services.send_mail import send_mail
from tests.fakes import Crash, FakeClock
from tests.small_process import SO, VIEW
from tests.world import HOST, JUDGE, PEOPLE, World, in_jury

WRONG = "99999999"


@pytest.fixture
def world() -> World:
    """A world in which Jorma has been asked to rule, which takes a code."""
    world = in_jury()
    for person in PEOPLE:
        if world.letters(person.email, "4-ask") and world.case().epoch == 2:
            world.answer(person, VIEW)
    world.settle()
    assert world.case().step == "ruling"
    return world


def mailed_code(world: World) -> str:
    assert isinstance(send_code(world.deps, world.link(JUDGE.email)), CodeOwed)
    world.settle()
    return world.code(JUDGE.email)


def proven(world: World) -> str:
    code = mailed_code(world)
    result = prove_mailbox(world.deps, world.link(JUDGE.email), code)
    assert isinstance(result, Proven)
    return result.session


def test_a_right_code_opens_the_decision_in_that_browser(world: World) -> None:
    session = proven(world)
    link = world.link(JUDGE.email)
    assert isinstance(answer_ask(world.deps, link, None, SO), CodeNeeded)
    assert isinstance(answer_ask(world.deps, link, session, SO), Accepted)
    world.settle()
    assert world.case().closing_code == "good"


def test_the_code_goes_to_the_registered_address_only(world: World) -> None:
    before = len(world.mailer.sent)
    mailed_code(world)
    assert [letter.to for letter in world.mailer.letters[before:]] == [JUDGE.email]


def test_the_code_is_written_down_nowhere(world: World) -> None:
    code = mailed_code(world)
    rows = [world.store.rows(kind) for kind in (MailRow, TokenRow, GuardRow)]
    assert code not in repr(rows)
    assert code not in repr(world.queue.bodies)
    assert world.mail("code").sent_text is not None


def test_a_code_may_be_typed_with_spaces(world: World) -> None:
    code = mailed_code(world)
    typed = f" {code[:4]} {code[4:]} "
    assert isinstance(prove_mailbox(world.deps, world.link(JUDGE.email), typed), Proven)


def test_a_right_code_works_once(world: World) -> None:
    code = mailed_code(world)
    link = world.link(JUDGE.email)
    assert isinstance(prove_mailbox(world.deps, link, code), Proven)
    assert isinstance(prove_mailbox(world.deps, link, code), WrongCode)


@pytest.mark.parametrize(
    ("seconds", "kind"), [(599, Proven), (600, WrongCode)], ids=["in time", "too late"]
)
def test_a_code_lives_ten_minutes(world: World, seconds: int, kind: type) -> None:
    code = mailed_code(world)
    world.clock.advance(timedelta(seconds=seconds))
    assert isinstance(prove_mailbox(world.deps, world.link(JUDGE.email), code), kind)


def test_the_ten_minutes_begin_when_the_code_is_sent(world: World) -> None:
    send_code(world.deps, world.link(JUDGE.email))
    world.clock.advance(timedelta(minutes=9))
    world.settle()
    code = world.code(JUDGE.email)
    world.clock.advance(timedelta(minutes=9))
    assert isinstance(prove_mailbox(world.deps, world.link(JUDGE.email), code), Proven)


def test_a_code_that_could_not_be_sent_for_ten_minutes_is_not_sent_at_all(world: World) -> None:
    send_code(world.deps, world.link(JUDGE.email))
    world.clock.advance(timedelta(minutes=10))
    world.settle()
    assert world.mail("code").state is MailState.SUPERSEDED
    assert world.letters(JUDGE.email, "code") == []
    assert mailed_code(world)


@pytest.mark.parametrize("typed", ["", "1", WRONG, "aaaaaaaa", "0" * 9])
def test_a_wrong_code_opens_nothing(world: World, typed: str) -> None:
    mailed_code(world)
    assert isinstance(prove_mailbox(world.deps, world.link(JUDGE.email), typed), WrongCode)


def test_without_a_code_sent_nothing_is_right(world: World) -> None:
    assert isinstance(prove_mailbox(world.deps, world.link(JUDGE.email), ""), WrongCode)


def test_a_code_belongs_to_the_link_that_it_was_asked_for(world: World) -> None:
    code = mailed_code(world)
    other = another_link(world)
    assert isinstance(prove_mailbox(world.deps, other, code), WrongCode)
    assert isinstance(prove_mailbox(world.deps, world.link(JUDGE.email), code), Proven)


def another_link(world: World) -> str:
    """A second good link to the same ask."""
    raw = world.deps.new_token()
    token = world.store.get(TokenRow, token_hash(world.link(JUDGE.email)))
    assert token is not None
    world.store.transact([Create(replace(token, token_hash=token_hash(raw)), "link-is-new")])
    return raw


def test_a_newer_code_takes_the_place_of_the_older(world: World) -> None:
    older, newer = mailed_code(world), mailed_code(world)
    link = world.link(JUDGE.email)
    assert isinstance(prove_mailbox(world.deps, link, older), WrongCode)
    assert isinstance(prove_mailbox(world.deps, link, newer), Proven)


def test_at_most_three_codes_an_hour(world: World) -> None:
    link = world.link(JUDGE.email)
    results = [type(send_code(world.deps, link)) for _ in range(4)]
    assert results == [CodeOwed] * 3 + [Limited]
    world.clock.advance(timedelta(hours=1))
    assert isinstance(send_code(world.deps, link), CodeOwed)


def test_at_most_ten_codes_a_day(world: World) -> None:
    link = world.link(JUDGE.email)
    owed = 0
    for _ in range(15):
        owed += isinstance(send_code(world.deps, link), CodeOwed)
        world.clock.advance(timedelta(minutes=30))
    assert owed == 10
    world.clock.advance(timedelta(days=1))
    assert isinstance(send_code(world.deps, link), CodeOwed)


def test_whoever_has_had_too_many_codes_is_told_when_there_are_new_ones(world: World) -> None:
    link = world.link(JUDGE.email)
    world.clock.advance(timedelta(minutes=17))
    for _ in range(3):
        send_code(world.deps, link)
    limited = send_code(world.deps, link)
    assert isinstance(limited, Limited)
    world.clock.advance_to(limited.until - timedelta(seconds=1))
    assert isinstance(send_code(world.deps, link), Limited)
    world.clock.advance_to(limited.until)
    assert isinstance(send_code(world.deps, link), CodeOwed)


def test_whoever_has_had_all_codes_of_a_day_is_told_to_wait_for_the_next(world: World) -> None:
    link = world.link(JUDGE.email)
    while not isinstance(limited := send_code(world.deps, link), Limited):
        world.clock.advance(timedelta(minutes=25))
    assert limited.until - world.now > timedelta(hours=2)
    world.clock.advance_to(limited.until - timedelta(seconds=1))
    assert isinstance(send_code(world.deps, link), Limited)
    world.clock.advance_to(limited.until)
    assert isinstance(send_code(world.deps, link), CodeOwed)


def test_each_code_that_is_asked_for_is_a_mail_of_its_own(world: World) -> None:
    link = world.link(JUDGE.email)
    for _ in range(3):
        send_code(world.deps, link)
    world.settle()
    assert len(world.letters(JUDGE.email, "code")) == 3


def test_after_five_tries_an_hour_even_the_right_code_is_refused(world: World) -> None:
    code = mailed_code(world)
    link = world.link(JUDGE.email)
    results = [type(prove_mailbox(world.deps, link, WRONG)) for _ in range(5)]
    assert results == [WrongCode] * 5
    assert isinstance(prove_mailbox(world.deps, link, code), Limited)


def test_each_wrong_code_tells_how_many_tries_are_left(world: World) -> None:
    mailed_code(world)
    link = world.link(JUDGE.email)
    results = [prove_mailbox(world.deps, link, WRONG) for _ in range(5)]
    assert [result.left for result in results if isinstance(result, WrongCode)] == [4, 3, 2, 1, 0]


def test_whoever_has_no_tries_left_is_told_when_there_are_new_ones(world: World) -> None:
    link = world.link(JUDGE.email)
    for _ in range(5):
        wrong = prove_mailbox(world.deps, link, WRONG)
    limited = prove_mailbox(world.deps, link, WRONG)
    assert isinstance(wrong, WrongCode)
    assert isinstance(limited, Limited)
    assert limited.until == wrong.until
    world.clock.advance_to(limited.until - timedelta(seconds=1))
    assert isinstance(prove_mailbox(world.deps, link, WRONG), Limited)
    world.clock.advance_to(limited.until)
    assert isinstance(prove_mailbox(world.deps, link, WRONG), WrongCode)


def test_tries_are_counted_across_codes_and_links(world: World) -> None:
    other = another_link(world)
    for link in (world.link(JUDGE.email), other):
        send_code(world.deps, link)
        world.settle()
    for number in range(5):
        link = other if number % 2 else world.link(JUDGE.email)
        assert isinstance(prove_mailbox(world.deps, link, WRONG), WrongCode)
    assert isinstance(prove_mailbox(world.deps, other, WRONG), Limited)


def test_a_new_hour_gives_new_tries(world: World) -> None:
    for _ in range(5):
        prove_mailbox(world.deps, world.link(JUDGE.email), WRONG)
    world.clock.advance(timedelta(hours=1))
    code = mailed_code(world)
    assert isinstance(prove_mailbox(world.deps, world.link(JUDGE.email), code), Proven)


def test_guesses_in_parallel_count_too(world: World) -> None:
    mailed_code(world)
    link = world.link(JUDGE.email)

    def guess(number: int) -> type:
        return type(prove_mailbox(world.deps, link, f"{number:08d}"))

    with ThreadPoolExecutor(20) as pool:
        results = list(pool.map(guess, range(90_000_000, 90_000_040)))
    assert results.count(WrongCode) == 5
    assert results.count(Limited) == 35
    assert [
        guard.count for guard in world.store.rows(GuardRow) if guard.key.startswith("tries#")
    ] == [5]


def test_asking_in_parallel_sends_no_more_than_three(world: World) -> None:
    link = world.link(JUDGE.email)
    with ThreadPoolExecutor(20) as pool:
        results = list(pool.map(lambda _: type(send_code(world.deps, link)), range(20)))
    assert (results.count(CodeOwed), results.count(Limited)) == (3, 17)


def test_a_guess_that_crashes_after_it_was_counted_stays_counted(world: World) -> None:
    mailed_code(world)
    world.faults.crash_at(1)
    with pytest.raises(Crash):
        prove_mailbox(world.deps, world.link(JUDGE.email), WRONG)
    assert [
        guard.count for guard in world.store.rows(GuardRow) if guard.key.startswith("tries#")
    ] == [1]


def test_a_session_is_remembered_for_twelve_hours(world: World) -> None:
    session = proven(world)
    link = world.link(JUDGE.email)
    world.clock.advance(timedelta(hours=12) - timedelta(seconds=1))
    verdict = open_link(world.deps, link, session)
    assert isinstance(verdict, OpenAsk)
    assert not verdict.needs_code
    world.clock.advance(timedelta(seconds=1))
    assert isinstance(answer_ask(world.deps, link, session, SO), CodeNeeded)


def test_a_session_is_no_link_and_a_link_is_no_session(world: World) -> None:
    session = proven(world)
    link = world.link(JUDGE.email)
    assert isinstance(open_link(world.deps, session, None), Unknown)
    assert isinstance(answer_ask(world.deps, link, link, SO), CodeNeeded)


def test_a_session_of_somebody_else_proves_nothing(world: World) -> None:
    proven(world)
    raw = world.deps.new_token()
    own = next(row for row in world.store.rows(TokenRow) if row.purpose is TokenPurpose.SESSION)
    foreign = replace(own, token_hash=token_hash(raw), person=HOST.person_id)
    world.store.transact([Create(foreign, "session-is-new")])
    assert isinstance(answer_ask(world.deps, world.link(JUDGE.email), raw, SO), CodeNeeded)


@pytest.mark.parametrize("raw", ["", "0" * 43])
def test_a_guessed_link_gets_no_code_and_no_comparison(world: World, raw: str) -> None:
    before = len(world.store.transactions)
    assert isinstance(send_code(world.deps, raw), Unknown)
    assert isinstance(prove_mailbox(world.deps, raw, WRONG), Unknown)
    assert len(world.store.transactions) == before


def test_a_code_for_a_step_that_has_ended_meanwhile_is_never_sent(world: World) -> None:
    link = world.link(JUDGE.email)
    session = proven(world)
    send_code(world.deps, link)
    answer_ask(world.deps, link, session, SO)
    assert send_mail(world.deps, world.mail("code").mail_id) is MailState.SUPERSEDED


def test_a_code_for_an_ask_that_lapsed_unanswered_is_never_sent(world: World) -> None:
    link = world.link(JUDGE.email)
    send_code(world.deps, link)
    world.change_person("jorma", active=False)
    world.queue.drop_all()
    world.clock.advance(timedelta(days=20))
    evaluate_case(world.deps, world.case().case_id)
    world.change_person("jorma", active=True)
    (ask,) = [ask for ask in world.store.rows(AskRow) if ask.person == "jorma"]
    assert ask.state is AskState.MOVED
    assert send_mail(world.deps, world.mail("code").mail_id) is MailState.SUPERSEDED


def test_of_ten_thousand_tries_none_succeeds(world: World) -> None:
    """Each hour there is a fresh code, and a hundred tries of which all but five are the right one."""
    link = world.link(JUDGE.email)
    results: list[type] = []
    for _ in range(100):
        if isinstance(send_code(world.deps, link), CodeOwed):
            world.settle()
        guesses = [WRONG] * 5 + [world.code(JUDGE.email)] * 95
        results += [type(prove_mailbox(world.deps, link, guess)) for guess in guesses]
        world.clock.advance(timedelta(hours=1))
    assert (results.count(WrongCode), results.count(Limited)) == (500, 9500)
    assert [row for row in world.store.rows(TokenRow) if row.purpose is TokenPurpose.SESSION] == []


@pytest.mark.parametrize("typed", ["", "   ", "koden", "1234567", "123456789"])
def test_what_cannot_be_a_code_is_no_try(world: World, typed: str) -> None:
    code = mailed_code(world)
    link = world.link(JUDGE.email)
    results = [prove_mailbox(world.deps, link, typed) for _ in range(20)]
    assert {result.left for result in results if isinstance(result, WrongCode)} == {5}
    assert [guard for guard in world.store.rows(GuardRow) if guard.key.startswith("tries#")] == []
    assert isinstance(prove_mailbox(world.deps, link, code), Proven)


def test_a_right_code_of_another_persons_link_opens_nothing(world: World) -> None:
    """Two people have a code each; typed behind the other's link it is a wrong one."""
    code = mailed_code(world)
    raw = world.deps.new_token()
    own = world.store.get(TokenRow, token_hash(world.link(JUDGE.email)))
    assert own is not None
    world.change_person(HOST.person_id, roles=("host", "judge"))
    (ask,) = [row for row in world.store.rows(AskRow) if row.person == JUDGE.person_id]
    theirs = replace(own, token_hash=token_hash(raw), person=HOST.person_id, code_hash=None)
    world.store.transact(
        [Create(theirs, "link-is-new"), Create(replace(ask, person=HOST.person_id), "ask-is-new")]
    )
    assert isinstance(send_code(world.deps, raw), CodeOwed)
    world.settle()
    assert isinstance(prove_mailbox(world.deps, raw, code), WrongCode)
    assert isinstance(
        prove_mailbox(world.deps, world.link(JUDGE.email), world.code(HOST.email)), WrongCode
    )
    assert isinstance(prove_mailbox(world.deps, raw, world.code(HOST.email)), Proven)


@pytest.mark.parametrize(
    ("ahead", "minutes", "kind"),
    [
        pytest.param(0, 5, Proven, id="clocks agree"),
        pytest.param(5, 0, Proven, id="the mailer five minutes ahead, at once"),
        pytest.param(5, 14, Proven, id="the mailer five minutes ahead, a code lives longer"),
        pytest.param(5, 15, WrongCode, id="the mailer five minutes ahead, and no longer than that"),
        pytest.param(-5, 4, Proven, id="the mailer five minutes behind, within its time"),
        pytest.param(-5, 5, WrongCode, id="the mailer five minutes behind, a code lives shorter"),
    ],
)
def test_clocks_that_differ_by_five_minutes_lock_nobody_out(
    world: World, ahead: int, minutes: int, kind: type
) -> None:
    link = world.link(JUDGE.email)
    assert isinstance(send_code(world.deps, link), CodeOwed)
    web = world.deps
    world.deps = replace(web, clock=FakeClock(world.now + timedelta(minutes=ahead)))
    world.settle()
    world.deps = web
    world.clock.advance(timedelta(minutes=minutes))
    assert isinstance(prove_mailbox(world.deps, link, world.code(JUDGE.email)), kind)


@pytest.mark.parametrize(
    ("minutes", "kind"), [(-5, Accepted), (5, Expired)], ids=["five before", "five after"]
)
def test_a_link_ends_at_its_time_though_its_row_is_still_there(
    world: World, minutes: int, kind: type
) -> None:
    link, session = world.link(JUDGE.email), proven(world)
    token = world.store.get(TokenRow, token_hash(link))
    assert token is not None
    world.clock.advance_to(token.expires_at + timedelta(minutes=minutes))
    again = replace(
        next(row for row in world.store.rows(TokenRow) if row.purpose is TokenPurpose.SESSION),
        expires_at=token.expires_at + timedelta(hours=1),
    )
    world.store.keep(again)
    assert isinstance(answer_ask(world.deps, link, session, SO), kind)
    assert world.store.get(TokenRow, token_hash(link)) is not None


def test_a_right_code_counts_as_a_try_too(world: World) -> None:
    """Or whoever reads along in one mailbox could find out when it is right without end."""
    link = world.link(JUDGE.email)
    proven(world)
    results = [prove_mailbox(world.deps, link, WRONG) for _ in range(5)]
    assert [type(result) for result in results] == [WrongCode] * 4 + [Limited]
