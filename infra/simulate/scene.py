"""What everybody in a simulation shares: the stage, the plan of what they do, how they behave, and the dice.

Each chance has dice of its own, by what it is about: a change in one place does not make all others fall differently, and two
processes can be compared with the same people.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from chalicelib.domain.process import Process
from chalicelib.domain.working_days import Calendar
from infra.simulate.behaviour import Behaviour
from infra.simulate.clockwork import Act, Clockwork
from infra.simulate.stage import SimulatedStage

TOKEN: Final = r"([A-Za-z0-9_-]{43})"
ASK_LINK: Final = re.compile(rf"/svara/{TOKEN}")
STATUS_LINK: Final = re.compile(rf"/status/{TOKEN}")
CODE: Final = re.compile(r"^(\d{8})$", re.MULTILINE)


@dataclass
class Scene:
    """`references` are those of all ideas so far; `acts` counts what people did, by name."""

    stage: SimulatedStage
    clockwork: Clockwork
    behaviour: Behaviour
    process: Process
    calendar: Calendar
    seed: int
    references: list[str] = field(default_factory=list)
    acts: Counter[str] = field(default_factory=Counter)

    def dice(self, *about: object) -> random.Random:
        return random.Random(" ".join(map(str, (self.seed, *about))))

    def plan_in(self, minutes: float, act: Act) -> None:
        self.clockwork.plan(self.stage.now + timedelta(minutes=minutes), act)


def links(pattern: re.Pattern[str], text: str) -> Iterable[str]:
    """The raw tokens of the links of one kind in a mail, each once."""
    return dict.fromkeys(pattern.findall(text))
