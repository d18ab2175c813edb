"""Every mistake in process.toml is told once, with its place, what is wrong and what would be right."""

from __future__ import annotations

import pytest

from chalicelib.config.mistakes import Mistake
from chalicelib.config.read_process import read_process
from chalicelib.config.table import Table
from chalicelib.domain.process import Option, Process, Step
from tests.unit.config_sources import (
    DROP,
    Content,
    mistakes_in,
    one_mistake,
    process_source,
    spoiled,
    the_process,
    words,
)


def test_a_sound_process_has_no_mistakes() -> None:
    assert mistakes_in(process_source(), the_process) == []


@pytest.mark.parametrize(
    ("changes", "key", "wrong", "right"),
    [
        (
            {"colour": 1},
            "colour",
            "this key is not known here",
            "one of: role, closing_code, reminders, coordinator_told, step, version, first, withdrawn, coordinator, "
            "process_owner, call_step, owner_told, silence_days, question_days, link_days",
        ),
        (
            {"step[1].quorom": 1},
            "step[1].quorom",
            "this key is not known here",
            "did you mean quorum?",
        ),
        (
            {"step[1].question[0].hnit": 1},
            "step[1].question[0].hnit",
            "this key is not known here",
            "did you mean hint?",
        ),
        ({"role[0].foo": 1}, "role[0].foo", "this key is not known here", "one of: key, name"),
        (
            {"closing_code[0].foo": 1},
            "closing_code[0].foo",
            "this key is not known here",
            "one of: key, label, positive, goes_on",
        ),
        (
            {"step[1].question[1].option[0].foo": "x"},
            "step[1].question[1].option[0].foo",
            "this key is not known here",
            "one of: key, label, to, needs_all_yes, closing_code, merges",
        ),
        ({"version": DROP}, "version", "missing", "a string"),
        ({"version": 1}, "version", "1", "a string with something in it"),
        ({"version": " "}, "version", "' '", "a string with something in it"),
        ({"role": DROP}, "role", "missing", "one or more [[role]]"),
        ({"role": []}, "role", "[]", "one or more [[role]]"),
        ({"step": "x"}, "step", "'x'", "one or more [[step]]"),
        ({"step": DROP}, "step", "missing", "one or more [[step]]"),
        ({"closing_code": [1]}, "closing_code", "[1]", "one or more [[closing_code]]"),
        ({"closing_code": DROP}, "closing_code", "missing", "one or more [[closing_code]]"),
        ({"step[0].name.fi": DROP}, "step[0].name.fi", "missing", "a string"),
        ({"step[0].name.en": " "}, "step[0].name.en", "' '", "a string with something in it"),
        (
            {"step[0].name": "Inkommen"},
            "step[0].name",
            "'Inkommen'",
            "a text in each language: { sv = …, en = …, fi = … }",
        ),
        (
            {"step[0].happens": DROP},
            "step[0].happens",
            "missing",
            "a text in each language: { sv = …, en = …, fi = … }",
        ),
        (
            {"step[0].name.no": "x"},
            "step[0].name.no",
            "this key is not known here",
            "one of: sv, en, fi",
        ),
        (
            {"role[0].name": DROP},
            "role[0].name",
            "missing",
            "a text in each language: { sv = …, en = …, fi = … }",
        ),
        ({"closing_code[0].label.sv": DROP}, "closing_code[0].label.sv", "missing", "a string"),
        (
            {"step[1].question[0].label": DROP},
            "step[1].question[0].label",
            "missing",
            "a text in each language: { sv = …, en = …, fi = … }",
        ),
        (
            {"step[1].question[1].option[0].label": DROP},
            "step[1].question[1].option[0].label",
            "missing",
            "a text in each language: { sv = …, en = …, fi = … }",
        ),
        ({"step[0].kind": "wiat"}, "step[0].kind", "'wiat'", "did you mean wait?"),
        ({"step[0].kind": DROP}, "step[0].kind", "missing", "one of: ask, wait, end"),
        ({"step[0].kind": 3}, "step[0].kind", "3", "one of: ask, wait, end"),
        (
            {"step[1].assurance": "password"},
            "step[1].assurance",
            "'password'",
            "one of: link, code",
        ),
        (
            {"step[1].shows": "all"},
            "step[1].shows",
            "'all'",
            "one of: masked, unmaskable, result, whole",
        ),
        (
            {"role[1].key": "a-b", "step[2].role": "a-b"},
            "role[1].key",
            "'a-b'",
            "small letters a–z, digits and _, a letter first, at most 40",
        ),
        (
            {"role[1].key": "x" * 41, "step[2].role": "x" * 41},
            "role[1].key",
            "'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'",
            "small letters a–z, digits and _, a letter first, at most 40",
        ),
        ({"step[1].question[0].key": DROP}, "step[1].question[0].key", "missing", "a string"),
        ({"step[1].tell_giver": "no"}, "step[1].tell_giver", "'no'", "true or false"),
        ({"reminders": [-3, "1"]}, "reminders", "[-3, '1']", "a list of whole numbers"),
        ({"reminders": [True]}, "reminders", "[True]", "a list of whole numbers"),
        ({"reminders": 3}, "reminders", "3", "a list of whole numbers"),
        (
            {"step[1].question[5].only_for": "close"},
            "step[1].question[5].only_for",
            "'close'",
            "a list of strings",
        ),
        (
            {"step[1].question[5].only_for": [1]},
            "step[1].question[5].only_for",
            "[1]",
            "a list of strings",
        ),
    ],
)
def test_a_mistake_in_the_shape_of_the_process_is_told(
    changes: Content, key: str, wrong: str, right: str
) -> None:
    assert one_mistake(spoiled(process_source(), changes), the_process) == (key, wrong, right)


