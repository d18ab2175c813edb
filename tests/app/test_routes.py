"""Every address is either public by name, or leads nowhere without a token."""

from __future__ import annotations

import pytest

import app as deployed
from chalicelib.handlers.http import FORM_TYPE
from tests.app.conftest import Sluice

PUBLIC = {
    "/",
    "/sa-gar-det-till",
    "/personuppgifter",
    "/tillganglighet",
    "/health",
    "/static/{name}",
    "/ny-lank",
    "/genomforda",
    "/ratt-vag",
    "/ratt-vag/{name}",
    "/ide",
    "/ide/{name}",
    "/ide/granska",
    "/ide/andra",
    "/ide/skicka",
    "/ide/ratt-vag",
    "/{proxy+}",
}
BEHIND_A_TOKEN = {
    (method, route)
    for route, by_method in deployed.app.routes.items()
    for method in by_method
    if route not in PUBLIC
}
GUESS = "A" * 43


def test_every_public_address_exists() -> None:
    assert set(deployed.app.routes) >= PUBLIC


def test_every_other_address_names_its_token() -> None:
    assert all("{token}" in route for _, route in BEHIND_A_TOKEN)


@pytest.mark.parametrize(("method", "route"), sorted(BEHIND_A_TOKEN))
def test_a_guessed_token_opens_nothing(sluice: Sluice, method: str, route: str) -> None:
    visitor = sluice.visitor()
    body = b"word=x&code=12345678" if method == "POST" else b""
    answer = visitor.request(method, route.replace("{token}", GUESS), body, FORM_TYPE)
    if answer.status == 303:
        answer = visitor.get(answer.path, method)
    assert answer.status == 404
    assert sluice.queue.bodies == []
    assert len(sluice.store.transactions) == len(sluice.deps.store.people())


@pytest.mark.parametrize(
    ("route", "by_method"), sorted(deployed.app.routes.items(), key=lambda item: item[0])
)
def test_every_page_that_is_opened_can_also_be_asked_for_its_head(
    route: str, by_method: dict[str, object]
) -> None:
    assert ("GET" in by_method) == ("HEAD" in by_method)
