"""What a log must never hold is masked at the last moment."""

from __future__ import annotations

import io
import logging
import secrets

import pytest

from chalicelib.adapters.log import MaskingFilter, masked

TOKEN = "uDq0k7b9-_XyZ3mN4pQ5rS6tU7vW8xY9zA0bC1dE2fG"


def test_the_sample_token_is_as_long_as_a_real_one() -> None:
    assert len(TOKEN) == len(secrets.token_urlsafe(32))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"GET /svara/{TOKEN} 200", "GET /svara/<token> 200"),
        (f"link-{TOKEN}-end", "<token>"),
        (f"token={TOKEN}&x=1", "token=<token>&x=1"),
        ("a" * 42, "a" * 42),
        ("from asa.lind@example.com now", "from <address> now"),
        ("<Asa.Lind+idea@sub.example.co.uk>", "<<address>>"),
        ("mail=asa%40example.com", "mail=<address>"),
        ("åsa@exämple.se", "<address>"),
        ("a@example.com,b@example.com", "<address>,<address>"),
        ("user@localhost and 5 @ 3.5", "user@localhost and 5 @ 3.5"),
        (
            "RequestId: 8f2b1c34-9d5e-4f6a-8b7c-0d1e2f3a4b5c Duration: 12.3 ms",
            "RequestId: 8f2b1c34-9d5e-4f6a-8b7c-0d1e2f3a4b5c Duration: 12.3 ms",
        ),
    ],
)
def test_tokens_and_addresses_are_masked_and_nothing_else(text: str, shown: str) -> None:
    assert masked(text) == shown


@pytest.fixture
def written() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def child(written: io.StringIO) -> logging.Logger:
    """A logger whose parent's handler masks, as the root's does in Lambda."""
    handler = logging.StreamHandler(written)
    handler.addFilter(MaskingFilter())
    parent = logging.getLogger("tests.masked")
    parent.propagate = False
    parent.handlers = [handler]
    return logging.getLogger("tests.masked.child")


def test_a_childs_message_and_its_arguments_are_masked(
    child: logging.Logger, written: io.StringIO
) -> None:
    child.warning("%s of %d to %s", TOKEN, 3, "asa@example.com")

    assert written.getvalue() == "<token> of 3 to <address>\n"


def test_a_traceback_is_masked_with_its_message(
    child: logging.Logger, written: io.StringIO
) -> None:
    try:
        raise ValueError(f"no {TOKEN} of asa@example.com")
    except ValueError:
        child.exception("failed")

    assert "ValueError: no <token> of <address>" in written.getvalue()
    assert TOKEN not in written.getvalue()
    assert "asa@example.com" not in written.getvalue()


def test_a_percent_sign_in_a_message_does_no_harm(
    child: logging.Logger, written: io.StringIO
) -> None:
    child.warning("100 %% of %s", "mail=asa%40example.com")

    assert written.getvalue() == "100 % of mail=<address>\n"
