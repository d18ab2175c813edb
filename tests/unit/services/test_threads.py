"""All mails of a case to one person are one thread in their mail program, and nobody else's."""

from __future__ import annotations

import re
from dataclasses import replace

from chalicelib.domain.links import token_hash
from chalicelib.domain.rows import TokenRow
from chalicelib.services.ports import Letter
from tests.small_process import ON
from tests.world import HOST, JURORS, LINK, World, an_idea, in_jury, in_ruling

GIVER = "asa.lind@example.com"
ROOT = re.compile(r"<[0-9a-f]{32}@[a-z0-9.-]+>")
BO = {"name": "Bo Ek", "email": "bo.ek@example.com", "idea": an_idea(title="Grusade vägar")}


def header(letter: Letter, name: str) -> str:
    (value,) = [value for key, value in letter.headers if key == name]
    return value


def roots(letters: list[Letter]) -> set[str]:
    return {header(letter, "References") for letter in letters}


def test_all_that_a_person_gets_about_a_case_answers_one_message() -> None:
    world = in_ruling()
    for address in (GIVER, HOST.email):
        letters = world.letters(address)
        assert len(letters) > 1
        assert len(roots(letters)) == 1
        assert all(header(x, "In-Reply-To") == header(x, "References") for x in letters)
        assert {header(letter, "Thread-Topic") for letter in letters} == {world.case().ref}


def test_that_message_is_at_the_senders_own_domain_and_no_other_header_forges_one() -> None:
    world = in_jury()
    domain = world.deps.site.sender.partition("@")[2]
    for letter in world.letters():
        assert ROOT.fullmatch(header(letter, "References"))
        assert header(letter, "References").endswith(f"@{domain}>")
        assert "Message-ID" not in dict(letter.headers)


def test_another_person_and_another_case_are_other_threads() -> None:
    world = in_jury()
    asked = [letter for juror in JURORS for letter in world.letters(juror.email)]
    assert len(roots(asked)) == len({letter.to for letter in asked}) == 3
    before = roots(world.letters(HOST.email))
    world.submit("second", **BO)
    world.settle()
    assert len(roots(world.letters(HOST.email))) == len(before) + 1
    assert roots(world.letters(GIVER)).isdisjoint(roots(world.letters("bo.ek@example.com")))


def test_each_list_is_a_thread_of_its_own_for_each_person() -> None:
    host = replace(HOST, digest=True, weekly=True)
    henrik = replace(host, person_id="henrik", email="henrik@example.com")
    world = World(people=(host, henrik, *JURORS))
    for number in range(3):
        world.submit(f"idea {number}", **BO)
    world.settle()
    world.register("hanna")
    world.register("henrik")
    for _ in range(9):
        world.advance(days=1)
    hanna, other = (world.letters(f"{name}@example.com", "digest") for name in ("hanna", "henrik"))
    weekly = world.letters(about="weekly-henrik")
    assert min(len(hanna), len(other)) > 1
    assert len(weekly) == 1
    assert len(roots(hanna)) == len(roots(other)) == len(roots(weekly)) == 1
    assert len(roots(hanna + other + weekly)) == 3
    topics = {header(letter, "Thread-Topic") for letter in hanna + other + weekly}
    assert len(topics) == 3


def test_a_thread_tells_nobody_whose_it_is_and_opens_nothing() -> None:
    world = in_ruling()
    case = world.case()
    for letter in world.letters():
        root = header(letter, "References")
        assert case.case_id not in root
        assert letter.to.partition("@")[0] not in root
        raw = root.strip("<>").partition("@")[0]
        assert raw not in letter.text
        assert world.store.get(TokenRow, token_hash(raw)) is None


def test_every_subject_of_a_case_begins_with_its_reference() -> None:
    world = in_ruling()
    assert all(letter.subject.startswith(f"[{world.case().ref}] ") for letter in world.letters())


def test_the_thread_is_the_same_whatever_is_sent_again() -> None:
    world = World()
    world.submit()
    world.settle()
    before = roots(world.letters(HOST.email))
    world.advance(days=4)
    assert len(world.letters(HOST.email, "reminder")) == 1
    assert roots(world.letters(HOST.email)) == before
    world.answer(HOST, ON)
    world.settle()
    assert roots(world.letters(HOST.email)) == before
    assert LINK.search(world.letters(HOST.email)[0].text)
