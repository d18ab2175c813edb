"""The public form: nothing typed is lost, one idea is one case, and errors say what to do."""

from __future__ import annotations

import html
from collections.abc import Callable

import pytest

from chalicelib.domain.rows import CaseRow, ContactRow, TextRow
from chalicelib.services.submit_idea import smoke_mark
from tests.app.conftest import Sluice
from tests.app.visitor import Page


def stored(sluice: Sluice) -> list[CaseRow]:
    return list(sluice.store.rows(CaseRow))


def submission_key(page: Page) -> str:
    return page.form("ide/granska").fields["key"]


def test_a_form_with_errors_keeps_what_was_typed_and_says_so_in_its_title(
    sluice: Sluice, idea: dict[str, str]
) -> None:
    visitor = sluice.visitor()
    page = visitor.submit(visitor.get("/ide"), "ide/granska", **(idea | {"title": ""}))
    kept = page.form("ide/granska").fields
    assert page.status == 422
    assert page.title.startswith("Fel: ")
    assert {key: kept[key] for key in idea if key not in ("title", "route")} == {
        key: idea[key] for key in idea if key not in ("title", "route")
    }
    assert kept["route"] == idea["route"]
    assert "#field-title" in page.links
    assert 'id="field-title"' in page.body


def test_an_address_or_a_telephone_number_is_needed_and_either_will_do(
    sluice: Sluice, idea: dict[str, str]
) -> None:
    visitor = sluice.visitor()
    form = visitor.get("/ide")
    neither = visitor.submit(form, "ide/granska", **(idea | {"email": ""}))
    phone = visitor.submit(form, "ide/granska", **(idea | {"email": "", "phone": "019-21 10 00"}))
    assert (neither.status, phone.status) == (422, 200)


def test_the_review_page_leads_back_to_the_form_with_everything_in_it(
    sluice: Sluice, idea: dict[str, str]
) -> None:
    visitor = sluice.visitor()
    review = visitor.submit(visitor.get("/ide"), "ide/granska", **idea)
    form = visitor.submit(review, "ide/andra").form("ide/granska")
    assert {key: form.fields[key] for key in idea} == idea
    assert form.fields["key"] == review.form("ide/skicka").fields["key"]


def test_nothing_is_stored_before_it_is_sent(sluice: Sluice, idea: dict[str, str]) -> None:
    visitor = sluice.visitor()
    visitor.submit(visitor.get("/ide"), "ide/granska", **idea)
    assert stored(sluice) == []


def test_pressing_twice_gives_one_case_and_one_receipt(
    sluice: Sluice, idea: dict[str, str]
) -> None:
    visitor = sluice.visitor()
    review = visitor.submit(visitor.get("/ide"), "ide/granska", **idea)
    first = visitor.submit(review, "ide/skicka")
    second = visitor.submit(review, "ide/skicka")
    sluice.run()
    (case,) = stored(sluice)
    assert case.ref in first.body
    assert case.ref in second.body
    assert len(sluice.letters(idea["email"])) == 1


def test_another_text_under_a_used_key_is_refused_with_both_texts_on_the_page(
    sluice: Sluice, idea: dict[str, str]
) -> None:
    visitor = sluice.visitor()
    review = visitor.submit(visitor.get("/ide"), "ide/granska", **idea)
    visitor.submit(review, "ide/skicka")
    other = review.form("ide/skicka").fields | {"need": "Ett helt annat behov än det förra."}
    page = visitor.post("/ide/skicka", other)
    assert page.status == 409
    assert idea["need"] in page.body
    assert other["need"] in page.body
    assert len(stored(sluice)) == 1


def test_the_refused_text_can_be_sent_as_an_idea_of_its_own(
    sluice: Sluice, idea: dict[str, str]
) -> None:
    visitor = sluice.visitor()
    review = visitor.submit(visitor.get("/ide"), "ide/granska", **idea)
    visitor.submit(review, "ide/skicka")
    other = review.form("ide/skicka").fields | {"need": "Ett helt annat behov än det förra."}
    again = visitor.submit(visitor.post("/ide/skicka", other), "ide/granska")
    visitor.submit(again, "ide/skicka")
    needs = {row.fields["need"] for row in sluice.store.rows(TextRow)}
    assert needs == {idea["need"], other["need"]}


def test_another_senders_name_under_a_used_key_is_another_text(
    sluice: Sluice, idea: dict[str, str]
) -> None:
    visitor = sluice.visitor()
    review = visitor.submit(visitor.get("/ide"), "ide/granska", **idea)
    visitor.submit(review, "ide/skicka")
    other = review.form("ide/skicka").fields | {"name": "Någon Annan"}
    assert visitor.post("/ide/skicka", other).status == 409


def test_every_form_has_an_address_of_its_own(sluice: Sluice) -> None:
    visitor = sluice.visitor()
    first, second = visitor.get("/ide"), visitor.get("/ide")
    assert first.path != second.path
    assert submission_key(first) != submission_key(second)


