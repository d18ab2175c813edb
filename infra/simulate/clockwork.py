"""The fast clock: leaps to the next moment at which something is due, whether a row or something that somebody plans to do.

The real sweep runs every minute. Here only those minutes are played in which it finds something; `minutes` tells how many
there were in all, since each of them costs.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from infra.simulate.stage import SimulatedStage

MINUTE: Final = timedelta(minutes=1)

Act = Callable[[], None]


class Clockwork:
    """What is planned, in order. Two acts of one moment come in the order in which they were planned."""

    def __init__(self, stage: SimulatedStage) -> None:
        self._stage = stage
        self._acts: list[tuple[datetime, int, Act]] = []
        self._number = itertools.count()
        self._swept = stage.now
        self.sweeps = 0

    def plan(self, at: datetime, act: Act) -> None:
        """Do this then, or at once if that moment has passed."""
        heapq.heappush(self._acts, (max(at, self._stage.now), next(self._number), act))

    def run(self, until: datetime, tell: Callable[[datetime], None]) -> None:
        """Play everything that happens up to a moment. `tell` hears of each moment as it comes."""
        stage = self._stage
        while (moment := self._next()) is not None and moment <= until:
            stage.clock.advance_to(moment)
            if moment == self._next_sweep():
                self._swept = moment
                self.sweeps += 1
                stage.sweep()
            else:
                with stage.survived("web"):
                    heapq.heappop(self._acts)[2]()
            stage.settle()
            tell(moment)
        stage.clock.advance_to(until)

    def _next(self) -> datetime | None:
        """When something happens next; what is due comes before what somebody does at that moment."""
        acted = self._acts[0][0] if self._acts else None
        return min((at for at in (acted, self._next_sweep()) if at is not None), default=None)

    def _next_sweep(self) -> datetime | None:
        """The first full minute in which the sweep finds something."""
        due = self._stage.store.next_due()
        if due is None:
            return None
        at = max(due, self._swept + timedelta(microseconds=1))
        passed = timedelta(seconds=at.second, microseconds=at.microsecond)
        return max(at - passed + (MINUTE if passed else timedelta()), self._stage.now)