@pytest.mark.parametrize(
    ("changes", "key", "wrong", "right"),
    [
        ({"step[0].wait_days": -1}, "step[0].wait_days", "-1", "a whole number from 0 to 1000"),
        ({"step[0].wait_days": "1"}, "step[0].wait_days", "'1'", "a whole number from 0 to 1000"),
        ({"step[0].wait_days": 1001}, "step[0].wait_days", "1001", "a whole number from 0 to 1000"),
        (
            {"step[1].deadline_days": 0},
            "step[1].deadline_days",
            "0",
            "a whole number from 1 to 1000",
        ),
        (
            {"step[1].deadline_days": DROP},
            "step[1].deadline_days",
            "missing",
            "a whole number from 1 to 1000",
        ),
        (
            {"step[1].deadline_days": True},
            "step[1].deadline_days",
            "True",
            "a whole number from 1 to 1000",
        ),
        (
            {"step[1].deadline_days": 2.5},
            "step[1].deadline_days",
            "2.5",
            "a whole number from 1 to 1000",
        ),
        (
            {"step[1].extension_days": -1},
            "step[1].extension_days",
            "-1",
            "a whole number from 0 to 1000",
        ),
        ({"step[2].panel": 0}, "step[2].panel", "0", "a whole number from 1 to 20"),
        ({"step[2].panel": 21}, "step[2].panel", "21", "a whole number from 1 to 20"),
        ({"step[2].quorum": 0}, "step[2].quorum", "0", "a whole number from 1 to 20"),
        ({"link_days": 0}, "link_days", "0", "a whole number from 1 to 1000"),
        (
            {"coordinator_told": 0, "reminders": []},
            "coordinator_told",
            "0",
            "a whole number from 1 to 1000",
        ),
        (
            {"step[2].question[0].weight": -1},
            "step[2].question[0].weight",
            "-1",
            "a whole number from 0 to 1000",
        ),
        (
            {"step[2].question[2].max_length": 5001},
            "step[2].question[2].max_length",
            "5001",
            "a whole number from 1 to 5000",
        ),
        (
            {"step[2].question[2].max_length": 0},
            "step[2].question[2].max_length",
            "0",
            "a whole number from 1 to 5000",
        ),
        (
            {"step[2].question[2].min_length": -1},
            "step[2].question[2].min_length",
            "-1",
            "a whole number from 0 to 5000",
        ),
    ],
)
def test_a_number_outside_its_range_is_told(
    changes: Content, key: str, wrong: str, right: str
) -> None:
    assert one_mistake(spoiled(process_source(), changes), the_process) == (key, wrong, right)


