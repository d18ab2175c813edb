"""Every mistake in `[way_in]` of site.toml is told: nobody is led to a place that does not exist or cannot be reached."""

from __future__ import annotations

import pytest

from chalicelib import config
from chalicelib.config.mistakes import Mistake
from chalicelib.config.read_site import read_site
from chalicelib.config.table import Table
from chalicelib.domain.site import Site
from chalicelib.domain.way_in import IDEA, Fork, Place
from tests.unit.config_sources import (
    DROP,
    Content,
    mistakes_in,
    site_source,
    spoiled,
    words,
)


def site_of(table: Table, _: list[Mistake]) -> Site:
    site = read_site(table)
    table.table("calendar").names("free_eves")
    return site


QUESTION = {
    "key": "more",
    "text": words("more"),
    "option": [{"label": words("a"), "to": "fault"}, {"label": words("b"), "to": "idea"}],
}
FIRST, PLACE = "way_in.question[0]", "way_in.place[0]"


@pytest.mark.parametrize(
    ("changes", "key", "wrong"),
    [
        ({"way_in": DROP}, "way_in.question", "missing"),
        ({"way_in.place": DROP}, "way_in.place", "missing"),
        ({f"{FIRST}.text.fi": DROP}, f"{FIRST}.text.fi", "missing"),
        ({f"{FIRST}.colour": 1}, f"{FIRST}.colour", "this key is not known here"),
        (
            {f"{FIRST}.option[1].to": "falt"},
            f"{FIRST}.option[1].to",
            "falt is no place and no later question",
        ),
        (
            {"way_in.question[1].option[0].to": "what"},
            "way_in.question[1].option[0].to",
            "what is no place and no later question",
        ),
        ({f"{PLACE}.url": "http://www.example.com/"}, f"{PLACE}.url", "'http://www.example.com/'"),
        ({f"{PLACE}.url": "https://nowhere"}, f"{PLACE}.url", "'https://nowhere'"),
        ({f"{PLACE}.url": "https://a b.se"}, f"{PLACE}.url", "'https://a b.se'"),
        ({f"{PLACE}.phone": "växeln"}, f"{PLACE}.phone", "'växeln'"),
        (
            {"way_in.place[1].email": "council"},
            "way_in.place[1].email",
            "'council' is not an e-mail address",
        ),
        ({"way_in.place[1].email": DROP}, "way_in.place[1]", "nobody could be reached there"),
        ({f"{PLACE}.words": ["fel"]}, f"{PLACE}.words", "'fel'"),
        ({f"{PLACE}.words": ["Gatlampa"]}, f"{PLACE}.words", "'Gatlampa'"),
    ],
)
def test_a_mistake_in_the_way_in_is_told(changes: Content, key: str, wrong: str) -> None:
    found = mistakes_in(spoiled(site_source(), changes), site_of)
    assert (key, wrong) in [(mistake.key, mistake.wrong) for mistake in found]


@pytest.mark.parametrize(
    ("changes", "key", "wrong"),
    [
        (
            {"way_in.question[2]": QUESTION, "way_in.question[3]": {**QUESTION, "key": "most"}},
            "way_in.question",
            "4 questions",
        ),
        ({"way_in.question[2]": QUESTION}, "way_in.question[2]", "no answer leads to more"),
        ({f"{FIRST}.option[1].to": "council"}, "way_in.place[0]", "no answer leads to fault"),
        (
            {"way_in.question[1].option[0].to": "council"},
            "way_in.question",
            "no answer leads to the form",
        ),
        ({f"{PLACE}.key": "idea"}, "way_in.place[0].key", "idea is the form"),
        (
            {"way_in.question[1].option[1]": DROP},
            "way_in.question[1].option",
            "one answer to choose from",
        ),
    ],
)
def test_questions_that_lead_wrong_are_told(changes: Content, key: str, wrong: str) -> None:
    found = mistakes_in(spoiled(site_source(), changes), site_of)
    assert (key, wrong) in [(mistake.key, mistake.wrong) for mistake in found]


def test_a_place_and_a_question_cannot_have_the_same_name() -> None:
    changes = {f"{PLACE}.key": "what", f"{FIRST}.option[1].to": "council"}
    found = mistakes_in(spoiled(site_source(), changes), site_of)
    assert "another question or place is called what" in [mistake.wrong for mistake in found]


def test_a_sound_way_in_has_no_mistakes() -> None:
    assert mistakes_in(site_source(), site_of) == []


@pytest.mark.parametrize("address", ["https://www.example.com", "https://example.se/a?b=c#d"])
def test_a_place_has_an_address_that_can_be_followed(address: str) -> None:
    assert mistakes_in(spoiled(site_source(), {f"{PLACE}.url": address}), site_of) == []


def test_one_way_to_reach_a_place_is_enough() -> None:
    for gone in ("url", "phone"):
        assert mistakes_in(spoiled(site_source(), {f"{PLACE}.{gone}": DROP}), site_of) == []


def test_every_answer_of_ours_leads_on_and_nobody_answers_more_than_three_questions() -> None:
    way_in = config.load().site.way_in

    def depth(key: str) -> int:
        at = way_in.at(key)
        if key == IDEA or isinstance(at, Place):
            return 0
        assert isinstance(at, Fork)
        return 1 + max(depth(turn.to) for turn in at.turns)

    assert depth("") <= 3


def test_our_places_are_those_that_people_ask_for() -> None:
    """Fault reports, complaints, digital wishes, citizen proposals and whistleblowing (L28), which is kept apart."""
    places = {place.key: place.apart for place in config.load().site.way_in.places}
    needed = {"fault", "complaint", "digital", "citizen_proposal", "whistle"}
    assert needed <= places.keys()
    assert [key for key, apart in places.items() if apart] == ["whistle"]