def test_going_back_to_the_form_and_sending_again_gives_the_same_receipt(
    sluice: Sluice, idea: dict[str, str]
) -> None:
    visitor = sluice.visitor()
    form = visitor.get("/ide")
    receipts = []
    for shown in (form, visitor.get(form.path)):
        review = visitor.submit(shown, "ide/granska", **idea)
        receipts.append(visitor.submit(review, "ide/skicka"))
    (case,) = stored(sluice)
    assert all(case.ref in receipt.body for receipt in receipts)


def test_going_back_and_sending_another_text_is_told_apart(
    sluice: Sluice, idea: dict[str, str]
) -> None:
    visitor = sluice.visitor()
    form = visitor.get("/ide")
    visitor.submit(visitor.submit(form, "ide/granska", **idea), "ide/skicka")
    other = idea | {"need": "Ett helt annat behov än det förra."}
    review = visitor.submit(visitor.get(form.path), "ide/granska", **other)
    page = visitor.submit(review, "ide/skicka")
    assert page.status == 409
    assert idea["need"] in page.body
    assert other["need"] in page.body


def test_what_was_sent_is_shown_without_name_and_addresses(
    sluice: Sluice, idea: dict[str, str]
) -> None:
    visitor = sluice.visitor()
    form = visitor.get("/ide")
    visitor.submit(visitor.submit(form, "ide/granska", **idea), "ide/skicka")
    mine = idea | {"name": "Nästa Person", "email": "nasta@example.com"}
    page = visitor.submit(
        visitor.submit(visitor.get(form.path), "ide/granska", **mine), "ide/skicka"
    )
    assert page.status == 409
    assert idea["need"] in page.body
    assert idea["name"] not in page.body
    assert idea["email"] not in page.body


@pytest.mark.parametrize("how", ["another browser", "the browser was closed"])
def test_the_address_of_a_form_alone_leads_to_nothing_that_was_sent(
    sluice: Sluice, idea: dict[str, str], how: str
) -> None:
    visitor = sluice.visitor()
    form = visitor.get("/ide")
    visitor.submit(visitor.submit(form, "ide/granska", **idea), "ide/skicka")
    if how == "another browser":
        visitor = sluice.visitor()
    else:
        visitor.close()
    other = idea | {"need": "Ett helt annat behov än det förra."}
    again = visitor.submit(visitor.get(form.path), "ide/granska", **other)
    assert visitor.submit(again, "ide/skicka").status == 200
    assert len(stored(sluice)) == 2


def test_a_browser_that_keeps_no_cookies_sends_one_idea_by_pressing_twice(
    sluice: Sluice, idea: dict[str, str]
) -> None:
    form = sluice.visitor().get("/ide")
    review = sluice.visitor().submit(form, "ide/granska", **idea)
    for _ in range(2):
        assert sluice.visitor().submit(review, "ide/skicka").status == 200
    assert len(stored(sluice)) == 1


@pytest.mark.parametrize("name", ["kort", "A" * 23, "A" * 21 + "å", "finns-inte.html"])
def test_an_address_that_is_no_forms_leads_to_a_new_form(sluice: Sluice, name: str) -> None:
    page = sluice.visitor().get(f"/ide/{name}")
    assert page.status == 200
    assert page.path != f"/ide/{name}"


def test_another_language_shows_the_form_with_what_was_typed_so_far(sluice: Sluice) -> None:
    visitor = sluice.visitor()
    form = visitor.get("/ide")
    half = {"title": 'Bänkar & "soffor"', "need": "Rad ett\n\nRad två", "route": "service"}
    page = visitor.submit(form, "ide/andra?lang=en", **half)
    fields = page.form("ide/granska").fields
    assert (page.status, page.headers["content-language"]) == (200, "en")
    assert {key: fields[key] for key in half} == half
    assert fields["key"] == submission_key(form)
    assert visitor.get("/").headers["content-language"] == "en"


def test_another_language_tells_again_what_is_wrong(sluice: Sluice, idea: dict[str, str]) -> None:
    visitor = sluice.visitor()
    faulty = visitor.submit(visitor.get("/ide"), "ide/granska", **(idea | {"title": "kor"}))
    page = visitor.submit(faulty, "ide/andra?lang=en")
    assert (page.status, page.headers["content-language"]) == (422, "en")
    assert page.title.startswith("Error:")
    assert "#field-title" in page.links
    mended = visitor.submit(page, "ide/andra?lang=fi", title=idea["title"])
    assert (mended.status, mended.headers["content-language"]) == (200, "fi")


def test_another_language_shows_the_review_again_ready_to_send(
    sluice: Sluice, idea: dict[str, str]
) -> None:
    visitor = sluice.visitor()
    review = visitor.submit(visitor.get("/ide"), "ide/granska", **idea)
    page = visitor.submit(review, "ide/granska?lang=fi")
    assert page.headers["content-language"] == "fi"
    assert idea["need"] in page.body
    visitor.submit(page, "ide/skicka")
    (case,) = stored(sluice)
    assert case.lang == "fi"


