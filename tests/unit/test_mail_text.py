"""The text of a mail is what its HTML says, in paragraphs, with every address in sight and what people wrote as they wrote it."""

from __future__ import annotations

from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.mail_text import text_of


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<h1>Tack</h1>\n  <p>Vi har   tagit\n emot den.</p>", "Tack\n\nVi har tagit emot den.\n"),
        ("<p>ett</p><p></p><p> </p><p>två</p>", "ett\n\ntvå\n"),
        ("<p>ett<br>två</p>", "ett\ntvå\n"),
        ("<p><strong>Svara</strong> nu.</p>", "Svara nu.\n"),
        ("<p>a &lt; b &amp; c</p>", "a < b & c\n"),
        ("<head><title>t</title><style>p { x }</style></head><body><p>a</p></body>", "a\n"),
        ("<!doctype html><p>a</p>", "a\n"),
        ('<div class="html-only preheader"><p>borta<br>allt</p></div><p>kvar</p>', "kvar\n"),
        ('<p class="html-only soft">bort <a href="u">v</a></p><p>kvar</p>', "kvar\n"),
        ("<ol><li>ett<br>mer</li><li>två</li></ol>", "1. ett\n   mer\n2. två\n"),
        ("<ul><li>ett</li><li>två</li></ul>", "- ett\n- två\n"),
        ("<ol><li>ett</li></ol><p>a</p><ol><li>nytt</li></ol>", "1. ett\n\na\n\n1. nytt\n"),
        (
            '<table><tr><td>a</td></tr><tr><td class="foot body"><p>b</p></td></tr></table>',
            "a\n\n--\nb\n",
        ),
    ],
)
def test_markup_becomes_lines(html: str, text: str) -> None:
    assert text_of(html) == text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ('<p><a href="https://a.se/x">Svara</a></p>', "Svara:\nhttps://a.se/x\n"),
        ('<p>Se <a href="https://a.se/?a=1&amp;b=2">den</a>.</p>', "Se den:\nhttps://a.se/?a=1&b=2\n.\n"),
        ('<p><a href="https://a.se/x">https://a.se/x</a></p>', "https://a.se/x\n"),
        ('<p><a href="mailto:a@b.se">a@b.se</a></p>', "a@b.se\n"),
        ('<p><a class="button" href="https://a.se"><b>Två</b> ord</a></p>', "Två ord:\nhttps://a.se\n"),
        ('<ol><li>a <a href="https://a.se">b</a></li></ol>', "1. a b:\n   https://a.se\n"),
    ],
)  # fmt: skip
def test_a_link_is_its_words_and_its_address_on_a_line_of_its_own(html: str, text: str) -> None:
    assert text_of(html) == text


def test_what_people_wrote_keeps_its_lines_and_its_spaces_a_little_in_from_the_edge() -> None:
    html = '<p>Hen skrev:</p><div><strong>Varför</strong><br><span class="written">ett\n\n\n  två   tre\n--</span></div><p>Slut.</p>'
    assert text_of(html) == "Hen skrev:\n\nVarför\n  ett\n\n\n    två   tre\n  --\n\nSlut.\n"


@given(st.lists(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1), min_size=1))
def test_whatever_people_wrote_stands_in_the_text_line_by_line(lines: list[str]) -> None:
    written = escape("\n".join(lines))
    text = text_of(f'<p>a</p><span class="written">{written}</span><p>b</p>')
    assert text == "a\n\n" + "".join(f"  {line}\n" for line in lines) + "\nb\n"
