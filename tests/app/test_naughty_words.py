"""Whatever people write comes back as they wrote it: on every page, in every mail and in the record, and as text alone.

`NAUGHTY_ROUNDS=8` sends every word through more of the fields.
"""

from __future__ import annotations

import csv
import io
import os
import re
import unicodedata
from collections import Counter
from datetime import date
from functools import cache
from itertools import cycle, islice, repeat
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.adapters.mail import SesMailer
from chalicelib.domain.deidentify import mask
from chalicelib.domain.form import Audience
from chalicelib.domain.rows import AskRow, ContactRow, MaskedRow, QuestionRow, TextRow
from chalicelib.services.mask_more import mask_unscreened
from chalicelib.services.ports import Letter
from infra import export
from infra.cases import sheet
from tests.app.acts import GIVER
from tests.app.conftest import PEOPLE, Sluice, open_sluice
from tests.app.html_tree import read
from tests.app.naughty import CORPUS, as_line, as_text, filled_out, only_composed
from tests.app.naughty_journey import A_WHILE, CHOSEN, LINES, Way, travel, words_for

ROUNDS = int(os.environ.get("NAUGHTY_ROUNDS", "1"))
TAKEN_IN_A_LINE = tuple(word for word in CORPUS if as_line(filled_out(word, 100)) is not None)
REFUSED_IN_A_LINE = tuple(word for word in CORPUS if word not in TAKEN_IN_A_LINE)
IN_TEXT, IN_LINE = 18, 5
DAY = date(2026, 3, 2)
RUNS = tuple("=+-@\t\r\n\0＝＋－＠")
GUARD = re.compile("\\A'(?='*[" + re.escape("".join(RUNS)) + "])")
UNSEEN = ("Cc", "Cf", "Zl", "Zp", "Zs")
OURS = (GIVER, *(person.email for person in PEOPLE))
JOURNEYS = -(-len(TAKEN_IN_A_LINE) // IN_LINE)


@cache
def harmless() -> Way:
    sluice = open_sluice(wiring.configuration().process)
    return travel(sluice, *words_for(repeat("Vanliga ord"), repeat("En vanlig rad")))


def journey(number: int) -> tuple[Sluice, Way]:
    """The journey with the next words of the list: each of them gets to every kind of field in turn."""
    harmless()
    sluice = open_sluice(wiring.configuration().process)
    # One word is left over after each round, so that the next one meets other fields.
    texts = islice(cycle(CORPUS), number * IN_TEXT, None)
    lines = islice(cycle((*TAKEN_IN_A_LINE, "")), number * IN_LINE, None)
    return sluice, travel(sluice, *words_for(texts, lines))


@pytest.mark.parametrize("number", range(JOURNEYS * ROUNDS))
def test_what_is_taken_comes_back_as_it_was_typed_and_as_text_alone(number: int) -> None:
    sluice, way = journey(number)
    rows_hold_the_words(sluice, way)
    pages_say_the_words(sluice, way)
    words_make_no_element(way)
    mails_carry_the_words(way)
    headers_are_ours(way)
    the_export_reads_back(sluice, way)


def rows_hold_the_words(sluice: Sluice, way: Way) -> None:
    idea = way.stored_idea()
    (contact,) = sluice.store.rows(ContactRow)
    (text,) = sluice.store.rows(TextRow)
    (masked,) = sluice.store.rows(MaskedRow)
    assert contact.name == idea["name"]
    assert {key: text.fields[key] for key in idea if key != "name"} == without(idea, "name")
    assert masked.fields == for_reviewers(way)
    answers = way.stored_answers()
    (question,) = sluice.store.rows(QuestionRow)
    assert (question.text, question.answer) == (
        answers["screening.question"],
        answers["giver.answer"],
    )
    given = [
        (ask.step, key, value)
        for ask in sluice.store.rows(AskRow)
        for key, value in (ask.answer or {}).items()
    ]
    for place, words in answers.items():
        step, key = place.split(".")
        if place not in ("screening.question", "giver.answer"):
            assert (step.replace("other", "assessment"), key, words) in given


def pages_say_the_words(sluice: Sluice, way: Way) -> None:
    idea, answers = way.stored_idea(), way.stored_answers()
    masked = without(for_reviewers(way), *CHOSEN)
    assert way.case is not None
    asked, answered = answers["screening.question"], answers["giver.answer"]
    hidden = {text: mask_unscreened(sluice.deps, way.case, text) for text in (asked, answered)}
    public = without(idea, "name").values()
    dialogue = [answers[f"dialogue.{key}"] for key in ("need", "approach", "alternatives")]
    dialogue.append(answers["dialogue.target_group"])
    panel = [answers[key] for key in ("assessment.motivation", "assessment.consider")]
    expected = {
        "review": idea.values(),
        "screening": masked.values(),
        "questioned": [asked],
        "question": [asked, *public],
        "answered question": [asked, answered, *public],
        "screening again": [*hidden.values(), *masked.values()],
        "screened": [answers["screening.motivation"]],
        "dialogue": [asked, answered, answers["screening.motivation"], *idea.values()],
        "talked": dialogue,
        "assessment": [*hidden.values(), *masked.values()],
        "assessed": panel,
        "other answer": [*panel, answers["other.motivation"]],
        "other assessed": [*panel, answers["other.motivation"]],
        "decision": [
            *idea.values(),
            asked,
            answered,
            answers["screening.motivation"],
            *dialogue,
            *panel,
            answers["other.motivation"],
        ],
        "decided": [answers["decision.reason"]],
        "status": [
            *public,
            asked,
            answered,
            dialogue[0],
            dialogue[-1],
            answers["decision.reason"],
        ],
    }
    for stop, words in expected.items():
        missing = set(words) - way.pages[stop].said()
        assert not missing, f"{stop}: {[ascii(word) for word in missing]}"
    for stop in ("review", "change"):
        values = way.pages[stop].values()
        assert {key: values[key] for key in way.idea} == way.idea, stop


def words_make_no_element(way: Way) -> None:
    assert way.pages.keys() == harmless().pages.keys()
    for stop, tree in way.pages.items():
        assert tree.shape == harmless().pages[stop].shape, stop
    for letter, twin in zip(way.letters, harmless().letters, strict=True):
        assert read(letter.html).shape == read(twin.html).shape, letter.subject


def mails_carry_the_words(way: Way) -> None:
    answers, masked = way.stored_answers(), without(for_reviewers(way), *CHOSEN)
    written = [*answers.values()]
    carried = Counter[str]()
    for letter in way.letters:
        said = read(letter.html).said()
        for words in (*masked.values(), *written):
            if words in said:
                carried[words] += 1
                assert in_text_part(words) in letter.text, (letter.subject, ascii(words))
    told = [answers["decision.reason"], answers["dialogue.need"], answers["dialogue.target_group"]]
    told += [answers["screening.question"], answers["screening.motivation"]]
    assert [ascii(words) for words in (*masked.values(), *told) if not carried[words]] == []


def in_text_part(words: str) -> str:
    """Words as they stand in the text of a mail: a little in from the edge."""
    return "\n  " + "\n".join(f"  {line}" if line else "" for line in words.split("\n"))[2:] + "\n"


def headers_are_ours(way: Way) -> None:
    shown_title = " ".join(without(for_reviewers(way), *CHOSEN)["title"].split())
    for letter, twin in zip(way.letters, harmless().letters, strict=True):
        request = as_ses_gets_it(letter)
        message = request["Content"]["Simple"]
        assert request["Destination"] in [{"ToAddresses": [address]} for address in OURS]
        assert request["ReplyToAddresses"] == as_ses_gets_it(twin)["ReplyToAddresses"]
        begins, _, title = letter.subject.partition(": ")
        assert begins.removesuffix("…") == twin.subject.partition(": ")[0].removesuffix("…")
        if letter.subject != twin.subject:
            assert letter.to != GIVER
            assert shown_title.startswith(title.removesuffix("…"))
        assert [name for name, _ in letter.headers] == [name for name, _ in twin.headers]
        values = [message["Subject"]["Data"], *(h["Value"] for h in message["Headers"])]
        assert not [value for value in values if "\n" in value or "\r" in value]


def the_export_reads_back(sluice: Sluice, way: Way) -> None:
    """With its guards taken off again, the file holds every word: whole with the contact details, masked without."""
    assert way.case is not None
    answers = [*way.stored_answers().values()]
    for with_contact, words in (
        (True, [*way.stored_idea().values(), *answers]),
        (
            False,
            [
                *without(for_reviewers(way), *CHOSEN).values(),
                *(mask_unscreened(sluice.deps, way.case, text) for text in answers),
            ],
        ),
    ):
        lines = export.lines(sluice.deps, DAY, DAY, with_contact)
        file = sheet(export.HEADINGS, (line.cells() for line in lines)).decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(file, newline=""), delimiter=";"))
        cells = [cell for row in rows for cell in row]
        assert {len(row) for row in rows} == {len(export.HEADINGS)}
        assert not [cell for cell in cells if cell.startswith(RUNS)]
        missing = set(words) - {GUARD.sub("", cell) for cell in cells}
        assert not missing, [ascii(word) for word in missing]