@pytest.mark.parametrize(
    ("changes", "key", "wrong", "right"),
    [
        ({"first": "recieved"}, "first", "there is no step recieved", "did you mean received?"),
        (
            {"withdrawn": "gone"},
            "withdrawn",
            "there is no step gone",
            "one of: received, screening, assessment, decision, parked, closed, withdrawn, call",
        ),
        ({"coordinator": "giude"}, "coordinator", "there is no role giude", "did you mean guide?"),
        (
            {"step[1].role": "giude"},
            "step[1].role",
            "there is no role giude",
            "did you mean guide?",
        ),
        (
            {"step[0].then": "screning"},
            "step[0].then",
            "there is no step screning",
            "did you mean screening?",
        ),
        (
            {"step[1].question[1].option[0].to": "assesment"},
            "step[1].question[1].option[0].to",
            "there is no step assesment",
            "did you mean assessment?",
        ),
        (
            {"step[1].question[3].codes": ["notnow"]},
            "step[1].question[3].codes",
            "there is no closing code notnow",
            "did you mean not_now?",
        ),
        (
            {"step[3].question[0].option[1].closing_code": "doen"},
            "step[3].question[0].option[1].closing_code",
            "there is no closing code doen",
            "did you mean done?",
        ),
        (
            {"step[1].outcome": "outcom"},
            "step[1].outcome",
            "there is no question outcom",
            "did you mean outcome?",
        ),
        (
            {"step[1].question[5].only_for": ["clsoe"]},
            "step[1].question[5].only_for",
            "the outcome has no option clsoe",
            "did you mean close?",
        ),
    ],
)
def test_a_name_that_stands_for_nothing_is_told_with_what_was_meant(
    changes: Content, key: str, wrong: str, right: str
) -> None:
    assert one_mistake(spoiled(process_source(), changes), the_process) == (key, wrong, right)


@pytest.mark.parametrize(
    ("changes", "key", "wrong", "right"),
    [
        (
            {"role[1].key": "guide", "step[2].role": "guide"},
            "role[1].key",
            "another role is called guide",
            "a key of its own",
        ),
        (
            {"closing_code[1].key": "done", "step[1].question[3].codes": ["done"]},
            "closing_code[1].key",
            "another closing code is called done",
            "a key of its own",
        ),
        (
            {"step[6].key": "closed", "withdrawn": "closed"},
            "step[6].key",
            "another step is called closed",
            "a key of its own",
        ),
        (
            {"step[1].question[6].key": "needed"},
            "step[1].question[6].key",
            "another question is called needed",
            "a key of its own",
        ),
        (
            {
                "step[1].question[1].option[1].key": "forward",
                "step[1].question[2].only_for": ["forward"],
            },
            "step[1].question[1].option[1].key",
            "another option is called forward",
            "a key of its own",
        ),
        (
            {"step[1].question[5].only_for": ["close", "close"]},
            "step[1].question[5].only_for",
            "['close', 'close'] repeats itself",
            "each at most once",
        ),
        (
            {"step[1].reminders": [1, 1]},
            "step[1].reminders",
            "[1, 1] repeats itself",
            "each at most once",
        ),
    ],
)
def test_two_of_the_same_name_are_told(changes: Content, key: str, wrong: str, right: str) -> None:
    assert one_mistake(spoiled(process_source(), changes), the_process) == (key, wrong, right)


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"first": DROP}, "first"),
        ({"withdrawn": DROP}, "withdrawn"),
        ({"coordinator": DROP}, "coordinator"),
        ({"step[1].role": DROP}, "step[1].role"),
        ({"step[2].question[0].low": 5}, "step[2].question[0].low"),
        ({"role": 5}, "role"),
        ({"step": {}}, "step"),
    ],
)
def test_what_is_missing_or_of_a_wrong_type_is_told_once(changes: Content, key: str) -> None:
    assert one_mistake(spoiled(process_source(), changes), the_process)[0] == key


