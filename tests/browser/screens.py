"""Looks at a page as people with wide and narrow screens do: keeps a picture of each, and sees that nothing sticks out."""

from __future__ import annotations

import re

from playwright.sync_api import Page

from infra import names

FOLDER = names.ROOT / ".local" / "screenshots"
WIDE, NARROW = 1200, 320
HEIGHT = 900


def look_at(page: Page, name: str) -> None:
    """Keep the page as `<name>-1200.png` and `<name>-320.png`. AssertionError when it must be scrolled sideways at 320 px
    (WCAG 2.2, 1.4.10), or has more or less than one first heading."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    readable = re.sub(r"[^a-z0-9-]+", "-", name.lower())
    for width in (WIDE, NARROW):
        page.set_viewport_size({"width": width, "height": HEIGHT})
        page.screenshot(path=FOLDER / f"{readable}-{width}.png", full_page=True)
    over = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert over <= 0, f"{name} is {over} px too wide at {NARROW} px"
    assert page.locator("h1").count() == 1
    page.set_viewport_size({"width": WIDE, "height": HEIGHT})
