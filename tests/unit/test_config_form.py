"""Every mistake in form.toml is told once, with its place, what is wrong and what would be right."""

from __future__ import annotations

import pytest

from chalicelib.config.mistakes import Mistake
from chalicelib.config.read_form import read_form
from chalicelib.config.table import Table
from chalicelib.domain.form import Audience, Form
from chalicelib.domain.process import Text
from tests.unit.config_sources import (
    DROP,
    Content,
    form_source,
    mistakes_in,
    one_mistake,
    spoiled,
    words,
)


def read(table: Table, mistakes: list[Mistake]) -> Form:
    return read_form(table, "it.toml", mistakes)


def a_field(key: str, kind: str = "line", **more: object) -> Content:
    return {"key": key, "kind": kind, "label": words(key), **more}


def test_a_sound_form_has_no_mistakes() -> None:
    assert mistakes_in(form_source(), read) == []


@pytest.mark.parametrize(
    ("changes", "key", "wrong", "right"),
    [
        ({"colour": 1}, "colour", "this key is not known here", "one of: section"),
        ({"section": DROP}, "section", "missing", "one or more [[section]]"),
        (
            {"section[0].fold": True},
            "section[0].fold",
            "this key is not known here",
            "did you mean folded?",
        ),
        (
            {"section[0].heading": DROP},
            "section[0].heading",
            "missing",
            "a text in each language: { sv = …, en = …, fi = … }",
        ),
        (
            {"section[0].intro": {"sv": "a", "en": "b"}},
            "section[0].intro.fi",
            "missing",
            "a string",
        ),
        ({"section[2].field": []}, "section[2].field", "[]", "one or more [[section.field]]"),
        (
            {"section[2].field[0].hnit": 1},
            "section[2].field[0].hnit",
            "this key is not known here",
            "did you mean hint?",
        ),
        (
            {"section[2].field[0].label.fi": DROP},
            "section[2].field[0].label.fi",
            "missing",
            "a string",
        ),
        (
            {"section[2].field[0].kind": "emial"},
            "section[2].field[0].kind",
            "'emial'",
            "did you mean email?",
        ),
        (
            {"section[2].field[0].audience": "all"},
            "section[2].field[0].audience",
            "'all'",
            "one of: reviewers, identity",
        ),
        (
            {"section[2].field[0].required": "no"},
            "section[2].field[0].required",
            "'no'",
            "true or false",
        ),
        (
            {"section[2].field[0].max_length": 0},
            "section[2].field[0].max_length",
            "0",
            "a whole number from 1 to 5000",
        ),
        (
            {"section[2].field[0].max_length": 5001},
            "section[2].field[0].max_length",
            "5001",
            "a whole number from 1 to 5000",
        ),
        (
            {"section[2].field[0].min_length": -1},
            "section[2].field[0].min_length",
            "-1",
            "a whole number from 0 to 5000",
        ),
        (
            {"section[0].field[0].choices[0].label.sv": DROP},
            "section[0].field[0].choices[0].label.sv",
            "missing",
            "a string",
        ),
        (
            {"section[0].field[0].choices[0].to": "x"},
            "section[0].field[0].choices[0].to",
            "this key is not known here",
            "one of: key, label, hint",
        ),
    ],
)
def test_a_mistake_in_the_shape_of_the_form_is_told(
    changes: Content, key: str, wrong: str, right: str
) -> None:
    assert one_mistake(spoiled(form_source(), changes), read) == (key, wrong, right)


@pytest.mark.parametrize(
    ("changes", "key", "wrong"),
    [
        ({"section[1].key": "idea"}, "section[1].key", "another section is called idea"),
        (
            {"section[2].field[0].key": "title"},
            "section[2].field[0].key",
            "another field is called title",
        ),
        (
            {"section[0].field[0].choices[1].key": "a"},
            "section[0].field[0].choices[1].key",
            "another choice is called a",
        ),
        (
            {"section[2].field[0].key": "key"},
            "section[2].field[0].key",
            "key is taken by the page itself",
        ),
        (
            {"section[2].field[0].key": "lang"},
            "section[2].field[0].key",
            "lang is taken by the page itself",
        ),
        (
            {"section[2].field[0].key": "stamp"},
            "section[2].field[0].key",
            "stamp is taken by the page itself",
        ),
        (
            {"section[2].field[0].key": "smoke"},
            "section[2].field[0].key",
            "smoke is taken by the page itself",
        ),
        (
            {"section[0].field[0].choices": [{"key": "a", "label": words("a")}]},
            "section[0].field[0].choices",
            "1 to choose from",
        ),
        (
            {"section[2].field[0].choices": [{"key": "a", "label": words("a")}]},
            "section[2].field[0].choices",
            "a field of kind line has choices",
        ),
        ({"section[0].field[0].max_length": 10}, "section[0].field[0]", "a choice has a length"),
        ({"section[0].field[0].min_length": 1}, "section[0].field[0]", "a choice has a length"),
        ({"section[0].field[1].min_length": 101}, "section[0].field[1].min_length", "101"),
        (
            {"section[1].field[1].required": True},
            "section[1].field[1].one_of",
            "the field is required as well",
        ),
        (
            {"section[2].field[0].required": True},
            "section[2].field[0]",
            "role is needed, but its section more is folded away",
        ),
        (
            {"section[2].field[0].one_of": "other"},
            "section[2].field[0]",
            "role is needed, but its section more is folded away",
        ),
    ],
)
def test_a_field_that_makes_no_sense_is_told(changes: Content, key: str, wrong: str) -> None:
    assert one_mistake(spoiled(form_source(), changes), read)[:2] == (key, wrong)


