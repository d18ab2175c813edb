"""When SES takes no mail: throttled, paused, suspended, unproven, failing or silent, for as long as it likes.

Promises 11 and 13 of reliability.md: every mail is sent or visibly not, and throttling never fails a mail.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.domain.messages import SendMail
from chalicelib.domain.rows import EVERY_MAIL, HoldRow, MailRow, MailState, UndeliveredRow
from chalicelib.domain.transaction import Create
from chalicelib.services.hold_mail import HOLD_PAUSE, PROBE_PAUSE
from chalicelib.services.ports import Letter, OutcomeUnknown, Refusal, Refused
from chalicelib.services.send_mail import (
    CLOCKS_APART,
    GIVE_UP_AFTER,
    LONGEST_THROTTLE_PAUSE,
    send_mail,
    throttle_pause,
)
from tests.builders import a_mail
from tests.fakes import Crash, FakeMailer
from tests.world import World

MANY = 40
ENDED = {MailState.SENT, MailState.FAILED}


class MoodyMailer(FakeMailer):
    """SES in whatever mood it is told to be in. `asked` counts the requests, whatever came of them."""

    def __init__(self) -> None:
        super().__init__()
        self.mood: Refused | OutcomeUnknown | None = None
        self.asked = 0

    def send(self, letter: Letter) -> str:
        self.asked += 1
        if self.mood is not None:
            raise self.mood
        return super().send(letter)


class Moody(World):
    """A world with MANY mails owed to the sluice's own mailbox, and an SES with moods."""

    def __init__(self, many: int = MANY) -> None:
        super().__init__()
        self.ses = MoodyMailer()
        self.deps = replace(self.deps, mailer=self.ses)
        for number in range(many):
            self.owe(f"m-{number:03d}")

    def owe(self, mail_id: str) -> None:
        mail = a_mail(
            mail_id=mail_id,
            case_id=None,
            purpose="stuck",
            recipient="mailbox",
            context={"kind": "case", "id": "x"},
            epoch=None,
            created_at=self.now,
            due_at=self.now,
            try_at=self.now,
        )
        self.store.transact([Create(mail, "mail-is-new")])
        self.queue.send([SendMail(mail_id)])

    def live(self, **time: float) -> None:
        """Minutes go by, and in each the sweep and the workers do what they do."""
        end = self.now + timedelta(**time)
        while self.now < end:
            self.clock.advance(timedelta(minutes=1))
            self.sweep()
            self.settle()

    def states(self) -> set[MailState]:
        return {mail.state for mail in self.store.rows(MailRow)}


@pytest.fixture
def world() -> Moody:
    return Moody()


PAUSED = Refused(Refusal.HOLD_ALL, "SendingPausedException")
THROTTLED = Refused(Refusal.THROTTLED, "TooManyRequestsException")


# Throttled


def test_an_hour_of_throttles_sends_every_mail_once_in_the_end_and_fails_none(world: Moody) -> None:
    world.ses.mood = THROTTLED
    world.live(hours=1)
    assert world.states() == {MailState.PENDING}
    world.ses.mood = None
    world.live(minutes=11)
    assert world.states() == {MailState.SENT}
    assert len(world.ses.letters) == MANY
    assert {mail.throttled for mail in world.store.rows(MailRow)} == {0}


@pytest.mark.parametrize(
    ("answer", "pause"),
    [
        (THROTTLED, timedelta(minutes=1)),
        (Refused(Refusal.TRANSIENT, "ServiceUnavailable"), timedelta(minutes=2)),
        (Refused(Refusal.HOLD, "SomethingNewException"), HOLD_PAUSE),
    ],
    ids=str,
)
def test_a_nudge_that_comes_again_does_not_break_a_pause(answer: Refused, pause: timedelta) -> None:
    world = Moody(1)
    world.ses.mood = answer
    world.settle()
    for _ in range(10):
        assert send_mail(world.deps, "m-000") is MailState.PENDING
    world.clock.advance(pause - CLOCKS_APART - timedelta(seconds=1))
    send_mail(world.deps, "m-000")
    assert world.ses.asked == 1
    world.ses.mood = None
    world.clock.advance(timedelta(seconds=1))
    assert send_mail(world.deps, "m-000") is MailState.SENT


