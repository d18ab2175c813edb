"""The text part of a mail, made of its HTML: so the two cannot say different things.

Knows the markup of `templates/email/` and no other: everything that people wrote is escaped in it, and stands in elements of the
class `written`. What has the class `html-only` is for those who see the HTML; a link becomes its words and its address.
"""

from __future__ import annotations

import re
from html import unescape

_TAG = re.compile(r"(<[^>]+>)")
_NAME = re.compile(r"</?([a-z0-9]+)")
_CLASSES = re.compile(r' class="([^"]*)"')
_ADDRESS = re.compile(r' href="([^"]*)"')
_BLOCKS = frozenset({"h1", "h2", "p", "div", "ol", "ul", "td"})
_SILENT = frozenset({"head", "title", "style"})
_VOID = frozenset({"br", "meta"})

# A line break, and a space, that somebody wrote. No text that is stored holds these characters (`chalicelib/domain/text.py`).
_OWN_BREAK, _OWN_SPACE = "\v", "\x1f"


def text_of(html: str) -> str:
    """The mail in plain text, with one empty line between its parts. What people wrote keeps all its lines, a little in from the
    edge."""
    return _Reading().read(html)


class _Reading:
    def __init__(self) -> None:
        self._parts: list[str] = []
        self._open: list[tuple[str, str]] = []
        self._silent_from: int | None = None
        self._written = False
        self._numbers: list[int] = []
        self._address = ""
        self._words_from = 0

    def read(self, html: str) -> str:
        for piece in filter(None, _TAG.split(html)):
            if piece.startswith("</"):
                self._close()
            elif piece.startswith("<!"):
                continue
            elif piece.startswith("<"):
                self._begin(piece)
            elif self._silent_from is None:
                self._say(unescape(piece))
        return _tidied("".join(self._parts))

    def _begin(self, tag: str) -> None:
        named = _NAME.match(tag)
        name = named[1] if named else ""
        found = _CLASSES.search(tag)
        classes = found[1].split() if found else []
        if name == "br" and self._silent_from is None:
            self._parts.append("\n" + self._inset())
        if name in _VOID:
            return
        self._open.append((name, " ".join(classes)))
        if self._silent_from is not None:
            return
        if name in _SILENT or "html-only" in classes:
            self._silent_from = len(self._open)
            return
        if name in _BLOCKS:
            self._parts.append("\n\n")
        if "foot" in classes:
            self._parts.append("--\n")
        if "written" in classes:
            self._written = True
            if self._parts and self._parts[-1] != "\n":
                self._parts.append("\n")
        if name == "ol":
            self._numbers.append(0)
        elif name == "li" and self._numbers:
            self._numbers[-1] += 1
            self._parts.append(f"\n{self._numbers[-1]}. ")
        elif name == "li":
            self._parts.append("\n- ")
        elif name == "a":
            address = _ADDRESS.search(tag)
            self._address = unescape(address[1]) if address else ""
            self._words_from = len(self._parts)

    def _close(self) -> None:
        name, classes = self._open.pop()
        if self._silent_from is not None:
            if len(self._open) < self._silent_from:
                self._silent_from = None
            return
        if name == "a":
            self._lead_to()
        elif name == "ol":
            self._numbers.pop()
        if "written" in classes:
            self._written = False
        if name in _BLOCKS:
            self._parts.append("\n\n")

    def _lead_to(self) -> None:
        """The address after the words of its link, alone on its line; nothing where the words are the address, or the number."""
        words = "".join(self._parts[self._words_from :]).strip()
        called = self._address.startswith("tel:")
        if self._address.removeprefix("mailto:") != words and words and not called:
            self._parts.append(f":\n{self._inset()}{self._address}\n")

    def _say(self, words: str) -> None:
        if self._written:
            lines = words.replace(" ", _OWN_SPACE).split("\n")
            inset = _OWN_SPACE * 2
            self._parts.append(_OWN_BREAK.join(inset + line if line else "" for line in lines))
        else:
            self._parts.append(re.sub(r"[ \t\r\n]+", " ", words))

    def _inset(self) -> str:
        return _OWN_SPACE * 3 if self._numbers else ""


def _tidied(text: str) -> str:
    lined = re.sub(r" *\n *", "\n", re.sub(r" {2,}", " ", text))
    spaced = re.sub(r"\n{3,}", "\n\n", lined).strip(" \n").replace("\n--\n\n", "\n--\n")
    return spaced.replace(_OWN_BREAK, "\n").replace(_OWN_SPACE, " ") + "\n"
