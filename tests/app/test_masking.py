"""What the coordinator masks at screening, by ticking likely names and by writing more."""

from __future__ import annotations

from collections.abc import Callable

from tests.app.acts import COORDINATOR, GATES, WHY, asked_reviewers, talk, to_review
from tests.app.conftest import Sluice
from tests.app.visitor import Page

NEED = "Min granne Sven Hedlund halkade vid torget. Bettan på hörnet såg det."


def test_a_likely_name_is_offered_and_what_is_ticked_or_written_is_masked(
    sluice: Sluice, send_idea: Callable[..., Page]
) -> None:
    send_idea(need=NEED)
    sluice.run()
    visitor = sluice.visitor()
    page = visitor.get(sluice.link(COORDINATOR))
    action = page.path.rsplit("/", 1)[1]
    assert page.choices(action, "mask.1") == ["Sven Hedlund"]
    assert "mask.1" not in page.form(action).fields
    ticked = {"mask.1": "Sven Hedlund", "mask_more": "Bettan"}
    answer = dict.fromkeys(GATES, "yes") | {"motivation": WHY, "outcome": "forward"}
    assert visitor.submit(page, action, **answer, **ticked).status == 200
    sluice.run()
    talk(sluice)
    name = asked_reviewers(sluice)[0]
    shown = sluice.visitor().get(sluice.link(f"{name}@example.com"))
    letter = sluice.letters(f"{name}@example.com")[-1]
    for text in (shown.body, letter.text, letter.html):
        assert "halkade vid torget" in text
        assert "Hedlund" not in text
        assert "Bettan" not in text


def test_what_was_ticked_is_still_ticked_beside_an_error(
    sluice: Sluice, send_idea: Callable[..., Page]
) -> None:
    send_idea(need=NEED)
    sluice.run()
    visitor = sluice.visitor()
    page = visitor.get(sluice.link(COORDINATOR))
    action = page.path.rsplit("/", 1)[1]
    wrong = visitor.submit(
        page, action, outcome="forward", **{"mask.1": "Sven Hedlund", "mask_more": "B" * 501}
    )
    assert wrong.status == 422
    assert "#field-mask_more" in wrong.links
    fields = wrong.form(action).fields
    assert fields["mask.1"] == "Sven Hedlund"
    assert fields["mask_more"] == "B" * 501


def test_only_the_step_that_masks_asks_for_names(
    sluice: Sluice, send_idea: Callable[..., Page]
) -> None:
    send_idea(need=NEED)
    name = to_review(sluice)[0]
    page = sluice.visitor().get(sluice.link(f"{name}@example.com"))
    assert "mask_more" not in page.form(page.path.rsplit("/", 1)[1]).names
