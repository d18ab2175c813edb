"""What a coordinator hides at screening is masked when their answer is stored: names that no rule can find for certain.

The whole text is kept; only the masked one gets a new version, and links to the old one are dead. What is written about the idea
later has no screening: it is masked by rule, for those who see the masked idea.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.domain.deidentify import mask, mask_names, masked_between
from chalicelib.domain.likely_names import likely_names
from chalicelib.domain.reference import content_hash
from chalicelib.domain.rows import CaseRow, ContactRow, MaskedRow
from chalicelib.services.deps import Deps

BY_RULE = 1
"""The version of the masked text in which nobody has masked anything yet."""


@dataclass(frozen=True)
class MoreMasked:
    """A new version of the masked text, in which so many more places are masked."""

    row: MaskedRow
    count: int


def mask_more(masked: MaskedRow, names: tuple[str, ...]) -> MoreMasked | None:
    """The masked text with these names masked too, or None when none of them stands in it."""
    result = mask_names(masked.fields, names)
    if result.count == 0:
        return None
    version = masked.version + 1
    row = MaskedRow(masked.case_id, version, result.fields, content_hash(result.fields))
    return MoreMasked(row, result.count)


def mask_unscreened(deps: Deps, case: CaseRow, text: str) -> str:
    return mask_all_unscreened(deps, case, {"text": text})["text"]


def mask_all_unscreened(deps: Deps, case: CaseRow, texts: Mapping[str, str]) -> dict[str, str]:
    """What somebody has written about an idea, as those may read it who see the masked one: without what the rules find, without
    what was hidden at its screening and without every likely name. Nobody says anything of these, so it masks rather too much."""
    contact = deps.store.get(ContactRow, case.case_id)
    fields = mask(texts, contact.name if contact is not None else "").fields
    if case.masked_version != BY_RULE:
        before = deps.store.get(MaskedRow, case.case_id, BY_RULE)
        masked = deps.store.get(MaskedRow, case.case_id, case.masked_version)
        if before is not None and masked is not None:
            fields = mask_names(fields, masked_between(before.fields, masked.fields)).fields
    return mask_names(fields, likely_names(fields)).fields