def as_ses_gets_it(letter: Letter) -> dict[str, Any]:
    class Recorder:
        def send_email(self, **request: Any) -> dict[str, str]:
            self.request = request
            return {"MessageId": "1"}

    recorder = Recorder()
    SesMailer(recorder, "set", wiring.configuration().site).send(letter)
    return recorder.request


def for_reviewers(way: Way) -> dict[str, str]:
    """The idea as reviewers may read it: masked by the rules, once, and otherwise as it was typed."""
    seen = {
        field.key: (way.stored_idea() | CHOSEN)[field.key]
        for field in wiring.configuration().form.fields()
        if field.audience is Audience.REVIEWERS and field.key in way.idea | CHOSEN
    }
    return mask(seen, way.stored_idea()["name"]).fields


def without(fields: dict[str, str], *keys: str) -> dict[str, str]:
    return {key: value for key, value in fields.items() if key not in keys}


@pytest.mark.parametrize("key", LINES)
def test_what_a_line_does_not_take_is_told_kept_and_not_stored(
    sluice: Sluice, idea: dict[str, str], key: str
) -> None:
    visitor = sluice.visitor()
    before = len(sluice.store.transactions)
    form = visitor.get("/ide")
    sluice.clock.advance(A_WHILE)
    assert len(REFUSED_IN_A_LINE) > 20
    for word in REFUSED_IN_A_LINE:
        typed = idea | {key: filled_out(word, 100)}
        refused = visitor.submit(form, "ide/granska", **typed)
        pressed = visitor.post("/ide/skicka", form.form("ide/granska").fields | typed)
        for page in (refused, pressed):
            assert page.status == 422, ascii(word)
            assert f"#field-{key}" in page.links
            assert "innehåller tecken som inte syns" in page.body
            values = read(page.body).values()
            assert {name: values[name] for name in typed if name != "route"} == without(
                typed, "route"
            ), ascii(word)
    assert len(sluice.store.transactions) == before
    assert sluice.queue.bodies == []


def test_only_what_nobody_can_see_is_left_out_of_a_text() -> None:
    for word in CORPUS:
        typed = only_composed(filled_out(word, 1000))
        left_out = Counter(typed) - Counter(as_text(typed))
        assert all(unicodedata.category(c) in UNSEEN for c in left_out), ascii(word)
