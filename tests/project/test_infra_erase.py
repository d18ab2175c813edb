"""Somebody is taken out of the record: no row names them, every chain is whole, and the cases go on to their end."""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import pytest

from chalicelib.adapters.records import RECORDS
from chalicelib.domain.rows import (
    GIVER,
    AskRow,
    AskState,
    CaseRow,
    ContactRow,
    EventRow,
    MailRow,
    MailState,
    MaskedRow,
    PersonRow,
    Row,
    TextRow,
    TokenRow,
)
from chalicelib.domain.transaction import Change
from chalicelib.services.answer_ask import Accepted
from chalicelib.services.follow_idea import follow_idea
from chalicelib.services.open_link import open_link
from chalicelib.services.send_mail import send_mail
from chalicelib.services.show_idea import carried_out, show_idea
from chalicelib.services.submit_idea import Receipt
from chalicelib.services.take_back import TakenBack, take_back
from infra import cases, erase, people
from infra.terminal import Stop
from tests.fakes import Crash
from tests.recorded import wrong_in_world
from tests.small_process import ON, SO, VIEW
from tests.unit.services.overtaking import overtaken
from tests.unit.services.questioning import ask, tell
from tests.world import World, an_idea, in_jury, somebody

NAME, EMAIL, PHONE = "Åsa Lind", "asa.lind@example.com", "070-174 06 05"
WORDS = (NAME, EMAIL, PHONE)
IDEA = an_idea(
    need=f"Jag, {NAME}, når ingen bänk.", idea=f"Ring {PHONE} eller skriv till {EMAIL.upper()}."
)
# Ids as `people add` makes them; the names of the tests' usual people are their ids.
OFFICE = tuple(
    replace(
        somebody(f"p-{number}bcd", role), name=name, email=f"{name.split()[0].lower()}@example.com"
    )
    for number, (name, role) in enumerate(
        [
            ("Hedda Ek", "host"),
            ("Jorma Laine", "judge"),
            *((f"{first} Berg", "juror") for first in ("Ada", "Bodil", "Cilla", "Disa", "Elsa")),
        ]
    )
)


def everything(world: World) -> Callable[[str], Iterable[Row]]:
    def rows(table: str) -> Iterator[Row]:
        for each in RECORDS:
            if each.table == table:
                yield from world.store.rows(each.kind)

    return rows


def erase_giver(world: World, ref: str | None = None) -> str:
    return erase.erase_giver(world.deps, everything(world), ref or world.case().ref)


def erase_person(world: World, person_id: str, **how: bool) -> str:
    return erase.erase_person(world.deps, everything(world), person_id, **how)


def traces(world: World, *words: str) -> list[str]:
    """Every row that names somebody, as its own text."""
    rows = [repr(row) for each in RECORDS for row in world.store.rows(each.kind)]
    return [row for row in rows for word in words if word.casefold() in row.casefold()]


def is_whole(world: World) -> bool:
    found = world.store.rows(CaseRow)
    assert found
    return not any(cases.chain_fault(case, world.store.events(case.case_id)) for case in found)


def erasures(world: World) -> int:
    facts = [fact for event in world.store.rows(EventRow) for fact in event.facts]
    return sum(fact.kind == "GiverErased" for fact in facts)


@pytest.fixture
def world() -> World:
    """An idea before its panel whose giver is named in the idea, in an answer to a question and in a juror's words, and whom a
    question now waits for."""
    made = in_jury(phone=PHONE, idea=IDEA)
    ask(made)
    made.settle()
    tell(made, f"Vid bron, säger {NAME} på {PHONE}.")
    made.settle()
    made.answer(made.asked()[0], VIEW | {"view": f"Jag talade med {NAME}, {EMAIL}."})
    made.settle()
    ask(made, f"Menar {NAME} bron i söder?", made.asked()[0])
    made.settle()
    return made


