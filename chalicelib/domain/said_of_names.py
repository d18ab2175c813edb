"""What a coordinator says of the likely names in an idea: each is hidden, or is no name of a person.

Owns the fields in which it is said. `likely_names` finds the names, `deidentify` hides them; nothing is stored here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.domain.answers import NO
from chalicelib.domain.deidentify import mask_names
from chalicelib.domain.form import FieldError, Problem
from chalicelib.domain.likely_names import likely_names
from chalicelib.domain.process import Step
from chalicelib.domain.text import clean

OF_A_NAME = "mask."
"""Before the number of the field in which something is said of one name. Its value is the name, or NO_NAME and the name."""
NO_NAME = "no-name:"
WRITTEN = "mask_more"
LONGEST = 500


@dataclass(frozen=True)
class SaidOfNames:
    """The names to hide, of those that were found and of others, each once; and those that were found and are no names."""

    hidden: tuple[str, ...] = ()
    no_names: frozenset[str] = frozenset()


def read_said(given: Mapping[str, str]) -> SaidOfNames | FieldError:
    """What was chosen of the names that were found, and what was written besides, with commas between."""
    written = clean(given.get(WRITTEN, ""), multiline=True).text
    if len(written) > LONGEST:
        return FieldError(WRITTEN, Problem.TOO_LONG, limit=LONGEST, actual=len(written))
    chosen = [value for key, value in given.items() if key.startswith(OF_A_NAME)]
    hidden = [value for value in chosen if not value.startswith(NO_NAME)]
    hidden += written.replace("\n", ",").split(",")
    return SaidOfNames(
        tuple(dict.fromkeys(name.strip() for name in hidden if name.strip())),
        frozenset(value.removeprefix(NO_NAME) for value in chosen if value.startswith(NO_NAME)),
    )


def fields_of_names(masked: Mapping[str, str]) -> dict[str, str]:
    """Each likely name in the masked text, by the field in which something is said of it."""
    return {f"{OF_A_NAME}{at}": name for at, name in enumerate(likely_names(masked), start=1)}


def wants_names_settled(step: Step, given: Mapping[str, str]) -> bool:
    """Whether something must be said of each name: always, but where the answer says no to the question whether the text is free from
    people. So whoever has left that question empty is told of both at once."""
    asks = next((question for question in step.questions if question.names_first), None)
    return asks is None or clean(given.get(asks.key, ""), multiline=False).text != NO


def unsettled(masked: Mapping[str, str], said: SaidOfNames) -> tuple[FieldError, ...]:
    """One error for each likely name that would still stand in the text though nobody has said that it is no name."""
    left = mask_names(masked, said.hidden).fields
    return tuple(
        FieldError(field, Problem.NAME_NOT_SETTLED)
        for field, name in fields_of_names(masked).items()
        if name not in said.no_names and mask_names(left, (name,)).count
    )


def in_order_of_page(
    step: Step, of_names: tuple[FieldError, ...], of_questions: tuple[FieldError, ...]
) -> tuple[FieldError, ...]:
    """Everything that is wrong with an answer as its page asks it: the names stand right above the question that they come first to,
    or below all questions."""
    above: set[str] = set()
    for question in step.questions:
        if question.names_first:
            before = tuple(error for error in of_questions if error.field in above)
            return (*before, *of_names, *of_questions[len(before) :])
        above.add(question.key)
    return (*of_questions, *of_names)
