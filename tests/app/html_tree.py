"""A page or a mail as a browser would build it: which elements there are, and what each of them says.

Strict: what is not closed in its order is an AssertionError, since our templates close everything.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset(("area", "base", "br", "hr", "img", "input", "link", "meta", "source", "wbr"))

Shape = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    text: str = ""


@dataclass
class Tree:
    elements: list[Element] = field(default_factory=list)

    @property
    def shape(self) -> Shape:
        """Every element in order with the names of its attributes; what a writer's words may never change."""
        return tuple((e.tag, tuple(sorted(e.attributes))) for e in self.elements)

    def said(self) -> set[str]:
        """The whole text of each element, what belongs to it and what belongs to its children."""
        return {element.text for element in self.elements}

    def values(self) -> dict[str, str]:
        """What stands in the fields of the page's forms, by name."""
        found = {
            e.attributes["name"]: e.attributes.get("value", "")
            for e in self.elements
            if e.tag == "input" and "name" in e.attributes
        }
        areas = (e for e in self.elements if e.tag == "textarea")
        # The first line break after <textarea> is not part of its value (HTML, 13.2.6.4.7).
        return found | {e.attributes["name"]: e.text.removeprefix("\n") for e in areas}


class _Builder(HTMLParser):
    def __init__(self, without: tuple[str, ...]) -> None:
        super().__init__()
        self.tree = Tree()
        self._open: list[Element] = []
        self._without = without
        self._skipping = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"<{tag}> has an attribute twice: {names}"
        element = Element(tag, {name: value or "" for name, value in attrs})
        named = {element.attributes.get(f"aria-{by}") for by in ("describedby", "labelledby")}
        if named.intersection(self._without):
            self._skipping = len(self._open) + 1
        if not self._skipping:
            self.tree.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"</{tag}> closes nothing"
        closed = self._open.pop()
        assert closed.tag == tag, f"</{tag}> closes <{closed.tag}>"
        if len(self._open) < self._skipping:
            self._skipping = 0

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text += data

    def handle_comment(self, data: str) -> None:
        self.tree.elements.append(Element("!--", {}))

    def unknown_decl(self, data: str) -> None:
        self.tree.elements.append(Element("![", {}))

    def handle_pi(self, data: str) -> None:
        self.tree.elements.append(Element("?", {}))

    def finish(self) -> Tree:
        self.close()
        assert not self._open, f"<{self._open[-1].tag}> is never closed"
        return self.tree


def read(html: str, without: tuple[str, ...] = ()) -> Tree:
    """The tree of a whole document; `without` leaves out the elements that one of these ids describes or names, and all in them."""
    builder = _Builder(without)
    builder.feed(html)
    return builder.finish()