def go_on_to_the_end(world: World) -> CaseRow:
    """Whoever is asked answers, until the idea has been ruled on."""
    for person in world.asked():
        if world.case().step == "jury":
            assert isinstance(world.answer(person, VIEW), Accepted)
            world.settle()
    (judge,) = world.asked()
    assert isinstance(world.answer(judge, SO, world.session(judge)), Accepted)
    world.settle()
    return world.case()


def test_before_the_erasure_the_idea_giver_is_named_in_every_kind_of_row_that_can(
    world: World,
) -> None:
    kinds = {row.partition("(")[0] for row in traces(world, *WORDS)}
    assert kinds == {"ContactRow", "TextRow", "QuestionRow", "AskRow", "MailRow"}


def test_after_the_erasure_no_row_names_the_idea_giver(world: World) -> None:
    told = erase_giver(world)
    assert traces(world, *WORDS) == []
    assert "No row names them any more." in told


def test_words_that_their_writer_took_back_name_the_idea_giver_no_more_either(world: World) -> None:
    (said,) = [ask for ask in world.store.rows(AskRow) if ask.answer and "view" in ask.answer]
    link = world.link(f"{said.person}@example.com", "ask")
    assert isinstance(take_back(world.deps, link, None, world.case().ref), TakenBack)
    (waits,) = [ask for ask in world.store.rows(AskRow) if ask.withdrawn]
    assert NAME in str(waits.withdrawn)
    world.settle()
    erase_giver(world)
    assert traces(world, *WORDS) == []
    (waits,) = [ask for ask in world.store.rows(AskRow) if ask.withdrawn]
    assert "[namn]" in str(waits.withdrawn)


def test_an_idea_that_everybody_may_read_about_is_hidden_and_names_nobody_when_its_giver_is_erased(
    world: World,
) -> None:
    case = go_on_to_the_end(world)
    assert show_idea(world.deps, case.case_id, with_name=True) is not None
    erase_giver(world)
    assert traces(world, *WORDS) == []
    assert carried_out(world.deps) == ()
    assert show_idea(world.deps, case.case_id, with_name=False) is None


def test_the_idea_itself_and_what_was_recorded_of_it_stay(world: World) -> None:
    (masked,) = world.store.rows(MaskedRow)
    events = world.store.events(world.case().case_id)
    erase_giver(world)
    (text,) = world.store.rows(TextRow)
    assert text.fields == text.fields | masked.fields
    assert text.fields["need"] == "Jag, [namn], når ingen bänk."
    assert world.store.rows(MaskedRow) == (masked,)
    assert world.store.events(world.case().case_id)[: len(events)] == events
    sent = [mail for mail in world.store.rows(MailRow) if mail.recipient == GIVER]
    assert sent
    assert all(mail.sent_at for mail in sent)


def test_an_erasure_is_recorded_and_breaks_no_chain(world: World) -> None:
    erase_giver(world)
    assert (erasures(world), is_whole(world)) == (1, True)
    assert world.store.events(world.case().case_id)[-1].actor == "operator"
    assert wrong_in_world(world) == []


def test_the_case_goes_on_to_its_end_and_nobody_is_mailed_or_asked_to_phone(world: World) -> None:
    letters = len(world.letters(EMAIL))
    erase_giver(world)
    world.settle()
    assert world.case().paused_at is None, "nobody waits for an answer of theirs"
    assert go_on_to_the_end(world).closed
    assert len(world.letters(EMAIL)) == letters
    assert not [row for row in world.store.rows(AskRow) if row.task]
    assert is_whole(world)
    assert world.mails(MailState.FAILED) == []


def test_a_long_silence_after_the_erasure_is_nobodys_task(world: World) -> None:
    erase_giver(world)
    for _ in range(40):
        world.advance(days=1)
    assert not [row for row in world.store.rows(AskRow) if row.task]
    assert world.mails(MailState.FAILED) == []


def test_the_idea_givers_links_are_dead(world: World) -> None:
    link = world.link(EMAIL, "receipt")
    assert follow_idea(world.deps, link) is not None
    erase_giver(world)
    assert follow_idea(world.deps, link) is None


