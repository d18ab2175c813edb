"""Whose page tells what can be done after a no."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from chalicelib.domain.news import turned_down
from tests.builders import a_case
from tests.small_process import SMALL


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ({"closed": True, "step": "bin", "closing_code": "poor"}, True),
        ({"closed": True, "step": "bin", "closing_code": "good"}, False),
        ({"closed": True, "step": "bin", "closing_code": "poor", "merged_into": "another"}, False),
        ({"closed": True, "step": "bin", "closing_code": "poor", "given_up": True}, False),
        ({"closed": True, "step": "recalled"}, False),
        ({"closed": False, "step": "jury"}, False),
    ],
)
def test_the_page_of_a_no_tells_what_can_be_done_after_it_as_its_mail_did(
    case: Mapping[str, object], said: bool
) -> None:
    assert turned_down(SMALL, a_case(**case)) is said