@pytest.mark.parametrize(
    ("changes", "key", "wrong"),
    [
        ({"section[0].field[1].key": "heading"}, "", "there is no field title"),
        ({"section[0].field[2].key": "problem"}, "", "there is no field need"),
        ({"section[1].field[0].key": "who"}, "", "there is no field name"),
        (
            {"section[0].field[1].required": False},
            "section[0].field[1].required",
            "title is not required",
        ),
        (
            {"section[0].field[2].required": False},
            "section[0].field[2].required",
            "need is not required",
        ),
        (
            {"section[1].field[0].required": False},
            "section[1].field[0].required",
            "name is not required",
        ),
        ({"section[0].field[1].kind": "text"}, "section[0].field[1].kind", "title is a text"),
        ({"section[1].field[1].kind": "line"}, "section[1].field[1].kind", "email is a line"),
        (
            {"section[1].field[2].key": "mobile"},
            "section[1].field[2].key",
            "a field of kind phone is called mobile",
        ),
        (
            {"section[1].field[0].audience": "reviewers"},
            "section[1].field[0].audience",
            "reviewers would see the field name",
        ),
        (
            {"section[1].field[1].audience": DROP},
            "section[1].field[1].audience",
            "reviewers would see the field email",
        ),
        (
            {"section[1].field[2].audience": DROP},
            "section[1].field[2].audience",
            "reviewers would see the field phone",
        ),
    ],
)
def test_the_fields_that_the_sluice_reads_itself_must_be_there_as_it_takes_them(
    changes: Content, key: str, wrong: str
) -> None:
    assert (key, wrong) in [
        (mistake.key, mistake.wrong)
        for mistake in mistakes_in(spoiled(form_source(), changes), read)
    ]


@pytest.mark.parametrize(
    ("changes", "key", "wrong"),
    [
        (
            {"section[1].field": [a_field("name", required=True, audience="identity")]},
            "",
            "there is no field email or phone",
        ),
        (
            {"section[1].field[1].one_of": DROP, "section[1].field[2].one_of": DROP},
            "section[1].field[1]",
            "neither e-mail nor phone is needed, so nobody could be answered",
        ),
        (
            {"section[1].field[3]": a_field("fax", one_of="contact")},
            "section[1].field[3].one_of",
            "fax could be given instead of an address or a number",
        ),
    ],
)
def test_a_form_that_leaves_nobody_to_answer_is_told(
    changes: Content, key: str, wrong: str
) -> None:
    assert one_mistake(spoiled(form_source(), changes), read)[:2] == (key, wrong)


def test_a_form_whose_ideas_would_not_fit_into_a_row_is_told() -> None:
    fields = [a_field(f"more_{n}", "text", max_length=5000) for n in range(11)]
    changes = {"section[2].field": fields}
    assert one_mistake(spoiled(form_source(), changes), read)[1] == (
        "an idea may be 60753 characters long"
    )


@pytest.mark.parametrize(
    "changes",
    [
        {
            "section[1].field[1].one_of": DROP,
            "section[1].field[1].required": True,
            "section[1].field[2]": DROP,
        },
        {
            "section[1].field[1].one_of": DROP,
            "section[1].field[1].required": True,
            "section[1].field[2].one_of": DROP,
        },
        {"section[1].field[1].one_of": DROP},
        {
            "section[0].field[3]": a_field("a", one_of="ab"),
            "section[0].field[4]": a_field("b", one_of="ab"),
        },
        {"section[0].intro": words("intro")},
        {"section[0].field[1].min_length": 100},
        {
            "section[2].field": [
                *(a_field(f"more_{n}", "text", max_length=5000) for n in range(10)),
                a_field("last", "text", max_length=4247),
            ]
        },
        {"section[2].field[0].max_length": 5000},
    ],
)
def test_what_may_be_so_is_not_a_mistake(changes: Content) -> None:
    assert mistakes_in(spoiled(form_source(), changes), read) == []


def test_every_part_of_the_file_reaches_the_form() -> None:
    changes = {
        "section[2].field[0].hint": words("h"),
        "section[1].field[0].autocomplete": "name",
        "section[0].intro": words("intro"),
    }
    form = read(Table(spoiled(form_source(), changes), "it.toml", "", []), [])
    idea, you, more = form.sections
    assert (idea.key, idea.folded, more.folded) == ("idea", False, True)
    assert idea.intro == Text("intro", "intro", "intro")
    assert form.field("role").hint == Text("h", "h", "h")
    way, title, need = idea.fields
    assert [choice.key for choice in way.choices] == ["a", "b"]
    assert (title.min_length, title.max_length, title.required) == (10, 100, True)
    assert (need.kind, need.audience) == ("text", Audience.REVIEWERS)
    name, email, _ = you.fields
    assert (name.audience, name.autocomplete) == (Audience.IDENTITY, "name")
    assert (email.one_of, email.required) == ("contact", False)
    assert (more.fields[0].max_length, more.fields[0].required) == (200, False)
