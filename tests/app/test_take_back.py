"""The page after an answer: what was answered, what was mailed, and the way to take it back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from chalicelib.domain.rows import AskRow, AskState
from tests.app.acts import COORDINATOR, open_with_code, review, screen, to_review
from tests.app.conftest import Sluice
from tests.app.visitor import Page

MINE = "Det första omdömet är det här."


@pytest.fixture
def panel(sluice: Sluice, send_idea: Callable[..., Page]) -> list[str]:
    send_idea()
    return to_review(sluice)


def opened(sluice: Sluice, name: str) -> Page:
    return sluice.visitor().get(sluice.link(f"{name}@example.com"))


def ref_of(sluice: Sluice) -> str:
    return sluice.letters(COORDINATOR)[0].subject.split("]")[0].lstrip("[")


def state(sluice: Sluice, name: str) -> AskState:
    (ask,) = [a for a in sluice.store.rows(AskRow) if (a.person, a.step) == (name, "assessment")]
    return ask.state


def test_the_page_tells_what_was_answered_and_how_to_take_it_back(
    sluice: Sluice, panel: list[str]
) -> None:
    page = opened(sluice, panel[0])
    assert "kan du ta tillbaka det" in page.body
    answered = review(sluice, panel[0], motivation=MINE)
    assert MINE in answered.body
    assert "Vi mejlar dig en bekräftelse." in answered.body
    assert answered.has_form("/ta-tillbaka")


def test_whoever_would_give_the_last_answer_is_told_that_it_cannot_be_changed(
    sluice: Sluice, panel: list[str]
) -> None:
    review(sluice, panel[0])
    page = opened(sluice, panel[1])
    assert "1 av 3 har svarat. Det räcker med 2." in page.body
    assert "skickat svaret går det inte att ändra" in page.body
    assert not review(sluice, panel[1]).has_form("/ta-tillbaka")


def test_the_page_says_what_the_answer_was_about_until_its_link_is_too_old(
    sluice: Sluice, panel: list[str], idea: dict[str, str]
) -> None:
    about = f"Bedömning: {idea['title']}"
    assert about in review(sluice, panel[0]).body
    path = sluice.link(f"{panel[0]}@example.com")
    assert about in sluice.visitor().get(path).body
    sluice.clock.advance(timedelta(days=100))
    later = sluice.visitor().get(path)
    assert "Frågan besvarades" in later.body
    assert idea["title"] not in later.body


def test_an_answer_that_is_taken_back_is_in_the_form_to_be_changed_and_sent_again(
    sluice: Sluice, panel: list[str]
) -> None:
    review(sluice, panel[0], motivation=MINE, score="5")
    path = sluice.link(f"{panel[0]}@example.com")
    visitor = sluice.visitor()
    answered = visitor.get(path)
    assert answered.choices("/ta-tillbaka", "word") == ["no", ref_of(sluice)]
    page = visitor.submit(answered, "/ta-tillbaka", word=ref_of(sluice))
    assert page.status == 200
    assert "Ditt svar är taget tillbaka." in page.body
    written = page.form(path.rpartition("/")[2]).fields
    assert (written["motivation"], written["benefit"]) == (MINE, "5")
    assert state(sluice, panel[0]) is AskState.OPEN
    sent = visitor.submit(page, path.rpartition("/")[2], motivation="Ett bättre omdöme är det här.")
    assert "Tack, ditt svar är mottaget" in sent.body
    assert "Ett bättre omdöme" in sent.body
    assert state(sluice, panel[0]) is AskState.ANSWERED


def test_every_link_to_an_answer_that_was_taken_back_opens_the_form_with_it(
    sluice: Sluice, panel: list[str]
) -> None:
    review(sluice, panel[0], motivation=MINE, score="5")
    old = sluice.link(f"{panel[0]}@example.com")
    visitor = sluice.visitor()
    visitor.submit(visitor.get(old), "/ta-tillbaka", word=ref_of(sluice))
    sluice.run()
    mailed = sluice.link(f"{panel[0]}@example.com")
    assert mailed != old
    for path in (old, mailed):
        page = sluice.visitor().get(path)
        written = page.form(path.rpartition("/")[2]).fields
        assert (written["motivation"], written["benefit"]) == (MINE, "5")
        assert "Ditt svar är taget tillbaka." in page.body
    assert MINE not in opened(sluice, panel[1]).body
    review(sluice, panel[0], motivation="Ett bättre omdöme är det här.")
    assert MINE not in sluice.visitor().get(mailed).body


def test_after_the_third_time_the_page_says_whom_to_turn_to(
    sluice: Sluice, panel: list[str]
) -> None:
    review(sluice, panel[0])
    path = sluice.link(f"{panel[0]}@example.com")
    visitor = sluice.visitor()
    for _ in range(3):
        before = visitor.get(path)
        assert before.has_form("/ta-tillbaka")
        again = visitor.submit(before, "/ta-tillbaka", word=ref_of(sluice))
        visitor.submit(again, path.rpartition("/")[2])
        sluice.run()
    page = visitor.get(path)
    assert not page.has_form("/ta-tillbaka")
    assert "Du har tagit tillbaka svaret tre gånger." in page.body
    assert "Hör av dig direkt till" in page.body
    late = visitor.submit(before, "/ta-tillbaka", word=ref_of(sluice))
    assert late.status == 409
    assert "Du har redan tagit tillbaka det tre gånger" in late.body
    assert state(sluice, panel[0]) is AskState.ANSWERED


@pytest.mark.parametrize("chosen", ["", "ja"])
def test_a_press_with_nothing_chosen_takes_nothing_back(
    sluice: Sluice, panel: list[str], chosen: str
) -> None:
    review(sluice, panel[0])
    visitor = sluice.visitor()
    path = sluice.link(f"{panel[0]}@example.com")
    page = visitor.submit(visitor.get(path), "/ta-tillbaka", word=chosen)
    assert page.status == 422
    assert "#field-word" in page.links
    assert page.title.startswith("Fel:")
    assert page.opened == ["Ta tillbaka svaret"]
    assert state(sluice, panel[0]) is AskState.ANSWERED


def test_who_says_no_after_all_keeps_the_answer(sluice: Sluice, panel: list[str]) -> None:
    review(sluice, panel[0])
    visitor = sluice.visitor()
    path = sluice.link(f"{panel[0]}@example.com")
    page = visitor.submit(visitor.get(path), "/ta-tillbaka", word="no")
    assert (page.status, page.path, page.opened) == (200, path, [])
    assert state(sluice, panel[0]) is AskState.ANSWERED


def test_when_enough_have_answered_it_is_too_late_and_the_page_says_so(
    sluice: Sluice, panel: list[str]
) -> None:
    review(sluice, panel[0], motivation=MINE)
    path = sluice.link(f"{panel[0]}@example.com")
    last = review(sluice, panel[1], motivation="Det andra omdömet är det här.")
    assert not last.has_form("/ta-tillbaka")
    assert MINE in last.body, "what the others answered is shown from now on"
    page = sluice.visitor().post(path + "/ta-tillbaka", {"word": ref_of(sluice)})
    assert page.status == 409
    assert "Svaret gick inte att ta tillbaka." in page.body
    assert not page.has_form("/ta-tillbaka")
    assert state(sluice, panel[0]) is AskState.ANSWERED


def test_who_can_still_change_their_answer_does_not_see_the_others(
    sluice: Sluice, panel: list[str]
) -> None:
    review(sluice, panel[0], motivation=MINE)
    assert "Så här har ni svarat" not in opened(sluice, panel[0]).body
    assert MINE in opened(sluice, panel[0]).body


def test_who_answers_alone_is_offered_nothing_to_take_back(
    sluice: Sluice, send_idea: Callable[..., Page]
) -> None:
    send_idea()
    sluice.run()
    assert "skickat svaret går det inte att ändra" in opened(sluice, "kim").body
    assert not screen(sluice).has_form("/ta-tillbaka")


def test_the_address_alone_takes_nothing_back(sluice: Sluice, panel: list[str]) -> None:
    review(sluice, panel[0])
    path = sluice.link(f"{panel[0]}@example.com")
    page = sluice.visitor().get(path + "/ta-tillbaka")
    assert page.path == path
    assert state(sluice, panel[0]) is AskState.ANSWERED


def test_after_a_call_no_confirmation_is_promised_for_none_is_mailed(
    sluice: Sluice, send_idea: Callable[..., Page]
) -> None:
    send_idea(email="", phone="070-174 06 05")
    panel = to_review(sluice)
    question = {"question": "Vilken hållplats menar du?"}
    sluice.visitor().post(sluice.link(f"{panel[0]}@example.com") + "/fraga", question)
    sluice.run()
    kim = sluice.visitor()
    call = open_with_code(sluice, COORDINATOR, kim, about="Ring idégivaren")
    before = len(sluice.letters(COORDINATOR))
    answer = {"outcome": "reached", "answer": "Den vid skolan, säger hon."}
    done = kim.post(call.path, answer)
    assert "Tack, ditt svar är mottaget" in done.body
    assert "Vi mejlar dig en bekräftelse." not in done.body
    sluice.run()
    assert len(sluice.letters(COORDINATOR)) == before
