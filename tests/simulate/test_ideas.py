"""The ideas of a simulation: when they come, who sends them, and that any form can be filled in."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from chalicelib.domain.form import Field, FieldKind, Form
from infra.simulate.behaviour import Arrivals, Givers, read_behaviour
from infra.simulate.ideas import Idea, ideas
from infra.terminal import Stop
from tests.small_process import said
from tests.world import configuration

FORM, CALENDAR = configuration().form, configuration().calendar
FIRST, LAST = datetime(2026, 1, 5, tzinfo=UTC), datetime(2027, 1, 5, tzinfo=UTC)
USUAL = read_behaviour(configuration().process, None)


def come(
    count: int = 400,
    givers: Givers = USUAL.givers,
    arrivals: Arrivals = USUAL.arrivals,
    form: Form = FORM,
    seed: int = 1,
) -> list[Idea]:
    return list(ideas(form, CALENDAR, givers, arrivals, count, FIRST, LAST, seed))


def day_of(idea: Idea) -> date:
    return CALENDAR.local_date(idea.at)


def test_as_many_come_as_are_wanted_oldest_first_each_with_a_key_of_its_own() -> None:
    found = come()
    assert len(found) == len({idea.key for idea in found}) == 400
    assert [idea.at for idea in found] == sorted(idea.at for idea in found)
    assert FIRST <= found[0].at < FIRST + timedelta(weeks=2)
    assert LAST - timedelta(weeks=2) < found[-1].at < LAST


def test_fewer_come_on_days_off_and_in_july() -> None:
    weeks = Counter(CALENDAR.is_working_day(day_of(idea)) for idea in come())
    assert weeks[False] / weeks[True] == pytest.approx(0.3 * 115 / 250, rel=0.4)
    months = Counter(day_of(idea).month for idea in come(2000))
    assert months[7] / months[6] == pytest.approx(0.4, rel=0.3)


def test_none_come_on_days_that_weigh_nothing() -> None:
    found = come(arrivals=Arrivals(weekend=0, july=0))
    assert all(CALENDAR.is_working_day(day_of(idea)) for idea in found)
    assert all(day_of(idea).month != 7 for idea in found)


def test_a_time_in_which_no_idea_would_come_is_refused() -> None:
    first, last = datetime(2026, 7, 1, tzinfo=UTC), datetime(2026, 7, 20, tzinfo=UTC)
    with pytest.raises(Stop, match=r"give \[arrivals\]"):
        list(ideas(FORM, CALENDAR, USUAL.givers, Arrivals(1, 0), 5, first, last, 1))


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_as_many_give_an_address_as_is_said_and_the_others_a_phone_number(share: float) -> None:
    found = [idea.submission for idea in come(givers=replace(USUAL.givers, email=share))]
    assert all((one.email is None) is (one.phone is not None) for one in found)
    by_email = sum(one.email is not None for one in found)
    assert by_email / len(found) == pytest.approx(share, abs=0.08)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_who_works_in_the_municipality_says_where(share: float) -> None:
    found = come(50, givers=replace(USUAL.givers, own_unit=share))
    units = ["unit_own" in idea.submission.idea for idea in found]
    assert set(units) == {bool(share)}


def test_the_same_seed_gives_the_same_ideas_and_another_seed_others() -> None:
    assert come(20) == come(20)
    assert [idea.submission for idea in come(20)] != [idea.submission for idea in come(20, seed=2)]


def test_a_form_of_other_fields_is_filled_in_too() -> None:
    odd = Field("odd", FieldKind.TEXT, said("odd"), required=True, min_length=150, max_length=160)
    line = Field("shout", FieldKind.LINE, said("shout"), required=True, max_length=12)
    (section, *rest) = FORM.sections
    form = Form((replace(section, fields=(*section.fields, odd, line)), *rest))

    for idea in come(20, form=form):
        assert 150 <= len(idea.submission.idea["odd"]) <= 160
        assert 0 < len(idea.submission.idea["shout"]) <= 12


def test_a_form_that_cannot_be_filled_in_is_refused_with_the_field() -> None:
    impossible = Field("void", FieldKind.CHOICE, said("void"), required=True)
    (section, *rest) = FORM.sections
    form = Form((replace(section, fields=(*section.fields, impossible)), *rest))
    with pytest.raises(Stop, match=r"void \(missing\)"):
        come(1, form=form)
