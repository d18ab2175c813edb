"""What is noticed before an idea is sent leads to the field where it stands, with and without JavaScript."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from chalicelib import wiring
from tests.app.conftest import SITE, Sluice, open_sluice
from tests.browser.conftest import Open
from tests.browser.in_memory import serve
from tests.browser.people import fill, press
from tests.browser.screens import NARROW, look_at
from tests.browser.town import IDEA

pytestmark = pytest.mark.loopback


@pytest.fixture
def sluice() -> Sluice:
    return open_sluice(wiring.configuration().process)


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "no javascript"])
@pytest.mark.parametrize(
    ("key", "label"),
    [
        ("benefit", "Vem har nytta av den, och hur?"),
        ("test", "Hur skulle man kunna prova i liten skala?"),
    ],
    ids=["a field of the form", "a field in a fold"],
)
def test_its_button_comes_to_the_field_with_its_label_in_sight(
    sluice: Sluice, open_browser: Open, javascript: bool, key: str, label: str
) -> None:
    page = open_browser(javascript=javascript)
    page.set_viewport_size({"width": NARROW, "height": 640})
    serve(page, sluice)
    page.goto(f"{SITE}/ide/{'A' * 22}")
    fill(page, IDEA | {key: "Fråga 811218-9876 först."})
    press(page, "Läs igenom")
    look_at(page, f"noticed {javascript}")
    page.set_viewport_size({"width": NARROW, "height": 640})
    press(page, f"Ändra under ”{label}”")
    expect(page.locator(f"#field-{key}")).to_be_in_viewport()
    expect(page.locator(f"label[for=field-{key}]")).to_be_in_viewport()
    assert page.locator(f"#field-{key}").input_value() == "Fråga 811218-9876 först."
