"""The catalogues say everything that the templates say, in English and Finnish, and what is compiled is what is written."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from chalicelib.domain.process import LANGS, Lang
from chalicelib.rendering import DOMAIN, LOCALE

ROOT = Path(__file__).resolve().parents[2]
TRANSLATED: list[Lang] = [lang for lang in LANGS if lang != "sv"]
CURE = "the commands to run stand in babel.cfg"


def test_the_catalogue_of_texts_is_current_with_the_templates() -> None:
    assert _ids(_read(LOCALE / f"{DOMAIN}.pot")) == _in_templates(), CURE


@pytest.mark.parametrize("lang", TRANSLATED)
def test_a_language_has_every_text_and_no_other(lang: Lang) -> None:
    assert _ids(_translation(lang)) == _in_templates(), CURE


@pytest.mark.parametrize("lang", TRANSLATED)
def test_no_text_is_missing_fuzzy_or_obsolete(lang: Lang) -> None:
    catalogue = _translation(lang)
    assert [message.id for message in _messages(catalogue) if not all(_strings(message))] == []
    assert [message.id for message in _messages(catalogue) if message.fuzzy] == []
    assert list(catalogue.obsolete) == []


@pytest.mark.parametrize("lang", TRANSLATED)
def test_a_translation_keeps_the_names_and_the_markup_of_its_text(lang: Lang) -> None:
    for message in _messages(_translation(lang)):
        source = message.id if isinstance(message.id, tuple) else (message.id,)
        for text in _strings(message):
            assert _parts(text) in [_parts(original) for original in source], message.id


@pytest.mark.parametrize("lang", TRANSLATED)
def test_the_compiled_catalogue_is_current(lang: Lang) -> None:
    with (LOCALE / lang / "LC_MESSAGES" / f"{DOMAIN}.mo").open("rb") as file:
        compiled = read_mo(file)
    written = _translation(lang)
    assert {_key(m.id): _strings(m) for m in _messages(compiled)} == {
        _key(m.id): _strings(m) for m in _messages(written)
    }, CURE
    assert compiled.plural_forms == written.plural_forms


@pytest.mark.parametrize("lang", TRANSLATED)
def test_nobody_is_promised_to_be_anonymous(lang: Lang) -> None:
    texts = [text for message in _messages(_translation(lang)) for text in _strings(message)]
    texts += [text for key in _in_templates() for text in key]
    assert [text for text in texts if re.search(r"anonym|anonyym|nimettöm", text, re.I)] == []


def _translation(lang: Lang) -> Catalog:
    return _read(LOCALE / lang / "LC_MESSAGES" / f"{DOMAIN}.po", lang)


def _read(path: Path, lang: Lang | None = None) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=lang, domain=DOMAIN, abort_invalid=True)


def _messages(catalogue: Catalog) -> list[Message]:
    return [message for message in catalogue if message.id]


def _ids(catalogue: Catalog) -> set[tuple[str, ...]]:
    return {_key(message.id) for message in _messages(catalogue)}


def _key(message_id: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (message_id,) if isinstance(message_id, str) else tuple(message_id)


def _strings(message: Message) -> tuple[str, ...]:
    return _key(message.string)


def _parts(text: str) -> list[str]:
    return sorted(re.findall(r"%\(\w+\)s|<[^>]*>", text))


def _in_templates() -> set[tuple[str, ...]]:
    with (ROOT / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    found = extract_from_dir(ROOT, methods, options)
    return {_key(message_id) for _, _, message_id, _, _ in found}
