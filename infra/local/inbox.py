"""The inbox of the local stage: every mail that was sent, as its recipient would see it. Reads the mailbox file only.

`/` lists them newest first, `/?to=ADDRESS` one person's, `/mail/N` shows one, `/messages.json` gives all, oldest first.
"""

import json
import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from html import escape
from http.server import BaseHTTPRequestHandler
from typing import Final
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from infra.local.mailbox import Mail, Mailbox
from infra.local.server import LocalServer

# A mail may carry its own styles and inlined pictures, and nothing else: what a careful mail reader allows.
MAIL_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'self'"
PAGE_POLICY: Final = "default-src 'none'; style-src 'self'; frame-src 'self'; base-uri 'none'"
_LINK: Final = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)\]]")
_HEAD: Final = re.compile(r"<head\b[^>]*>", re.IGNORECASE)


class Inbox(LocalServer):
    """The mails of one mailbox, read anew for each page."""

    def __init__(self, port: int, mailbox: Mailbox) -> None:
        super().__init__(port, _Reader)
        self.mailbox = mailbox


def messages(mails: Sequence[Mail]) -> list[dict[str, object]]:
    """What `messages.json` holds. `to` is a text: one address, or several with a comma between."""
    return [
        {
            "number": number,
            "to": mail.to,
            "subject": mail.subject,
            "text": mail.text,
            "html": mail.html,
            "headers": dict(mail.headers),
            "sent_at": mail.sent_at,
        }
        for number, mail in enumerate(mails, start=1)
    ]


def list_page(mails: Sequence[Mail], recipient: str) -> str:
    """All mails, or those to one recipient, newest first."""
    counts = Counter(mail.to for mail in mails)
    chosen = [(n, m) for n, m in enumerate(mails, start=1) if recipient in ("", m.to)]
    filters = "".join(
        f'<li><a href="/?{urlencode({"to": to})}"{_current(to == recipient)}>{escape(to)} <b>{count}</b></a></li>'
        for to, count in sorted(counts.items())
    )
    rows = "".join(
        f'<li><a href="/mail/{number}"><span class="to">{escape(mail.to)}</span>'
        f'<time datetime="{escape(mail.sent_at)}">{_moment(mail)}</time>'
        f'<strong>{escape(mail.subject)}</strong><span class="start">{escape(_beginning(mail))}</span></a></li>'
        for number, mail in reversed(chosen)
    )
    shown = f'<ol class="mails">{rows}</ol>' if rows else "<p>Inga brev har skickats än.</p>"
    return _page(
        "Inkorgen",
        f'<nav aria-label="Mottagare"><h2>Mottagare</h2><ul><li><a href="/"{_current(not recipient)}>Alla '
        f"<b>{len(mails)}</b></a></li>{filters}</ul></nav>"
        f"<main><h1>{escape(recipient) or 'Alla brev'}</h1>{shown}</main>",
    )


def mail_page(mails: Sequence[Mail], number: int) -> str:
    """One mail: its headers, its HTML part in a frame that cannot reach out, and its text part."""
    mail = mails[number - 1]
    headers = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in mail.headers.items()
    )
    # Without allow-popups-to-escape-sandbox a page opened from the mail could not send its forms.
    sandbox = "allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation"
    newer = f'<a href="/mail/{number + 1}">Nyare</a>' if number < len(mails) else ""
    older = f'<a href="/mail/{number - 1}">Äldre</a>' if number > 1 else ""
    return _page(
        mail.subject,
        f'<nav aria-label="Brev"><ul><li><a href="/">Alla brev</a></li>'
        f'<li><a href="/?{urlencode({"to": mail.to})}">Till {escape(mail.to)}</a></li><li>{newer}</li><li>{older}</li></ul></nav>'
        f"<main><h1>{escape(mail.subject)}</h1>"
        f'<p class="line">Till <b>{escape(mail.to)}</b> från {escape(mail.headers.get("From", ""))}, {_moment(mail)}</p>'
        f"<details><summary>Brevhuvud</summary><dl>{headers}</dl></details>"
        f'<h2>HTML</h2><iframe title="Brevet som HTML" src="/mail/{number}/html" sandbox="{sandbox}"></iframe>'
        f'<h2>Text</h2><pre class="text">{linked(mail.text)}</pre></main>',
    )


def framed(html: str) -> str:
    """The HTML part, with its links opening in a window of their own, as in a mail reader."""
    base = '<base target="_blank">'
    head = _HEAD.search(html)
    return html[: head.end()] + base + html[head.end() :] if head else base + html


def linked(text: str) -> str:
    """The text part as HTML, with its addresses made into links, as mail readers do."""
    parts: list[str] = []
    end = 0
    for match in _LINK.finditer(text):
        url = escape(match.group())
        parts += [
            escape(text[end : match.start()]),
            f'<a href="{url}" target="_blank" rel="noopener">{url}</a>',
        ]
        end = match.end()
    return "".join(parts) + escape(text[end:])


