"""What Chalice cannot set on API Gateway, and what it takes away: every `chalice deploy` overwrites the API.

Owns the pages that API Gateway answers with by itself, the stage's throttling and its access log. Nothing here reaches the
application. Safe to repeat.
"""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING, Final, NamedTuple

from infra import cloudformation, configuration, names
from infra.aws import Cloud
from infra.names import Stage

if TYPE_CHECKING:
    from chalicelib.domain.site import Site


class Throttle(NamedTuple):
    """What one method of the API lets through: requests a second in the long run, and how many at once before that counts."""

    rate: int
    burst: int


class Throttling(NamedTuple):
    """What a stage lets through, by what a method is for. API Gateway counts each method by itself, for all visitors together: what a
    stage lets through is the sum over its methods, of which most are `others`."""

    others: Throttle
    crowd: Throttle
    files: Throttle
    sending: Throttle
    links: Throttle

    def of(self, method: str, route: str) -> Throttle:
        """The limit of one method of the API."""
        for kind, methods in BUSY.items():
            if (method, route) in methods:
                limit: Throttle = getattr(self, kind)
                return limit
        return self.others


# What many do at once: a mail to 5,000 employees leads to the first pages; an idea is looked through, sent and thanked for; and mail
# scanners open each link of each mail, as fast as SES sends them (14 a second).
BUSY: Final = {
    "crowd": {("GET", "/"), ("GET", "/ide"), ("GET", "/ide/{name}")},
    "files": {("GET", "/static/{name}")},
    "sending": {("POST", "/ide/granska"), ("POST", "/ide/skicka"), ("GET", "/kvitto/{token}")},
    "links": {("GET", "/svara/{token}"), ("GET", "/status/{token}")},
}

# A tenth of 5,000 within a minute is 8 visits a second; each is the page, where it leads and at most four files (kept by the browser for
# an hour). Five ideas a second are 300 a minute. Whatever is not named is pressed by few: two a second, and twenty at once.
# dev has few visitors; local as much as prod, though its emulator only stores it.
_MANY: Final = Throttling(
    others=Throttle(rate=2, burst=20),
    crowd=Throttle(rate=15, burst=100),
    files=Throttle(rate=40, burst=200),
    sending=Throttle(rate=5, burst=40),
    links=Throttle(rate=20, burst=100),
)
_FEW: Final = Throttling(
    others=Throttle(rate=1, burst=10),
    crowd=Throttle(rate=3, burst=20),
    files=Throttle(rate=10, burst=50),
    sending=Throttle(rate=2, burst=10),
    links=Throttle(rate=5, burst=20),
)
THROTTLING: Final = {Stage.LOCAL: _MANY, Stage.DEV: _FEW, Stage.PROD: _MANY}

# The template of the route, never the path: a path can hold a private link. No address of a person either.
ACCESS_LOG_FORMAT: Final = json.dumps(
    {
        "at": "$context.requestTime",
        "id": "$context.requestId",
        "method": "$context.httpMethod",
        "route": "$context.resourcePath",
        "status": "$context.status",
        "ms": "$context.responseLatency",
        "bytes": "$context.responseLength",
        "error": "$context.error.responseType",
    }
).replace('"$context.status"', "$context.status")

# An empty list of sources allows nothing, as 'none' does: a header value here stands between single quotes, and how one
# stands inside is not documented. https://www.w3.org/TR/CSP3/#match-url-to-source-list
HEADERS: Final = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "default-src; base-uri; form-action; frame-ancestors",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex",
}

_TOO_LARGE: Final = (
    (
        "sv",
        "Det du skickade är för stort",
        "Korta texten och skicka igen. Gå tillbaka i webbläsaren: det du skrev finns kvar där.",
    ),
    (
        "en",
        "What you sent is too large",
        "Shorten the text and send it again. Go back in your browser: what you wrote is still there.",
    ),
    (
        "fi",
        "Lähettämäsi on liian suuri",
        "Lyhennä tekstiä ja lähetä uudelleen. Palaa selaimessa taaksepäin: kirjoittamasi on siellä tallella.",
    ),
)
_TOO_MANY: Final = (
    (
        "sv",
        "Just nu är det många som använder sidan",
        "Vänta en minut och försök igen. Det du skrev finns kvar om du går tillbaka.",
    ),
    (
        "en",
        "Many people are using the site right now",
        "Wait a minute and try again. What you wrote is still there if you go back.",
    ),
    (
        "fi",
        "Sivustolla on juuri nyt paljon käyttäjiä",
        "Odota hetki ja yritä uudelleen. Kirjoittamasi on tallella, kun palaat taaksepäin.",
    ),
)
_REFUSED: Final = (
    (
        "sv",
        "Sidan gick inte att visa",
        "Adressen eller sättet att skicka stämmer inte. Gå tillbaka, eller börja om från startsidan.",
    ),
    (
        "en",
        "The page could not be shown",
        "The address or the way it was sent is wrong. Go back, or begin again from the start page.",
    ),
    (
        "fi",
        "Sivua ei voitu näyttää",
        "Osoite tai lähetystapa on väärä. Palaa takaisin tai aloita alusta etusivulta.",
    ),
)
_FAILED: Final = (
    (
        "sv",
        "Något gick fel hos oss",
        "Försök igen om en stund. Det du skrev finns kvar om du går tillbaka.",
    ),
    (
        "en",
        "Something went wrong on our side",
        "Try again in a while. What you wrote is still there if you go back.",
    ),
    (
        "fi",
        "Jokin meni meillä vikaan",
        "Yritä hetken kuluttua uudelleen. Kirjoittamasi on tallella, kun palaat taaksepäin.",
    ),
)

