"""What the coordinator masks at screening, by a choice for each likely name and by writing more."""

from __future__ import annotations

from collections.abc import Callable

from chalicelib.domain.rows import QuestionRow
from chalicelib.domain.said_of_names import NO_NAME
from tests.app.acts import (
    COORDINATOR,
    GATES,
    GIVER,
    WHY,
    asked_reviewers,
    open_with_code,
    screen,
    talk,
    to_review,
)
from tests.app.conftest import Sluice
from tests.app.visitor import Page

NEED = "Min granne Sven Hedlund halkade vid torget. Bettan på hörnet såg det."
RULE = "byts ord som liknar namn automatiskt mot [namn]"


def test_a_likely_name_is_asked_about_and_what_is_hidden_or_written_is_masked(
    sluice: Sluice, send_idea: Callable[..., Page]
) -> None:
    send_idea(need=NEED)
    sluice.run()
    visitor = sluice.visitor()
    page = visitor.get(sluice.link(COORDINATOR))
    action = page.path.rsplit("/", 1)[1]
    assert page.choices(action, "mask.1") == ["Sven Hedlund", f"{NO_NAME}Sven Hedlund"]
    assert "mask.1" not in page.form(action).fields
    hidden = {"mask.1": "Sven Hedlund", "mask_more": "Bettan"}
    answer = dict.fromkeys(GATES, "yes") | {"motivation": WHY, "outcome": "forward"}
    assert visitor.submit(page, action, **answer, **hidden).status == 200
    sluice.run()
    talk(sluice)
    name = asked_reviewers(sluice)[0]
    shown = sluice.visitor().get(sluice.link(f"{name}@example.com"))
    letter = sluice.letters(f"{name}@example.com")[-1]
    for text in (shown.body, letter.text, letter.html):
        assert "halkade vid torget" in text
        assert "Hedlund" not in text
        assert "Bettan" not in text


def test_no_name_of_the_idea_or_of_an_answer_reaches_who_sees_the_masked_idea(
    sluice: Sluice, send_idea: Callable[..., Page]
) -> None:
    send_idea(need=NEED)
    sluice.run()
    screen(sluice, **{"mask.1": "Sven Hedlund", "mask_more": "Bettan"})
    talk(sluice)
    first, second, *_ = asked_reviewers(sluice)
    page = sluice.visitor().get(sluice.link(f"{first}@example.com"))
    sluice.visitor().submit(page, "/fraga", question="Hedlund, är det han som är din granne?")
    sluice.run()
    status = sluice.visitor().get(sluice.link(GIVER))
    assert "Hedlund, är det han" in status.body
    said = "Bettan vet. Hon och Lars Ek såg när han halkade."
    sluice.visitor().submit(status, "/svar", answer=said)
    sluice.run()
    shown = sluice.visitor().get(sluice.link(f"{second}@example.com")).body
    assert "[namn], är det han som är din granne?" in shown
    assert "[namn] vet. Hon och [namn] såg när han halkade." in shown
    assert RULE in shown
    (row,) = sluice.store.rows(QuestionRow)
    assert row.answer == said


def test_whoever_sees_the_whole_idea_reads_questions_and_answers_whole(
    sluice: Sluice, send_idea: Callable[..., Page]
) -> None:
    send_idea(need=NEED)
    sluice.run()
    asked = "Är Sven Hedlund din granne?"
    page = sluice.visitor().get(sluice.link(COORDINATOR))
    sluice.visitor().submit(page, "/fraga", question=asked)
    sluice.run()
    status = sluice.visitor().get(sluice.link(GIVER))
    sluice.visitor().submit(status, "/svar", answer="Ja, och Lars Ek.")
    sluice.run()
    masked = sluice.visitor().get(sluice.link(COORDINATOR)).body
    assert "Är [namn] din granne?" in masked
    screen(sluice)
    whole = open_with_code(sluice, COORDINATOR).body
    assert asked in whole
    assert "Ja, och Lars Ek." in whole
    assert RULE not in whole


def test_a_name_of_which_nothing_is_said_is_an_error_that_leads_to_it_and_nothing_typed_is_lost(
    sluice: Sluice, send_idea: Callable[..., Page]
) -> None:
    send_idea(need=NEED)
    sluice.run()
    visitor = sluice.visitor()
    page = visitor.get(sluice.link(COORDINATOR))
    action = page.path.rsplit("/", 1)[1]
    answer = dict.fromkeys(GATES, "yes") | {"motivation": WHY, "outcome": "forward"}
    wrong = visitor.submit(page, action, **answer, mask_more="Bettan")
    assert wrong.status == 422
    assert "Välj Dölj eller Inget namn för ”Sven Hedlund”." in wrong.body
    assert [link for link in wrong.links if link.startswith("#field-")] == ["#field-mask.1"]
    fields = wrong.form(action).fields
    assert {key: fields[key] for key in answer} == answer
    assert fields["mask_more"] == "Bettan"
    assert visitor.submit(wrong, action, **{"mask.1": f"{NO_NAME}Sven Hedlund"}).status == 200


def test_the_names_stand_between_the_question_before_and_the_one_that_they_come_first_to(
    sluice: Sluice, send_idea: Callable[..., Page]
) -> None:
    send_idea(need=NEED)
    sluice.run()
    body = sluice.visitor().get(sluice.link(COORDINATOR)).body
    order = ("right_way", "mask.1", "mask_more", "no_personal_data", "outcome")
    places = [body.index(f'id="field-{key}"') for key in order]
    assert places == sorted(places)


def test_what_was_chosen_is_still_chosen_beside_an_error(
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
