"""Which words are offered to the coordinator as likely names of persons, and which are not."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.deidentify import mask, mask_names
from chalicelib.domain.likely_names import likely_names


def offered(text: str) -> tuple[str, ...]:
    return likely_names({"need": text})


@pytest.mark.parametrize(
    ("text", "names"),
    [
        # Full names, known or not.
        ("Vi träffade Elsa Mörtsjö på morgonen", ["Elsa Mörtsjö"]),
        ("Nadja Petrovic Hed är också på", ["Nadja Petrovic Hed"]),
        ("Zelal Demirtaş ringde", ["Zelal Demirtaş"]),
        ("Rojhat Demirtaş ringde", ["Rojhat Demirtaş"]),
        ("Fråga Eva von Stråle eller Bashar al-Assad", ["Eva von Stråle", "Bashar al-Assad"]),
        ("Fråga Bashar al-Assad-Ek", ["Bashar al-Assad-Ek"]),
        ("Prata med K. Nilsson och Anna B. Ek", ["K. Nilsson", "Anna B. Ek"]),
        ("Det var Gun-Britt Åsenlund-Ek", ["Gun-Britt Åsenlund-Ek"]),
        ("Vi frågade KARIN NILSSON", ["KARIN NILSSON"]),
        ("Det är Ian McDonald som vet", ["Ian McDonald"]),
        # One name alone: within a sentence by its capital, at the beginning when it is common or shaped as a surname.
        ("Då sa Mörtsjö nej", ["Mörtsjö"]),
        ("Karin ringde", ["Karin"]),
        ("Abdirahman ringde", ["Abdirahman"]),
        ("Kicki ringde", ["Kicki"]),
        ("Päivi soitti", ["Päivi"]),
        ("Andersson ringde", ["Andersson"]),
        ("Lindqvist och Sjöström ringde", ["Lindqvist", "Sjöström"]),
        ("Vi väntar på Max och Hans", ["Max", "Hans"]),
        ("Jag ringde Bo", ["Bo"]),
        ("Hon (Mörtsjö) kom", ["Mörtsjö"]),
        ("Då kom Dag Eld och Yrr", ["Dag Eld", "Yrr"]),
        ("t.ex. Mörtsjö och tfn. Hagelin", ["Mörtsjö", "Hagelin"]),
        ("Det är MacFarlane", ["MacFarlane"]),
        # In small letters, where the word is nothing else.
        ("jag frågade karin, ida och mohammed", ["karin", "ida", "mohammed"]),
        # Titles and the beginning of the sentence are no part of the name.
        ("Mamman Jenny Forsgård sa", ["Jenny Forsgård"]),
        ("Grannen Mörtsjö sa", ["Mörtsjö"]),
        ("Rektor Anna Berg sa", ["Anna Berg"]),
        ("När Mörtsjö kom", ["Mörtsjö"]),
        ("Igår ringde Rektor Mörtsjö", ["Mörtsjö"]),
        ("Igår ringde Rektor Anna Berg", ["Anna Berg"]),
        ("Anna Karin ringde", ["Anna Karin"]),
        ("Då sa KS Mörtsjö nej", ["Mörtsjö"]),
        ("Vi såg Karin Berg la dit den", ["Karin Berg"]),
        ("Vi frågade Mörtsjö Karin", ["Mörtsjö Karin"]),
        ("Vi såg Karin la dit den", ["Karin"]),
        ("Vi gav Karin e-Arkiv", ["Karin"]),
        ("Sedan Karin kom", ["Karin"]),
        # Compounds are offered by their name.
        ("Den nya Karin-gruppen", ["Karin"]),
        # A place that is a name too is offered: a wrong offer costs a glance.
        ("Vi bor i Nora", ["Nora"]),
    ],
)
def test_likely_names_are_offered(text: str, names: list[str]) -> None:
    assert list(offered(text)) == names


@pytest.mark.parametrize(
    "text",
    [
        # The beginning of a sentence, however the one before it ends.
        "Belysningen är trasig. Lampor saknas! Glas ligger kvar? Sopa: Snarast… Tack\nHälsningar",
        '"Välkommen hit" sa hon. – Öppna dörren\n* Bänkar\n• Bord {% if %}Ombud',
        # Everyday words that are given names too.
        "Max 400 kr. Dag två. Hans bil. Mina barn. Inga pengar. Per person. Rita en karta. Stig in.",
        "max en per dag, hans barn och mina, inga pengar, sätt dit sten och björk",
        "Tuuli puhaltaa. ei ole aina helppoa, ilta ja meri",
        # Places.
        "Vi åker från Örebro till Kumla, mot Stockholms län, via Norge och Ruotsin",
        "Vid hörnet av Storgatan och Drottninggatan, på Lindskolan, bakom Stadsparken",
        "Östra Storgatan, Örebro Slott, Norra Lundtorpsvägen och Stora Torget",
        "Vi bor mot Hagels Kyrka och åker från Åby Station",
        "Vi bor mot Hagels Mörtsjös Kyrka",
        "Bussen i Garphult, vid Åbyfors, kring Tallhult",
        "Avdelningarna Blåsippan och Tallkotten",
        "Kiirunassa ja Tallhultissa",
        # Organisations, products and acronyms.
        "Vi frågade Försäkringskassan, Skolverket, Stridsberg AB och Region Småort och Team Utveckling",
        "Logga in med BankID i Microsoft Teams på en iPad eller ZPlatta, enligt SoL, via SSO och SMS",
        "Inför SSO nu, ring Nr 7, Kl 8, med en e-Tjänst",
        "Googles kalender och Ikeas hyllor",
        "Suomi-seura och Covid-testet",
        # Months, weekdays and languages.
        "Sista Måndagen i Maj, varje Fredag, on Monday in March, we speak Swedish and I'm here",
        # A heading in capitals.
        "Alltid Trygga Fina Rena Snälla Glada Parker",
        # Addresses, and what stands by digits.
        "Se https://Exempel.se/Hagelin och www.Hagelin.se, rum B14, uppgång C, @Hagelin",
    ],
)
def test_other_words_are_not_offered(text: str) -> None:
    assert offered(text) == ()


def test_each_name_is_offered_once_in_the_order_in_which_it_first_stands() -> None:
    fields = {"title": "Om Mörtsjö", "need": "Då kom Liam, Karin och Mörtsjö. Sedan gick Liam."}
    assert likely_names(fields) == ("Mörtsjö", "Liam", "Karin")


def test_name_that_is_written_in_two_ways_is_offered_once() -> None:
    assert offered("Då kom Karin Nilsson. Fråga KARIN NILSSON") == ("Karin Nilsson",)


def test_five_words_may_be_a_name_and_six_are_a_heading() -> None:
    assert offered("Vi frågade Anna Karin Elsa Hagelin Mörtsjö") == (
        "Anna Karin Elsa Hagelin Mörtsjö",
    )
    assert offered("Vi frågade Anna Karin Elsa Hagelin Mörtsjö Åsenlund") == (
        "Anna",
        "Karin",
        "Elsa",
    )


def test_part_of_a_longer_name_is_not_offered_by_itself() -> None:
    assert offered("Elsa sover. Då kom Elsa Mörtsjö, och Mörtsjös dotter") == ("Elsa Mörtsjö",)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Det är Karins idé", ["Karin"]),
        ("Det är Lars idé", ["Lars"]),
        ("Det är Andreas idé", ["Andreas"]),
        ("Det är Mörtsjös idé", ["Mörtsjös"]),
        ("Det är Mörtsjös idé, sa Mörtsjö", ["Mörtsjö"]),
        ("Det är McDonalds idé, sa McDonald", ["McDonald"]),
        ("Puhuin Pekalle ja Virtaselle", ["Pekka", "Virtaselle"]),
        ("Kysyin Päiviltä", ["Päivi"]),
    ],
)
def test_name_is_offered_without_its_case_when_the_name_is_known(
    text: str, names: list[str]
) -> None:
    assert list(offered(text)) == names


def test_masks_are_not_offered_and_begin_no_sentence() -> None:
    text = mask({"need": "Nora Vik, 070-1740605, nora@example.com"}, "Nora Vik").fields["need"]
    assert offered(f"{text} Hagelin") == ("Hagelin",)


WORDS = (
    "Karin Nilsson Mörtsjö Pekka Virtanen Virtaselle Karins och karin gick Max max i på Rektor al-Assad"
    " von Storgatan KARIN SSO [namn] Gun-Britt Karin-gruppen . , : \n - ( ) K."
)
texts = st.one_of(
    st.text(max_size=80),
    st.lists(st.sampled_from(WORDS.split(" ")), max_size=15).map(" ".join),
)


@given(texts)
def test_nothing_is_left_to_offer_when_all_that_was_offered_is_masked(text: str) -> None:
    masked = mask_names({"need": text}, offered(text))
    assert set(likely_names(masked.fields)) & set(offered(text)) == set()


@given(texts)
def test_every_name_offered_can_be_masked(text: str) -> None:
    for name in offered(text):
        assert mask_names({"need": text}, [name]).count > 0


@pytest.mark.parametrize("text", ["0" * 20_000, "Aa " * 7_000, "A-" * 10_000, "http" * 5_000])
def test_hostile_texts_are_searched_in_time(text: str) -> None:
    started = time.perf_counter()
    offered(text)
    assert time.perf_counter() - started < 20, "what goes wrong here takes hours, not seconds"
