"""The pages of a case whose idea-giver has been erased: whoever may see who it was sees nobody, and their own links lead nowhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from chalicelib.adapters.records import RECORDS
from chalicelib.domain.rows import CaseRow, Row
from infra import erase
from tests.app.acts import COORDINATOR, GATES, GIVER, SCREENING, WHY, open_with_code, screen
from tests.app.conftest import Sluice
from tests.app.visitor import Page

NAME = "Roger Myrhed"


def everything(sluice: Sluice) -> Callable[[str], Iterable[Row]]:
    def rows(table: str) -> Iterable[Row]:
        kinds = (each.kind for each in RECORDS if each.table == table)
        return [row for kind in kinds for row in sluice.store.rows(kind)]

    return rows


def erased(sluice: Sluice) -> None:
    (case,) = sluice.store.rows(CaseRow)
    erase.erase_giver(sluice.deps, everything(sluice), case.ref)


def test_whoever_has_given_a_code_sees_the_masked_idea_and_no_contact(
    sluice: Sluice, send_idea: Callable[..., Page], idea: dict[str, str]
) -> None:
    send_idea(need=f"{NAME} hinner inte runt till alla hållplatser.")
    sluice.run()
    screen(sluice)
    before = open_with_code(sluice, COORDINATOR)
    assert NAME in before.body
    assert f"mailto:{GIVER}" in before.body
    erased(sluice)
    after = open_with_code(sluice, COORDINATOR)
    assert after.status == 200
    assert idea["title"] in after.body
    assert "[namn] hinner inte runt" in after.body
    assert NAME not in after.body
    assert "Idégivaren</h2>" in before.body
    assert "Idégivaren</h2>" not in after.body
    assert "/fraga" in before.body
    assert "/fraga" not in after.body


def test_the_idea_givers_own_page_and_receipt_are_gone(
    sluice: Sluice, send_idea: Callable[..., Page]
) -> None:
    receipt = send_idea()
    sluice.run()
    link = sluice.link(GIVER)
    assert sluice.visitor().get(link).status == 200
    erased(sluice)
    assert sluice.visitor().get(link).status == 404
    assert sluice.visitor().get(receipt.path).status == 404


def test_the_form_that_was_sent_tells_nothing_when_it_is_sent_again(
    sluice: Sluice, send_idea: Callable[..., Page], idea: dict[str, str]
) -> None:
    visitor = sluice.visitor()
    need = f"{NAME} hinner inte runt till alla hållplatser."
    review = visitor.submit(visitor.get("/ide"), "ide/granska", **(idea | {"need": need}))
    assert visitor.submit(review, "ide/skicka").status == 200
    erased(sluice)
    again = visitor.submit(review, "ide/skicka")
    assert again.status == 409
    assert "[namn] hinner inte runt" in again.body


def test_a_mail_speaks_of_an_erased_colleague_by_their_id(
    sluice: Sluice, send_idea: Callable[..., Page]
) -> None:
    send_idea()
    sluice.run()
    page = sluice.visitor().get(sluice.link(COORDINATOR, about=SCREENING))
    gates = dict.fromkeys(GATES, "yes") | {"right_way": "no"}
    chosen = {"outcome": "refer", "receiver": "rita", "reason": WHY}
    assert sluice.visitor().post(page.path, gates | chosen).status == 200
    erase.erase_person(sluice.deps, everything(sluice), "rita", even_if_last=True)
    sluice.run()
    (receipt,) = [one for one in sluice.letters(COORDINATOR) if "answer_receipt" in one.mail_id]
    assert "Rita Ek" not in receipt.text
    assert "rita" in [line.strip() for line in receipt.text.splitlines()]