def test_a_mail_that_was_owed_to_the_idea_giver_is_never_sent(world: World) -> None:
    world = World()
    ref = world.submit().ref
    (mail,) = world.store.rows(MailRow)
    erase_giver(world, ref)
    (ended,) = world.store.rows(MailRow)
    assert (ended.state, ended.try_at) == (MailState.SUPERSEDED, None)
    world.settle()
    assert world.letters(EMAIL) == []
    assert world.mails(MailState.SUPERSEDED) == ["receipt"]
    assert send_mail(world.deps, mail.mail_id) is MailState.SUPERSEDED


def test_a_mail_owed_in_the_moment_of_the_erasure_is_superseded_and_alarms_nobody(
    world: World,
) -> None:
    erase_giver(world)
    late = replace(
        world.mail("receipt-giver"), state=MailState.PENDING, due_at=world.now, try_at=world.now
    )
    world.store.transact([Change(late, ())])
    assert send_mail(world.deps, late.mail_id) is MailState.SUPERSEDED


def test_a_mail_that_is_being_sent_is_waited_for(world: World) -> None:
    sending = replace(world.mail("receipt-giver"), state=MailState.SENDING)
    world.store.transact([Change(sending, ())])
    with pytest.raises(Stop, match="quarter of an hour"):
        erase_giver(world)
    world.store.transact([Change(replace(sending, state=MailState.DELIVERED), ())])
    erase_giver(world)
    assert traces(world, *WORDS) == []


def ideas_of_one_address(count: int) -> tuple[World, list[Receipt]]:
    """As many ideas as are told of in a mail for several, and those before whose receipts go out at once."""
    made = World()
    sent = [made.submit(key=f"nyckel-nummer-{number:04d}") for number in range(3 + count)]
    made.settle()
    return made, sent[3:]


@pytest.mark.parametrize("gone", [0, 1, 2])
def test_an_erased_ideas_receipt_leaves_the_mail_for_several_and_the_others_go_out(
    gone: int,
) -> None:
    made, sent = ideas_of_one_address(3)
    erase_giver(made, sent[gone].ref)
    made.advance(days=1)
    (letter,) = made.letters(EMAIL, "receipts-")
    told = [receipt.ref in letter.text for receipt in sent]
    assert told == [number != gone for number in range(3)]
    erased = made.case(sent[gone].ref).case_id
    links = [
        row for row in made.store.rows(TokenRow) if (row.case_id, row.person) == (erased, GIVER)
    ]
    assert [token for token in links if token.expires_at > made.now] == []


def test_a_mail_for_several_of_which_all_are_erased_is_never_sent() -> None:
    made, sent = ideas_of_one_address(2)
    for receipt in sent:
        erase_giver(made, receipt.ref)
    ended = made.mail("receipts-")
    assert (ended.state, ended.due_at, ended.context) == (MailState.SUPERSEDED, None, {})
    made.advance(days=1)
    assert made.letters(EMAIL, "receipts-") == []


def test_a_mail_for_several_that_was_sent_tells_no_more_of_the_erased_one() -> None:
    made, sent = ideas_of_one_address(2)
    made.advance(days=1)
    erase_giver(made, sent[0].ref)
    kept = made.mail("receipts-")
    assert kept.sent_text is not None
    assert [receipt.ref in kept.sent_text for receipt in sent] == [False, True]
    other = made.case(sent[1].ref).case_id
    assert (kept.case_id, kept.context, kept.sent_to) == (other, {"cases": [other]}, EMAIL)
    erase_giver(made, sent[1].ref)
    assert made.mail("receipts-").sent_to is None


def test_a_mail_for_several_that_is_being_sent_is_waited_for() -> None:
    made, sent = ideas_of_one_address(2)
    sending = replace(made.mail("receipts-"), state=MailState.SENDING)
    made.store.keep(sending)
    with pytest.raises(Stop, match="quarter of an hour"):
        erase_giver(made, sent[1].ref)
    made.store.keep(replace(sending, state=MailState.SENT))
    erase_giver(made, sent[1].ref)
    assert made.mail("receipts-").context == {"cases": [made.case(sent[0].ref).case_id]}


