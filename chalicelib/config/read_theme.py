"""Reads `[theme]` of site.toml: the municipality's colours over those of the style sheet, and its logo.

The style sheet is where the usual colours stand, once. A colour that makes something too faint to read, and a logo that a page
could not hold safely, are mistakes.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from pathlib import Path

from chalicelib.config.table import Table, join, meant
from chalicelib.domain.theme import NAMES, Palette, Theme, css_name, too_faint

STYLE_SHEET = Path(__file__).resolve().parents[2] / "templates" / "static" / "style.css"
USUAL_LOGO = Path(__file__).resolve().parent / "logo.svg"
COLOUR = re.compile(r"#[0-9a-f]{6}", re.IGNORECASE)
SVG = "http://www.w3.org/2000/svg"
LARGEST_LOGO = 8_000
SHAPES = ("svg", "g", "path", "circle", "ellipse", "rect", "line", "polyline", "polygon")
# No style (our pages forbid it), no link, no script, nothing fetched: shapes and their colours only.
SHAPED_BY = frozenset(
    {"viewBox", "class", "transform", "points", "d", "cx", "cy", "r", "rx", "ry", "x", "y"}
    | {"x1", "y1", "x2", "y2", "width", "height", "fill", "fill-rule", "fill-opacity", "clip-rule"}
    | {"opacity", "stroke", "stroke-width", "stroke-linecap", "stroke-linejoin", "stroke-dasharray"}
)


def usual_colours() -> tuple[Palette, Palette]:
    """The colours of the style sheet, by day and in the dark."""
    blocks = re.findall(r":root \{(.*?)\}", STYLE_SHEET.read_text(encoding="utf-8"), re.DOTALL)
    light, dark = (dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block)) for block in blocks[:2])
    return _palette(light), _palette(dark)


def read_theme(table: Table, folder: Path) -> Theme:
    """The theme in an opened `[theme]`; the logo is a file in `folder`."""
    light, dark = usual_colours()
    theme = Theme(
        light=_coloured(table, "light", light),
        dark=_coloured(table, "dark", dark),
        logo=_logo(table, folder),
    )
    table.close()
    return theme


def _palette(colours: Mapping[str, str]) -> Palette:
    return Palette(**{name: colours[css_name(name)] for name in NAMES})


def _coloured(table: Table, key: str, usual: Palette) -> Palette:
    """The usual colours with those that the municipality has chosen in their place."""
    chosen = table.table(key)
    colours = usual.named()
    for name in chosen.keys:
        if name not in colours:
            chosen.wrong(name, "there is no such colour", meant(name, colours))
            continue
        colour = chosen.string(name)
        if COLOUR.fullmatch(colour):
            colours[name] = colour.lower()
        elif colour:
            chosen.wrong(name, repr(colour), "a colour such as #0b4d5a")
    palette = _palette(colours)
    for pair in too_faint(palette):
        ink, ground = css_name(pair.ink), css_name(pair.ground)
        chosen.wrong(
            ink,
            f"{colours[ink]} against {ground}, {colours[ground]}, has a contrast of {pair.ratio:.2f} to 1",
            f"at least {pair.least} to 1: make one of the two lighter or darker",
        )
    return palette


def _logo(table: Table, folder: Path) -> str:
    """The markup of the logo, made anew of what a page may hold. It is decoration: the name stands beside it in words."""
    name = table.string("logo", default=USUAL_LOGO.name)
    path = folder / name if table.has("logo") else USUAL_LOGO
    right = f"an SVG file beside site.toml, at most {LARGEST_LOGO} bytes"
    if Path(name).name != name or not path.is_file():
        table.wrong("logo", f"there is no file {name!r}", right)
        return ""
    content = path.read_bytes()
    if len(content) > LARGEST_LOGO:
        table.wrong("logo", f"{name} is {len(content)} bytes", right)
        return ""
    if b"<!" in content.replace(b"<!--", b""):
        table.wrong("logo", f"{name} holds a declaration", "shapes only, no <!DOCTYPE>")
        return ""
    try:
        root = ElementTree.fromstring(content)  # noqa: S314 - the municipality's own file, and no declaration is in it.
    except ElementTree.ParseError as error:
        table.wrong("logo", f"{name} is not SVG: {error}", right)
        return ""
    if strange := sorted(_strange(root)):
        table.wrong(
            "logo",
            f"{name} holds {join(strange)}",
            f"only {join(SHAPES)}, and their shape and colour",
        )
        return ""
    if root.tag != f"{{{SVG}}}svg" or "viewBox" not in root.attrib:
        table.wrong("logo", f"{name} does not say how large it is", "<svg viewBox=…>")
        return ""
    return _markup(root)


def _strange(root: ElementTree.Element) -> set[str]:
    found = set()
    for element in root.iter():
        tag = str(element.tag).removeprefix(f"{{{SVG}}}")
        if tag not in SHAPES:
            found.add(f"<{tag}>")
        for name, value in element.attrib.items():
            if name not in SHAPED_BY or "url(" in value:
                found.add(f"{name} in <{tag}>")
    return found


def _markup(element: ElementTree.Element) -> str:
    tag = str(element.tag).removeprefix(f"{{{SVG}}}")
    attributes = dict(element.attrib)
    if tag == "svg":
        attributes |= {"aria-hidden": "true", "focusable": "false"}
    plain = ElementTree.Element(tag, attributes)
    written = ElementTree.tostring(plain, encoding="unicode")
    inside = "".join(_markup(child) for child in element)
    return f"{written.removesuffix(' />')}>{inside}</{tag}>" if inside else written
