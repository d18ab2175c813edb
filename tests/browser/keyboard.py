"""What people do who have a keyboard and no mouse: Tab from one thing to the next, type, choose with arrows, press Enter or Space.

Nothing here clicks, or gives focus in any other way than a reader can.
"""

from __future__ import annotations

from collections.abc import Mapping

from playwright.sync_api import Locator, Page

from chalicelib.domain.site import OpenForm

# More than there are things to stop at on any page.
MOST_TABS = 300
IN_SIGHT = """it => {
  const box = it.getBoundingClientRect();
  return box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
}"""


def reach(page: Page, wanted: Locator) -> None:
    """Press Tab until the focus is on what is wanted. AssertionError when it never comes there, or comes there out of sight."""
    for _ in range(MOST_TABS):
        if wanted.evaluate("it => it === document.activeElement"):
            assert wanted.evaluate(IN_SIGHT), f"{wanted} has the focus where nobody sees it"
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never comes to {wanted} on {page.title()}")


def fill(page: Page, words: Mapping[str, str]) -> None:
    """Give each field its value; a folded section is opened on the way."""
    for name, value in words.items():
        folded = page.locator(f'details:not([open]):has([name="{name}"]) > summary')
        if folded.count():
            reach(page, folded)
            page.keyboard.press("Enter")
        field = page.locator(f'[name="{name}"]')
        kind = field.first.get_attribute("type")
        if kind == "radio":
            _choose(page, field, value)
        elif kind == "checkbox":
            reach(page, page.locator(f'[name="{name}"][value="{value}"]'))
            page.keyboard.press("Space")
        else:
            reach(page, field)
            page.keyboard.press("Control+A")
            page.keyboard.type(value)


def _choose(page: Page, radios: Locator, value: str) -> None:
    """A group of radio buttons is one stop; the arrows go through it, choosing as they go."""
    reach(page, radios.first)
    page.keyboard.press("Space")
    for _ in range(radios.count()):
        if page.evaluate("document.activeElement.value") == value:
            break
        page.keyboard.press("ArrowDown")
    assert page.evaluate("[document.activeElement.value, document.activeElement.checked]") == [
        value,
        True,
    ]


def press(page: Page, button: str) -> None:
    """Reach the button with this text, press Enter on it, and wait for the page that follows."""
    if page.locator("form#send").count():
        page.wait_for_timeout(1000 * OpenForm().least_seconds)
    press_it(page, page.get_by_role("button", name=button, exact=True))


def press_it(page: Page, button: Locator) -> None:
    """Reach a button, press Enter on it, and wait for the page that follows."""
    reach(page, button)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def follow(page: Page, link: Locator) -> None:
    """Reach a link, press Enter on it, and wait for the page that follows."""
    reach(page, link)
    with page.expect_navigation():
        page.keyboard.press("Enter")
