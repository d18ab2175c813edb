"""The stage's secret and address: asked for once, and never told to anyone."""

from __future__ import annotations

import base64
import logging
from typing import Any

import pytest
from botocore.session import Session

from chalicelib.adapters.aws import ssm_client
from chalicelib.adapters.parameters import BadParameter, ParameterSecrets
from chalicelib.services.ports import Secrets
from tests.adapters.stage import SETTINGS
from tests.fakes import FakeSecrets

KEY = bytes(range(32))
SECRET = base64.b64encode(KEY).decode()
SITE_URL = "https://ideer.example.se"
A_HASH = "573f468422aeb494ca05059af5f23efc0780048283249ceee1f4786b04e97e16"
"""Of `form`, a zero byte and `value` with that key, as `openssl dgst -sha256 -mac HMAC` has it."""


@pytest.fixture
def ssm(session: Session) -> Any:
    return ssm_client(session, SETTINGS.region)


def put(ssm: Any, secret: str | None = SECRET, site_url: str | None = SITE_URL) -> None:
    if secret is not None:
        ssm.put_parameter(Name="/idesluss/local/secret", Value=secret, Type="SecureString")
    if site_url is not None:
        ssm.put_parameter(Name="/idesluss/local/site-url", Value=site_url, Type="String")


def count_requests(ssm: Any) -> list[list[str]]:
    asked: list[list[str]] = []

    def note(params: dict[str, Any], **_: object) -> None:
        asked.append(params["Names"])

    ssm.meta.events.register("provide-client-params.ssm.GetParameters", note)
    return asked


@pytest.fixture(params=["fake", "ssm"])
def secrets(request: pytest.FixtureRequest) -> Secrets:
    if request.param == "fake":
        return FakeSecrets(SITE_URL, KEY)
    client = request.getfixturevalue("ssm")
    put(client)
    return ParameterSecrets(client, SETTINGS)


def test_the_sites_address_is_told(secrets: Secrets) -> None:
    assert secrets.site_url() == SITE_URL


def test_a_keyed_hash_depends_on_purpose_and_value_and_nothing_else(secrets: Secrets) -> None:
    a_hash = secrets.keyed_hash("form", "value")

    assert a_hash == A_HASH
    assert (
        len({a_hash, secrets.keyed_hash("form", "other"), secrets.keyed_hash("code", "value")}) == 3
    )
    assert secrets.keyed_hash("ab", "c") != secrets.keyed_hash("a", "bc")


def test_the_fake_and_the_real_one_hash_alike(ssm: Any) -> None:
    put(ssm)

    real = ParameterSecrets(ssm, SETTINGS).keyed_hash("form", "value")

    assert real == FakeSecrets(SITE_URL, KEY).keyed_hash("form", "value")


def test_both_parameters_are_asked_for_in_one_request_and_once(ssm: Any) -> None:
    put(ssm)
    secrets = ParameterSecrets(ssm, SETTINGS)
    asked = count_requests(ssm)

    for _ in range(3):
        secrets.keyed_hash("form", "value")
        secrets.site_url()

    assert asked == [["/idesluss/local/secret", "/idesluss/local/site-url"]]


def test_who_only_needs_the_address_never_asks_for_the_secret(ssm: Any) -> None:
    put(ssm, secret=None)
    asked = count_requests(ssm)

    assert ParameterSecrets(ssm, SETTINGS).site_url() == SITE_URL
    assert asked == [["/idesluss/local/site-url"]]


@pytest.mark.parametrize(
    "secret", ["short", "not base64!", base64.b64encode(bytes(31)).decode(), "å" * 44]
)
def test_a_malformed_secret_is_refused_and_not_shown(ssm: Any, secret: str) -> None:
    put(ssm, secret=secret)

    with pytest.raises(BadParameter, match="/idesluss/local/secret is not 32 bytes") as refused:
        ParameterSecrets(ssm, SETTINGS).keyed_hash("form", "value")

    assert secret not in str(refused.value)


@pytest.mark.parametrize("site_url", ["ideer.example.se", "https://ideer.example.se/", "ftp://x"])
def test_a_malformed_address_is_refused(ssm: Any, site_url: str) -> None:
    put(ssm, site_url=site_url)

    with pytest.raises(BadParameter, match="site-url is no address"):
        ParameterSecrets(ssm, SETTINGS).site_url()


def test_a_missing_parameter_is_named_and_asked_for_again(ssm: Any) -> None:
    secrets = ParameterSecrets(ssm, SETTINGS)

    with pytest.raises(BadParameter, match="missing: /idesluss/local/site-url"):
        secrets.site_url()
    put(ssm)

    assert secrets.site_url() == SITE_URL


def test_the_secret_is_in_no_representation_and_no_log_of_ours(
    ssm: Any, caplog: pytest.LogCaptureFixture
) -> None:
    put(ssm)
    secrets = ParameterSecrets(ssm, SETTINGS)

    with caplog.at_level(logging.INFO):
        secrets.keyed_hash("form", "value")

    assert SECRET not in repr(secrets) + str(secrets) + caplog.text
