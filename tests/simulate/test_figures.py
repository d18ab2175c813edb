"""How the figures are reckoned: quantiles that do not forget those who still wait, and what AWS would charge."""

from __future__ import annotations

from datetime import date

import pytest

from infra.simulate.cost import prices
from infra.simulate.figures import Spell, Times, decision_steps, quantile, times
from infra.simulate.play import months_later
from tests.small_process import SMALL
from tests.world import configuration


def come(*days: float) -> list[Spell]:
    return [Spell(day, happened=True) for day in days]


def wait(*days: float) -> list[Spell]:
    return [Spell(day, happened=False) for day in days]


@pytest.mark.parametrize(
    ("spells", "share", "days"),
    [
        (come(1, 2, 3, 4), 0.5, 2),
        (come(1, 2, 3), 0.5, 2),
        (come(1, 2, 3), 0.9, 3),
        (come(*range(1, 11)), 0.9, 9),
        (come(5), 0.5, 5),
        # Of four, two have come; the two who wait have waited longer, so half have come within 2 days.
        (come(1, 2) + wait(9, 9), 0.5, 2),
        # The same two, but the others have waited no time yet: of those who are known of, half come on the first day.
        (wait(0, 0) + come(1, 2), 0.5, 1),
        # One who left the count before the last came makes that last one weigh more, never less.
        (come(1) + wait(2) + come(3), 0.5, 3),
        (come(1, 2) + wait(3, 4, 5), 0.5, None),
        (wait(1, 2, 3), 0.5, None),
        ([], 0.5, None),
    ],
)
def test_a_quantile_counts_those_who_wait_as_waiting(
    spells: list[Spell], share: float, days: float | None
) -> None:
    assert quantile(spells, share) == days


def test_one_who_came_on_a_day_is_counted_before_one_who_still_waited_then() -> None:
    assert times(wait(2) + come(2)).median == 2


def test_times_tell_how_many_have_come_of_how_many() -> None:
    assert times(wait(9) + come(3, 1)) == Times(happened=2, of=3, median=3, ninetieth=None)


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 1, 5), 14, date(2027, 3, 5)),
        (date(2026, 12, 31), 1, date(2027, 1, 31)),
        (date(2026, 1, 31), 1, date(2026, 3, 1)),
        (date(2026, 12, 31), 2, date(2027, 3, 1)),
        (date(2026, 1, 5), 0, date(2026, 1, 5)),
    ],
)
def test_months_are_counted_on_the_calendar(day: date, months: int, later: date) -> None:
    assert months_later(day, months) == later


def test_it_is_decided_where_a_panels_judgement_leads() -> None:
    assert decision_steps(SMALL) == ("ruling",)
    assert decision_steps(configuration().process) == ("decision",)


def test_every_price_says_where_it_was_read() -> None:
    for name, price in prices()["price"].items():
        assert price["usd"] > 0, name
        assert price["per"] >= 1, name
        assert len(price["source"]) > 10, name
    assert prices()["date"] >= "2026-11"
