"""The public form: which fields there are, and how what somebody typed becomes a submission or a list of errors.

Owns the shapes that `form.toml` is read into and the rules for the fields. Knows no HTTP and no step.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from chalicelib.domain.process import Lang, Text
from chalicelib.domain.text import Cleaned, clean, email_address, phone_number


class FieldKind(StrEnum):
    CHOICE = "choice"
    LINE = "line"
    TEXT = "text"
    EMAIL = "email"
    PHONE = "phone"


class Audience(StrEnum):
    """Who may see a field: `REVIEWERS` after masking, `IDENTITY` only those who may see who the idea-giver is."""

    REVIEWERS = "reviewers"
    IDENTITY = "identity"


@dataclass(frozen=True)
class Choice:
    """`hint` is what somebody should know before they choose it; it stands at the review too."""

    key: str
    label: Text
    hint: Text | None = None


@dataclass(frozen=True)
class Field:
    """One field. Lengths are in characters after normalisation. Of the fields of one `one_of` group at least one is needed. What is
    `called` so where it is read has a label that only fits where it is written, such as a question."""

    key: str
    kind: FieldKind
    label: Text
    called: Text | None = None
    hint: Text | None = None
    required: bool = False
    one_of: str | None = None
    min_length: int = 0
    max_length: int = 200
    choices: tuple[Choice, ...] = ()
    audience: Audience = Audience.REVIEWERS
    autocomplete: str | None = None

    @property
    def name(self) -> Text:
        """What it is called where it is read."""
        return self.called or self.label


@dataclass(frozen=True)
class Section:
    """Fields under one heading; `folded` ones are optional and start closed."""

    key: str
    heading: Text
    intro: Text | None
    fields: tuple[Field, ...]
    folded: bool = False


@dataclass(frozen=True)
class Form:
    sections: tuple[Section, ...]

    def fields(self) -> tuple[Field, ...]:
        return tuple(field for section in self.sections for field in section.fields)

    def field(self, key: str) -> Field:
        """The field with this key; KeyError when the form has none."""
        for field in self.fields():
            if field.key == key:
                return field
        raise KeyError(key)

    def labelled(self, values: Mapping[str, str], lang: Lang) -> list[tuple[str, str]]:
        """The given values under their labels, in the form's order, a choice by its label; unknown keys are left out."""
        pairs = []
        for field in self.fields():
            value = values.get(field.key)
            if value:
                choice = next((choice for choice in field.choices if choice.key == value), None)
                pairs.append(
                    (
                        field.name.in_(lang),
                        choice.label.in_(lang) if choice else value,
                    )
                )
        return pairs

    def as_stored(self, typed: Mapping[str, str]) -> dict[str, str]:
        """What was typed, each value as it would be stored; as it was typed when it would be refused."""
        read = {field.key: read_field(field, typed.get(field.key, "")) for field in self.fields()}
        return dict(typed) | {key: value for key, value in read.items() if isinstance(value, str)}


class Problem(StrEnum):
    """What is wrong with a field; the words are the templates' to choose (`texts of errors`)."""

    MISSING = "missing"
    MISSING_ONE_OF = "missing_one_of"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    NOT_AN_OPTION = "not_an_option"
    NOT_AN_EMAIL = "not_an_email"
    NOT_A_PHONE = "not_a_phone"
    NOT_A_DATE = "not_a_date"
    DATE_PAST = "date_past"
    NOT_TYPED = "not_typed"
    CONTROL_CHARACTERS = "control_characters"
    NOT_ALL_YES = "not_all_yes"
    WRONG_CODE = "wrong_code"
    NOT_A_REFERENCE = "not_a_reference"
    NOT_AN_IDEA = "not_an_idea"
    SAME_IDEA = "same_idea"
    CLOSED_IDEA = "closed_idea"
    NAME_NOT_SETTLED = "name_not_settled"
    ENOUGH_TODAY = "enough_today"


@dataclass(frozen=True)
class FieldError:
    """`limit` is the length or count that the problem speaks of; `actual` what was given."""

    field: str
    problem: Problem
    limit: int | None = None
    actual: int | None = None


@dataclass(frozen=True)
class Submission:
    """A form that passed: normalised values of the fields that were filled in. `idea` holds every field but name, e-mail and
    phone; which of them reviewers may see is the field's audience."""

    lang: Lang
    idea: Mapping[str, str]
    name: str
    email: str | None
    phone: str | None


def read_submission(
    form: Form, raw: Mapping[str, str], lang: Lang
) -> Submission | tuple[FieldError, ...]:
    """What was typed into a form, or everything that is wrong with it, in the form's order. Unknown keys are ignored."""
    values: dict[str, str] = {}
    errors: list[FieldError] = []
    empty_groups = _empty_groups(form, raw)
    for field in form.fields():
        if field.one_of in empty_groups:
            errors.append(FieldError(field.key, Problem.MISSING_ONE_OF))
            empty_groups.discard(field.one_of)
            continue
        value = read_field(field, raw.get(field.key, ""))
        if isinstance(value, FieldError):
            errors.append(value)
        elif value:
            values[field.key] = value
    if errors:
        return tuple(errors)
    name, email, phone = (values.pop(key, None) for key in ("name", "email", "phone"))
    return Submission(lang=lang, idea=values, name=name or "", email=email, phone=phone)


def _empty_groups(form: Form, raw: Mapping[str, str]) -> set[str | None]:
    """The `one_of` groups of which nothing was filled in; what is refused for its characters was filled in."""
    groups: dict[str, bool] = {}
    for field in form.fields():
        if field.one_of is not None:
            cleaned = _cleaned(field, raw.get(field.key, ""))
            typed = cleaned.text != "" or cleaned.had_forbidden
            groups[field.one_of] = groups.get(field.one_of) or typed
    return {group for group, typed in groups.items() if not typed}


def read_field(field: Field, typed: str) -> str | FieldError:
    """The normalised value, empty for an optional field that was left empty, or the first thing that is wrong."""
    cleaned = _cleaned(field, typed)
    value = cleaned.text
    if cleaned.had_forbidden:
        return FieldError(field.key, Problem.CONTROL_CHARACTERS)
    if not value:
        return FieldError(field.key, Problem.MISSING) if field.required else ""
    if field.kind is FieldKind.CHOICE:
        known = value in [choice.key for choice in field.choices]
        return value if known else FieldError(field.key, Problem.NOT_AN_OPTION)
    wrong_length = too_short_or_long(field.key, value, field.min_length, field.max_length)
    if wrong_length is not None:
        return wrong_length
    if field.kind is FieldKind.EMAIL:
        return email_address(value) or FieldError(field.key, Problem.NOT_AN_EMAIL)
    if field.kind is FieldKind.PHONE:
        return phone_number(value) or FieldError(field.key, Problem.NOT_A_PHONE)
    return value


def _cleaned(field: Field, typed: str) -> Cleaned:
    return clean(typed, multiline=field.kind is FieldKind.TEXT)


def too_short_or_long(key: str, value: str, least: int, most: int) -> FieldError | None:
    """The error of a text whose length in characters is outside its limits."""
    if len(value) < least:
        return FieldError(key, Problem.TOO_SHORT, limit=least, actual=len(value))
    if len(value) > most:
        return FieldError(key, Problem.TOO_LONG, limit=most, actual=len(value))
    return None
