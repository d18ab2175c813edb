"""What in an idea looks as if it were about a certain person, so that its writer is told before anything is sent (GDPR art. 5.1 c).

A notice, never a hindrance: the rules see too much at times, and the idea can be sent as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.domain.deidentify import EMAIL, IDENTITY_NUMBER, PHONE, mask
from chalicelib.domain.form import Audience, FieldKind, Form
from chalicelib.domain.likely_names import likely_names

_WRITTEN = (FieldKind.LINE, FieldKind.TEXT)


@dataclass(frozen=True)
class Noticed:
    """The keys of the fields in which such things stand, in the form's order, and the names as they are written."""

    identity_numbers: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def anything(self) -> bool:
        return self != Noticed()


def notice(form: Form, values: Mapping[str, str], own_name: str = "") -> Noticed:
    """What is noticed in the fields that reviewers read. The writer's own name is no news to them."""
    written = {
        field.key: values[field.key]
        for field in form.fields()
        if field.audience is Audience.REVIEWERS and field.kind in _WRITTEN and values.get(field.key)
    }
    masked = mask(written, own_name).fields

    def holding(sign: str) -> tuple[str, ...]:
        return tuple(key for key in written if masked[key].count(sign) > written[key].count(sign))

    return Noticed(holding(IDENTITY_NUMBER), holding(PHONE), holding(EMAIL), likely_names(masked))
