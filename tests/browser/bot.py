"""A mail scanner in Chromium: opens a link, and presses every button of every page that it comes to, typing nothing."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page

TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
ACTION = "b => b.hasAttribute('formaction') ? b.formAction : b.form.action"
DEEPEST = 3


class Bot:
    """`pressed` is where the buttons posted to, without the tokens; `preselected` the choices that nobody had made."""

    def __init__(self, page: Page) -> None:
        self.pressed: set[str] = set()
        self.preselected: list[str] = []
        self._page = page

    def go(self, url: str) -> None:
        done: set[str] = set()
        ways: list[tuple[str, ...]] = [()]
        while ways:
            way = ways.pop()
            actions = self._walk(url, way)
            for action in sorted(set(actions) - done):
                done.add(action)
                if len(way) < DEEPEST:
                    ways.append((*way, action))

    def _walk(self, url: str, way: tuple[str, ...]) -> list[str]:
        """Open the link and press one button after another; gives where the buttons of the last page post to."""
        self._page.context.clear_cookies()
        self._page.goto(url)
        for action in way:
            button = next((b for b in self._buttons() if b.evaluate(ACTION) == action), None)
            if button is None:
                # The codes of an hour are used up, and with them the button that sends one.
                return []
            with self._page.expect_navigation():
                # A page's first button is out of sight (it is what Enter presses), and a scanner does not look.
                button.evaluate("b => b.click()")
            self.pressed.add(TOKEN.sub("{token}", "/" + action.split("/", 3)[3]).partition("?")[0])
        self.preselected += [
            f"{TOKEN.sub('…', self._page.url)}: {choice.get_attribute('name')}"
            for choice in self._page.locator(":is([type=radio], [type=checkbox]):checked").all()
        ]
        return [str(button.evaluate(ACTION)) for button in self._buttons()]

    def _buttons(self) -> list[Locator]:
        return self._page.locator("button:not([type=button])").all()
