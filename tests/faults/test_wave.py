"""Many cases due in one minute: DESIGN §4's figures on a smaller number. `make faults` plays all 10,000 and prints both."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from chalicelib.services.sweep import MOST, TRIES
from tests.faults.runner import answering
from tests.faults.wave import POISONED, Wave, roll
from tests.world import configuration

CASES = 800
FEWER_THAN_NUDGED = MOST * 6 // 10
COORDINATORS = 3


@pytest.fixture(scope="module")
def wave() -> Iterator[Wave]:
    logging.disable(logging.CRITICAL)
    process = configuration().process
    yield roll(process, answering(process), CASES, FEWER_THAN_NUDGED)
    logging.disable(logging.NOTSET)


def test_a_wave_costs_little_more_than_a_message_for_each_case(wave: Wave) -> None:
    """DESIGN: 1.4 messages a case. Each that has its evaluation in time costs one."""
    assert CASES <= wave.messages <= 1.4 * CASES


def test_a_new_idea_waits_for_a_part_of_the_wave_only(wave: Wave) -> None:
    """DESIGN: 11 minutes in a wave of 10,000 cases, which takes these consumers 34."""
    assert wave.minutes >= CASES / FEWER_THAN_NUDGED
    assert 0 < wave.new_idea_waited_minutes <= wave.minutes / 2


def test_each_poisoned_case_costs_eight_dead_letters_once_and_then_waits_for_a_person(
    wave: Wave,
) -> None:
    """DESIGN: 28 a day for each, day after day."""
    assert wave.dead_letters_in_a_day == TRIES * POISONED
    assert wave.stuck == POISONED
    assert wave.mails_that_tell_of_it == COORDINATORS * POISONED


def test_with_consumers_that_are_too_slow_a_case_is_nudged_more_seldom_not_more_often() -> None:
    """A tenth of the pace: without the growing rests between tries, every minute of the wave would nudge 500 again."""
    process = configuration().process
    slow = roll(process, answering(process), 200, 12, poisoned=0)
    assert slow.messages <= 4 * 200
    assert slow.stuck == 0
