"""The whole app behind Chromium without a stage: every request that a page makes is answered by the app itself, in this process.

For what only a browser can show of a page: its script, its storage, its keyboard. What the cloud does with it is for the other tests.
"""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

from playwright.sync_api import Page as BrowserPage
from playwright.sync_api import Route

from tests.app.conftest import SITE, Sluice
from tests.app.visitor import Visitor


def serve(browser: BrowserPage, sluice: Sluice) -> list[str]:
    """Answer whatever this browser asks; gives the addresses that were asked for, as they are asked."""
    visitor: Visitor = sluice.visitor()
    asked: list[str] = []

    def answer(route: Route) -> None:
        request = route.request
        asked.append(request.url)
        parts = urlsplit(request.url)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        body = (request.post_data or "").encode()
        page = visitor.request(request.method, path, body)
        headers = {k: v for k, v in page.headers.items() if k != "strict-transport-security"}
        if page.status == 303:
            headers["location"] = urljoin(request.url, headers["location"])
        route.fulfill(status=page.status, headers=headers, body=page.body)

    browser.route(f"{SITE}/**", answer)
    return asked
