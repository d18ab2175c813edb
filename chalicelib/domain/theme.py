"""The colours of the sluice, named by what they do, and which of them must stand out against which.

Pure: knows no file and no template. What is too faint is told, never mended.
"""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Palette:
    """Colours as `#rrggbb`. `deep` is that of links and buttons, `on_deep` what is written on a button."""

    paper: str
    surface: str
    ink: str
    soft: str
    line: str
    edge: str
    deep: str
    deeper: str
    on_deep: str
    tint: str
    sun: str
    error: str
    error_tint: str
    focus: str

    def named(self) -> dict[str, str]:
        """Each colour by its name in the style sheet."""
        return {css_name(field.name): getattr(self, field.name) for field in fields(self)}


@dataclass(frozen=True)
class Theme:
    """How one municipality's sluice looks: by day, in the dark, and its logo as SVG markup that may stand in a page."""

    light: Palette
    dark: Palette
    logo: str


@dataclass(frozen=True)
class TooFaint:
    """A colour that does not stand out against its ground; `ratio` is their contrast, `least` what it should be."""

    ink: str
    ground: str
    ratio: float
    least: float


NAMES = tuple(field.name for field in fields(Palette))
TEXT, EDGE = 4.5, 3.0
"""WCAG 2.2, 1.4.3 (text) and 1.4.11 (what bounds a field, and what shows where the focus is)."""

MUST_STAND_OUT = (
    ("ink", "paper", TEXT),
    ("ink", "surface", TEXT),
    ("ink", "tint", TEXT),
    ("soft", "paper", TEXT),
    ("soft", "surface", TEXT),
    ("soft", "tint", TEXT),
    ("deep", "paper", TEXT),
    ("deep", "surface", TEXT),
    ("deep", "tint", TEXT),
    ("deeper", "paper", TEXT),
    ("deeper", "surface", TEXT),
    ("deeper", "tint", TEXT),
    ("on_deep", "deep", TEXT),
    ("on_deep", "deeper", TEXT),
    ("error", "paper", TEXT),
    ("error", "surface", TEXT),
    ("error", "error_tint", TEXT),
    ("focus", "paper", TEXT),
    ("focus", "surface", EDGE),
    ("edge", "surface", EDGE),
    ("edge", "paper", EDGE),
)


def css_name(name: str) -> str:
    return name.replace("_", "-")


def contrast(one: str, other: str) -> float:
    """How much two colours differ in light, from 1 to 21, as WCAG 2.2 counts it. Their order does not matter."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def too_faint(palette: Palette) -> tuple[TooFaint, ...]:
    """Every pair that must stand out and does not."""
    found = (
        TooFaint(ink, ground, contrast(getattr(palette, ink), getattr(palette, ground)), least)
        for ink, ground, least in MUST_STAND_OUT
    )
    return tuple(pair for pair in found if pair.ratio < pair.least)


def _luminance(colour: str) -> float:
    """The relative luminance of an sRGB colour (WCAG 2.2)."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
