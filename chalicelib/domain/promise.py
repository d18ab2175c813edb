"""What the sluice promises in public: its steps and their times, read from the same process that the engine keeps."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.domain.process import Lang, Process, StepKind, Text

_WITHIN = Text(
    sv="inom {days} arbetsdagar",
    en="within {days} working days",
    fi="{days} työpäivän kuluessa",
)


@dataclass(frozen=True)
class PublicStep:
    """One step in the words of its idea-giver. `days` is a fragment such as "inom 5 arbetsdagar", None when no time is promised."""

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
    return tuple(
        PublicStep(
            key=step.key,
            name=step.public_name.in_(lang),
            happens=step.happens.in_(lang),
            days=_WITHIN.in_(lang).format(days=step.deadline_days),
        )
        for step in process.steps[start:]
        if step.kind is StepKind.ASK and step.tell_giver and not step.aside
    )
