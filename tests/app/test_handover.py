"""An ask that somebody will not answer: jäv, and a colleague who takes over."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.domain.rows import AskRow, AskState, PersonRow
from chalicelib.domain.transaction import Change
from tests.app.acts import (
    COORDINATOR,
    DECIDER,
    WHY,
    asked_reviewers,
    decide,
    open_with_code,
    opened,
    review,
    screen,
    talk,
    to_decision,
    to_review,
)
from tests.app.conftest import Sluice, add_people, somebody
from tests.app.visitor import Page

REASON = "Min syster har lämnat idén."
NOTE = "Jag är ledig, och du kan vägarna bättre."


def states(sluice: Sluice, name: str) -> list[AskState]:
    return [row.state for row in sluice.store.rows(AskRow) if row.person == name]


def colleague_of(page: Page) -> str:
    """The first one to whom the page offers to hand over."""
    return page.choices("/lamna-over", "handover_to")[0]


def test_somebody_who_is_javig_says_so_and_another_is_asked(
    sluice: Sluice, panel: list[str], idea: dict[str, str]
) -> None:
    page = opened(sluice, panel[0])
    done = sluice.visitor().submit(page, "/jav", jav=REASON)
    sluice.run()
    assert done.status == 200
    assert "Du har en egen koppling till idén (jäv)" in done.title
    assert "En annan person har fått frågan" in done.body
    assert idea["title"] in done.body
    assert len(asked_reviewers(sluice)) == 4
    assert states(sluice, panel[0]) == [AskState.RECUSED]


def test_jav_without_a_reason_stores_nothing_and_opens_its_section(
    sluice: Sluice, panel: list[str]
) -> None:
    page = opened(sluice, panel[0])
    wrong = sluice.visitor().submit(page, "/jav", jav="Nej")
    assert wrong.status == 422
    assert wrong.title.startswith("Fel:")
    assert wrong.form("/jav").fields["jav"] == "Nej"
    assert wrong.opened == ["Jag har en egen koppling till idén"]
    assert states(sluice, panel[0]) == [AskState.OPEN]


def test_a_second_press_of_jav_tells_that_it_is_already_said_and_no_more(
    sluice: Sluice, panel: list[str], idea: dict[str, str]
) -> None:
    page = opened(sluice, panel[0])
    sluice.visitor().submit(page, "/jav", jav=REASON)
    sluice.run()
    mails = len(sluice.mailer.letters)
    again = sluice.visitor().submit(page, "/jav", jav=REASON)
    sluice.run()
    assert again.status == 410
    assert "Du har sagt till om det. Det är sparat" in again.body
    assert idea["title"] not in again.body
    assert len(sluice.mailer.letters) == mails


def test_with_nobody_else_to_ask_the_page_says_that_we_look_for_somebody(
    sluice: Sluice, send_idea: Callable[..., Page]
) -> None:
    send_idea()
    sluice.run()
    page = sluice.visitor().get(sluice.link(COORDINATOR))
    done = sluice.visitor().submit(page, "/jav", jav=REASON)
    assert "Just nu finns ingen annan att fråga. Vi letar efter någon." in done.body


def test_where_there_can_be_no_jav_the_page_has_no_section_for_it(
    sluice: Sluice, send_idea: Callable[..., Page]
) -> None:
    send_idea()
    sluice.run()
    screen(sluice)
    visitor = sluice.visitor()
    page = open_with_code(sluice, COORDINATOR, visitor)
    assert not page.has_form("/jav")
    forged = visitor.post(page.path + "/jav", {"jav": REASON})
    assert forged.status == 200
    assert forged.has_form(page.path.rsplit("/", 1)[1])
    assert states(sluice, "kim")[-1] is AskState.OPEN


def test_an_ask_is_handed_to_a_colleague_who_gets_the_word_with_it(
    sluice: Sluice, panel: list[str]
) -> None:
    page = opened(sluice, panel[0])
    to = colleague_of(page)
    assert to not in panel
    done = sluice.visitor().submit(page, "/lamna-over", handover_to=to, handover_note=NOTE)
    sluice.run()
    assert done.status == 200
    assert f"{to.title()} Ek har fått frågan" in done.body
    (letter,) = sluice.letters(f"{to}@example.com")
    assert f"{panel[0].title()} Ek har lämnat över frågan till dig" in letter.text
    assert NOTE not in letter.text
    page = opened(sluice, to)
    assert f"{panel[0].title()} Ek har lämnat över frågan till dig" in page.body
    assert NOTE in page.body
    assert review(sluice, to).status == 200


NAMING = "Lars Ek bad mig om det, och du kan vägarna bättre."


def test_names_in_the_word_of_a_colleague_are_masked_for_who_sees_the_masked_idea(
    sluice: Sluice, panel: list[str]
) -> None:
    page = opened(sluice, panel[0])
    to = colleague_of(page)
    sluice.visitor().submit(page, "/lamna-over", handover_to=to, handover_note=NAMING)
    sluice.run()
    assert "[namn] bad mig om det" in opened(sluice, to).body


def test_where_a_code_is_needed_the_word_of_a_colleague_is_read_after_it(
    sluice: Sluice, send_idea: Callable[..., Page]
) -> None:
    send_idea()
    sluice.run()
    screen(sluice)
    add_people(sluice.store, (somebody("ove", "coordinator"),))
    visitor = sluice.visitor()
    page = open_with_code(sluice, COORDINATOR, visitor)
    visitor.submit(page, "/lamna-over", handover_to="ove", handover_note=NAMING)
    sluice.run()
    assert NAMING not in opened(sluice, "ove").body
    assert NAMING in open_with_code(sluice, "ove@example.com").body


def test_the_old_link_is_dead_after_a_handover(sluice: Sluice, panel: list[str]) -> None:
    page = opened(sluice, panel[0])
    fields = {"handover_to": colleague_of(page), "handover_note": NOTE}
    sluice.visitor().submit(page, "/lamna-over", **fields)
    sluice.run()
    again = sluice.visitor().submit(page, "/lamna-over", **fields)
    assert again.status == 410
    assert "Du har lämnat över frågan" in again.body
    assert opened(sluice, panel[0]).status == 410
    assert review(sluice, panel[0]).status == 410


@pytest.mark.parametrize(
    ("to", "note", "errors"),
    [
        ("", "", {"field-handover_to", "field-handover_note"}),
        ("kim", NOTE, {"field-handover_to"}),
        ("alva bo", NOTE, {"field-handover_to"}),
    ],
)
def test_a_handover_to_nobody_who_may_answer_changes_nothing(
    sluice: Sluice, panel: list[str], to: str, note: str, errors: set[str]
) -> None:
    page = opened(sluice, panel[0])
    fields = {"handover_to": to, "handover_note": note}
    wrong = sluice.visitor().submit(page, "/lamna-over", **fields)
    assert wrong.status == 422
    assert {link[1:] for link in wrong.links if link.startswith("#field-")} == errors
    assert wrong.form("/lamna-over").fields.get("handover_note") == note
    assert wrong.opened == ["Lämna över till en kollega"]
    assert states(sluice, panel[0]) == [AskState.OPEN]


def test_a_colleague_who_was_chosen_is_still_chosen_beside_the_error(
    sluice: Sluice, panel: list[str]
) -> None:
    page = opened(sluice, panel[0])
    to = colleague_of(page)
    wrong = sluice.visitor().submit(page, "/lamna-over", handover_to=to, handover_note="")
    assert wrong.status == 422
    assert wrong.form("/lamna-over").fields["handover_to"] == to


def test_with_no_colleague_there_is_no_section_to_hand_over(
    sluice: Sluice, send_idea: Callable[..., Page]
) -> None:
    send_idea()
    sluice.run()
    page = sluice.visitor().get(sluice.link(COORDINATOR))
    assert not page.has_form("/lamna-over")
    forged = sluice.visitor().post(page.path + "/lamna-over", {"handover_to": "alva"})
    assert forged.status == 200
    assert states(sluice, "kim") == [AskState.OPEN]


@pytest.mark.parametrize("place", ["/jav", "/lamna-over", "/fraga", "/paminnelser"])
def test_where_a_code_is_needed_nothing_is_done_before_it(
    sluice: Sluice, send_idea: Callable[..., Page], place: str
) -> None:
    send_idea()
    to_decision(sluice)
    before = sluice.store.acts
    fields = {"jav": REASON, "handover_to": "kim", "handover_note": NOTE, "question": REASON}
    page = sluice.visitor().post(sluice.link(DECIDER) + place, fields | {"reminders": "weekly"})
    assert "Visa att det är du" in page.title
    assert sluice.store.acts == before


def test_somebody_who_was_away_is_told_that_another_was_asked(
    sluice: Sluice, panel: list[str]
) -> None:
    (ask,) = [row for row in sluice.store.rows(AskRow) if row.person == panel[0]]
    sluice.store.transact([Change(replace(ask, state=AskState.MOVED), ())])
    page = opened(sluice, panel[0])
    assert page.status == 410
    assert "Någon annan har fått frågan" in page.title


def test_how_somebody_is_reminded_is_chosen_by_one_choice(sluice: Sluice, panel: list[str]) -> None:
    page = opened(sluice, panel[0])
    assert "En påminnelse för varje fråga" in page.body
    for _ in range(2):
        done = sluice.visitor().submit(page, "/paminnelser", reminders="weekly")
        assert done.status == 200
        assert "ett mejl i veckan" in done.body
    person = sluice.store.get(PersonRow, panel[0])
    assert person is not None
    assert person.weekly
    assert "Nu får du ett mejl i veckan" in opened(sluice, panel[0]).body
    assert opened(sluice, panel[0]).choices("/paminnelser", "reminders") == ["weekly", "single"]


@pytest.mark.parametrize("choice", ["", "hourly"])
def test_reminders_stay_as_they_are_until_one_of_the_ways_is_chosen(
    sluice: Sluice, panel: list[str], choice: str
) -> None:
    page = opened(sluice, panel[0])
    assert page.choices("/paminnelser", "reminders") == ["single", "weekly"], "what is so first"
    wrong = sluice.visitor().submit(page, "/paminnelser", reminders=choice)
    assert wrong.status == 422
    assert {link for link in wrong.links if link.startswith("#field-")} == {"#field-reminders"}
    assert wrong.opened == ["Hur vill du bli påmind?"]
    person = sluice.store.get(PersonRow, panel[0])
    assert person is not None
    assert not person.weekly


def test_the_others_answers_are_shown_once_one_has_answered(
    sluice: Sluice, panel: list[str]
) -> None:
    first = review(sluice, panel[0], motivation="Det första omdömet är det här.", score="5")
    assert "Vad de andra svarar ser du här när tillräckligt många har svarat." in first.body
    before = opened(sluice, panel[1])
    assert "Det första omdömet" not in before.body
    answered = review(sluice, panel[1], score="2", recommendation="no")
    assert "Det första omdömet" in answered.body
    assert "Ni kan bli kallade till ett samtal" in answered.body
    assert f"{panel[0].title()} Ek" not in answered.body
    assert "2 av 3 har svarat" in opened(sluice, panel[0]).body


def test_somebody_who_is_alone_in_a_step_sees_no_answers_of_others(
    sluice: Sluice, send_idea: Callable[..., Page]
) -> None:
    send_idea()
    sluice.run()
    assert "har svarat" not in screen(sluice).body.replace("Du har svarat", "")


def test_an_old_link_shows_no_answers_at_all(sluice: Sluice, panel: list[str]) -> None:
    for name in panel[:2]:
        review(sluice, name, motivation="Det här omdömet är mitt.")
    sluice.clock.advance(timedelta(days=60))
    page = opened(sluice, panel[0])
    assert page.status == 200
    assert "Redan besvarad" in page.title
    assert "Det här omdömet" not in page.body
    assert "har svarat" not in page.body


def test_somebody_who_passed_the_ask_on_is_not_counted_among_those_who_are_asked(
    sluice: Sluice, panel: list[str]
) -> None:
    sluice.visitor().submit(opened(sluice, panel[0]), "/jav", jav=REASON)
    sluice.run()
    assert "0 av 3 har svarat" in opened(sluice, panel[1]).body
    for name in panel[1:]:
        review(sluice, name)
    assert "2 av 3 har svarat" in open_with_code(sluice, DECIDER).body


def test_the_decision_maker_is_told_that_the_panel_is_of_two_minds(
    sluice: Sluice, send_idea: Callable[..., Page]
) -> None:
    send_idea()
    names = to_review(sluice)
    review(sluice, names[0], score="5")
    review(sluice, names[1], score="1", recommendation="no")
    page = open_with_code(sluice, DECIDER)
    flag, means = page.body.index("Ta ett samtal innan"), page.body.index("Sammanvägt")
    assert flag < means
    assert "Två alternativ fick lika många röster" in page.body
    (letter,) = [m for m in sluice.letters(COORDINATOR) if "oense" in m.text]
    assert "lika många röster" in letter.text


def test_of_two_who_are_asked_for_one_answer_neither_sees_the_others_before_their_own(
    sluice: Sluice, send_idea: Callable[..., Page]
) -> None:
    send_idea()
    to_decision(sluice)
    add_people(sluice.store, (somebody("mats", "decision_maker"),))
    while not sluice.letters("mats@example.com"):
        sluice.pass_time(timedelta(days=1))
    first, second = sluice.visitor(), sluice.visitor()
    page = open_with_code(sluice, DECIDER, first)
    open_with_code(sluice, "mats@example.com", second)
    reason = "Det här beslutet har ingen annan sett än."
    first.post(page.path, {"outcome": "test", "reason": reason, "investigator": "ines"})
    still = second.get(sluice.link("mats@example.com"))
    assert still.has_form("/jav")
    assert reason not in still.body
    assert "1 av 2 har svarat" in still.body


def test_a_panel_of_one_mind_has_no_flag(sluice: Sluice, send_idea: Callable[..., Page]) -> None:
    send_idea()
    to_decision(sluice)
    assert "Ta ett samtal innan" not in open_with_code(sluice, DECIDER).body


def test_a_link_to_a_step_that_is_over_tells_when_it_ended(
    sluice: Sluice, panel: list[str]
) -> None:
    for name in panel[:2]:
        review(sluice, name)
    sluice.pass_time(timedelta(days=1))
    decide(sluice, outcome="test")
    assert "avslutades <time" in opened(sluice, panel[2]).body
    assert "2 mars 2026" in opened(sluice, panel[2]).body


def test_the_dialogue_shows_the_whole_idea_and_what_was_answered_before(
    sluice: Sluice, send_idea: Callable[..., Page]
) -> None:
    send_idea(need="Jag, Roger Myrhed, har sett det varje vinter.")
    sluice.run()
    screen(sluice)
    page = open_with_code(sluice, COORDINATOR)
    assert "Jag, Roger Myrhed, har sett det" in page.body
    assert "roger.myrhed@example.com" in page.body
    assert WHY in page.body


def test_an_investigator_is_chosen_by_name_and_asked(
    sluice: Sluice, send_idea: Callable[..., Page]
) -> None:
    send_idea()
    to_decision(sluice)
    visitor = sluice.visitor()
    page = open_with_code(sluice, DECIDER, visitor)
    action = page.path.rsplit("/", 1)[1]
    assert page.choices(action, "investigator") == ["ines"]
    assert "Ines Ek" in page.body
    wrong = visitor.submit(page, action, outcome="test", reason=WHY, investigator="maj")
    assert wrong.status == 422
    done = visitor.submit(page, action, outcome="test", reason=WHY, investigator="ines")
    assert "Ines Ek" in done.body
    sluice.run()
    assert sluice.letters("ines@example.com")


def test_the_talk_leads_on_to_the_panel(sluice: Sluice, send_idea: Callable[..., Page]) -> None:
    send_idea()
    sluice.run()
    screen(sluice)
    assert asked_reviewers(sluice) == []
    assert talk(sluice).status == 200
    assert len(asked_reviewers(sluice)) == 3


# ── What somebody has begun to write of their answer, when they send something else from its page ──

HALF = {"motivation": "Halvvägs in i en mening", "benefit": "4"}


def test_half_an_answer_comes_along_when_a_question_is_sent(
    sluice: Sluice, panel: list[str]
) -> None:
    visitor = sluice.visitor()
    page = opened(sluice, panel[0])
    sent = visitor.submit(page, "/fraga", question="Vilken hållplats menar du?", **HALF)
    assert "Din fråga är skickad" in sent.title
    back = visitor.submit(sent, "/andra")
    written = back.form(page.path.rpartition("/")[2]).fields
    assert {name: written.get(name) for name in HALF} == HALF
    assert back.opened == [], "the question is not there once more"


def test_half_an_answer_comes_along_when_the_question_must_wait(
    sluice: Sluice, panel: list[str]
) -> None:
    other = opened(sluice, panel[1])
    sluice.visitor().submit(
        opened(sluice, panel[0]), "/fraga", question="Vilken hållplats menar du?"
    )
    visitor = sluice.visitor()
    refused = visitor.submit(other, "/fraga", question="Hur många hållplatser?", **HALF)
    assert refused.status == 409
    back = visitor.submit(refused, "/andra")
    assert back.form(other.path.rpartition("/")[2]).fields["motivation"] == HALF["motivation"]


def test_without_half_an_answer_a_link_leads_back(sluice: Sluice, panel: list[str]) -> None:
    page = opened(sluice, panel[0])
    sent = sluice.visitor().submit(page, "/fraga", question="Vilken hållplats menar du?")
    assert not sent.has_form("/andra")
    assert any(link.endswith(page.path.rpartition("/")[2]) for link in sent.links)


@pytest.mark.parametrize(
    ("place", "fields"),
    [
        ("/jav", {"jav": "Nej"}),
        ("/lamna-over", {"handover_note": "Kan du?"}),
        ("/fraga", {"question": "Vad?"}),
    ],
)
def test_half_an_answer_stays_when_something_else_must_be_mended(
    sluice: Sluice, panel: list[str], place: str, fields: dict[str, str]
) -> None:
    page = opened(sluice, panel[0])
    wrong = sluice.visitor().submit(page, place, **fields, **HALF)
    assert wrong.status == 422
    assert HALF.items() <= wrong.form(place).fields.items()


def test_half_an_answer_is_theirs_to_copy_once_the_ask_is_handed_over(
    sluice: Sluice, panel: list[str]
) -> None:
    page = opened(sluice, panel[0])
    fields = {"handover_to": colleague_of(page), "handover_note": NOTE}
    done = sluice.visitor().submit(page, "/lamna-over", **fields, **HALF)
    assert done.status == 200
    assert "Det här är inte sparat" in done.body
    assert HALF["motivation"] in done.body


def test_the_devices_own_copy_is_known_by_the_same_mark_from_link_to_link_and_by_no_token(
    sluice: Sluice, panel: list[str]
) -> None:
    marks = [re.findall(r'data-draft="([0-9a-f]{32})"', opened(sluice, n).body) for n in panel]
    assert len({mark for (mark,) in marks}) == len(panel)
    sluice.pass_time(timedelta(days=12))
    reminded = sluice.visitor().get(sluice.link(f"{panel[0]}@example.com"))
    assert re.findall(r'data-draft="([0-9a-f]{32})"', reminded.body) == marks[0]
    answered = review(sluice, panel[0])
    assert re.findall(r'data-over="([0-9a-f]{32})"', answered.body) == marks[0]
