"""Reads `[way_in]` of site.toml: the questions and places that lead whoever has no idea to send to where they should turn."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from chalicelib.config.table import Table, meant
from chalicelib.domain.text import phone_number
from chalicelib.domain.way_in import IDEA, MOST_QUESTIONS, Fork, Place, Turn, WayIn

SHORTEST_WORD = 4


def read_way_in(table: Table, email: Callable[[Table, str], str]) -> WayIn:
    """The way in of an opened table. It may only be used when no mistake was noted."""
    forks = table.tables("question", required=True)
    places = table.tables("place", required=True)
    read = WayIn(
        tuple(_fork(each) for each in forks), tuple(_place(each, email) for each in places)
    )
    table.close()
    if len(read.forks) > MOST_QUESTIONS:
        table.wrong("question", f"{len(read.forks)} questions", f"at most {MOST_QUESTIONS}")
    keys = [fork.key for fork in read.forks] + [place.key for place in read.places]
    table.repeated("question or place", keys, "question")
    for index, (fork, opened) in enumerate(zip(read.forks, forks, strict=True)):
        later = [each.key for each in read.forks[index + 1 :]]
        known = [*later, *(place.key for place in read.places), IDEA]
        for number, turn in enumerate(fork.turns):
            if turn.to and turn.to not in known:
                opened.wrong(
                    f"option[{number}].to",
                    f"{turn.to} is no place and no later question",
                    meant(turn.to, known),
                )
    _all_reached(table, read)
    return read


def _all_reached(table: Table, read: WayIn) -> None:
    led_to = {turn.to for fork in read.forks for turn in fork.turns}
    for index, fork in enumerate(read.forks[1:], start=1):
        if fork.key not in led_to:
            table.wrong(f"question[{index}]", f"no answer leads to {fork.key}", "one that does")
    for index, place in enumerate(read.places):
        if place.key not in led_to:
            table.wrong(f"place[{index}]", f"no answer leads to {place.key}", "one that does")
    if read.forks and IDEA not in led_to:
        table.wrong("question", "no answer leads to the form", f'an option with to = "{IDEA}"')


def _fork(table: Table) -> Fork:
    options = table.tables("option", required=True)
    fork = Fork(
        key=_key(table),
        text=table.text("text"),
        turns=tuple(_turn(option) for option in options),
    )
    table.close()
    if len(fork.turns) == 1:
        table.wrong("option", "one answer to choose from", "two or more")
    return fork


def _turn(table: Table) -> Turn:
    turn = Turn(label=table.text("label"), to=table.name("to"), hint=table.maybe_text("hint"))
    table.close()
    return turn


def _place(table: Table, email: Callable[[Table, str], str]) -> Place:
    place = Place(
        key=_key(table),
        name=table.text("name"),
        about=table.text("about"),
        what=table.maybe_text("what"),
        url=table.string("url", default="") or None,
        email=email(table, "email") if table.has("email") else None,
        phone=table.string("phone", default="") or None,
        apart=table.flag("apart"),
        words=table.names("words"),
    )
    table.close()
    if not (place.url or place.email or place.phone):
        table.wrong("", "nobody could be reached there", "a url, an email or a phone")
    if place.url is not None and not _is_address(place.url):
        table.wrong("url", repr(place.url), "an address that begins with https://")
    if place.phone is not None and phone_number(place.phone) is None:
        table.wrong("phone", repr(place.phone), "digits, spaces, hyphens, a leading +")
    for word in place.words:
        if len(word) < SHORTEST_WORD or word != word.casefold():
            right = f"the beginning of a word in small letters, at least {SHORTEST_WORD} of them"
            table.wrong("words", repr(word), right)
    return place


def _key(table: Table) -> str:
    key = table.name("key")
    if key == IDEA:
        table.wrong("key", f"{IDEA} is the form", "another key")
    return key


def _is_address(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" and "." in parts.netloc and not any(c.isspace() for c in url)