GATEWAY_RESPONSES: Final = {
    "REQUEST_TOO_LARGE": _TOO_LARGE,
    "THROTTLED": _TOO_MANY,
    "QUOTA_EXCEEDED": _TOO_MANY,
    "DEFAULT_4XX": _REFUSED,
    "DEFAULT_5XX": _FAILED,
}
"""What API Gateway answers without asking the application; the types without an entry fall to the two defaults."""


# RFC 6585, 4: how long somebody who asks too often is told to wait, in seconds.
RETRY_AFTER: Final = "60"
_TURNED_AWAY: Final = ("THROTTLED", "QUOTA_EXCEEDED")

_CONTACT: Final = (
    ("sv", "Kommer du inte vidare? Hör av dig till oss:"),
    ("en", "Is this as far as you get? Get in touch with us:"),
    ("fi", "Etkö pääse eteenpäin? Ota meihin yhteyttä:"),
)


def finish(cloud: Cloud, api_id: str) -> None:
    """Put back the gateway's own pages, and set throttling and the access log on the deployed API."""
    _allow_gateway_to_log(cloud)
    client = cloud.client("apigateway")
    site = configuration.load().site
    for kind, texts in GATEWAY_RESPONSES.items():
        html = page(texts, site)
        client.put_gateway_response(
            restApiId=api_id,
            responseType=kind,
            responseParameters={
                f"gatewayresponse.header.{name}": f"'{value}'"
                for name, value in headers(kind).items()
            },
            responseTemplates={"application/json": html, "text/html": html},
        )
    # Gateway responses take effect with the next deployment only.
    client.create_deployment(
        restApiId=api_id, stageName=names.API_STAGE, description="gateway responses"
    )
    client.update_stage(
        restApiId=api_id, stageName=names.API_STAGE, patchOperations=stage_settings(cloud)
    )


def stage_settings(cloud: Cloud) -> list[dict[str, str]]:
    log = f"arn:aws:logs:{cloud.region}:{cloud.account()}:log-group:{names.access_log_group(cloud.stage)}"
    throttle = THROTTLING[cloud.stage]
    settings = {
        **_limit("*/*", throttle.others),
        # Execution logs would hold whole requests, private links and all.
        "/*/*/logging/loglevel": "OFF",
        "/*/*/logging/dataTrace": "false",
        "/accessLogSettings/destinationArn": log,
        "/accessLogSettings/format": ACCESS_LOG_FORMAT,
    }
    for method, route in sorted(set[tuple[str, str]]().union(*BUSY.values())):
        settings |= _limit(f"{route.replace('/', '~1')}/{method}", throttle.of(method, route))
    return [{"op": "replace", "path": path, "value": value} for path, value in settings.items()]


def _limit(method: str, throttle: Throttle) -> dict[str, str]:
    """The settings of one method; a slash in a route is written `~1` (RFC 6901, 3)."""
    return {
        f"/{method}/throttling/rateLimit": str(throttle.rate),
        f"/{method}/throttling/burstLimit": str(throttle.burst),
    }


def headers(kind: str) -> dict[str, str]:
    """The headers of one of the gateway's own answers."""
    return HEADERS | ({"Retry-After": RETRY_AFTER} if kind in _TURNED_AWAY else {})


def page(texts: tuple[tuple[str, str, str], ...], site: Site) -> str:
    """A whole HTML page that says the same thing in each language, Swedish first, and whom to turn to. It loads nothing."""
    lead = dict(_CONTACT)
    sections = "".join(
        _section(lang, title, words, lead[lang], site) for lang, title, words in texts
    )
    name = _written(site.name.sv)
    return (
        '<!doctype html><html lang="sv"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{texts[0][1]} – {name}</title></head><body><main><h1>{name}</h1>{sections}</main></body></html>"
    )


def _section(lang: str, title: str, what_to_do: str, lead: str, site: Site) -> str:
    phone, mailbox = _written(site.contact_phone), _written(site.mailbox)
    called = {"sv": site.contact_name.sv, "en": site.contact_name.en, "fi": site.contact_name.fi}
    who = _written(called[lang])
    return (
        f'<section lang="{lang}"><h2>{title}</h2><p>{what_to_do}</p>'
        f'<p>{lead} {who}, <a href="tel:{phone.replace(" ", "")}">{phone}</a>,'
        f' <a href="mailto:{mailbox}">{mailbox}</a></p></section>'
    )


def _written(text: str) -> str:
    """The municipality's words, as they may stand in a page that the gateway reads as a template of its own."""
    return escape(text).replace("$", "&#36;")


def _allow_gateway_to_log(cloud: Cloud) -> None:
    """API Gateway writes access logs with one role for the whole account and Region; make it where there is none."""
    if not cloud.client("apigateway").get_account().get("cloudwatchRoleArn"):
        cloudformation.deploy_stack(cloud, f"{names.APP}-gateway-logs", {}, template="account")
