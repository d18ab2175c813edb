"""What the sluice says in Swedish is easy to read: LIX at most 40 (the Language Act, 11 §: plain and understandable)."""

from __future__ import annotations

import re
import tomllib
from html import unescape

import pytest

from chalicelib.config import FOLDER, load
from chalicelib.rendering import Rendering
from infra.mail_samples import mail_samples
from tests.page_samples import page_samples
from tests.readability import WORD, lix, sentences_of

CONFIG = load()
RENDERING = Rendering(CONFIG)
MOST = 40.0
# In fewer words than these, one long word decides.
ENOUGH_WORDS = 30
LONGEST_SENTENCE = 25
# What people wrote in the samples, and pictures: not ours to make easy.
THEIRS = re.compile(
    r"<svg.*?</svg>|<textarea.*?</textarea>|<dd>.*?</dd>|<span class=\"written\".*?</span>",
    re.DOTALL,
)
BLOCK = re.compile(
    r"</?(?:p|li|h\d|dt|dd|div|label|legend|summary|button|br|td|th|tr|section|ul|ol|form|details|fieldset|span)\b[^>]*>"
)


def said(html: str) -> str:
    """The words of a page or a mail, a line for each block."""
    (main,) = re.findall(r"<(?:main|body)\b[^>]*>(.*)</(?:main|body)>", html, re.DOTALL)
    lined = BLOCK.sub("\n", re.sub(r"\s+", " ", THEIRS.sub("", main)))
    return unescape(re.sub(r"<[^>]+>", "", lined))


PAGES = [
    pytest.param(
        said(RENDERING.page(page.name, "sv", page.root, page.here, **page.context)),
        id=f"page-{page.name}-{page.state}",
    )
    for page in page_samples(CONFIG, "sv")
]
MAILS = [
    pytest.param(
        said(RENDERING.mail(mail.purpose, "sv", mail.context).html),
        id=f"mail-{mail.purpose}-{mail.state}",
    )
    for mail in mail_samples(CONFIG, "sv")
]


@pytest.mark.parametrize("text", [*PAGES, *MAILS])
def test_a_page_or_a_mail_is_easy_to_read(text: str) -> None:
    assert len(WORD.findall(text)) < ENOUGH_WORDS or lix(text) <= MOST


@pytest.mark.parametrize("text", [*PAGES, *MAILS])
def test_no_sentence_is_long(text: str) -> None:
    long = [one for one in sentences_of(text) if len(WORD.findall(one)) > LONGEST_SENTENCE]
    assert long == []


@pytest.mark.parametrize("file", ["site.toml", "form.toml", "process.toml"])
def test_what_a_municipality_says_in_its_files_is_easy_to_read(file: str) -> None:
    content = tomllib.loads((FOLDER / file).read_text(encoding="utf-8"))
    texts = list(_swedish(content))
    assert lix("\n".join(texts)) <= MOST
    for text in texts:
        assert len(WORD.findall(text)) < ENOUGH_WORDS or lix(text) <= MOST, text


def _swedish(value: object) -> list[str]:
    if isinstance(value, dict):
        return [
            text
            for key, inner in value.items()
            for text in ([inner] if key == "sv" and isinstance(inner, str) else _swedish(inner))
        ]
    return [text for inner in value for text in _swedish(inner)] if isinstance(value, list) else []


@pytest.mark.parametrize(
    ("text", "measure"),
    [
        ("", 0.0),
        ("Du får svar.", 3.0),
        ("Du får svar\nDu får svar", 3.0),
        ("Kommunens verksamhetsutveckling prioriteras.", 103.0),
        ("Vi läser idéerna. De bedöms på fredag.", 3.5 + 100 * 1 / 7),
        ("Svara på https://ideer.example.com/svara eller ring.", 4.0),
    ],
)
def test_lix_counts_the_words_of_a_sentence_and_the_long_ones_of_a_hundred(
    text: str, measure: float
) -> None:
    assert lix(text) == pytest.approx(measure)


@pytest.mark.parametrize("word", ["sexton", "idésluss"])
def test_a_word_is_long_from_seven_letters(word: str) -> None:
    assert lix(word) == (1.0 if len(word) < 7 else 101.0)
