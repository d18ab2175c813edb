"""LIX, the Swedish measure of how hard a text is to read: below 30 easy, 30–40 as fiction, 40–50 as newspapers, above 50 as officials.

LIX = words in a sentence + long words (more than six letters) of a hundred words (C.-H. Björnsson, Läsbarhet, 1968). A sentence
ends at a full stop, a colon, an exclamation or a question mark, and where a line of its own does: a heading, an item of a list.
"""

from __future__ import annotations

import re

WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
END = re.compile(r"[.:!?]+(?=\s|$|”)|\n+")
NOT_WORDS = re.compile(r"https?://\S+|\S+@\S+|\b[\w-]+\.(?:se|com|toml)\b\S*|\d{4}-[0-9A-Z]{4}")
LONG = 7


def lix(text: str) -> float:
    """The LIX of a text; 0 of one without words."""
    sentences = sentences_of(text)
    words = [word for sentence in sentences for word in WORD.findall(sentence)]
    if not words:
        return 0.0
    long = sum(len(word.replace("-", "")) >= LONG for word in words)
    return len(words) / len(sentences) + 100 * long / len(words)


def sentences_of(text: str) -> list[str]:
    """The sentences with a word in them, without addresses and references."""
    pieces = (piece.strip() for piece in END.split(NOT_WORDS.sub(" ", text)))
    return [piece for piece in pieces if WORD.search(piece)]
