"""What a log may say of an error that nobody foresaw: what it is and where, never its words, which could hold what somebody typed."""

from __future__ import annotations

import traceback


def told_without_words(error: BaseException) -> str:
    """The error's type and the line that raised it."""
    frames = traceback.extract_tb(error.__traceback__)
    name = type(error).__name__
    if not frames:
        return name
    return f"{name} at {frames[-1].filename.rsplit('/', 1)[-1]}:{frames[-1].lineno}"
