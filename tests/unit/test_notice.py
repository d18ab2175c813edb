"""What in an idea looks as if it were about a certain person is noticed before anything is sent."""

from __future__ import annotations

import pytest

from chalicelib import config
from chalicelib.domain.notice import Noticed, Spot, notice

FORM = config.load().form
WRITER = "Annika Storbacke"


@pytest.mark.parametrize(
    ("values", "noticed"),
    [
        (
            {"need": "Min mamma 811218-9876 väntar."},
            Noticed(identity_numbers=(Spot("need", "8112"),)),
        ),
        ({"idea": "Henkilötunnus 131052-308T."}, Noticed(identity_numbers=(Spot("idea", "1310"),))),
        ({"title": "Ring 070-174 06 05 nu"}, Noticed(phones=(Spot("title", "070-"),))),
        ({"benefit": "Skriv till bo@example.com."}, Noticed(emails=(Spot("benefit", "bo@e"),))),
        (
            {"need": "Det är Karin Berg som sköter det."},
            Noticed(names=(Spot("need", "Karin Berg"),)),
        ),
        ({"need": "Jag, Annika Storbacke, har sett det."}, Noticed()),
        ({"need": "Vi har 15 platser för 2026-05-12."}, Noticed()),
        ({"need": "Skriv inte ut [personnummer]."}, Noticed()),
        ({"name": "Karin Berg", "email": "karin@example.com", "phone": "070-174 06 05"}, Noticed()),
        ({"co": "bo@example.com"}, Noticed()),
        ({"route": "service"}, Noticed()),
        ({}, Noticed()),
    ],
)
def test_what_is_noticed(values: dict[str, str], noticed: Noticed) -> None:
    assert notice(FORM, values, WRITER) == noticed


def test_each_field_is_named_in_the_forms_order() -> None:
    number = "811218-9876"
    found = notice(FORM, {"benefit": number, "idea": number, "need": "inget"}, "")
    assert found.identity_numbers == (Spot("idea", "8112"), Spot("benefit", "8112"))


def test_each_number_is_told_by_how_it_begins_and_one_that_is_there_twice_once() -> None:
    found = notice(FORM, {"need": "811218-9876, 640823-3234 och 811218-9876"}, "")
    assert found.identity_numbers == (Spot("need", "8112"), Spot("need", "6408"))


def test_what_stands_too_close_to_another_is_told_too() -> None:
    found = notice(FORM, {"need": "Henkilötunnus 131052-308T070-174 06 05"}, "")
    assert (found.identity_numbers, found.phones) == (
        (Spot("need", "1310"),),
        (Spot("need", "070-"),),
    )


def test_each_name_is_told_in_the_first_field_that_has_it() -> None:
    found = notice(FORM, {"benefit": "Vi hjälper Ali Hassan.", "need": "Fråga Karin Berg."}, "")
    assert found.names == (Spot("need", "Karin Berg"), Spot("benefit", "Ali Hassan"))


def test_a_name_in_a_case_is_told_where_it_stands() -> None:
    found = notice(FORM, {"title": "Jumppa ulkona", "need": "Kysy Jukalta lisää."}, "")
    assert found.names == (Spot("need", "Jukka"),)


def test_a_name_is_told_where_it_stands_whole_before_where_it_stands_in_a_case() -> None:
    found = notice(FORM, {"title": "Kysy Jukalta lisää", "need": "Sen tietää Jukka."}, "")
    assert found.names == (Spot("need", "Jukka"),)


def test_something_is_noticed_when_anything_is() -> None:
    assert not Noticed().anything
    for found in (
        Noticed((Spot("a", "1"),)),
        Noticed((), (Spot("a", "0"),)),
        Noticed(names=(Spot("a", "Ali"),)),
    ):
        assert found.anything


def test_what_stands_in_one_field_is_told_together_and_nothing_of_another() -> None:
    found = Noticed((Spot("a", "1"),), (Spot("a", "0"),), (Spot("b", "x"),), (Spot("a", "Ali"),))
    assert found.in_field("a") == Noticed(
        identity_numbers=(Spot("a", "1"),), phones=(Spot("a", "0"),), names=(Spot("a", "Ali"),)
    )
    assert found.in_field("b") == Noticed(emails=(Spot("b", "x"),))
    assert not found.in_field("c").anything
