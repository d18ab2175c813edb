"""The account that the emulator plays: its rate, its day, its pause, by a clock that is moved by hand."""

from pathlib import Path

import pytest

from infra.local.ses_account import DAY, GENEROUS, SesAccount

ANNA = ["anna@example.com"]
SIMULATED = ["success+a@simulator.amazonses.com"]
RATE = (429, "TooManyRequestsException", "Maximum sending rate exceeded.")
FULL = (429, "TooManyRequestsException", "Daily message quota exceeded.")


class Clock:
    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def account(tmp_path: Path, clock: Clock) -> SesAccount:
    return SesAccount(tmp_path / "ses-account.json", clock)


def test_an_account_of_which_nobody_said_anything_is_generous(account: SesAccount) -> None:
    assert [account.refuse(ANNA) for _ in range(100)] == [None] * 100
    assert account.quota() == {
        "MaxSendRate": GENEROUS["MaxSendRate"],
        "Max24HourSend": GENEROUS["Max24HourSend"],
        "SentLast24Hours": 100.0,
    }


def test_more_in_a_second_than_the_rate_is_refused_and_the_next_second_is_free(
    account: SesAccount, clock: Clock
) -> None:
    account.change(MaxSendRate=2)
    assert [account.refuse(ANNA) for _ in range(3)] == [None, None, RATE]
    clock.time += 0.99
    assert account.refuse(ANNA) == RATE
    clock.time += 0.01
    assert account.refuse(ANNA) is None


def test_a_full_day_refuses_until_its_first_mail_is_a_day_old(
    account: SesAccount, clock: Clock
) -> None:
    account.change(Max24HourSend=2)
    assert account.refuse(ANNA) is None
    clock.time += 3600
    assert [account.refuse(ANNA), account.refuse(ANNA)] == [None, FULL]
    clock.time += DAY - 3600
    assert account.refuse(ANNA) is None


def test_mail_to_the_simulator_counts_for_the_second_and_not_for_the_day(
    account: SesAccount, clock: Clock
) -> None:
    account.change(Max24HourSend=0, MaxSendRate=1)
    assert [account.refuse(SIMULATED), account.refuse(SIMULATED)] == [None, RATE]
    assert account.sent_in_a_day() == 0


def test_what_is_refused_is_not_counted(account: SesAccount, clock: Clock) -> None:
    account.change(MaxSendRate=0)
    assert account.refuse(ANNA) == RATE
    assert account.sent_in_a_day() == 0


def test_a_paused_account_says_that_it_is_paused(account: SesAccount) -> None:
    account.change(SendingEnabled=False)
    refused = account.refuse(SIMULATED)
    assert refused is not None
    assert refused[:2] == (400, "SendingPausedException")


def test_an_account_that_aws_has_switched_off_says_so_in_the_words_of_a_refused_text(
    account: SesAccount,
) -> None:
    account.change(EnforcementStatus="SHUTDOWN")
    refused = account.refuse(SIMULATED)
    assert refused is not None
    assert refused[:2] == (400, "MessageRejected")
    assert refused[2].startswith("Sending paused for this account.")


def test_settings_are_kept_and_what_was_not_changed_stays(tmp_path: Path) -> None:
    file = tmp_path / "ses-account.json"
    SesAccount(file).change(MaxSendRate=3)
    SesAccount(file).change(Suppressed=["a@example.com"])
    again = SesAccount(file)
    assert again.settings()["MaxSendRate"] == 3
    assert again.suppressed() == ["a@example.com"]