def _beginning(mail: Mail) -> str:
    return " ".join(mail.text.split())[:160]


def _moment(mail: Mail) -> str:
    return datetime.fromisoformat(mail.sent_at).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _current(here: bool) -> str:
    return ' aria-current="page"' if here else ""


def _page(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="sv"><head><meta charset="utf-8"><title>{escape(title)} · Lokala inkorgen</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="stylesheet" href="/inbox.css">'
        f'</head><body><header><a href="/">Lokala inkorgen</a> <span>Brev som den lokala slussen har skickat. '
        f"De har inte lämnat datorn.</span></header>{body}</body></html>\n"
    )


class _Reader(BaseHTTPRequestHandler):
    server: Inbox
    protocol_version = "HTTP/1.1"
    timeout = 75

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        mails = self.server.mailbox.mails()
        one = re.fullmatch(r"/mail/(\d+)(/html)?", address.path)
        if address.path == "/":
            self._answer(list_page(mails, parse_qs(address.query).get("to", [""])[0]))
        elif address.path == "/messages.json":
            listed = json.dumps(messages(mails), ensure_ascii=False, indent=1)
            self._answer(listed, kind="application/json; charset=utf-8")
        elif address.path == "/inbox.css":
            self._answer(STYLE, kind="text/css; charset=utf-8")
        elif one and 1 <= int(one[1]) <= len(mails):
            if one[2]:
                self._answer(framed(mails[int(one[1]) - 1].html), policy=MAIL_POLICY)
            else:
                self._answer(mail_page(mails, int(one[1])))
        else:
            missing = _page(
                "Finns inte",
                f"<main><h1>Finns inte</h1><p>{escape(quote(address.path))}</p></main>",
            )
            self._answer(missing, status=404)

    def _answer(
        self,
        text: str,
        *,
        status: int = 200,
        kind: str = "text/html; charset=utf-8",
        policy: str = PAGE_POLICY,
    ) -> None:
        body = text.encode()
        self.send_response_only(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", policy)
        self.send_header("Cache-Control", "no-store")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the parent's name.
        """Says nothing: the pages hold private links."""


STYLE: Final = """
:root { color-scheme: light dark; --line: #c9ced6; --soft: #f3f5f8; --ink: #1b2430; --accent: #0b5394; --paper: #fff; }
@media (prefers-color-scheme: dark) {
  :root { --line: #3b4654; --soft: #1f2732; --ink: #e8ecf1; --accent: #8cc1f5; --paper: #141a22; }
}
* { box-sizing: border-box; }
body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  display: grid; grid-template: auto 1fr / minmax(14rem, 20rem) 1fr; min-height: 100vh; }
header { grid-column: 1 / -1; padding: .75rem 1.25rem; border-bottom: 1px solid var(--line); background: var(--soft); }
header a { font-weight: 700; margin-right: 1rem; }
a { color: var(--accent); }
nav { padding: 1rem 1.25rem; border-right: 1px solid var(--line); }
nav h2 { font-size: .85rem; margin: 0 0 .5rem; text-transform: uppercase; letter-spacing: .04em; }
nav ul { list-style: none; margin: 0; padding: 0; }
nav a { display: flex; justify-content: space-between; gap: 1rem; padding: .25rem .5rem; border-radius: .25rem;
  overflow-wrap: anywhere; }
nav a[aria-current] { background: var(--soft); font-weight: 700; }
main { padding: 1rem 1.5rem 3rem; min-width: 0; }
main:only-of-type:nth-child(2) { grid-column: 1 / -1; }
h1 { font-size: 1.4rem; margin: 0 0 1rem; overflow-wrap: anywhere; }
h2 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
.mails { list-style: none; margin: 0; padding: 0; border-top: 1px solid var(--line); }
.mails a { display: grid; grid-template-columns: 1fr auto; gap: 0 1rem; padding: .6rem .5rem; text-decoration: none;
  color: inherit; border-bottom: 1px solid var(--line); }
.mails a:hover, .mails a:focus-visible { background: var(--soft); }
.mails strong, .mails .start { grid-column: 1 / -1; overflow-wrap: anywhere; }
.mails strong { color: var(--accent); }
.mails .to, .mails time, .line, .mails .start { font-size: .9rem; }
.mails .start { white-space: nowrap; overflow: hidden; text-overflow: ellipsis; opacity: .8; }
iframe { width: 100%; height: 36rem; resize: vertical; border: 1px solid var(--line); background: #fff; color-scheme: light; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; padding: 1rem; border: 1px solid var(--line); background: var(--soft); }
dl { display: grid; grid-template-columns: auto 1fr; gap: .1rem 1rem; font-size: .9rem; }
dt { font-weight: 700; } dd { margin: 0; overflow-wrap: anywhere; }
@media (max-width: 45rem) { body { display: block; } nav { border-right: 0; border-bottom: 1px solid var(--line); } }
"""
