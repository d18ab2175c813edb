"""Words that have broken other people's software, and what becomes of them here.

`BLNS` is the Big List of Naughty Strings (MIT, copyright (c) 2015-2020 Max Woolf; `tests/data/blns.LICENSE.txt`). `HOSTILE` is our own
list. What is expected of them is worked out from Unicode's
own tables here, not by the code that is tested; which characters those are stands in `chalicelib/domain/text.py`.
"""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path

BLNS: tuple[str, ...] = tuple(
    json.loads((Path(__file__).parents[1] / "data" / "blns.json").read_text("utf-8"))
)

TEMPLATES = (
    "{{7*7}}",
    "${7*7}",
    "#{7*7}",
    "<%= 7*7 %>",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ site.mailbox }} {{ form }}",
    "{% raw %}{% endblock %}{% include 'pages/error.html' %}",
    "{# tyst #}",
    "%(name)s %(day)s %s %d %",
    "{0} {title} {}",
    "$name ${name} $$",
)
SCRIPTS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "javascript:alert(1)//",
    "<a href='javascript:alert(1)'>klicka</a>",
    "</textarea><script>alert(1)</script>",
    "</title></head><body onload=alert(1)>",
    "</dd></div></dl></main></body></html>",
    "<!-- <b> --> <!--",
    "<![CDATA[ ]]> <?php echo 1 ?>",
    "&lt;b&gt; &amp;amp; &#39; &nbsp; &notanentity",
    "<svg/onload=alert(1)>",
    "<form action=https://example.com><input name=code>",
    "<meta http-equiv=refresh content=0;url=https://example.com>",
    "<style>*{display:none}</style>",
    "<b>😀</b><i/>",
)
HEADERS = (
    "Hej\r\nBcc: alla@example.com",
    "Hej\nBcc: alla@example.com",
    "Hej\rBcc: alla@example.com",
    "Hej%0d%0aBcc: alla@example.com",
    "Hej\r\n\r\n<html>en egen kropp</html>",
    "Hej\u2028Bcc: alla@example.com\u2029Cc: fler@example.com",
    "Hej\x85Bcc: alla@example.com",
    "=?utf-8?Q?=0D=0ABcc:_alla=40example.com?=",
    "Set-Cookie: session=stulen",
    "Idé\\r\\nBcc: alla",
)
FORMULAS = (
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("https://example.com?x="&A1;"klicka")',
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(1;1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "＝1+1",
    "＋1+1",
    "－1+1",
    "＠SUM(1;1)",
    "'=1+1",
    "''=1+1",
    "'en apostrof först",
    '"=1+1"',
    ';=1+1;"',
    "a\n=1+1",
)
CHARACTERS = (
    "noll\x00tecken",
    "klocka\x07 och flykt\x1b[31mrött\x1b[0m",
    "tabb\tstår i\x0bmitten\x0c",
    "bak\u202egnälmarf\u202c",
    "\u2066isolerad\u2069 och \u200eriktad\u200f",
    "noll\u200bbredd \ufeffoch mjukt\u00adbindestreck",
    "fogad\u2060 och \u180emongolisk",
    "A\u030angstro\u0308m",
    "\u212bngström är inte Å, men blir det i NFC",
    "\u1e9b\u0323 och \u0344",
    "ﬁ ² ① ｆｕｌｌ (NFKC rör vi inte)",
    "\u1112\u1161\u11ab\u1100\u1173\u11af",
    "👩‍👩‍👧‍👦 🏳️‍🌈 🇸🇪 👍🏽 𝒳 𠜎",
    "שלום עולם, مرحبا بالعالم, می‌خواهم",
    "ett\u2028två\u2029tre\x85fyra\r\nfem\rsex\nsju",
    "många\n\n\n\n\nrader\n   \n\nemellan",
    "slut  \n  början\t\n\tindrag",
    "mellan    rum\u00a0\u00a0och\u2003em",
    "   runt om   ",
    "z" + "\u0301" * 30 + "algo",
    "\u2800\u3164\u115f\u1160\uffa0",
    "\ufffd \ufffe \U0010ffff \ue000",
    "\u0130\u0131ſKẞß",
    "NULL",
    "[namn] [personnummer]",
    "\\x00 \\u0000 \\n %00 %C3%28",
)
HOSTILE = TEMPLATES + SCRIPTS + HEADERS + FORMULAS + CHARACTERS
CORPUS = HOSTILE + BLNS

_TAIL = " – och sedan några vanliga ord"
_BREAK = re.compile("\r\n|[\r\x85\u2028\u2029]")
_OVERRIDES = frozenset(("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"))
_MARKS = "\u061c\u200e\u200f"
_ANNOTATIONS = "\ufff9\ufffa\ufffb"
_ZERO_WIDTH = "\u00ad\u180e\u200b\u2060\u2061\u2062\u2063\u2064\ufeff"
_JOINERS = "\u200c\u200d"


def filled_out(words: str, longest: int) -> str:
    """The words as somebody types them into a field that wants more of them, and not too many."""
    return words[: longest - len(_TAIL)] + _TAIL


def as_text(typed: str) -> str:
    """What is stored of something typed into a field of several lines."""
    lines = _BREAK.sub("\n", typed)
    seen = "".join(c for c in lines if not _deceives(c, "\n\t") and c not in _ZERO_WIDTH)
    composed = unicodedata.normalize("NFC", seen)
    return "\n".join(line.rstrip() for line in composed.split("\n")).strip()


def as_line(typed: str) -> str | None:
    """What is stored of something typed into a field of one line; None for what is refused."""
    trimmed = typed.strip()
    if any(_deceives(c, "") or c in "\u2028\u2029" for c in trimmed):
        return None
    seen = "".join(c for c in trimmed if c not in _ZERO_WIDTH + _JOINERS)
    return " ".join(unicodedata.normalize("NFC", seen).split())


def _deceives(character: str, allowed: str) -> bool:
    return character not in allowed and (
        unicodedata.category(character) in ("Cc", "Cs")
        or unicodedata.bidirectional(character) in _OVERRIDES
        or character in _MARKS + _ANNOTATIONS
    )


def only_composed(typed: str) -> str:
    """What is typed, with the two changes that everybody may expect: NFC, and one newline for each line break."""
    return unicodedata.normalize("NFC", typed.replace("\r\n", "\n"))
