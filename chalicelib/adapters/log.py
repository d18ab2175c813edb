"""What may not stand in a log is masked here, last of all: raw tokens and e-mail addresses.

It is a net under the rule that nobody logs them, not a licence to.
"""

from __future__ import annotations

import logging
import re

TOKEN = re.compile(r"[A-Za-z0-9_-]{43,}")
"""Any run as long as a raw token or longer, whatever it is glued to; hashes are masked too, which is no loss."""

ADDRESS = re.compile(r"""[^\s@<>"'(),:;\[\]=&?/]+(?:@|%40)[^\s@<>"'(),:;\[\]=&?/]+\.[^\W\d_]{2,}""")


def masked(text: str) -> str:
    return ADDRESS.sub("<address>", TOKEN.sub("<token>", text))


class MaskingFilter(logging.Filter):
    """Masks the message and the traceback of every record, and lets all of them pass.

    It belongs on handlers: a logger's own filter does not see what its children log.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = masked(record.getMessage())
        record.args = None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = masked(record.exc_text)
        if record.stack_info:
            record.stack_info = masked(record.stack_info)
        return True