def test_throttles_of_three_days_fail_no_mail_and_an_alarm_is_raised(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = Moody(many=3)
    world.ses.mood = THROTTLED
    world.live(minutes=55)
    assert not alarming(caplog)
    world.live(hours=72)
    assert world.states() == {MailState.PENDING}
    assert alarming(caplog)
    world.ses.mood = None
    world.live(minutes=11)
    assert world.states() == {MailState.SENT}


def test_a_throttled_mail_rests_longer_each_time_and_at_most_ten_minutes() -> None:
    pauses = [throttle_pause(times) for times in range(200)]
    assert pauses == sorted(pauses)
    assert pauses[0] == timedelta(minutes=1)
    assert pauses[4:] == [LONGEST_THROTTLE_PAUSE] * 196


def test_a_mail_that_goes_out_forgets_its_throttles() -> None:
    world = Moody(many=1)
    world.ses.mood = THROTTLED
    world.live(minutes=5)
    throttled = world.mail("m-").throttled
    world.ses.mood = None
    world.live(minutes=10)
    assert (throttled, world.mail("m-").throttled) == (3, 0)


# On hold


def test_after_one_refusal_no_other_mail_asks_ses_while_all_mail_is_on_hold(world: Moody) -> None:
    world.ses.mood = PAUSED
    world.settle()
    assert world.ses.asked == 1
    assert world.states() == {MailState.PENDING}
    world.live(minutes=9)
    assert world.ses.asked == 1


def test_a_day_on_hold_asks_ses_about_every_ten_minutes_and_burns_nothing(world: Moody) -> None:
    world.ses.mood = PAUSED
    world.live(hours=24)
    assert 100 <= world.ses.asked <= 24 * 6 + 1
    assert world.states() == {MailState.PENDING}
    assert {mail.tries for mail in world.store.rows(MailRow)} == {0}
    world.ses.mood = None
    world.live(minutes=15)
    assert world.states() == {MailState.SENT}
    assert len(world.ses.letters) == MANY


def test_a_week_on_hold_is_followed_by_a_day_of_grace_and_not_by_failure() -> None:
    world = Moody(many=1)
    world.ses.mood = PAUSED
    world.live(hours=24 * 3)
    world.ses.mood = Refused(Refusal.TRANSIENT, "ServiceUnavailable")
    world.live(hours=23)
    assert world.states() == {MailState.PENDING}


def test_the_day_after_which_a_failing_mail_is_given_up_begins_after_the_last_throttle() -> None:
    world = Moody(many=1)
    world.ses.mood = Refused(Refusal.TRANSIENT, "ServiceUnavailable")
    world.live(minutes=3)
    world.ses.mood = THROTTLED
    world.live(hours=1)
    world.clock.advance(GIVE_UP_AFTER)
    world.ses.mood = Refused(Refusal.TRANSIENT, "ServiceUnavailable")
    world.live(minutes=3)
    assert world.states() == {MailState.PENDING}


def test_a_day_on_hold_counts_for_no_mail_though_another_tried_for_it() -> None:
    world = Moody(many=3)
    failing = Refused(Refusal.TRANSIENT, "ServiceUnavailable")
    world.ses.mood = failing
    world.settle()
    world.clock.advance(timedelta(minutes=2))
    world.ses.mood = PAUSED
    assert send_mail(world.deps, "m-000") is MailState.PENDING
    assert send_mail(world.deps, "m-001") is MailState.PENDING
    world.clock.advance(GIVE_UP_AFTER)
    world.ses.mood = failing
    assert send_mail(world.deps, "m-001") is MailState.PENDING
    world.clock.advance(PROBE_PAUSE)
    assert send_mail(world.deps, "m-002") is MailState.FAILED


def test_a_mail_that_is_owed_while_all_mail_is_on_hold_waits_too(world: Moody) -> None:
    world.ses.mood = PAUSED
    world.settle()
    world.owe("late")
    world.settle()
    late = world.store.get(MailRow, "late")
    assert late is not None
    assert (late.state, late.attempts, late.try_at) == (
        MailState.PENDING,
        0,
        world.now + HOLD_PAUSE,
    )
    assert late.problem == "SendingPausedException"


def test_the_first_mail_after_the_pause_tries_for_all() -> None:
    world = Moody()
    world.ses.mood = PAUSED
    world.settle()
    world.ses.mood = None
    world.clock.advance(HOLD_PAUSE)
    assert send_mail(world.deps, "m-001") is MailState.SENT
    hold = world.store.get(HoldRow, EVERY_MAIL)
    assert hold is not None
    assert hold.over
    world.clock.advance(PROBE_PAUSE)
    assert send_mail(world.deps, "m-002") is MailState.SENT
    assert world.store.get(HoldRow, EVERY_MAIL) == hold


def test_while_one_tries_for_all_the_others_wait_a_minute() -> None:
    world = Moody()
    world.ses.mood = PAUSED
    world.settle()
    world.clock.advance(HOLD_PAUSE)
    world.ses.mood = OutcomeUnknown()
    assert send_mail(world.deps, "m-001") is MailState.SENDING
    world.ses.mood = None
    assert send_mail(world.deps, "m-002") is MailState.PENDING
    world.clock.advance(PROBE_PAUSE)
    assert send_mail(world.deps, "m-002") is MailState.SENT


def test_of_two_that_try_for_all_in_the_same_moment_one_gives_way() -> None:
    world = Moody()
    world.ses.mood = PAUSED
    world.settle()
    world.clock.advance(HOLD_PAUSE)
    asked = world.ses.asked
    world.at_once(*(lambda id_=f"m-{n:03d}": send_mail(world.deps, id_) for n in range(8)))
    assert world.ses.asked == asked + 1


class SlowMailer(MoodyMailer):
    """While it is asked for the first time, something else happens."""

    def __init__(self, meanwhile: Callable[[], object]) -> None:
        super().__init__()
        self._meanwhile: Callable[[], object] | None = meanwhile

    def send(self, letter: Letter) -> str:
        meanwhile, self._meanwhile = self._meanwhile, None
        if meanwhile is not None:
            meanwhile()
        return super().send(letter)


@pytest.mark.parametrize(("slow", "later"), [(None, PAUSED), (PAUSED, None)], ids=str)
def test_a_slow_answer_does_not_undo_what_a_later_try_has_learnt(
    slow: Refused | None, later: Refused | None
) -> None:
    world = Moody(many=3)
    world.ses.mood = PAUSED
    world.settle()
    world.clock.advance(HOLD_PAUSE)
    world.ses.mood = later

    def try_later() -> None:
        world.clock.advance(PROBE_PAUSE)
        send_mail(world.deps, "m-002")

    ses = SlowMailer(try_later)
    ses.mood = slow
    send_mail(replace(world.deps, mailer=ses), "m-001")
    hold = world.store.get(HoldRow, EVERY_MAIL)
    assert hold is not None
    assert hold.over is (later is None)


def test_a_crash_while_trying_for_all_holds_nobody_for_longer_than_a_minute() -> None:
    world = Moody(many=2)
    world.ses.mood = PAUSED
    world.settle()
    world.clock.advance(HOLD_PAUSE)
    world.ses.mood = None
    world.faults.crash_at(1)
    with pytest.raises(Crash):
        send_mail(world.deps, "m-000")
    world.live(minutes=3)
    assert world.mail("m-001").state is MailState.SENT


def test_a_hold_remembers_when_it_began_and_another_begins_anew() -> None:
    world = Moody(many=3)
    world.ses.mood = PAUSED
    began = world.now
    world.live(minutes=30)
    hold = world.store.get(HoldRow, EVERY_MAIL)
    assert hold is not None
    assert hold.since - began <= timedelta(minutes=1)
    world.ses.mood = None
    world.live(minutes=12)
    world.ses.mood = Refused(Refusal.HOLD_ALL, "AccountSuspendedException")
    world.owe("later")
    world.settle()
    again = world.store.get(HoldRow, EVERY_MAIL)
    assert again is not None
    assert (again.since, again.over) == (world.now, False)
    assert again.reason == "AccountSuspendedException"


def test_a_strange_refusal_holds_its_own_mail_only(
    world: Moody, caplog: pytest.LogCaptureFixture
) -> None:
    world.ses.refuse_next(Refusal.HOLD, "SomethingNewException")
    world.settle()
    waiting = [mail for mail in world.store.rows(MailRow) if mail.state is MailState.PENDING]
    assert [mail.problem for mail in waiting] == ["SomethingNewException"]
    assert world.store.get(HoldRow, EVERY_MAIL) is None
    assert alarming(caplog)


def test_every_ten_minutes_of_a_hold_the_log_says_so_for_the_alarm(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = Moody(many=3)
    world.ses.mood = PAUSED
    world.live(hours=1)
    lines = [line for line in alarming(caplog) if line.startswith("mail is on hold until ")]
    assert len(lines) >= 5
    assert all("SendingPausedException" in line for line in lines)


# For a day


@pytest.mark.parametrize(
    "mood",
    [
        THROTTLED,
        PAUSED,
        Refused(Refusal.TRANSIENT, "ServiceUnavailable"),
        Refused(Refusal.HOLD, "SomethingNewException"),
        Refused(Refusal.PERMANENT, "BadRequestException"),
        OutcomeUnknown(),
    ],
    ids=str,
)
def test_after_a_day_of_any_trouble_every_mail_has_ended_or_an_alarm_tells(
    mood: Refused | OutcomeUnknown, caplog: pytest.LogCaptureFixture
) -> None:
    world = Moody(many=5)
    world.ses.mood = mood
    world.live(hours=26)
    assert world.states() <= ENDED or alarming(caplog)
    world.ses.mood = None
    world.live(hours=1)
    assert world.states() <= ENDED


@pytest.mark.parametrize(
    ("mood", "problem"),
    [
        (Refused(Refusal.TRANSIENT, "ServiceUnavailable"), "ServiceUnavailable"),
        (OutcomeUnknown(), "outcome unknown"),
    ],
    ids=str,
)
def test_what_fails_for_a_day_fails_for_good_and_the_case_is_woken(
    mood: Refused | OutcomeUnknown, problem: str, caplog: pytest.LogCaptureFixture
) -> None:
    world = Moody(many=0)
    world.submit()
    world.ses.mood = mood
    world.live(hours=23)
    assert world.mail("receipt").state in (MailState.PENDING, MailState.SENDING)
    assert alarming(caplog)
    world.live(hours=2)
    receipt = world.mail("receipt")
    assert (receipt.state, receipt.problem) == (MailState.FAILED, problem)
    marks = {mark.mail_id for mark in world.store.rows(UndeliveredRow)}
    assert receipt.mail_id in marks


def test_a_crash_in_each_attempt_of_a_day_ends_in_failure_and_not_in_silence() -> None:
    world = Moody(many=1)
    while world.mail("m-000").state is not MailState.FAILED:
        world.faults.crash_at(2)
        try:
            send_mail(world.deps, "m-000")
        except Crash:
            world.clock.advance(timedelta(minutes=15))
        assert world.now - world.mail("m-000").created_at < GIVE_UP_AFTER + timedelta(hours=1)
    assert world.mail("m-000").problem == "outcome unknown"


def alarming(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The lines that the alarm on mail looks for."""
    return [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]


# At a pace


class Paced:
    """Notes what happened within each block that keeps the pace."""

    def __init__(self, world: Moody) -> None:
        self._world = world
        self.asked: list[int] = []
        self.left: list[set[MailState]] = []

    @contextmanager
    def kept(self) -> Iterator[None]:
        before = self._world.ses.asked
        yield
        self.asked.append(self._world.ses.asked - before)
        self.left.append(self._world.states())


@pytest.mark.parametrize("mood", [None, THROTTLED, PAUSED, OutcomeUnknown()], ids=str)
def test_every_request_to_ses_is_made_and_recorded_at_a_pace(
    mood: Refused | OutcomeUnknown | None,
) -> None:
    world = Moody(many=1)
    pace = Paced(world)
    world.deps = replace(world.deps, pace=pace)
    world.ses.mood = mood
    state = send_mail(world.deps, "m-000")
    assert pace.asked == [world.ses.asked] == [1]
    assert pace.left == [{state}]


def test_a_mail_that_does_not_reach_ses_keeps_nobody_waiting() -> None:
    world = Moody(many=2)
    pace = Paced(world)
    world.deps = replace(world.deps, pace=pace)
    world.ses.mood = PAUSED
    world.settle()
    assert pace.asked == [1]