def test_an_idea_that_comes_in_the_moment_of_an_erasure_falls_out_of_no_mail() -> None:
    """All but the mail was erased before, when that was being sent, in vain."""
    made, sent = ideas_of_one_address(2)
    owed = made.mail("receipts-")
    made.store.keep(replace(owed, state=MailState.SENDING))
    with pytest.raises(Stop):
        erase_giver(made, sent[0].ref)
    made.store.keep(owed)
    late: list[Receipt] = []
    overtaken(
        made,
        lambda deps: erase.erase_giver(deps, everything(made), sent[0].ref),
        lambda: late.append(made.submit(key="i-sista-stunden")),
    )
    made.advance(days=1)
    (letter,) = made.letters(EMAIL, "receipts-")
    told = [receipt.ref in letter.text for receipt in (*sent, *late)]
    assert told == [False, True, True]


def test_an_erasure_twice_is_one(world: World) -> None:
    erase_giver(world)
    before = [row for each in RECORDS for row in world.store.rows(each.kind)]
    erase_giver(world)
    assert [row for each in RECORDS for row in world.store.rows(each.kind)] == before


def test_an_erasure_that_was_cut_off_anywhere_is_completed_by_the_next() -> None:
    for boundary in itertools.count():
        made = in_jury(phone=PHONE, idea=IDEA)
        made.faults.crash_at(boundary)
        try:
            erase_giver(made)
            break
        except Crash:
            crashed = boundary
        erase_giver(made)
        assert traces(made, *WORDS) == [], boundary
        assert (erasures(made), is_whole(made)) == (1, True)
    assert crashed > 5


def test_a_closed_case_is_erased_and_stays_closed(world: World) -> None:
    go_on_to_the_end(world)
    before = world.case()
    erase_giver(world)
    after = world.case()
    assert (after.closed, after.step, after.due_at) == (True, before.step, None)
    assert (erasures(world), is_whole(world)) == (1, True)
    assert traces(world, *WORDS) == []


def test_who_is_called_the_same_elsewhere_is_told_of_and_left_alone(world: World) -> None:
    other = world.submit("another", name="Bo Ek", email="bo@example.com", idea=IDEA)
    world.settle()
    told = erase_giver(world, world.store.rows(CaseRow)[0].ref)
    kept = next(row for row in world.store.rows(ContactRow) if row.name == "Bo Ek")
    assert f"Still named in text {kept.case_id}." in told
    assert follow_idea(world.deps, other.status_token) is not None


def test_the_news_of_a_joined_idea_goes_no_longer_to_its_erased_giver() -> None:
    from tests.unit.services.test_join_ideas import Two

    two = Two()
    two.join()
    erase.erase_giver(two.world.deps, everything(two.world), two.second)
    (row,) = two.world.store.snapshot(two.target.case_id).followers  # type: ignore[union-attr]
    assert not row.has_email
    named = [row for row in traces(two.world, "bo@example.com") if "PersonRow" not in row]
    assert named == [], "a juror of that address is no idea-giver"
    assert is_whole(two.world)


def test_a_reference_that_no_case_has_is_refused(world: World) -> None:
    with pytest.raises(Stop, match="There is no case 2026-XXXX"):
        erase_giver(world, "2026-XXXX")


# Colleagues


@pytest.fixture
def office() -> World:
    """An idea before three jurors with pseudonyms for ids."""
    made = World(people=OFFICE)
    made.submit()
    made.settle()
    (host,) = made.asked()
    made.answer(host, ON)
    made.settle()
    return made


