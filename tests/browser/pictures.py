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
from tests.browser.conftest import CHROMIUM, FLAGS
from tests.browser.gallery import Document, documents, served
from tests.browser.screens import FOLDER, HEIGHT, NARROW, WIDE

SCHEMES = ("light", "dark")
ON_A_SHEET = {NARROW: 8, WIDE: 4}


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
                    _sheets(browser, taken, f"sheet-{lang}-{width}-{scheme}", width)
                    count += len(taken)
            if lang == "sv":
                count += _other_looks(browser, address, chosen)
        browser.close()
    print(f"{count} pictures in {FOLDER}")


def _taken(
    browser: Browser, address: str, chosen: Sequence[Document], width: int, scheme: str
) -> Iterator[Path]:
    page = browser.new_page(viewport={"width": width, "height": HEIGHT}, color_scheme=scheme)
    for document in chosen:
        page.goto(f"{address}{document.path}")
        yield _picture(page, f"{document}-{width}-{scheme}")
    page.close()


def _other_looks(browser: Browser, address: str, chosen: Sequence[Document]) -> int:
    page = browser.new_page(viewport={"width": WIDE, "height": HEIGHT})
    for document in chosen:
        page.goto(f"{address}{document.path}")
        page.emulate_media(forced_colors="active", media="screen")
        _picture(page, f"{document}-{WIDE}-forced")
        page.emulate_media(forced_colors="none", media="print")
        _picture(page, f"{document}-{WIDE}-print")
    page.close()
    return 2 * len(chosen)


def _picture(page: Page, name: str) -> Path:
    path = FOLDER / f"{name}.png"
    page.screenshot(path=path, full_page=True)
    return path


def _sheets(browser: Browser, taken: Sequence[Path], name: str, width: int) -> None:
    """Several pictures side by side, each under its name."""
    page = browser.new_page(viewport={"width": 1640, "height": 800})
    many = ON_A_SHEET[width]
    for number, start in enumerate(range(0, len(taken), many), 1):
        figures = "".join(
            f"<figure><figcaption>{html.escape(path.stem)}</figcaption><img src='{path.as_uri()}'></figure>"
            for path in taken[start : start + many]
        )
        sheet = FOLDER / f"{name}-{number:02}.html"
        sheet.write_text(
            f"<style>body {{ display: grid; grid-template-columns: repeat({many}, 1fr); gap: 8px; margin: 8px; background: #888 }}"
            f"figure {{ margin: 0; font: 11px sans-serif }} img {{ width: 100% }}</style>{figures}"
        )
        page.goto(sheet.as_uri())
        page.screenshot(path=sheet.with_suffix(".png"), full_page=True)
        sheet.unlink()
    page.close()


if __name__ == "__main__":
    main(sys.argv[1:])