@pytest.mark.parametrize("key", ["", "short", "x" * 23, "' OR 1=1 --aaaaaaaaaaa", "å" * 22])
def test_a_key_that_is_not_ours_is_replaced(sluice: Sluice, idea: dict[str, str], key: str) -> None:
    page = sluice.visitor().post("/ide/granska", idea | {"key": key})
    assert page.status == 200
    assert len(page.form("ide/skicka").fields["key"]) == 22
    assert page.form("ide/skicka").fields["key"] != key


@pytest.mark.parametrize(
    "nasty",
    [
        "<script>alert(1)</script> och mer text",
        "{{ 7 * 7 }} {% raw %} ${7*7} #{7*7}",
        "' OR '1'='1'; DROP TABLE ideer; --",
        "=cmd|' /C calc'!A0 som börjar så",
        "😀 👩‍👩‍👧‍👦 smörgåsbord ﷽ 田中さん",
    ],
)
def test_hostile_text_is_stored_as_written_and_shown_as_text(
    sluice: Sluice, send_idea: Callable[..., Page], nasty: str
) -> None:
    receipt = send_idea(need=nasty)
    status = sluice.visitor().get("/status/" + receipt.path.rsplit("/", 1)[1])
    (text,) = sluice.store.rows(TextRow)
    assert text.fields["need"] == nasty
    assert html.escape(nasty, quote=False).replace("'", "&#39;") in status.body


def test_letters_are_composed_and_direction_marks_do_not_survive(
    sluice: Sluice, send_idea: Callable[..., Page]
) -> None:
    send_idea(need="Behovet a\u0308r stort \u202enu\u202c i kommunen.")
    (text,) = sluice.store.rows(TextRow)
    assert text.fields["need"] == "Behovet är stort nu i kommunen."


def test_identity_is_stored_apart_from_the_idea(
    sluice: Sluice, send_idea: Callable[..., Page], idea: dict[str, str]
) -> None:
    send_idea()
    (contact,) = sluice.store.rows(ContactRow)
    (text,) = sluice.store.rows(TextRow)
    assert (contact.name, contact.email) == (idea["name"], idea["email"])
    assert not {"name", "email", "phone"} & set(text.fields)


def test_the_case_keeps_the_language_it_was_sent_in(
    sluice: Sluice, send_idea: Callable[..., Page], idea: dict[str, str]
) -> None:
    send_idea(sluice.visitor(**{"accept-language": "fi"}))
    sluice.run()
    (letter,) = sluice.letters(idea["email"])
    assert dict(letter.headers)["Content-Language"] == "fi"
    assert '<html lang="fi"' in letter.html


def test_only_the_deploys_mark_makes_an_idea_a_smoke_test(
    sluice: Sluice, idea: dict[str, str]
) -> None:
    visitor = sluice.visitor()
    fields = visitor.submit(visitor.get("/ide"), "ide/granska", **idea).form("ide/skicka").fields
    assert visitor.post("/ide/skicka", fields | {"smoke": "yes"}).status == 403
    assert stored(sluice) == []
    mark = smoke_mark(sluice.deps, fields["key"])
    visitor.post("/ide/skicka", fields | {"smoke": mark})
    assert [case.smoke for case in stored(sluice)] == [True]


def test_the_review_shows_what_is_stored_and_not_what_only_seems_to_be_written(
    sluice: Sluice, idea: dict[str, str]
) -> None:
    visitor = sluice.visitor()
    typed = idea | {"need": "Isen \u202enärra\u202c  \r\nligger.", "phone": "070–174 06 05"}
    review = visitor.submit(visitor.get("/ide"), "ide/granska", **typed)
    assert "<dd>Isen närra\nligger.</dd>" in review.body
    assert "<dd>070-174 06 05</dd>" in review.body
    assert "<dd>roger.myrhed@example.com</dd>" in review.body
    assert review.form("ide/skicka").fields["need"] == typed["need"]


def test_what_is_noticed_in_one_field_stands_together_with_one_way_to_mend_it(
    sluice: Sluice, idea: dict[str, str]
) -> None:
    visitor = sluice.visitor()
    form = visitor.get("/ide")
    written = {"need": "Ring 070-174 06 05 eller bo@example.com.", "benefit": "Nå 811218-9876."}
    page = visitor.submit(form, "ide/granska", **(idea | written))
    noticed = page.body.partition('id="noticed"')[2].partition("</section>")[0]
    need, benefit = noticed.split("<li>")[1:]
    assert "telefonnummer (070-…)" in need
    assert "mejladress (bo@e…)" in need
    assert "personnummer (8112…)" in benefit
    assert noticed.count("Ändra under") == 2
