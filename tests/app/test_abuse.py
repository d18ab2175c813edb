"""The open form and those who abuse it: nothing that is sent is refused or lost, and nobody is mailed what a stranger typed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from chalicelib.domain.rows import CaseRow, MailRow
from chalicelib.services.form_time import stamp_form
from tests.app.acts import COORDINATOR, GIVER, WHY
from tests.app.conftest import Sluice
from tests.app.visitor import Page, Visitor

LIMIT = 20
TRAP = "your-website"
A_DAY = timedelta(days=1)
IN_BETWEEN = timedelta(milliseconds=600)
"""A thousand posts in ten minutes."""


def stored(sluice: Sluice) -> list[CaseRow]:
    return list(sluice.store.rows(CaseRow))


def hasty(sluice: Sluice, source: str = "127.0.0.1") -> Visitor:
    """Somebody, or something, for whom no time goes by while they fill in a form."""
    visitor = sluice.visitor(source)
    visitor._writing = lambda: None
    return visitor


def reviewed(visitor: Visitor, idea: dict[str, str], **more: str) -> Page:
    return visitor.submit(visitor.get("/ide"), "ide/granska", **idea, **more)


# The form's time


def test_whoever_is_too_fast_sees_all_they_typed_and_sends_it_by_waiting_a_moment(
    sluice: Sluice, idea: dict[str, str]
) -> None:
    visitor = hasty(sluice)
    again = visitor.submit(reviewed(visitor, idea), "ide/skicka")
    assert again.status == 200
    assert again.title.startswith("Tryck på ”Skicka idén” en gång till")
    assert "Vänta några sekunder" in again.body
    assert {key: again.form("ide/skicka").fields[key] for key in idea} == idea
    assert stored(sluice) == []
    sluice.clock.advance(timedelta(seconds=3))
    assert stored(sluice) == []
    assert "Tack!" in visitor.submit(again, "ide/skicka").body
    assert len(stored(sluice)) == 1


def test_a_form_that_was_open_overnight_is_sent_by_pressing_once_more(
    sluice: Sluice, idea: dict[str, str]
) -> None:
    visitor = hasty(sluice)
    review = reviewed(visitor, idea)
    sluice.clock.advance(timedelta(hours=25))
    again = visitor.submit(review, "ide/skicka")
    assert again.status == 200
    assert "gått ut" in again.body
    assert "Tack!" in visitor.submit(again, "ide/skicka").body


@pytest.mark.parametrize("stamp", [None, "", "1772438400000." + "f" * 64])
def test_a_missing_or_forged_stamp_loses_nothing_and_the_next_press_works(
    sluice: Sluice, idea: dict[str, str], stamp: str | None
) -> None:
    visitor = hasty(sluice)
    fields = reviewed(visitor, idea).form("ide/skicka").fields
    del fields["stamp"]
    again = visitor.post("/ide/skicka", fields | ({} if stamp is None else {"stamp": stamp}))
    assert again.status == 200
    assert {key: again.form("ide/skicka").fields[key] for key in idea} == idea
    assert "Tack!" in visitor.submit(again, "ide/skicka").body


def test_a_post_without_any_form_before_it_is_asked_to_press_once_more_and_then_taken(
    sluice: Sluice, idea: dict[str, str]
) -> None:
    visitor = hasty(sluice)
    again = visitor.post("/ide/skicka", idea)
    assert "Tack!" in visitor.submit(again, "ide/skicka").body
    assert len(stored(sluice)) == 1


@pytest.mark.parametrize(("lang", "title"), [("en", "Press “Send"), ("fi", "Paina vielä kerran")])
def test_the_page_says_so_in_the_readers_language(
    sluice: Sluice, idea: dict[str, str], lang: str, title: str
) -> None:
    visitor = sluice.visitor(**{"accept-language": lang})
    visitor._writing = lambda: None
    assert visitor.submit(reviewed(visitor, idea), "ide/skicka").title.startswith(title)


def test_the_time_goes_along_through_review_change_and_another_language(
    sluice: Sluice, idea: dict[str, str]
) -> None:
    visitor = hasty(sluice)
    form = visitor.get("/ide")
    sluice.clock.advance(timedelta(seconds=5))
    page = visitor.submit(form, "ide/andra?lang=fi", **idea)
    page = visitor.submit(page, "ide/granska", **idea)
    page = visitor.submit(page, "ide/andra")
    page = visitor.submit(page, "ide/granska")
    page = visitor.submit(page, "ide/granska?lang=sv")
    stamps = {
        p.form("ide/skicka" if p is page else "ide/granska").fields["stamp"] for p in (form, page)
    }
    assert len(stamps) == 1
    assert "Tack!" in visitor.submit(page, "ide/skicka").body


def test_a_press_that_was_asked_for_once_more_is_the_same_idea_however_often_it_comes(
    sluice: Sluice, idea: dict[str, str]
) -> None:
    visitor = hasty(sluice)
    again = visitor.submit(reviewed(visitor, idea), "ide/skicka")
    sluice.clock.advance(timedelta(seconds=3))
    receipts = [visitor.submit(again, "ide/skicka") for _ in range(3)]
    (case,) = stored(sluice)
    assert all(case.ref in receipt.body for receipt in receipts)


def test_the_other_text_of_a_used_form_can_be_sent_without_waiting(
    sluice: Sluice, idea: dict[str, str]
) -> None:
    visitor = sluice.visitor()
    review = reviewed(visitor, idea)
    visitor.submit(review, "ide/skicka")
    visitor._writing = lambda: None
    used = visitor.post("/ide/skicka", review.form("ide/skicka").fields | {"name": "Bo Ek"})
    visitor.submit(visitor.submit(used, "ide/granska"), "ide/skicka")
    assert len(stored(sluice)) == 2


# The field that people leave empty


def test_a_trap_that_was_filled_holds_the_idea_and_shows_the_same_page(
    sluice: Sluice, idea: dict[str, str], send_idea: Callable[..., Page]
) -> None:
    visitor = sluice.visitor()
    held = visitor.submit(reviewed(visitor, idea, **{TRAP: "https://spam.example"}), "ide/skicka")
    usual = send_idea()
    first, second = stored(sluice)
    assert {first.held, second.held} == {"trap", None}
    assert (held.status, held.path.split("/")[1]) == (usual.status, usual.path.split("/")[1])
    assert comparable(held) == comparable(usual)


def comparable(page: Page) -> str:
    """The page without what is each idea's own."""
    return re.sub(
        r"\d{4}-K\d{3}|[A-Za-z0-9_-]{43}|\d\d[.:]\d\d|datetime=\"[^\"]+\"", "…", page.body
    )


