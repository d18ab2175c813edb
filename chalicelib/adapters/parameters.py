"""The stage's secret and address from SSM: `ports.Secrets`. The secret stays in this object and reaches no log, text or error."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any

from chalicelib.settings import Settings

SECRET_BYTES = 32


class BadParameter(Exception):
    """A parameter of the stage is missing or malformed. The text names it and never holds its value."""


class ParameterSecrets:
    """Keeps `ports.Secrets`: asks once, and keeps the answer for the life of the container.

    The first keyed hash brings both parameters in one request. A function that only needs the address asks for nothing else,
    since it may not read the secret. A failed request is not remembered.
    """

    def __init__(self, client: Any, settings: Settings) -> None:
        self._client = client
        self._secret_name = settings.secret_parameter
        self._site_url_name = settings.site_url_parameter
        self._values: dict[str, str] = {}

    def site_url(self) -> str:
        """As `ports.Secrets`. Raises BadParameter when it is no http address or ends with a slash."""
        if self._site_url_name not in self._values:
            self._fetch(self._site_url_name)
        url = self._values[self._site_url_name]
        if not url.startswith(("https://", "http://")) or url.endswith("/"):
            raise BadParameter(f"{self._site_url_name} is no address, or ends with a slash")
        return url

    def keyed_hash(self, purpose: str, value: str) -> str:
        """As `ports.Secrets`. Raises BadParameter when the secret is not 32 bytes in base64."""
        text = f"{purpose}\0{value}".encode()
        return hmac.new(self._key(), text, hashlib.sha256).hexdigest()

    def _key(self) -> bytes:
        if self._secret_name not in self._values:
            self._fetch(self._secret_name, self._site_url_name)
        try:
            key = base64.b64decode(self._values[self._secret_name], validate=True)
        except ValueError:
            key = b""
        if len(key) != SECRET_BYTES:
            raise BadParameter(f"{self._secret_name} is not {SECRET_BYTES} bytes in base64")
        return key

    def _fetch(self, *names: str) -> None:
        answer = self._client.get_parameters(Names=list(names), WithDecryption=True)
        if answer["InvalidParameters"]:
            raise BadParameter(f"missing: {', '.join(sorted(answer['InvalidParameters']))}")
        self._values |= {found["Name"]: found["Value"] for found in answer["Parameters"]}
