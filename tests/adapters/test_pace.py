"""How the mail workers keep together under SES's rate, by a clock that is counted by hand."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.session import Session

from chalicelib import wiring
from chalicelib.adapters.pace import SesPace
from chalicelib.settings import MAIL_WORKERS
from tests.adapters.stage import SETTINGS


class Ssm:
    """The parameter, or none; counts how often it is asked for."""

    def __init__(self, rate: str | None) -> None:
        self.rate = rate
        self.asked: list[list[str]] = []

    def get_parameters(self, Names: list[str]) -> dict[str, Any]:  # noqa: N803 - AWS's own name.
        self.asked.append(Names)
        return {"Parameters": [{"Value": self.rate}] if self.rate else []}


class Worker:
    """One place in which mails are sent one after the other: its time goes by sending and by resting only."""

    def __init__(self, rate: str | None, workers: int = MAIL_WORKERS) -> None:
        self.time = 0.0
        self.ssm = Ssm(rate)
        self.sent: list[float] = []
        parameter = SETTINGS.send_rate_parameter
        self.pace = SesPace(self.ssm, parameter, workers, lambda: self.time, self.rest)

    def rest(self, seconds: float) -> None:
        self.time += seconds

    def send(self, takes: float) -> None:
        with self.pace.kept():
            self.sent.append(self.time)
            self.time += takes


@pytest.mark.parametrize("takes", [0.0, 0.05, 0.3, 5.0])
@pytest.mark.parametrize("rate", [1, 14, 50])
def test_all_workers_together_stay_under_the_rate_however_fast_ses_answers(
    rate: int, takes: float
) -> None:
    workers = [Worker(str(rate)) for _ in range(MAIL_WORKERS)]
    for worker in workers:
        for _ in range(100):
            worker.send(takes)
    sent = sorted(moment for worker in workers for moment in worker.sent)
    in_a_second = max(
        sum(1 for other in sent if moment <= other < moment + 1 - 1e-6) for moment in sent
    )
    assert in_a_second <= max(rate, MAIL_WORKERS)
    hundred_seconds = sum(1 for moment in sent if moment < 100)
    assert hundred_seconds <= 100 * rate


def test_a_mail_that_took_its_time_rests_no_longer() -> None:
    worker = Worker("1")
    worker.send(3.0)
    assert worker.time == 3.0


def test_a_mail_that_went_fast_rests_for_what_is_left() -> None:
    worker = Worker("4")
    worker.send(0.1)
    assert worker.time == pytest.approx(MAIL_WORKERS / 4)


def test_the_rate_is_asked_for_once_and_after_the_first_mail() -> None:
    worker = Worker("14")
    assert worker.ssm.asked == []
    for _ in range(3):
        worker.send(0.0)
    assert worker.ssm.asked == [["/idesluss/local/send-rate"]]


@pytest.mark.parametrize("rate", [None, "0", "-1"])
def test_without_a_known_rate_mail_goes_as_slowly_as_ses_allows_anybody(rate: str | None) -> None:
    worker = Worker(rate)
    worker.send(0.0)
    assert worker.time == MAIL_WORKERS


def test_an_error_rests_as_well_and_goes_on() -> None:
    worker = Worker("1")
    with pytest.raises(RuntimeError), worker.pace.kept():
        raise RuntimeError
    assert worker.time == MAIL_WORKERS


def test_the_deployed_functions_keep_this_pace(session: Session) -> None:
    assert session
    assert isinstance(wiring.build(SETTINGS).pace, SesPace)
