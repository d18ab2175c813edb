"""What mails and pages say in states that look alike: a sentence that is true in one of them is not there in the other."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.config import load
from chalicelib.domain.form import FieldError, Problem
from chalicelib.rendering import Rendered, Rendering
from infra.mail_samples import mail_samples
from tests.page_samples import page_samples
from tests.project.test_templates import parse

CONFIG = load()
RENDERING = Rendering(CONFIG)
NOTHING_MORE = "Du behöver inte göra något mer."


def mail(purpose: str, **changed: Any) -> Rendered:
    """The first sample of a mail, with what is changed."""
    sample = next(s for s in mail_samples(CONFIG, "sv") if s.purpose == purpose)
    return RENDERING.mail(purpose, "sv", {**sample.context, **changed})


def page(name: str, state: str, **changed: Any) -> str:
    """The words of the main part of a sample page, with what is changed."""
    sample = next(s for s in page_samples(CONFIG, "sv") if (s.name, s.state) == (name, state))
    html = RENDERING.page(name, "sv", sample.root, sample.here, **{**sample.context, **changed})
    return " ".join(parse(html).all("main")[0].text.split())


@pytest.mark.parametrize(("joined_ref", "asked"), [(None, True), ("2026-M2XP", False)])
def test_only_whose_own_answer_is_waited_for_is_led_to_it(
    joined_ref: str | None, asked: bool
) -> None:
    for purpose in ("interim", "week"):
        more = {"happened": []} if purpose == "week" else {}
        told = mail(purpose, waits_for_giver=True, joined_ref=joined_ref, **more)
        assert ("Svara på din egen sida" in told.text) is asked
    interim = mail("interim", waits_for_giver=True, joined_ref=joined_ref)
    assert ("Vi väntar på ditt svar" in interim.subject) is asked


@pytest.mark.parametrize("open_still", [True, False])
def test_whoever_can_take_an_answer_back_is_not_told_that_nothing_is_left_to_do(
    open_still: bool,
) -> None:
    assert (NOTHING_MORE in mail("answer_receipt", open=open_still).text) is not open_still
    assert (NOTHING_MORE in page("answered", "now", open_still=open_still)) is not open_still


@pytest.mark.parametrize("people", [[], ["Maria Lindqvist"]])
def test_who_is_late_is_named_and_without_anybody_the_role_must_be_filled(
    people: list[str],
) -> None:
    told = mail("overdue", people=people).text
    assert ("Ring och fråga vad som hindrar: Maria Lindqvist." in told) is bool(people)
    assert ("lägga till någon i rollen" in told) is not people


def test_whoever_must_be_careful_is_not_asked_to_tell_what_it_is_about() -> None:
    careful, usual = (page("way_in", state) for state in ("apart", "place"))
    assert "Berätta inte vad det gäller" in careful
    assert "så hjälper vi dig rätt" not in careful
    assert "så hjälper vi dig rätt" in usual


@pytest.mark.parametrize(
    ("bounced", "phoned", "reached"),
    [(False, True, True), (True, True, True), (True, False, False)],
)
def test_whom_nobody_can_reach_is_promised_news_on_the_page_alone(
    bounced: bool, phoned: bool, reached: bool
) -> None:
    told = page("status", "open", bounced=bounced, phoned=phoned)
    assert ("Du ska få besked senast" in told) is reached
    assert ("Här på sidan finns besked senast" in told) is not reached
    late = page("status", "late", bounced=bounced, phoned=phoned)
    assert ("Vi hör av oss så snart" in late) is reached


@pytest.mark.parametrize("shared", [[], [["Så tänker vi", "Dyrt"]]])
def test_an_end_is_told_once_and_explained_where_nobody_has_given_a_reason(
    shared: list[list[str]],
) -> None:
    told = mail("outcome", closed=True, deadline=None, shared=shared, happens="Ingen arbetar.")
    assert ("Ingen arbetar." in told.text) is not shared


@pytest.mark.parametrize("mine", [True, False])
def test_what_waits_for_others_has_a_heading_where_something_waits_for_the_reader(
    mine: bool,
) -> None:
    sample = next(s for s in mail_samples(CONFIG, "sv") if s.purpose == "digest")
    lines: Any = sample.context["waiting"]
    listed = [{**line, "mine": mine and line["mine"]} for line in lines]
    told = mail("digest", waiting=listed, mine_count=int(mine)).text
    assert ("Det här väntar på andra\n" in told) is mine


@pytest.mark.parametrize("told", [1, 2])
def test_of_several_who_may_call_the_panel_one_must_do_it(told: int) -> None:
    assert ("Kom överens om vem" in mail("talk", told=told).text) is (told > 1)


@pytest.mark.parametrize("asked", [True, False])
def test_whoever_has_answered_and_is_asked_again_is_not_told_that_all_is_done(asked: bool) -> None:
    state = "question" if asked else "saved_svar"
    assert (NOTHING_MORE in page("status", state, saved="svar")) is not asked


@pytest.mark.parametrize("closed", [True, False])
def test_a_joined_idea_goes_on_only_while_the_other_one_does(closed: bool) -> None:
    told = page("status", "joined_closed" if closed else "joined")
    assert ("Arbetet fortsätter i idén" in told) is not closed
    assert ("Just nu" in told) is not closed


@pytest.mark.parametrize("carried", [[], [("answer-need", "Sand")]])
def test_whoever_has_begun_an_answer_is_not_sent_away_from_the_page_that_carries_it(
    carried: list[tuple[str, str]],
) -> None:
    told = page("code", "no_tries", carried=carried)
    assert ("öppna länken i mejlet igen" in told) is not carried


@pytest.mark.parametrize("handed_by", [None, "Maria Lindqvist"])
def test_whoever_is_asked_has_a_way_out_also_of_what_a_colleague_handed_over(
    handed_by: str | None,
) -> None:
    told = mail("ask", handed_by=handed_by).text
    assert "Kan du inte svara? Svara på det här mejlet" in told
    assert "egen koppling till idén (jäv)" in told


@pytest.mark.parametrize("mine", [1, 2])
def test_the_morning_list_counts_in_its_subject_what_waits_for_its_reader(mine: int) -> None:
    told = mail("digest", mine_count=mine).subject
    assert told.endswith({1: "1 fråga väntar på dig", 2: "2 frågor väntar på dig"}[mine])


@pytest.mark.parametrize("link", [None, "https://ideer.example.com/svara/x"])
def test_what_is_held_has_been_read_by_nobody_where_there_is_nobody_to_read_it(
    link: str | None,
) -> None:
    sample = next(s for s in mail_samples(CONFIG, "sv") if s.purpose == "held")
    lines: Any = sample.context["held"]
    told = mail("held", held=[{**line, "ask_url": link} for line in lines]).text
    assert ("Ingen annan har fått läsa dem" in told) is (link is not None)
    assert ("Ingen har läst dem än" in told) is (link is None)


@pytest.mark.parametrize("done", ["nobody", "stays"])
def test_a_question_that_nobody_has_is_not_said_to_wait_for_somebody(done: str) -> None:
    told = mail("undelivered", done=done, to_giver=False, recipient_name="Jonas Berg").text
    assert ("så frågan väntar på Jonas Berg" in told) is (done == "stays")
    assert ("så ingen har frågan nu" in told) is (done == "nobody")


def test_reviewers_whose_part_is_done_are_not_told_to_call_a_talk() -> None:
    done, deciding = page("answered", "panel"), page("ask", "decision")
    assert "Ni kan bli kallade till ett samtal." in done
    assert "Ta ett samtal innan ni går vidare." not in done
    assert "Ta ett samtal innan ni går vidare." in deciding
    assert "Ni kan bli kallade" not in deciding


@pytest.mark.parametrize("renewable", [True, False])
def test_what_was_written_by_a_link_that_is_too_old_is_kept_for_the_new_one_where_there_is_one(
    renewable: bool,
) -> None:
    told = page("expired", "too_late", can_renew=renewable)
    assert ("klistra in det när du har fått den nya länken" in told) is renewable
    assert ("Kopiera det, om du behöver det." in told) is not renewable


@pytest.mark.parametrize("number", [None, "070-174 06 05"])
def test_who_has_no_number_is_to_be_reached_and_not_called(number: str | None) -> None:
    contact = ("Annika Storbacke", "annika.storbacke@example.com", number)
    told = page("ask", "call_lost_mail", contact=contact)
    assert ("Nå idégivaren" in told) is (number is None)


@pytest.mark.parametrize("field", ["mails", "show"])
def test_whoever_has_chosen_too_often_today_is_told_once_and_offered_no_choice(field: str) -> None:
    error = FieldError(field, Problem.ENOUGH_TODAY)
    sample = next(
        s
        for s in page_samples(CONFIG, "sv")
        if (s.name, s.state) == ("status", "open" if field == "mails" else "may_be_shown")
    )
    html = RENDERING.page(
        "status", "sv", sample.root, sample.here, **{**sample.context, "errors": (error,)}
    )
    assert html.count("många gånger i dag") == 1
    assert "Ditt val är inte sparat" in html
    assert f'name="{field}"' not in html
    assert "behöver rättas" not in html


@pytest.mark.parametrize("phoned", [True, False])
def test_whom_nothing_reaches_reads_that_before_anything_that_promises_to_be_in_touch(
    phoned: bool,
) -> None:
    told = page("status", "unreachable", phoned=phoned)
    note, box = told.index("Vi når dig inte med mejl."), told.index("Just nu, steg")
    assert (note < box) is not phoned


@pytest.mark.parametrize(("name", "state"), [("way_in", "place"), ("review", "elsewhere")])
def test_a_number_to_call_when_it_is_dangerous_can_be_pressed(name: str, state: str) -> None:
    sample = next(s for s in page_samples(CONFIG, "sv") if (s.name, s.state) == (name, state))
    html = RENDERING.page(name, "sv", sample.root, sample.here, **sample.context)
    assert 'Ring <a class="phone" href="tel:010-1234510">010-123 45 10</a>.' in html


@pytest.mark.parametrize(("has_email", "has_phone"), [(True, True), (False, True), (False, False)])
def test_a_question_that_cannot_be_mailed_is_saved_and_not_sent(
    has_email: bool, has_phone: bool
) -> None:
    told = page("questioned", "sent", has_email=has_email, has_phone=has_phone)
    assert ("Din fråga är skickad" in told) is has_email
    assert ("Din fråga är sparad" in told) is not has_email


@pytest.mark.parametrize("mine", [True, False])
def test_whose_own_question_rests_is_told_that_it_can_wait(mine: bool) -> None:
    sample = next(s for s in mail_samples(CONFIG, "sv") if s.purpose == "digest")
    lines: Any = sample.context["waiting"]
    told = mail("digest", waiting=[{**line, "mine": mine, "paused": True} for line in lines]).text
    assert ("du kan vänta, för idégivaren har fått en fråga" in told) is mine


@pytest.mark.parametrize("jav", [True, False])
def test_a_page_without_a_colleague_to_hand_over_to_says_what_to_do_instead(jav: bool) -> None:
    sections = {"question": True, "jav": jav, "handover": [], "reminders": True}
    told = page("ask", "assessment", sections=sections)
    assert ("Svara på mejlet med frågan, så hittar vi någon annan." in told) is not jav


@pytest.mark.parametrize("count", [1, 2])
def test_as_many_old_links_are_spoken_of_as_there_are(count: int) -> None:
    sample = next(s for s in mail_samples(CONFIG, "sv") if s.purpose == "let_off")
    asks: Any = sample.context["asks"]
    told = mail("let_off", asks=asks[:1] * count).text
    assert ("den gamla länken står" in told) is (count == 1)
    assert ("de gamla länkarna står" in told) is (count > 1)


@pytest.mark.parametrize("joined_ref", [None, "2026-M2XP"])
def test_a_week_that_waits_for_the_readers_answer_says_so_once(joined_ref: str | None) -> None:
    told = mail("week", happened=[], waits_for_giver=True, joined_ref=joined_ref).text
    assert told.count("Vi väntar på ditt svar på en fråga.") == (joined_ref is None)
