"""How the people of a simulation behave, read from `people.toml` and, over it, a file of the operator's own.

Owns which keys there are and what they may be; their meaning and their defaults stand in `people.toml`. Tells every mistake
at once, with its place and what would be right.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final, TypeVar

from chalicelib.config.mistakes import ConfigError, Mistake
from chalicelib.config.table import meant
from chalicelib.domain.process import Process
from infra import names
from infra.terminal import Stop

DEFAULTS: Final = names.ROOT / "infra" / "simulate" / "people.toml"
MOST_DAYS: Final = 365.0
MOST_WEIGHT: Final = 1000.0
MOST_PEOPLE: Final = 200.0

S = TypeVar("S")


def _up_to(most: float, least: float = 0.0) -> Any:
    return field(metadata={"least": least, "most": most})


@dataclass(frozen=True)
class Asked:
    answers: float = _up_to(1)
    after_reminder: float = _up_to(1)
    after_digest: float = _up_to(1)
    median_days: float = _up_to(MOST_DAYS)
    spread: float = _up_to(3)
    work_from: float = _up_to(MOST_DAYS)
    work_takes: float = _up_to(3)
    bounces: float = _up_to(1)
    wrong_code: float = _up_to(1)
    hides_names: float = _up_to(1)
    jav: float = _up_to(1)
    delegates: float = _up_to(1)
    asks_giver: float = _up_to(1)


@dataclass(frozen=True)
class Away:
    summer_weeks: float = _up_to(10)
    other_weeks: float = _up_to(20)
    told: float = _up_to(1)
    leaves: float = _up_to(1)


@dataclass(frozen=True)
class Givers:
    email: float = _up_to(1)
    own_unit: float = _up_to(1)
    bounces: float = _up_to(1)
    complains: float = _up_to(1)
    views: float = _up_to(20)
    withdraws: float = _up_to(1)
    answers: float = _up_to(1)
    answer_days: float = _up_to(MOST_DAYS)


@dataclass(frozen=True)
class Arrivals:
    weekend: float = _up_to(10)
    july: float = _up_to(10)


@dataclass(frozen=True)
class Scores:
    mean: float = _up_to(5, 1)
    between_ideas: float = _up_to(3)
    between_people: float = _up_to(3)
    cannot_judge: float = _up_to(1)


@dataclass(frozen=True)
class Outcomes:
    """Weights by where an option leads; `by_step` has those that were given to single options."""

    onward: float = _up_to(MOST_WEIGHT)
    other: float = _up_to(MOST_WEIGHT)
    positive: float = _up_to(MOST_WEIGHT)
    closes: float = _up_to(MOST_WEIGHT)
    waits: float = _up_to(MOST_WEIGHT)
    aside: float = _up_to(MOST_WEIGHT)
    again: float = _up_to(MOST_WEIGHT)
    back: float = _up_to(MOST_WEIGHT)
    merges: float = _up_to(MOST_WEIGHT)
    by_step: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Directory:
    """How many people a role has; `digest` and `weekly` say how they are told of what waits."""

    others: float = _up_to(MOST_PEOPLE, 1)
    weekly: float = _up_to(1)
    digest: tuple[str, ...] = ()
    by_role: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Behaviour:
    directory: Directory
    asked: Asked
    asked_in: Mapping[str, Asked]
    away: Away
    givers: Givers
    arrivals: Arrivals
    scores: Scores
    outcomes: Outcomes

    def of(self, role: str) -> Asked:
        """How those behave who are asked in a role."""
        return self.asked_in[role]


SECTIONS: Final[Mapping[str, type]] = {
    "directory": Directory,
    "asked": Asked,
    "away": Away,
    "givers": Givers,
    "arrivals": Arrivals,
    "scores": Scores,
    "outcomes": Outcomes,
}


def read_behaviour(process: Process, path: Path | None) -> Behaviour:
    """The defaults, with what the operator's file says put over them. Raises Stop with every mistake in that file.

    The defaults may speak of roles and steps that this process does not have; the operator's file may not."""
    defaults = tomllib.loads(DEFAULTS.read_text(encoding="utf-8"))
    own = _open(path) if path else {}
    reading = _Reading(process, path.name if path else DEFAULTS.name, own)
    behaviour = reading.over(defaults)
    if reading.mistakes:
        raise Stop(str(ConfigError(sorted(set(reading.mistakes)))))
    return behaviour


