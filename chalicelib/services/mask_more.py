"""What a coordinator ticks or writes at screening is masked when their answer is stored: names that no rule can find for certain.

The whole text is kept; only the masked one gets a new version, and links to the old one are dead. What is written about the idea
later has no screening: it is masked by rule, for those who see the masked idea.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.domain.deidentify import mask, mask_names, masked_between
from chalicelib.domain.form import FieldError, Problem
from chalicelib.domain.likely_names import likely_names
from chalicelib.domain.reference import content_hash
from chalicelib.domain.rows import CaseRow, ContactRow, MaskedRow
from chalicelib.domain.text import clean
from chalicelib.services.deps import Deps

TICKED = "mask."
"""Before the number of a tick box whose value is a name."""
WRITTEN = "mask_more"
LONGEST = 500
BY_RULE = 1
"""The version of the masked text in which nobody has masked anything yet."""


@dataclass(frozen=True)
class MoreMasked:
    """A new version of the masked text, in which so many more places are masked."""

    row: MaskedRow
    count: int


def names_to_mask(given: Mapping[str, str]) -> tuple[str, ...] | FieldError:
    """The names that were ticked, and those that were written with commas between, each once."""
    written = clean(given.get(WRITTEN, ""), multiline=True).text
    if len(written) > LONGEST:
        return FieldError(WRITTEN, Problem.TOO_LONG, limit=LONGEST, actual=len(written))
    ticked = [value for key, value in given.items() if key.startswith(TICKED)]
    names = [*ticked, *written.replace("\n", ",").split(",")]
    return tuple(dict.fromkeys(name.strip() for name in names if name.strip()))


def mask_more(deps: Deps, case: CaseRow, names: tuple[str, ...]) -> MoreMasked | None:
    """The masked text with these names masked too, or None when none of them stands in it. Reads only."""
    masked = deps.store.get(MaskedRow, case.case_id, case.masked_version)
    if masked is None or not names:
        return None
    result = mask_names(masked.fields, names)
    if result.count == 0:
        return None
    version = case.masked_version + 1
    row = MaskedRow(case.case_id, version, result.fields, content_hash(result.fields))
    return MoreMasked(row, result.count)


def mask_unscreened(deps: Deps, case: CaseRow, text: str) -> str:
    """What somebody has written about an idea, as those may read it who see the masked one: without what the rules find, without
    what was ticked or written at its screening and without every likely name. Nobody ticks these, so it masks rather too much."""
    contact = deps.store.get(ContactRow, case.case_id)
    before = deps.store.get(MaskedRow, case.case_id, BY_RULE)
    masked = deps.store.get(MaskedRow, case.case_id, case.masked_version)
    fields = mask({"text": text}, contact.name if contact is not None else None).fields
    if before is not None and masked is not None:
        fields = mask_names(fields, masked_between(before.fields, masked.fields)).fields
    return mask_names(fields, likely_names(fields)).fields["text"]
