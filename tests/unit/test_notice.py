"""What in an idea looks as if it were about a certain person is noticed before anything is sent."""

from __future__ import annotations

import pytest

from chalicelib import config
from chalicelib.domain.notice import Noticed, notice

FORM = config.load().form
WRITER = "Annika Storbacke"


@pytest.mark.parametrize(
    ("values", "noticed"),
    [
        ({"need": "Min mamma 811218-9876 väntar."}, Noticed(identity_numbers=("need",))),
        ({"idea": "Henkilötunnus 131052-308T."}, Noticed(identity_numbers=("idea",))),
        ({"title": "Ring 070-174 06 05 nu"}, Noticed(phones=("title",))),
        ({"benefit": "Skriv till bo@example.com."}, Noticed(emails=("benefit",))),
        ({"need": "Det är Karin Berg som sköter det."}, Noticed(names=("Karin Berg",))),
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
    found = notice(FORM, {"benefit": number, "idea": number, "need": "inget"})
    assert found.identity_numbers == ("idea", "benefit")


def test_something_is_noticed_when_anything_is() -> None:
    assert not Noticed().anything
    for found in (Noticed(("a",)), Noticed((), ("a",)), Noticed(names=("Ali",))):
        assert found.anything
