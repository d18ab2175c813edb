"""Queue messages: what is written can be read, and nothing else can."""

from __future__ import annotations

import json

import pytest

from chalicelib.domain.messages import (
    EvaluateCase,
    EvaluatePerson,
    Message,
    SendMail,
    UnknownMessage,
    from_json,
    to_json,
)


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        (EvaluateCase("01kj"), "EvaluateCase"),
        (EvaluatePerson("hanna"), "EvaluatePerson"),
        (SendMail("01kj-3-ask-hanna"), "SendMail"),
    ],
)
def test_a_message_is_its_version_its_kind_and_an_id_and_comes_back_the_same(
    message: Message, kind: str
) -> None:
    body = to_json(message)
    assert json.loads(body) == {"v": 1, "kind": kind, "id": message.id}
    assert from_json(body) == message


@pytest.mark.parametrize(
    "body",
    [
        "",
        "not json",
        "null",
        "[]",
        '"EvaluateCase"',
        '{"v": 1, "kind": "EvaluateCase"}',
        '{"v": 1, "id": "a"}',
        '{"kind": "EvaluateCase", "id": "a"}',
        '{"v": 2, "kind": "EvaluateCase", "id": "a"}',
        '{"v": 1, "kind": "EraseCase", "id": "a"}',
        '{"v": 1, "kind": "Message", "id": "a"}',
        '{"v": 1, "kind": "EvaluateCase", "id": 7}',
        '{"v": 1, "kind": "EvaluateCase", "id": null}',
        '{"v": 1, "kind": ["EvaluateCase"], "id": "a"}',
    ],
)
def test_what_this_version_did_not_write_is_refused_so_that_a_newer_one_can_try(body: str) -> None:
    with pytest.raises(UnknownMessage):
        from_json(body)


def test_the_refusal_does_not_repeat_what_the_message_said() -> None:
    with pytest.raises(UnknownMessage) as refused:
        from_json('{"v": 1, "kind": "EvaluateCase", "id": ["asa.lind@example.com"]}')
    assert "asa.lind" not in str(refused.value)
