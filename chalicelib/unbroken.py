"""Keeps on one line what reads badly in two: a reference, a telephone number, a day and its month, a time, and short words with a
hyphen such as "e-post".

A hyphen that does not break would be copied, and read out, as another character; so the words stand in an element instead. For mails,
which may have styles of their own: a page's may not.
"""

from __future__ import annotations

import re

from chalicelib.dates import MONTHS

_TAG = re.compile(r"(<[^>]+>)")
_REFERENCE = r"20\d\d-[0-9A-Z]{4}"
NUMBER = r"0\d{1,3}-\d{2,4}(?: \d{2,3})+|\+\d{1,3}(?: \d{1,4}){2,5}"
_DAY = rf"[1-9]\d?\.? (?:{'|'.join(month for names in MONTHS.values() for month in names.split())})"
_TIME = r"(?:klockan|kello|at) \d{1,2}[.:]\d\d"
_WITH_A_HYPHEN = r"[eE]-[a-zåäö]{4,16}"
_WHOLE = re.compile(
    rf"(?<![\w./=-])(?:{_REFERENCE}|{NUMBER}|{_DAY}|{_TIME}|{_WITH_A_HYPHEN})(?![\w-])"
)
_BODY = "<body"
_WRITTEN = 'class="written"'


def unbroken(html: str) -> str:
    """The document with such words kept whole, wherever they stand between the tags of its body. What people wrote stays as it is:
    no word of theirs makes an element."""
    head, body, rest = html.partition(_BODY)
    pieces = _TAG.split(body + rest)
    return head + "".join(
        piece if at % 2 or _WRITTEN in pieces[at - 1] else _WHOLE.sub(_kept, piece)
        for at, piece in enumerate(pieces)
    )


def _kept(found: re.Match[str]) -> str:
    return f'<span style="white-space:nowrap">{found[0]}</span>'
