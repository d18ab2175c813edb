"""All mails on one page, to be looked through: each in every state and language, as an inbox and as two widths of a screen show it.

Makes a file of samples; reads no stage and sends nothing.
"""

from __future__ import annotations

import re
from html import escape, unescape
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Final

from infra import configuration, names
from infra.terminal import Stop

if TYPE_CHECKING:
    from chalicelib.domain.process import Lang
    from chalicelib.rendering import Rendered, Rendering
    from infra.mail_samples import MailSample

USUAL_PLACE: Final = names.ROOT / ".local" / "mails.html"
WIDTHS: Final = (320, 600)
_STYLE: Final = """
:root { color-scheme: light dark; --line: light-dark(#d9dfdb, #2d3f45); --soft: light-dark(#4b5d64, #a9b9bb); }
body { margin: 0 auto; max-width: 86rem; padding: 1rem; font: 16px/1.5 system-ui, sans-serif; }
nav ul { columns: 14rem; padding-left: 1.2rem; }
.languages { position: sticky; top: 0; margin: 0; padding: .5rem 0; background: Canvas; border-bottom: 1px solid var(--line); z-index: 1; }
h2 { margin: 3rem 0 0; scroll-margin-top: 3rem; }
article { border-top: 1px solid var(--line); padding: 1.2rem 0; }
h3 { margin: 0; font-weight: 400; color: var(--soft); font-size: 1rem; }
.inbox { margin: 0 0 1rem; }
.inbox b { font-size: 1.1rem; }
.inbox span { color: var(--soft); }
.seen { display: flex; flex-wrap: wrap; gap: 1rem; align-items: start; }
iframe, pre { border: 1px solid var(--line); border-radius: .4rem; background: Canvas; }
iframe { resize: vertical; overflow: auto; }
pre { flex: 1 1 18rem; min-width: 0; margin: 0; padding: 1rem; white-space: pre-wrap; overflow-wrap: anywhere; font-size: .85rem; }
body:has(#sv:not(:checked)) .sv, body:has(#en:not(:checked)) .en, body:has(#fi:not(:checked)) .fi { display: none; }
"""


def write(path: Path = USUAL_PLACE) -> str:
    """Write the page and say where it is. Raises Stop when the configuration has mistakes or the file cannot be written."""
    page, count = made()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise Stop(
            f"{path} cannot be written: {error.strerror}. Choose another file with --out."
        ) from None
    return f"{count} mails in {path}: open it in a browser."


def made() -> tuple[str, int]:
    """The page, and how many mails it shows."""
    from chalicelib.domain.process import LANGS
    from chalicelib.rendering import Rendering
    from infra.mail_samples import mail_samples

    config = configuration.load()
    rendering = Rendering(config)
    shown = [
        (sample.purpose, sample.state, lang, sample)
        for lang in LANGS
        for sample in mail_samples(config, lang)
    ]
    order = {purpose: at for at, purpose in enumerate(dict.fromkeys(each[0] for each in shown))}
    shown.sort(key=lambda each: order[each[0]])
    sections = []
    for purpose, mails in groupby(shown, key=lambda each: each[0]):
        of_purpose = sorted(mails, key=lambda each: each[1])
        articles = "".join(_article(rendering, lang, sample) for _, _, lang, sample in of_purpose)
        sections.append(f'<section id="{purpose}"><h2>{purpose}</h2>{articles}</section>')
    links = "".join(f'<li><a href="#{purpose}">{purpose}</a></li>' for purpose in order)
    boxes = " ".join(
        f'<label><input type="checkbox" id="{lang}" checked> {lang}</label>' for lang in LANGS
    )
    page = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>All mails</title><style>{_STYLE}</style></head><body><h1>All mails</h1>"
        f"<p>{len(shown)} mails, of made-up ideas, in the words of this tree.</p>"
        f'<nav><ul>{links}</ul></nav><p class="languages">{boxes}</p>{"".join(sections)}</body></html>\n'
    )
    return page, len(shown)


def preheader(html: str) -> str:
    """What an inbox shows beside the subject of a mail."""
    found = re.search(r'class="[^"]*\bpreheader\b[^>]*>(.*?)</div>', html, re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", "", found[1])).split()) if found else ""


def _article(rendering: Rendering, lang: Lang, sample: MailSample) -> str:
    mail = rendering.mail(sample.purpose, lang, sample.context)
    frames = "".join(_frame(mail, width) for width in WIDTHS)
    return (
        f'<article class="{lang}"><h3>{escape(sample.purpose)} {escape(sample.state)} ({lang})</h3>'
        f'<p class="inbox" lang="{lang}"><b>{escape(mail.subject)}</b><br><span>{escape(preheader(mail.html))}</span></p>'
        f'<div class="seen">{frames}<pre lang="{lang}">{escape(mail.text)}</pre></div></article>\n'
    )


def _frame(mail: Rendered, width: int) -> str:
    """The mail in a frame that runs nothing and cannot lead this page away. Its height is a guess: nothing in there can tell it."""
    lines = sum(len(line) * 9 // (width - 60) + 1 for line in mail.text.splitlines())
    return (
        f'<iframe sandbox="" loading="lazy" title="{escape(mail.subject)}, {width} px" width="{width}"'
        f' height="{250 + 25 * lines}" srcdoc="{escape(mail.html)}"></iframe>'
    )
