"""What the sluice promises in public: its steps and their times, read from the same process that the engine keeps."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.domain.process import Counts, Lang, Process, Step, StepKind, Text

_WITHIN = {
    Counts.WORKING_DAYS: Text(
        sv="inom {days} arbetsdagar",
        en="within {days} working days",
        fi="{days} työpäivän kuluessa",
    ),
    Counts.CALENDAR_DAYS: Text(
        sv="inom {days} dagar",
        en="within {days} days",
        fi="{days} päivän kuluessa",
    ),
}
_AT_LEAST_EVERY = {
    Counts.WORKING_DAYS: Text(
        sv="besked minst en gång på {days} arbetsdagar, så länge det pågår",
        en="news at least every {days} working days, for as long as it goes on",
        fi="tieto vähintään kerran {days} työpäivässä, niin kauan kuin työ jatkuu",
    ),
    Counts.CALENDAR_DAYS: Text(
        sv="besked minst en gång på {days} dagar, så länge det pågår",
        en="news at least every {days} days, for as long as it goes on",
        fi="tieto vähintään kerran {days} päivässä, niin kauan kuin työ jatkuu",
    ),
}
"""Of a step that may begin anew only so much is true: when its giver hears something, not when it is over."""


@dataclass(frozen=True)
class PublicStep:
    """One step in the words of its idea-giver. `number` is its place among all of them, the same wherever it is shown; `days` a fragment
    such as "inom 5 arbetsdagar", None when no time is promised."""

    number: int
    key: str
    name: str
    happens: str
    days: str | None


def public_steps(process: Process, lang: Lang, after: str | None = None) -> tuple[PublicStep, ...]:
    """The steps in which somebody is asked, by-ways left out, in the order of the process file.

    With `after` only those that come after the step of that key.
    """
    keys = [step.key for step in process.steps]
    start = keys.index(after) + 1 if after in keys else 0
    listed = [
        step
        for step in process.steps
        if step.kind is StepKind.ASK and step.tell_giver and not step.aside
    ]
    return tuple(
        PublicStep(
            number=number,
            key=step.key,
            name=step.public_name.in_(lang),
            happens=step.happens.in_(lang),
            days=_days(step, lang),
        )
        for number, step in enumerate(listed, start=1)
        if keys.index(step.key) >= start
    )


def _days(step: Step, lang: Lang) -> str:
    promise = _AT_LEAST_EVERY if _may_repeat(step) else _WITHIN
    return promise[step.counts].in_(lang).format(days=step.deadline_days)


def _may_repeat(step: Step) -> bool:
    """Whether an answer may lead to the step itself, as a check-in that goes on does."""
    if step.outcome is None:
        return False
    return any(option.to == step.key for option in step.question(step.outcome).options)