def _open(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Stop(
            f"There is no file {path}. Copy {DEFAULTS.relative_to(names.ROOT)} there and change it."
        ) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Stop(
            f"{path} cannot be read: {error}. It should look like {DEFAULTS.relative_to(names.ROOT)}."
        ) from None


class _Reading:
    """One reading: notes mistakes of the operator's file only, since the defaults are ours."""

    def __init__(self, process: Process, file: str, own: dict[str, Any]) -> None:
        self.mistakes: list[Mistake] = []
        self._file = file
        self._own = own
        self._roles = [role.key for role in process.roles]
        self._process = process

    def over(self, defaults: Mapping[str, Any]) -> Behaviour:
        self._no_others("", self._own, SECTIONS)
        both = {name: self._section(name, defaults[name]) for name in SECTIONS}
        return Behaviour(
            directory=self._directory(both["directory"]),
            asked=self._numbers(Asked, "asked", both["asked"]),
            asked_in={role: self._asked_in(role, defaults["asked"]) for role in self._roles},
            away=self._numbers(Away, "away", both["away"]),
            givers=self._numbers(Givers, "givers", both["givers"]),
            arrivals=self._numbers(Arrivals, "arrivals", both["arrivals"]),
            scores=self._numbers(Scores, "scores", both["scores"]),
            outcomes=self._numbers(
                Outcomes, "outcomes", both["outcomes"], by_step=self._by_step(both["outcomes"])
            ),
        )

    def _section(self, name: str, defaults: Mapping[str, Any]) -> dict[str, Any]:
        """A section with the operator's values over the defaults, tables within it likewise."""
        own = self._own.get(name, {})
        if not isinstance(own, dict):
            self._wrong(name, repr(own), f"a table: [{name}]")
            own = {}
        known = [f.name for f in fields(SECTIONS[name]) if not f.name.startswith("by_")]
        if name in ("asked", "directory"):
            known += self._roles
        if name == "outcomes":
            known += [step.key for step in self._process.steps if step.outcome]
        self._no_others(name, own, known)
        merged = dict(defaults)
        for key, value in own.items():
            before = merged.get(key)
            if isinstance(value, dict) and isinstance(before, dict):
                merged[key] = {**before, **value}
            else:
                merged[key] = value
        return merged

    def _asked_in(self, role: str, defaults: Mapping[str, Any]) -> Asked:
        """What the operator says of everybody stands above the defaults of a role, and what they say of the role above all."""
        own = self._own.get("asked", {})
        own = own if isinstance(own, dict) else {}
        of_role = own.get(role, {})
        if not isinstance(of_role, dict):
            self._wrong(f"asked.{role}", repr(of_role), f"a table: [asked.{role}]")
            of_role = {}
        self._no_others(f"asked.{role}", of_role, [part.name for part in fields(Asked)])
        merged = {**defaults, **defaults.get(role, {}), **own, **of_role}
        return self._numbers(Asked, "asked", merged, inner=role, within=of_role)

    def _numbers(self, kind: type[S], place: str, content: Mapping[str, Any], **rest: Any) -> S:
        """`kind` with its numbers. Those in `within` stand in the table `inner` of this place."""
        inner, within = rest.pop("inner", ""), rest.pop("within", ())
        values = {
            part.name: self._number(
                f"{place}.{inner}.{part.name}" if part.name in within else f"{place}.{part.name}",
                content.get(part.name),
                part.metadata["least"],
                part.metadata["most"],
            )
            for part in fields(kind)
            if part.metadata
        }
        return kind(**values, **rest)

    def _number(self, place: str, value: Any, least: float, most: float) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            self._wrong(place, repr(value), f"a number from {least:g} to {most:g}")
            return least
        if not least <= value <= most:
            self._wrong(place, repr(value), f"from {least:g} to {most:g}")
        return float(value)

    def _directory(self, content: Mapping[str, Any]) -> Directory:
        digest = content["digest"]
        if not isinstance(digest, list) or not all(isinstance(role, str) for role in digest):
            self._wrong("directory.digest", repr(digest), "a list of roles")
            digest = []
        if "digest" in self._own.get("directory", {}):
            for role in digest:
                if role not in self._roles:
                    wrong = f"there is no role {role}"
                    self._wrong("directory.digest", wrong, meant(role, self._roles))
        by_role = {
            role: round(self._number(f"directory.{role}", content[role], 1, MOST_PEOPLE))
            for role in self._roles
            if role in content
        }
        return self._numbers(Directory, "directory", content, digest=tuple(digest), by_role=by_role)

    def _by_step(self, content: Mapping[str, Any]) -> dict[str, dict[str, float]]:
        weights: dict[str, dict[str, float]] = {}
        for step in self._process.steps:
            given = content.get(step.key)
            if step.outcome is None or given is None:
                continue
            place = f"outcomes.{step.key}"
            if not isinstance(given, dict):
                self._wrong(place, repr(given), f"a table: [{place}]")
                continue
            known = [option.key for option in step.question(step.outcome).options]
            self._no_others(place, given, known)
            weights[step.key] = {
                key: self._number(f"{place}.{key}", value, 0, MOST_WEIGHT)
                for key, value in given.items()
                if key in known
            }
        return weights

    def _no_others(self, place: str, content: Mapping[str, Any], known: Any) -> None:
        for key in content:
            if key not in known:
                where = f"{place}.{key}" if place else key
                self._wrong(where, "this key is not known here", meant(key, known))

    def _wrong(self, place: str, wrong: str, right: str) -> None:
        self.mistakes.append(Mistake(self._file, place, wrong, right))
