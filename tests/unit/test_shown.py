"""Which ideas everybody may read about, and which of the answers tells of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.domain.process import ClosingCode, QuestionKind
from chalicelib.domain.rows import AskState, CaseRow
from chalicelib.domain.shown import may_be_shown, story
from tests.builders import a_case, an_answered_ask
from tests.small_process import SMALL, WHY, said, with_step

CARRIED_OUT_CASE = a_case(closed=True, closing_code="good")


@pytest.mark.parametrize(
    ("case", "may"),
    [
        pytest.param(CARRIED_OUT_CASE, True, id="carried out"),
        pytest.param(replace(CARRIED_OUT_CASE, closed=False), False, id="not closed yet"),
        pytest.param(replace(CARRIED_OUT_CASE, closing_code="poor"), False, id="closed with a no"),
        pytest.param(replace(CARRIED_OUT_CASE, closing_code=None), False, id="without a code"),
        pytest.param(
            replace(CARRIED_OUT_CASE, closing_code="gone"), False, id="a code nobody knows"
        ),
        pytest.param(replace(CARRIED_OUT_CASE, merged_into="other"), False, id="joined"),
        pytest.param(replace(CARRIED_OUT_CASE, given_up=True), False, id="without a giver"),
        pytest.param(replace(CARRIED_OUT_CASE, smoke=True), False, id="a deploy's own test"),
    ],
)
def test_only_what_was_carried_out_and_has_a_giver_may_be_shown(case: CaseRow, may: bool) -> None:
    assert may_be_shown(SMALL, case) is may


def test_a_code_is_good_news_when_the_process_says_so() -> None:
    other = replace(SMALL, closing_codes=(ClosingCode("good", WHY.label),))
    assert not may_be_shown(other, CARRIED_OUT_CASE)


def test_the_story_is_the_latest_text_that_one_person_has_shared() -> None:
    first = an_answered_ask(epoch=1, step="glance", answer={"why": "Vi tror på den."})
    panel = an_answered_ask(epoch=2, step="jury", answer={"view": "Hemligt."})
    last = an_answered_ask(epoch=3, step="ruling", answer={"why": "Nu står de där."})
    task = an_answered_ask(epoch=4, step="ring", task="ring", answer={"answer": "Tack!"})
    gone = an_answered_ask(epoch=5, step="gone", answer={"why": "Ett steg som inte finns."})
    assert story(SMALL, (last, first, panel, task, gone)) == "Nu står de där."
    assert story(SMALL, (panel, first)) == "Vi tror på den."
    assert story(SMALL, (panel, task)) == ""


def test_a_short_line_such_as_whom_to_talk_to_is_no_part_of_the_story() -> None:
    line = replace(WHY, kind=QuestionKind.LINE)
    process = with_step(SMALL, "glance", questions=(line,))
    ask = an_answered_ask(step="glance", answer={"why": "Karin, 010-123 45 00"})
    assert story(process, (ask,)) == ""


def test_texts_of_one_answer_follow_each_other_with_a_line_between() -> None:
    more = replace(WHY, key="more", label=said("more"))
    process = with_step(SMALL, "glance", questions=(WHY, more))
    ask = an_answered_ask(step="glance", answer={"why": "Vi tror på den.", "more": "I vår."})
    assert story(process, (ask,)) == "Vi tror på den.\n\nI vår."


def test_what_is_kept_from_the_giver_is_no_part_of_the_story() -> None:
    process = with_step(SMALL, "glance", questions=(replace(WHY, shared=False),))
    assert story(process, (an_answered_ask(step="glance", answer={"why": "Internt."}),)) == ""


def test_a_shared_text_of_a_panel_is_no_part_of_the_story() -> None:
    process = with_step(SMALL, "jury", panel=2, questions=(WHY,))
    assert story(process, (an_answered_ask(step="jury", answer={"why": "Vi är oense."}),)) == ""


def test_an_answer_that_was_taken_back_tells_nothing() -> None:
    open_again = an_answered_ask(step="glance", state=AskState.OPEN, answer={"why": "Hm."})
    assert story(SMALL, (open_again,)) == ""
