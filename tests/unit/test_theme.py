"""What must stand out does, by WCAG's own numbers; what does not is told with how much is missing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from chalicelib.config.mistakes import Mistake
from chalicelib.config.read_theme import LARGEST_LOGO, read_theme, usual_colours
from chalicelib.config.table import Table
from chalicelib.domain.theme import MUST_STAND_OUT, NAMES, Theme, contrast, too_faint

LIGHT, DARK = usual_colours()
SHAPE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path d="M0 0h8v8z"/></svg>'


def read(content: dict[str, object], folder: Path) -> tuple[Theme, list[Mistake]]:
    mistakes: list[Mistake] = []
    return read_theme(Table(content, "site.toml", "theme", mistakes), folder), mistakes


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "logo.svg").write_text(SHAPE)
    return tmp_path


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#ffffff", "#000000", 21.0),
        ("#777777", "#ffffff", 4.478),
        ("#0b4d5a", "#0b4d5a", 1.0),
        ("#ff0000", "#ffffff", 3.998),
        ("#030303", "#000000", 1.018),
        ("#0a0a0a", "#000000", 1.061),
    ],
)
def test_contrast_is_counted_as_wcag_counts_it(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == pytest.approx(ratio, abs=0.0005)


@pytest.mark.parametrize(("ink", "ground", "least"), MUST_STAND_OUT)
def test_whatever_must_stand_out_is_told_when_it_is_as_its_ground(
    ink: str, ground: str, least: float
) -> None:
    spoiled = replace(LIGHT, **{ink: getattr(LIGHT, ground)})
    told = {(pair.ink, pair.ground): (pair.ratio, pair.least) for pair in too_faint(spoiled)}
    assert told[ink, ground] == (1.0, least)


def test_a_contrast_of_just_enough_is_enough() -> None:
    least = replace(LIGHT, paper="#ffffff", surface="#ffffff", edge="#949494")
    assert contrast("#949494", "#ffffff") >= 3.0
    assert [pair for pair in too_faint(least) if pair.ink == "edge"] == []


def test_without_a_theme_of_its_own_a_sluice_has_the_colours_of_the_style_sheet(
    folder: Path,
) -> None:
    theme, mistakes = read({}, folder)
    assert (theme.light, theme.dark, mistakes) == (LIGHT, DARK, [])
    assert {len(getattr(LIGHT, name)) for name in NAMES} == {7}
    assert LIGHT != DARK


def test_a_municipality_changes_the_colours_that_it_names_and_no_others(folder: Path) -> None:
    theme, mistakes = read({"light": {"deep": "#5A0B4D", "on-deep": "#fffffe"}}, folder)
    assert mistakes == []
    assert theme.light == replace(LIGHT, deep="#5a0b4d", on_deep="#fffffe")
    assert theme.dark == DARK


def test_a_colour_that_is_too_faint_is_told_with_its_pair_and_by_how_much(folder: Path) -> None:
    _, mistakes = read({"dark": {"soft": "#2d3f45"}}, folder)
    assert [(m.key, m.wrong) for m in mistakes] == [
        ("theme.dark.soft", f"#2d3f45 against {ground}, {colour}, has a contrast of {ratio} to 1")
        for ground, colour, ratio in (
            ("paper", "#0f181b", "1.64"),
            ("surface", "#162227", "1.48"),
            ("tint", "#182e34", "1.29"),
        )
    ]
    assert {m.right for m in mistakes} == {
        "at least 4.5 to 1: make one of the two lighter or darker"
    }


@pytest.mark.parametrize(
    ("content", "key", "wrong"),
    [
        ({"light": {"blue": "#0b4d5a"}}, "theme.light.blue", "there is no such colour"),
        ({"light": {"deep": "blue"}}, "theme.light.deep", "'blue'"),
        ({"light": {"deep": "#0b4d5"}}, "theme.light.deep", "'#0b4d5'"),
        ({"shadow": 1}, "theme.shadow", "this key is not known here"),
        ({"logo": "ours.svg"}, "theme.logo", "there is no file 'ours.svg'"),
        ({"logo": "../logo.svg"}, "theme.logo", "there is no file '../logo.svg'"),
    ],
)
def test_a_mistake_in_the_theme_is_told(
    content: dict[str, object], key: str, wrong: str, folder: Path
) -> None:
    _, mistakes = read(content, folder)
    assert [(m.key, m.wrong) for m in mistakes] == [(key, wrong)]


@pytest.mark.parametrize(
    ("markup", "wrong"),
    [
        (SHAPE.replace("<path", "<script>alert(1)</script><path"), "logo.svg holds <script>"),
        (SHAPE.replace("<path", '<path onclick="x()"'), "logo.svg holds onclick in <path>"),
        (SHAPE.replace("<path", '<path style="fill:red"'), "logo.svg holds style in <path>"),
        (SHAPE.replace("<path", '<path fill="url(#a)"'), "logo.svg holds fill in <path>"),
        (SHAPE.replace("<path", '<image href="x.png"/><path'), "logo.svg holds <image>, href in <image>"),
        ("<!DOCTYPE svg>" + SHAPE, "logo.svg holds a declaration"),
        (SHAPE.replace(' viewBox="0 0 8 8"', ""), "logo.svg does not say how large it is"),
        (SHAPE + " " * LARGEST_LOGO, f"logo.svg is {len(SHAPE) + LARGEST_LOGO} bytes"),
    ],
)  # fmt: skip
def test_a_logo_that_a_page_could_not_hold_safely_is_told(
    markup: str, wrong: str, folder: Path
) -> None:
    (folder / "logo.svg").write_text(markup)
    theme, mistakes = read({"logo": "logo.svg"}, folder)
    assert [(m.key, m.wrong) for m in mistakes] == [("theme.logo", wrong)]
    assert theme.logo == ""


def test_a_logo_that_is_no_xml_is_told(folder: Path) -> None:
    (folder / "logo.svg").write_text("<svg>")
    _, mistakes = read({"logo": "logo.svg"}, folder)
    assert mistakes[0].wrong.startswith("logo.svg is not SVG: ")


def test_a_logo_comes_out_as_shapes_that_are_decoration(folder: Path) -> None:
    theme, _ = read({"logo": "logo.svg"}, folder)
    assert theme.logo == (
        '<svg viewBox="0 0 8 8" aria-hidden="true" focusable="false"><path d="M0 0h8v8z" /></svg>'
    )


def test_a_municipality_without_a_logo_of_its_own_has_the_sluices(tmp_path: Path) -> None:
    theme, mistakes = read({}, tmp_path)
    assert mistakes == []
    assert 'class="steps-of-water"' in theme.logo