def test_no_row_names_an_erased_colleague_and_their_id_stays_as_a_pseudonym(office: World) -> None:
    juror = office.asked()[0]
    answered = office.answer(juror, VIEW)
    assert isinstance(answered, Accepted)
    office.settle()
    assert traces(office, juror.name, juror.email)
    told = erase_person(office, juror.person_id)
    office.settle()
    assert traces(office, juror.name, juror.email) == []
    assert "No row names them any more." in told
    asks = [row for row in office.store.rows(AskRow) if row.person == juror.person_id]
    assert [ask.state for ask in asks] == [AskState.ANSWERED]
    assert is_whole(office)
    assert wrong_in_world(office) == []


def test_what_an_erased_colleague_was_asked_goes_to_another_and_on_to_the_end(
    office: World,
) -> None:
    gone = office.asked()[0]
    link = office.link(gone.email)
    erase_person(office, gone.person_id)
    for _ in range(2):
        office.sweep()
        office.settle()
    assert gone.person_id not in {person.person_id for person in office.asked()}
    assert len(office.asked()) == 3
    refused = open_link(office.deps, link, None)
    assert type(refused).__name__ not in ("OpenAsk", "Answered")
    assert go_on_to_the_end(office).closed
    assert office.mails(MailState.FAILED) == []
    assert is_whole(office)


def test_a_mail_that_names_an_erased_colleague_to_somebody_else_names_them_no_more(
    office: World,
) -> None:
    gone = office.asked()[0]
    mail = next(row for row in office.store.rows(MailRow) if row.recipient != gone.person_id)
    named = replace(mail, sent_text=f"{gone.name} <{gone.email}> lämnade över frågan.")
    office.store.transact([Change(named, ())])
    erase_person(office, gone.person_id)
    assert office.store.get(MailRow, mail.mail_id).sent_text == (  # type: ignore[union-attr]
        "[namn] <[e-postadress]> lämnade över frågan."
    )


def test_a_session_of_an_erased_colleague_is_over() -> None:
    made = in_jury()
    juror = made.asked()[0]
    made.session(juror)
    erase_person(made, juror.person_id)
    theirs = [t for t in everything(made)("tokens") if t.person == juror.person_id]  # type: ignore[union-attr]
    assert {token.purpose.value for token in theirs} == {"ask", "session"}  # type: ignore[union-attr]
    assert all(token.expires_at <= made.now for token in theirs)  # type: ignore[union-attr]


def test_the_last_of_a_role_is_erased_only_when_that_is_said(office: World) -> None:
    judge = OFFICE[1].person_id
    with pytest.raises(Stop, match="the last who is judge"):
        erase_person(office, judge)
    erase_person(office, judge, even_if_last=True)
    assert traces(office, OFFICE[1].name) == []


def test_an_erased_id_is_nobody_elses(office: World) -> None:
    gone = office.asked()[0].person_id
    erase_person(office, gone)
    with pytest.raises(Stop, match="was erased"):
        people.put(
            office.deps,
            person_id=gone,
            name="Somebody Else",
            email="else@example.com",
            lang="sv",
            roles=("juror",),
            unit="teknik",
            digest=False,
        )
    (row,) = [p for p in office.store.rows(PersonRow) if p.person_id == gone]
    assert row.erased


def test_a_colleagues_erasure_that_was_cut_off_anywhere_is_completed_by_the_next() -> None:
    for boundary in itertools.count():
        made = World(people=OFFICE)
        made.submit()
        made.settle()
        host = made.asked()[0]
        made.faults.crash_at(boundary)
        try:
            erase_person(made, host.person_id, even_if_last=True)
            break
        except Crash:
            crashed = boundary
        erase_person(made, host.person_id, even_if_last=True)
        assert traces(made, host.name, host.email) == [], boundary
    assert crashed > 2


@pytest.mark.parametrize(
    ("typed", "goes_on"), [("2026-K7F3\n", True), ("yes\n", False), ("", False)]
)
def test_an_erasure_goes_on_only_when_its_reference_was_typed(
    typed: str, goes_on: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    if goes_on:
        erase.confirm("It will be erased.", "2026-K7F3")
        return
    with pytest.raises(Stop, match="Nothing was erased"):
        erase.confirm("It will be erased.", "2026-K7F3")
