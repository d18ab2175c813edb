"""The configuration that ships: sound, complete, and every mistake in it told at once."""

from __future__ import annotations

import json
import shutil
import unicodedata
from pathlib import Path

import pytest

from chalicelib.config import Config, ConfigError, Mistake, load
from chalicelib.config.table import Table
from chalicelib.domain.form import Audience, Submission, read_submission
from chalicelib.domain.process import LANGS, Assurance, Counts, QuestionKind, Shows, StepKind

FOLDER = Path(__file__).resolve().parents[2] / "chalicelib" / "config"
IDEAS = FOLDER.parents[1] / "tests" / "data" / "ideas.jsonl"
FILES = ("process.toml", "form.toml", "site.toml", "holidays.toml")


@pytest.fixture(scope="module")
def config() -> Config:
    return load()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in FILES:
        shutil.copy(FOLDER / name, tmp_path / name)
    return tmp_path


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_another_folder_can_be_loaded(folder: Path) -> None:
    replace(folder / "site.toml", "ideslussen@example.com", "ideer@example.com")
    assert load(folder).site.mailbox == "ideer@example.com"


def test_mistakes_in_all_files_are_told_at_once(folder: Path) -> None:
    replace(folder / "process.toml", "quorum = 2", "quorum = 4")
    replace(folder / "form.toml", 'key = "title"', 'key = "heading"')
    replace(folder / "site.toml", "ideslussen@example.com", "ideslussen")
    replace(folder / "holidays.toml", "2024-01-01", "2024-13-01")
    with pytest.raises(ConfigError) as raised:
        load(folder)
    assert [(problem.file, problem.key) for problem in raised.value.problems] == [
        ("process.toml", "step[3].quorum"),
        ("form.toml", ""),
        ("site.toml", "mailbox"),
        ("holidays.toml", "public.2024-13-01"),
    ]


def test_a_mistake_reads_as_file_and_key_what_is_wrong_and_what_is_right(folder: Path) -> None:
    replace(folder / "process.toml", "quorum = 2", "quorum = 4")
    with pytest.raises(ConfigError) as raised:
        load(folder)
    assert str(raised.value) == (
        "The configuration has 1 mistake.\n"
        "process.toml: step[3].quorum\n"
        "    wrong: 4 answers are needed of 3 asked\n"
        "    right: at most panel, 3"
    )


