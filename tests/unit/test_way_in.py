"""Which question comes next, and which places a text itself speaks of."""

from __future__ import annotations

import pytest

from chalicelib.domain.way_in import Fork, Place, Turn, WayIn
from tests.small_process import said

FIRST = Fork("first", said("first"), (Turn(said("a"), "second"), Turn(said("b"), "lamps")))
SECOND = Fork("second", said("second"), (Turn(said("c"), "idea"), Turn(said("d"), "lamps")))
LAMPS = Place("lamps", said("lamps"), said("they mend"), url="https://a.se", words=("gatlamp",))
SECRET = Place("secret", said("secret"), said("law"), url="https://b.se", words=("visselblås",))
WAY_IN = WayIn((FIRST, SECOND), (LAMPS, SECRET))


@pytest.mark.parametrize(
    ("key", "at"),
    [("", FIRST), ("first", FIRST), ("second", SECOND), ("lamps", LAMPS), ("idea", None)],
)
def test_a_key_leads_to_a_question_or_a_place(key: str, at: Fork | Place | None) -> None:
    assert WAY_IN.at(key) == at


def test_without_questions_there_is_no_first_one() -> None:
    assert WayIn().at("") is None


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("GATLAMPAN vid skolan lyser inte", (LAMPS,)),
        ("Vid-gatlampan är ett ord för sig", ()),
        ("Alla gatlampor", (LAMPS,)),
        ("En idé om lampor på gatan", ()),
        ("Jag vill visselblåsa om gatlampan", (LAMPS, SECRET)),
        ("", ()),
    ],
)
def test_a_word_that_begins_as_one_of_a_places_words_speaks_of_it(
    text: str, places: tuple[Place, ...]
) -> None:
    assert WAY_IN.pointed_at(["En rubrik", text]) == places