def test_two_that_have_no_key_are_not_told_to_share_one() -> None:
    changes = {"step[5].key": DROP, "step[6].key": DROP, "withdrawn": "parked"}
    mistakes = mistakes_in(spoiled(process_source(), changes), the_process)
    told = {mistake.key: mistake.wrong for mistake in mistakes}
    assert (told["step[5].key"], told["step[6].key"]) == ("missing", "missing")


def test_an_end_without_code_and_reasons_is_told_for_both() -> None:
    changes = {"step[3].question[0].option[1].closing_code": DROP}
    mistakes = mistakes_in(spoiled(process_source(), changes), the_process)
    assert [(mistake.key, mistake.wrong) for mistake in mistakes] == [
        (
            "step[3].question[0].option[1]",
            "done ends the case, and the idea-giver is not told: needed",
        ),
        ("step[3].question[0].option[1]", "done ends the case without a closing code"),
    ]


def test_each_missing_language_is_told() -> None:
    changes = {"step[1].question[0].hint": {"sv": "En ledtråd"}}
    mistakes = mistakes_in(spoiled(process_source(), changes), the_process)
    assert [mistake.key for mistake in mistakes] == [
        "step[1].question[0].hint.en",
        "step[1].question[0].hint.fi",
    ]


def test_mistakes_in_several_places_are_told_together() -> None:
    changes = {"step[2].quorum": 4, "step[1].role": "nobody", "link_days": 0}
    mistakes = mistakes_in(spoiled(process_source(), changes), the_process)
    assert {mistake.key for mistake in mistakes} == {"step[2].quorum", "step[1].role", "link_days"}


def read_sound(changes: Content) -> Process:
    mistakes: list[Mistake] = []
    process = read_process(Table(spoiled(process_source(), changes), "it.toml", "", mistakes))
    assert mistakes == []
    return process


def test_steps_take_the_reminders_of_the_process_unless_they_have_their_own() -> None:
    process = read_sound({"step[2].reminders": [2]})
    reminders = {step.key: step.reminders for step in process.steps}
    assert reminders["screening"] == (-3, 1)
    assert reminders["assessment"] == (2,)
    assert reminders["received"] == ()


def test_the_closing_codes_that_may_be_chosen_become_options() -> None:
    process = read_sound({})
    code = process.closing_codes[1]
    assert process.step("screening").question("code").options == (Option("not_now", code.label),)


def test_what_is_left_out_has_a_plain_default() -> None:
    process = read_sound({"link_days": DROP, "coordinator_told": DROP})
    step: Step = process.step("screening")
    assert (process.link_days, process.coordinator_told) == (14, 5)
    assert (step.panel, step.quorum, step.extension_days, step.tell_giver) == (1, 1, 0, True)
    assert (step.assurance, step.shows) == ("link", "masked")
    assert step.question("reason").max_length == 200
    assert process.step("assessment").question("motivation").max_length == 2000


def test_every_part_of_the_file_reaches_the_process() -> None:
    process = read_sound(
        {
            "step[2].question[0].reversed": True,
            "step[2].question[0].hint": words("h"),
            "closing_code[1].goes_on": True,
        }
    )
    assert (process.version, process.first, process.withdrawn) == ("1", "received", "withdrawn")
    assert (process.coordinator, process.role("guide").name.fi) == ("guide", "guide")
    assert (process.closing_codes[0].positive, process.closing_codes[0].goes_on) == (True, False)
    assert (process.closing_codes[1].positive, process.closing_codes[1].goes_on) == (False, True)
    panel = process.step("assessment")
    assert (panel.role, panel.panel, panel.quorum, panel.then) == ("reviewer", 3, 2, "decision")
    assert panel.deadline_days == 10
    benefit = panel.question("benefit")
    assert (benefit.weight, benefit.reversed, benefit.hint) == (3, True, benefit.hint)
    outcome = process.step("screening").question("outcome")
    assert [option.to for option in outcome.options] == ["assessment", "parked", "closed"]
    assert [option.needs_all_yes for option in outcome.options] == [True, False, False]
    assert process.step("screening").question("needed").only_for == {"close"}
    assert process.step("screening").question("needed").shared
    assert process.step("parked").until == "revisit"
    assert process.step("received").wait_days == 1
    assert process.step("decision").question("outcome").options[1].closing_code == "done"
