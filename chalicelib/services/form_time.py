"""The stamp of a form: when it was given out, so that nobody can say otherwise. A keyed hash over the time and the form's key."""

from __future__ import annotations

import hmac
import re
from datetime import UTC, datetime, timedelta

from chalicelib.services.deps import Deps

STAMP = re.compile(r"([0-9]{13})\.([0-9a-f]{64})")
_MILLISECOND = timedelta(milliseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def stamp_form(deps: Deps, key: str, at: datetime | None = None) -> str:
    """The stamp of the form with this submission key, given out now unless told."""
    milliseconds = f"{((at or deps.clock.now()) - _EPOCH) // _MILLISECOND:013d}"
    return f"{milliseconds}.{_hash(deps, key, milliseconds)}"


def stamped_at(deps: Deps, key: str, stamp: str) -> datetime | None:
    """When the form with this key was given out; None for a stamp that we did not make, or made for another key."""
    found = STAMP.fullmatch(stamp)
    if found is None or not hmac.compare_digest(_hash(deps, key, found[1]), found[2]):
        return None
    return _EPOCH + int(found[1]) * _MILLISECOND


def stamp_again(deps: Deps, key: str, stamp: str, new_key: str) -> str:
    """The stamp of a form that goes on under a new key: given out when the first one was. A stamp that is none stays none."""
    at = stamped_at(deps, key, stamp)
    return "" if at is None else stamp_form(deps, new_key, at)


def _hash(deps: Deps, key: str, milliseconds: str) -> str:
    return deps.secrets.keyed_hash("form-time", f"{milliseconds}:{key}")