def test_what_was_typed_into_the_trap_is_never_shown_or_stored(
    sluice: Sluice, idea: dict[str, str]
) -> None:
    visitor = sluice.visitor()
    typed = {TRAP: "https://spam.example"}
    faulty = visitor.submit(visitor.get("/ide"), "ide/granska", **(idea | {"title": ""}), **typed)
    assert faulty.form("ide/granska").fields[TRAP] == ""
    review = reviewed(visitor, idea, **typed)
    assert review.form("ide/skicka").fields[TRAP] == "x"
    assert visitor.submit(review, "ide/andra").form("ide/granska").fields[TRAP] == ""
    visitor.submit(review, "ide/skicka")
    pages = repr([page.body for page in (faulty, review)])
    assert "spam.example" not in pages + repr(sluice.store.rows(CaseRow))
    assert stored(sluice)[0].is_held


def test_whoever_empties_the_trap_again_is_not_held(sluice: Sluice, idea: dict[str, str]) -> None:
    visitor = sluice.visitor()
    review = reviewed(visitor, idea, **{TRAP: "x"})
    form = visitor.submit(review, "ide/andra")
    visitor.submit(visitor.submit(form, "ide/granska"), "ide/skicka")
    assert not stored(sluice)[0].is_held


def test_the_trap_has_a_label_that_says_so_and_is_out_of_the_way(sluice: Sluice) -> None:
    body = sluice.visitor().get("/ide").body
    assert '<label for="field-your-website">Lämna det här fältet tomt.' in body
    (field,) = re.findall(r'<input id="field-your-website"[^>]*>', body)
    assert 'tabindex="-1"' in field
    assert 'autocomplete="off"' in field
    assert ".trap {" in sluice.visitor().get("/static/style.css").body


# Where it comes from


