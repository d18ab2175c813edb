"""A form that was filled in: what becomes a submission, and all that is wrong with what does not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.form import (
    Audience,
    Choice,
    Field,
    FieldError,
    FieldKind,
    Form,
    Problem,
    Section,
    Submission,
    read_submission,
)
from chalicelib.domain.process import Text

LABEL = Text("a", "a", "a")
IDENTITY = Audience.IDENTITY

FORM = Form(
    (
        Section(
            "idea",
            LABEL,
            None,
            (
                Field(
                    "way",
                    FieldKind.CHOICE,
                    LABEL,
                    required=True,
                    choices=(Choice("service", LABEL), Choice("other", LABEL)),
                ),
                Field("title", FieldKind.LINE, LABEL, required=True, min_length=10, max_length=20),
                Field("need", FieldKind.TEXT, LABEL, required=True, max_length=30),
            ),
        ),
        Section(
            "you",
            LABEL,
            None,
            (
                Field("name", FieldKind.LINE, LABEL, required=True, audience=IDENTITY),
                Field("email", FieldKind.EMAIL, LABEL, one_of="contact", audience=IDENTITY),
                Field("phone", FieldKind.PHONE, LABEL, one_of="contact", audience=IDENTITY),
            ),
        ),
        Section(
            "more",
            LABEL,
            None,
            (
                Field("test", FieldKind.TEXT, LABEL, min_length=5),
                Field("unit", FieldKind.LINE, LABEL, audience=IDENTITY),
            ),
            folded=True,
        ),
    )
)

FILLED_IN = {
    "way": "other",
    "title": "Grushinkar vid buss",
    "need": "Halka.",
    "name": "Roger Myrhed",
    "email": "roger@example.com",
    "phone": "070-174 06 05",
}


def errors(**typed: str) -> tuple[FieldError, ...]:
    result = read_submission(FORM, FILLED_IN | typed, "sv")
    assert isinstance(result, tuple)
    return result


def submission(**typed: str) -> Submission:
    result = read_submission(FORM, FILLED_IN | typed, "sv")
    assert isinstance(result, Submission)
    return result


def test_a_form_that_is_right_becomes_a_submission_with_contact_apart_from_the_idea() -> None:
    assert read_submission(FORM, FILLED_IN | {"unit": "skola", "test": ""}, "fi") == Submission(
        lang="fi",
        idea={"way": "other", "title": "Grushinkar vid buss", "need": "Halka.", "unit": "skola"},
        name="Roger Myrhed",
        email="roger@example.com",
        phone="070-174 06 05",
    )


def test_what_the_form_does_not_ask_for_is_ignored() -> None:
    assert submission(colour="blue") == submission()


def test_values_are_put_in_order() -> None:
    sent = submission(
        need="  Rad ett\r\nRad två \u202e ",
        name=" Roger  Myrhed\u200b ",
        email=" Roger@Example.COM ",
        phone=" 070–174 06 05 ",
    )
    assert sent.idea["need"] == "Rad ett\nRad två"
    assert sent.name == "Roger Myrhed"
    assert sent.email == "Roger@example.com"
    assert sent.phone == "070-174 06 05"


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ({"way": ""}, FieldError("way", Problem.MISSING)),
        ({"way": "flying"}, FieldError("way", Problem.NOT_AN_OPTION)),
        ({"title": " "}, FieldError("title", Problem.MISSING)),
        ({"title": "Grushinka"}, FieldError("title", Problem.TOO_SHORT, limit=10, actual=9)),
        ({"title": "x" * 21}, FieldError("title", Problem.TOO_LONG, limit=20, actual=21)),
        ({"title": "Grushinkar\nvid"}, FieldError("title", Problem.CONTROL_CHARACTERS)),
        ({"need": "\n \u200b"}, FieldError("need", Problem.MISSING)),
        ({"need": "\u200d"}, FieldError("need", Problem.MISSING)),
        ({"name": "\u3164"}, FieldError("name", Problem.MISSING)),
        ({"need": "x" * 31}, FieldError("need", Problem.TOO_LONG, limit=30, actual=31)),
        ({"name": ""}, FieldError("name", Problem.MISSING)),
        ({"name": "Roger\u202edehryM"}, FieldError("name", Problem.CONTROL_CHARACTERS)),
        ({"email": "roger"}, FieldError("email", Problem.NOT_AN_EMAIL)),
        ({"phone": "ring"}, FieldError("phone", Problem.NOT_A_PHONE)),
        ({"test": "kort"}, FieldError("test", Problem.TOO_SHORT, limit=5, actual=4)),
    ],
)
def test_what_is_wrong_with_a_field_is_told(typed: dict[str, str], expected: FieldError) -> None:
    assert errors(**typed) == (expected,)


@pytest.mark.parametrize(
    "typed",
    [
        {"title": "x" * 10},
        {"title": "x" * 20},
        {"need": "x" * 30},
        {"need": "\r\n".join("x" * 15) + " \r\n"},
        {"need": "a\u030a" * 30},
        {"test": "fem t"},
    ],
)
def test_lengths_are_counted_in_composed_characters_with_the_limits_included(
    typed: dict[str, str],
) -> None:
    assert submission(**typed)


@pytest.mark.parametrize(
    ("email", "phone"), [("roger@example.com", ""), ("", "070-1740605"), (" ", "070-1740605")]
)
def test_one_way_to_be_reached_is_enough(email: str, phone: str) -> None:
    sent = submission(email=email, phone=phone)
    assert (sent.email, sent.phone) == (email.strip() or None, phone or None)


def test_without_any_way_to_be_reached_the_first_of_them_is_pointed_at() -> None:
    assert errors(email=" ", phone="") == (FieldError("email", Problem.MISSING_ONE_OF),)


@pytest.mark.parametrize("unseen", ["\u200b", "\u200d\ufeff", "\u00ad", "\u2800", "\u0301"])
def test_what_nobody_can_see_is_no_way_to_be_reached(unseen: str) -> None:
    missing = (FieldError("email", Problem.MISSING_ONE_OF),)
    assert errors(email=unseen, phone="") == missing
    assert errors(email="", phone=unseen) == missing


def test_a_refused_character_in_the_only_address_is_told_of_instead_of_a_missing_one() -> None:
    refused = (FieldError("email", Problem.CONTROL_CHARACTERS),)
    assert errors(email="\u202e", phone="") == refused


def test_a_wrong_address_alone_is_a_wrong_address_and_not_a_missing_one() -> None:
    assert errors(email="roger", phone="") == (FieldError("email", Problem.NOT_AN_EMAIL),)


def test_all_errors_come_at_once_in_the_order_of_the_form() -> None:
    assert [error.field for error in errors(**dict.fromkeys(FILLED_IN, ""), test="x")] == [
        "way",
        "title",
        "need",
        "name",
        "email",
        "test",
    ]


def test_an_empty_body_is_told_all_that_is_missing() -> None:
    result = read_submission(FORM, {}, "sv")
    assert result == (
        FieldError("way", Problem.MISSING),
        FieldError("title", Problem.MISSING),
        FieldError("need", Problem.MISSING),
        FieldError("name", Problem.MISSING),
        FieldError("email", Problem.MISSING_ONE_OF),
    )


def test_a_field_is_found_by_its_key_and_there_is_no_other() -> None:
    assert FORM.field("phone").kind is FieldKind.PHONE
    with pytest.raises(KeyError):
        FORM.field("fax")


def test_values_are_labelled_in_the_readers_language_and_the_forms_order() -> None:
    choices = (Choice("bus", Text("Buss", "Bus", "Bussi")), Choice("car", LABEL))
    way = Field("way", FieldKind.CHOICE, Text("Hur?", "How?", "Miten?"), choices=choices)
    form = Form((Section("all", LABEL, None, (way, Field("note", FieldKind.LINE, LABEL))),))
    given_values = {"note": "Hej", "way": "bus", "old": "x"}
    assert form.labelled(given_values, "fi") == [("Miten?", "Bussi"), ("a", "Hej")]
    assert form.labelled({"way": "train", "note": ""}, "en") == [("How?", "train")]


def test_a_field_is_called_what_it_is_where_it_is_read_and_asks_where_it_is_written() -> None:
    called = replace(FORM.field("title"), called=Text("Namnet", "The name", "Nimi"))
    form = Form((Section("a", LABEL, None, (called, FORM.field("need"))),))
    shown = form.labelled({"title": "Grushinkar", "need": "Halka."}, "en")
    assert shown == [("The name", "Grushinkar"), (LABEL.en, "Halka.")]


@given(typed=st.dictionaries(st.sampled_from([field.key for field in FORM.fields()]), st.text()))
def test_whatever_is_typed_is_taken_or_told_and_what_was_taken_is_taken_again(
    typed: dict[str, str],
) -> None:
    result = read_submission(FORM, FILLED_IN | typed, "sv")
    if isinstance(result, Submission):
        values = dict(result.idea) | {"name": result.name}
        values |= {"email": result.email or "", "phone": result.phone or ""}
        assert read_submission(FORM, values, "sv") == result
    else:
        assert {error.field for error in result} <= set(typed)


def test_what_was_typed_is_told_as_stored_unless_it_is_refused() -> None:
    typed = {
        "title": "Bänkar\u202e längs ån",
        "need": "Här\r\n\u202efattas",
        "phone": "070–17",
        "x": " y ",
    }
    stored = {
        "title": "Bänkar\u202e längs ån",
        "need": "Här\nfattas",
        "phone": "070–17",
        "x": " y ",
    }
    shown = FORM.as_stored(typed)
    assert {key: shown[key] for key in typed} == stored


def test_what_was_not_typed_is_stored_as_nothing() -> None:
    assert {value for key, value in FORM.as_stored(FILLED_IN).items() if key not in FILLED_IN} == {
        ""
    }


def test_a_form_that_asks_for_no_name_has_none() -> None:
    note = Field("note", FieldKind.LINE, LABEL)
    form = Form((Section("all", LABEL, None, (note,)),))
    assert read_submission(form, {"note": "Hej"}, "sv") == Submission(
        lang="sv", idea={"note": "Hej"}, name="", email=None, phone=None
    )
