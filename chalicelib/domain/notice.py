"""What in an idea looks as if it were about a certain person, so that its writer is told before anything is sent (GDPR art. 5.1 c).

A notice, never a hindrance: the rules see too much at times, and the idea can be sent as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.domain.deidentify import EMAIL, IDENTITY_NUMBER, PHONE, mask, taken_out
from chalicelib.domain.form import Audience, FieldKind, Form
from chalicelib.domain.likely_names import likely_names

_WRITTEN = (FieldKind.LINE, FieldKind.TEXT)


_SHOWN = 4
"""How many characters of a number or an address tell its writer which it is, and nobody who looks over their shoulder the rest."""


@dataclass(frozen=True)
class Spot:
    """Something that stands in the field of this key: a name as it is written, or how a number or an address begins."""

    field: str
    words: str


@dataclass(frozen=True)
class Noticed:
    """Such things, in the form's order."""

    identity_numbers: tuple[Spot, ...] = ()
    phones: tuple[Spot, ...] = ()
    emails: tuple[Spot, ...] = ()
    names: tuple[Spot, ...] = ()

    def in_field(self, key: str) -> Noticed:
        """What of this stands in one field."""

        def of(spots: tuple[Spot, ...]) -> tuple[Spot, ...]:
            return tuple(spot for spot in spots if spot.field == key)

        return Noticed(of(self.identity_numbers), of(self.phones), of(self.emails), of(self.names))

    @property
    def anything(self) -> bool:
        return self != Noticed()


def notice(form: Form, values: Mapping[str, str], own_name: str) -> Noticed:
    """What is noticed in the fields that reviewers read. The writer's own name is no news to them."""
    written = {
        field.key: values[field.key]
        for field in form.fields()
        if field.audience is Audience.REVIEWERS and field.kind in _WRITTEN and values.get(field.key)
    }
    out = [(key, sign, found) for key, text in written.items() for sign, found in taken_out(text)]

    def like(wanted: str) -> tuple[Spot, ...]:
        spots = (Spot(key, found[:_SHOWN]) for key, sign, found in out if sign == wanted)
        return tuple(dict.fromkeys(spots))

    return Noticed(
        like(IDENTITY_NUMBER), like(PHONE), like(EMAIL), _names(mask(written, own_name).fields)
    )


def _names(masked: Mapping[str, str]) -> tuple[Spot, ...]:
    """Each name once, in the field that has most of it: a name may be told without the case in which it stands (Jukka of Jukalta)."""
    order = list(masked)
    spots = (
        Spot(max(order, key=lambda key: _share(name, masked[key])), name)
        for name in likely_names(masked)
    )
    return tuple(sorted(spots, key=lambda spot: order.index(spot.field)))


def _share(name: str, text: str) -> int:
    """How many of the first letters of the name stand together in the text."""
    return max(count for count in range(len(name) + 1) if name[:count] in text)