def test_only_the_gateways_own_word_tells_where_a_form_comes_from(
    sluice: Sluice, idea: dict[str, str]
) -> None:
    for number in range(LIMIT + 1):
        visitor = sluice.visitor("192.0.2.7", **{"x-forwarded-for": f"198.51.100.{number}"})
        visitor.submit(reviewed(visitor, idea | {"email": f"g{number}@example.com"}), "ide/skicka")
    assert Counter(case.held for case in stored(sluice)) == {None: LIMIT, "crowd": 1}


# Promise 27: spam is slowed, not eaten


def test_a_thousand_posts_in_ten_minutes_make_a_few_mails_and_lose_nothing(
    sluice: Sluice, idea: dict[str, str]
) -> None:
    """From one address; everything beyond the limit is held and can be let in, and others notice nothing."""
    spammer = hasty(sluice, "192.0.2.7")
    for number in range(1000):
        key = f"{number:022d}"
        stamp = stamp_form(sluice.deps, key, sluice.clock.now() - timedelta(seconds=10))
        answer = spammer.request(
            "POST",
            "/ide/skicka",
            body_of(idea | {"key": key, "stamp": stamp, "email": f"victim-{number}@example.com"}),
        )
        assert answer.status == 303
        sluice.clock.advance(IN_BETWEEN)
    other = hasty(sluice, "198.51.100.9")
    other._writing = lambda: sluice.clock.advance(timedelta(seconds=4))
    other.submit(reviewed(other, idea), "ide/skicka")
    sluice.run()
    to_victims = [letter for letter in sluice.mailer.letters if letter.to.startswith("victim-")]
    assert len(to_victims) <= LIMIT
    assert len(sluice.letters(GIVER)) == 1
    held = [case for case in stored(sluice) if case.is_held]
    assert len(stored(sluice)) == 1001
    assert len(held) == 1000 - LIMIT
    sluice.pass_time(A_DAY)
    (mail,) = [m for m in sluice.letters(COORDINATOR) if "Hålls kvar" in m.subject]
    assert "Det finns fler som hålls kvar" in mail.text
    ref, raw = re.findall(r"Läs (\S+) och avgör:\s+\S+(/svara/[A-Za-z0-9_-]{43})", mail.text)[0]
    coordinator = sluice.visitor()
    page = coordinator.get(raw)
    done = coordinator.submit(page, page.path, decision="release", why=WHY)
    sluice.run()
    assert "Tack, ditt svar är mottaget" in done.body
    (case,) = [case for case in stored(sluice) if case.ref == ref]
    assert case.step == "screening"


def body_of(fields: dict[str, str]) -> bytes:
    return urlencode(fields).encode()


# Nothing that a stranger types reaches an address that they typed


HOSTILE = {
    "title": "Köp-billiga-piller nu på https://ond.example/piller",
    "need": "Grattis-du-har-vunnit. Hämta vinsten på www.ond.example eller ring 070-999 88 77.",
    "idea": "Klicka-här-genast: http://ond.example/?a=b&c=d <b>fetstil</b>",
    "benefit": "Alla-vinner-på-detta",
    "name": "Vinnare Ondsint",
}


def test_no_mail_to_a_giver_whose_idea_nobody_has_read_holds_anything_that_was_typed(
    sluice: Sluice, idea: dict[str, str]
) -> None:
    """Receipts, several receipts in one mail, interim words while nobody answers, and nothing for taking it back."""
    receipt = None
    for _ in range(5):
        visitor = sluice.visitor()
        receipt = visitor.submit(reviewed(visitor, idea | HOSTILE), "ide/skicka")
    sluice.run()
    for _ in range(70):
        sluice.pass_time(A_DAY)
    assert receipt is not None
    status = sluice.visitor().get(f"/status/{receipt.path.rsplit('/', 1)[1]}")
    ref = re.search(r"\d{4}-K\d{3}", status.body)
    assert ref is not None
    sluice.visitor().post(f"{status.path}/atertag", {"word": ref.group()})
    sluice.run()
    owed = sluice.store.rows(MailRow)
    assert {mail.purpose for mail in owed if mail.recipient == "giver"} == {
        "receipt",
        "receipts",
        "interim",
    }
    parts = [part for value in HOSTILE.values() for part in re.findall(r"[\w.-]{6,}", value)]
    assert "billiga-piller" in " ".join(parts)
    for letter in sluice.letters(GIVER):
        everything = repr((letter.subject, letter.text, letter.html, letter.headers)).lower()
        assert not [part for part in parts if part.lower() in everything], letter.subject