def test_several_mistakes_are_counted_and_one_without_key_names_its_file() -> None:
    error = ConfigError([Mistake("form.toml", "", "w", "r"), Mistake("site.toml", "k", "w", "r")])
    assert str(error).startswith("The configuration has 2 mistakes.\nform.toml\n    wrong: w")


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_told(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(ConfigError) as raised:
        load(folder)
    right = f"a file at {folder / name}"
    assert raised.value.problems == (Mistake(name, "", "the file is missing", right),)


def test_a_file_that_is_not_toml_is_told_with_its_line(folder: Path) -> None:
    replace(folder / "form.toml", 'key = "title"', "key = title")
    with pytest.raises(ConfigError) as raised:
        load(folder)
    (problem,) = raised.value.problems
    assert problem.file == "form.toml"
    assert problem.wrong.startswith("not TOML: ")
    assert "line" in problem.wrong


def test_a_file_that_is_not_utf_8_is_told(folder: Path) -> None:
    (folder / "site.toml").write_bytes("# å".encode("latin-1"))
    with pytest.raises(ConfigError) as raised:
        load(folder)
    (problem,) = raised.value.problems
    assert (problem.file, problem.wrong) == ("site.toml", "not UTF-8 at byte 2")


def test_a_long_value_is_shown_in_short() -> None:
    mistakes: list[Mistake] = []
    Table({"link_days": "x" * 500}, "it.toml", "", mistakes).integer("link_days")
    assert mistakes[0].wrong == f"'{'x' * 56}…"


def test_the_default_process_is_the_one_that_was_designed(config: Config) -> None:
    process = config.process
    kinds = {step.key: step.kind for step in process.steps}
    assert kinds == {
        "received": StepKind.WAIT,
        "screening": StepKind.ASK,
        "dialogue": StepKind.ASK,
        "assessment": StepKind.ASK,
        "decision": StepKind.ASK,
        "investigation": StepKind.ASK,
        "test": StepKind.ASK,
        "implementation": StepKind.ASK,
        "effect_wait_6": StepKind.WAIT,
        "effect_6": StepKind.ASK,
        "effect_wait_12": StepKind.WAIT,
        "effect_12": StepKind.ASK,
        "parked": StepKind.WAIT,
        "referred": StepKind.ASK,
        "call": StepKind.ASK,
        "closed": StepKind.END,
        "withdrawn": StepKind.END,
    }
    asks = {
        step.key: (
            step.role,
            step.panel,
            step.quorum,
            step.deadline_days,
            step.assurance,
            step.shows,
        )
        for step in process.steps
        if step.kind is StepKind.ASK
    }
    link, code = Assurance.LINK, Assurance.CODE
    assert asks == {
        "screening": ("coordinator", 1, 1, 5, link, Shows.UNMASKABLE),
        "dialogue": ("coordinator", 1, 1, 10, code, Shows.WHOLE),
        "assessment": ("reviewer", 3, 2, 15, link, Shows.MASKED),
        "decision": ("decision_maker", 1, 1, 10, code, Shows.RESULT),
        "investigation": ("investigator", 1, 1, 20, code, Shows.WHOLE),
        "test": ("investigator", 1, 1, 90, code, Shows.WHOLE),
        "implementation": ("receiver", 1, 1, 60, code, Shows.WHOLE),
        "effect_6": ("receiver", 1, 1, 10, code, Shows.WHOLE),
        "effect_12": ("receiver", 1, 1, 10, code, Shows.WHOLE),
        "referred": ("receiver", 1, 1, 10, code, Shows.WHOLE),
        "call": ("coordinator", 1, 1, 5, code, Shows.WHOLE),
    }
    asked = [step for step in process.steps if step.kind is StepKind.ASK and not step.task]
    assert all(step.reminders == (-3, 1, 4) for step in asked if step.key != "referred")
    assert process.step("referred").reminders == (-3,)  # at the deadline it comes back
    assert process.step("test").counts is Counts.CALENDAR_DAYS
    assert {step.key for step in asked if not step.jav} == {
        "dialogue",
        "investigation",
        "test",
        "implementation",
        "effect_6",
        "effect_12",
        "referred",
    }


def test_the_effect_is_asked_for_six_and_twelve_months_after_the_idea_was_carried_out(
    config: Config,
) -> None:
    waits = [step for step in config.process.steps if step.wait_months]
    assert [(step.wait_months, step.since, step.then) for step in waits] == [
        (6, "implementation", "effect_6"),
        (12, "implementation", "effect_12"),
    ]


def test_the_default_outcomes_lead_where_they_say(config: Config) -> None:
    ways = {
        step.key: {option.key: option.to for option in step.question(step.outcome).options}
        for step in config.process.steps
        if step.outcome is not None
    }
    assert ways == {
        "screening": {
            "forward": "dialogue",
            "refer": "referred",
            "duplicate": "closed",
            "park": "parked",
            "close": "closed",
        },
        "dialogue": {"forward": "assessment", "park": "parked", "screen_again": "screening"},
        "decision": {
            "investigate": "investigation",
            "test": "test",
            "implement": "implementation",
            "park": "parked",
            "refer": "referred",
            "close": "closed",
        },
        "investigation": {
            "continue": "investigation",
            "test": "test",
            "implement": "implementation",
            "park": "parked",
            "close": "closed",
        },
        "test": {"scale": "implementation", "redo": "test", "close": "closed"},
        "implementation": {
            "continue": "implementation",
            "done": "effect_wait_6",
            "stopped": "closed",
        },
        "effect_6": {"in_use": "effect_wait_12", "changed": "effect_wait_12", "stopped": "closed"},
        "effect_12": {"in_use": "closed", "changed": "closed", "stopped": "closed"},
        "referred": {"accepted": "closed", "declined": "screening"},
        "call": {"reached": None, "not_reached": None},
    }


def test_the_gate_has_nine_criteria_and_the_scorecard_eight_that_weigh_a_hundred(
    config: Config,
) -> None:
    gate = [q for q in config.process.step("screening").questions if q.kind is QuestionKind.YES_NO]
    card = [q for q in config.process.step("assessment").questions if q.kind is QuestionKind.SCORE]
    assert len(gate) == 9
    assert [question.weight for question in card] == [30, 15, 15, 10, 10, 10, 5, 5]


def test_the_form_asks_for_what_is_needed_and_folds_away_the_rest(config: Config) -> None:
    needed = [field.key for field in config.form.fields() if field.required or field.one_of]
    assert needed == ["route", "title", "need", "idea", "benefit", "name", "email", "phone"]
    assert [section.folded for section in config.form.sections] == [False, False, True, True]


def test_reviewers_see_nothing_of_who_the_idea_giver_is(config: Config) -> None:
    hidden = {f.key for f in config.form.fields() if f.audience is Audience.IDENTITY}
    assert hidden == {"name", "email", "phone", "role", "unit_own", "co", "tell_manager"}


@pytest.mark.parametrize("line", IDEAS.read_text(encoding="utf-8").splitlines())
def test_every_sample_idea_passes_the_form(config: Config, line: str) -> None:
    idea = json.loads(line)
    submission = read_submission(config.form, idea | {"route": "other"}, idea["lang"])
    assert isinstance(submission, Submission)
    written = {"title", "need", "idea", "benefit", "unit_about", "role", "test"} & idea.keys()
    composed = {key: unicodedata.normalize("NFC", idea[key]) for key in written}
    assert {key: submission.idea[key] for key in written} == composed
    assert submission.name == unicodedata.normalize("NFC", idea["name"])
    assert submission.email == idea["email"]


def test_no_text_stands_in_two_languages_by_mistake(config: Config) -> None:
    """A text that is the same in Swedish and Finnish was probably not translated."""
    texts = [
        text
        for step in config.process.steps
        for text in (step.name, step.public_name, step.happens, *(q.label for q in step.questions))
    ]
    texts += [step.happened for step in config.process.steps if step.happened]
    texts += [field.label for field in config.form.fields()]
    assert [text.sv for text in texts if text.in_("sv") == text.in_("fi")] == []
    assert all(text.in_(lang).strip() == text.in_(lang) for text in texts for lang in LANGS)


def test_christmas_eve_is_free_and_the_day_before_epiphany_is_not(config: Config) -> None:
    free = {f"{day:%m-%d}" for day in config.calendar.non_working if day.year == 2026}
    assert {"06-19", "12-24", "12-31", "01-06"} <= free
    assert "01-05" not in free
