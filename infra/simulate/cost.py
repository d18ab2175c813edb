"""What a simulation would have cost on AWS, by what is paid for. Prices and assumptions are data: `prices.toml`. Pure."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from chalicelib.adapters.records import SHARDS
from chalicelib.domain.suspicion import Suspicion
from chalicelib.services.ports import Waiting
from infra import names
from infra.simulate.clockwork import MINUTE
from infra.simulate.metered import Asked, Meter
from infra.simulate.play import Played

FILE: Final = names.ROOT / "infra" / "simulate" / "prices.toml"
GB: Final = 1e6
"""Kilobytes in a gigabyte."""

EVENTS_A_MAIL: Final = 2
"""SES tells of each mail that it was sent and that it arrived or did not."""

EMPTY_SWEEP_CALLS: Final = len(Waiting) * len(SHARDS) + len(Suspicion)
EMPTY_SWEEP_READS: Final = EMPTY_SWEEP_CALLS / 2


@dataclass(frozen=True)
class Line:
    """Something that is paid for: how much of it, and what that costs in US dollars."""

    what: str
    amount: float
    usd: float


@dataclass(frozen=True)
class Cost:
    """`for_ideas` is what the ideas of the simulation cost, `a_month` what the stage costs without a single one."""

    for_ideas: tuple[Line, ...]
    a_month: tuple[Line, ...]
    ideas: int
    date: str
    region: str

    @property
    def a_thousand_ideas(self) -> float:
        return sum(line.usd for line in self.for_ideas) / max(self.ideas, 1) * 1000


@cache
def prices() -> Mapping[str, Any]:
    found: Mapping[str, Any] = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return found


def queue_requests(meter: Meter) -> int:
    """What SQS counts: messages sent in batches, by the functions and by SNS, then received and deleted one by one."""
    by_sns = meter.messages["feedback"]
    return meter.sends.total() + by_sns + 2 * meter.messages.total()


def cost(played: Played, mails: int) -> Cost:
    """What was asked of AWS at list prices. The directory's own upkeep is left out, and so is every minute's empty sweep:
    that is among what a stage costs in a month."""
    meter = played.scene.stage.meter
    asked = meter.in_all()
    pages = meter.by_function.get("web", Asked()).runs
    assumed = prices()["assumed"]
    for_ideas = (
        _line("DynamoDB, write units", "write_unit", asked.write_units + asked.index_units),
        _line("DynamoDB, read units", "read_unit", asked.read_units),
        _line("SQS requests", "queue_request", queue_requests(meter)),
        _line("SES mails", "mail", mails),
        _line("SNS events", "event", mails * EVENTS_A_MAIL),
        _line("API Gateway requests", "web_request", pages),
        _line("Lambda runs", "run", asked.runs),
        _line("Lambda, GB-seconds", "gb_second", _gb_seconds(meter)),
        _line("Logs, GB", "log_gb", asked.runs * assumed["log_kb_each_run"] / GB),
        _line("Pages out, GB", "out_gb", pages * assumed["page_kb"] / GB),
    )
    minutes = (played.ended - played.begun) / MINUTE / played.wanted.months
    sweeps = Asked(runs=round(minutes), calls=round(minutes) * EMPTY_SWEEP_CALLS)
    a_month = (
        _line("The sweep: DynamoDB, read units", "read_unit", minutes * EMPTY_SWEEP_READS),
        _line("The sweep: Lambda runs", "run", minutes),
        _line("The sweep: Lambda, GB-seconds", "gb_second", _gb_seconds_of("sweep", sweeps, 0)),
        _line("Empty queues: SQS requests", "queue_request", _polls()),
    )
    return Cost(for_ideas, a_month, played.wanted.ideas, prices()["date"], prices()["region"])


def _polls() -> float:
    return float(prices()["assumed"]["polls_a_month"]) * len(names.QUEUES)


def _line(what: str, price: str, amount: float) -> Line:
    found = prices()["price"][price]
    return Line(what, amount, amount * found["usd"] / found["per"])


def _gb_seconds(meter: Meter) -> float:
    cold = float(prices()["assumed"]["cold_share"])
    return sum(
        _gb_seconds_of(function, asked, cold) for function, asked in meter.by_function.items()
    )


def _gb_seconds_of(function: str, asked: Asked, cold_share: float) -> float:
    assumed = prices()["assumed"]
    each_run = assumed["ms_each_run"] + assumed["cold_ms"] * cold_share
    seconds = (asked.runs * each_run + asked.calls * assumed["ms_each_call"]) / 1000
    return float(seconds * names.BY_NAME[function].memory / 1024)
