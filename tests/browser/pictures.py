"""Takes a picture of every page and mail into .local/screenshots/: `make screenshots`, or `make screenshots ONLY=form` for some.

In three languages, at both widths, light and dark; in Swedish also as forced colours show it and as it is printed. With them come
sheets of many pictures side by side, to look through. Nothing is judged here: that is what the pictures are for.
"""

from __future__ import annotations

import html
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from chalicelib.domain.process import LANGS
from infra.terminal import say
from tests.browser.conftest import CHROMIUM, FLAGS
from tests.browser.gallery import Document, documents, served
from tests.browser.screens import FOLDER, HEIGHT, NARROW, WIDE

SCHEMES = ("light", "dark")
# How wide a picture of each width is on a sheet, and how much of it stands in one column.
COLUMN = {NARROW: 256, WIDE: 512}
SHEET_WIDTH, TALL = 1536, 1300
SHEET_STYLE = (
    "body { display: flex; align-items: start; margin: 0; background: #888; font: 10px sans-serif }"
    "figure { margin: 0 } div { background-repeat: no-repeat }"
)


def main(wanted: Sequence[str]) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    count = 0
    with sync_playwright() as playwright, served() as address:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        for lang in LANGS:
            chosen = [
                it for it in documents(lang) if not wanted or any(w in str(it) for w in wanted)
            ]
            for width in (WIDE, NARROW):
                for scheme in SCHEMES:
                    taken = list(_taken(browser, address, chosen, width, scheme))
                    _sheets(
                        browser,
                        taken,
                        "-".join(("sheet", *wanted, lang, str(width), scheme)),
                        width,
                    )
                    count += len(taken)
            if lang == "sv":
                for look, taken in _other_looks(browser, address, chosen).items():
                    name = "-".join(("sheet", *wanted, lang, str(WIDE), look))
                    _sheets(browser, taken, name, WIDE)
                    count += len(taken)
        browser.close()
    say(f"{count} pictures in {FOLDER}")


def _taken(
    browser: Browser, address: str, chosen: Sequence[Document], width: int, scheme: str
) -> Iterator[Path]:
    page = browser.new_page(viewport={"width": width, "height": HEIGHT}, color_scheme=scheme)
    for document in chosen:
        page.goto(f"{address}{document.path}")
        yield _picture(page, f"{document}-{width}-{scheme}")
    page.close()


def _other_looks(
    browser: Browser, address: str, chosen: Sequence[Document]
) -> dict[str, list[Path]]:
    page = browser.new_page(viewport={"width": WIDE, "height": HEIGHT})
    taken: dict[str, list[Path]] = {"forced": [], "print": []}
    for document in chosen:
        page.goto(f"{address}{document.path}")
        page.emulate_media(forced_colors="active", media="screen")
        taken["forced"].append(_picture(page, f"{document}-{WIDE}-forced"))
        page.emulate_media(forced_colors="none", media="print")
        taken["print"].append(_picture(page, f"{document}-{WIDE}-print"))
    page.close()
    return taken


def _picture(page: Page, name: str) -> Path:
    path = FOLDER / f"{name}.png"
    page.screenshot(path=path, full_page=True)
    return path


def _sheets(browser: Browser, taken: Sequence[Path], name: str, width: int) -> None:
    """Several pictures side by side, each under its name; a long one goes on in the next column."""
    page = browser.new_page(viewport={"width": SHEET_WIDTH, "height": 800})
    columns = [
        _column(path, width, top, height)
        for path in taken
        for height in (_shown_height(path, width),)
        for top in range(0, height, TALL)
    ]
    many = SHEET_WIDTH // COLUMN[width]
    for number, start in enumerate(range(0, len(columns), many), 1):
        sheet = FOLDER / f"{name}-{number:02}.html"
        sheet.write_text(f"<style>{SHEET_STYLE}</style>{''.join(columns[start : start + many])}")
        page.goto(sheet.as_uri())
        page.screenshot(path=sheet.with_suffix(".png"), full_page=True)
        sheet.unlink()
    page.close()


def _column(path: Path, width: int, top: int, height: int) -> str:
    """A piece of a picture that is shown so high, from `top` on."""
    shown = f"url({path.as_uri()}) 0 -{top}px / {COLUMN[width]}px auto"
    return (
        f"<figure style='flex: 0 0 {COLUMN[width]}px'><figcaption>{html.escape(path.stem)}</figcaption>"
        f"<div style='height: {min(TALL, height - top)}px; background: {shown}'></div></figure>"
    )


def _shown_height(path: Path, width: int) -> int:
    """How high a picture is at the width of its column. A PNG tells its height in bytes 20 to 23."""
    height = int.from_bytes(path.read_bytes()[20:24], "big")
    return height * COLUMN[width] // width


if __name__ == "__main__":
    main(sys.argv[1:])
