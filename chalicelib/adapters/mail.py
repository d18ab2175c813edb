"""Letters by SES: `ports.Mailer`. Owns how SES's answers are told apart; never tries twice, never logs an address.

Where the classes of errors come from: https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html#API_SendEmail_Errors
"""

from __future__ import annotations

import re
import unicodedata
from email.utils import formataddr
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
    ProxyConnectionError,
)

from chalicelib.domain.site import Site
from chalicelib.services.ports import Letter, OutcomeUnknown, Refusal, Refused

THROTTLED = frozenset(
    {
        "RequestLimitExceeded",
        "RequestThrottled",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
PERMANENT = frozenset({"BadRequestException", "ValidationException"})
TEXT = frozenset({"MessageRejected"})
HOLDS_ALL = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AccountSendingPausedException",
        "AccountSuspendedException",
        "ConfigurationSetSendingPausedException",
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "LimitExceededException",
        "MailFromDomainNotVerifiedException",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "NotAuthorized",
        "NotFoundException",
        "OptInRequired",
        "RequestExpired",
        "SendingPausedException",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
"""Of the account, the sender, the configuration set or our rights: what refuses this letter refuses every other. A code that stands
nowhere here holds its own letter only, or one strange letter could hold all mail for ever. Two are the first SES's names for
SendingPausedException, and cost nothing to know. Those of a request's signature and time:
https://docs.aws.amazon.com/ses/latest/APIReference-V2/CommonErrors.html"""

DAY_IS_FULL = "daily message quota"
"""Said with whatever code: the room for a day is used up, and every letter is refused until some of it is free again
(https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas-errors.html)."""

NOT_VERIFIED = "not verified"
"""In SES's sandbox, and for a sender that nobody verified, MessageRejected blames who is named in it and not the letter."""

SWITCHED_OFF = re.compile(r"\b(?:paused|suspended|shut ?down)\b")
"""Of an account that AWS has switched off, SES says MessageRejected, which is also what it says of a text, and then "Sending paused for
this account. For more information, please check the inbox of the email address associated with your AWS account." It said "suspended"
before, and may say something else tomorrow (https://github.com/GoodDollar/GoodServer/issues/419,
https://github.com/yegor256/0pdd/issues/240)."""

TAG = re.compile(r"[A-Za-z0-9_-]{1,256}")
HEADER_NAME = re.compile(r"[!-9;-~]{1,126}")


class SesMailer:
    """Keeps `ports.Mailer`. `client` must be one that tries once (`aws.ses_client`).

    Mails come from the site's sender, by its Swedish name, and are answered to its monitored mailbox. Every mail carries the
    tags `mail` and `attempt`, by which SES's events lead back to it.
    """

    def __init__(self, client: Any, configuration_set: str, site: Site) -> None:
        self._client = client
        self._from = formataddr((site.sender_name.sv, site.sender))
        self._reply_to = site.mailbox
        self._configuration_set = configuration_set

    def send(self, letter: Letter) -> str:
        """Send once. Refused when SES certainly did not take it (PERMANENT too for a letter that could forge a header),
        OutcomeUnknown when it may have: the answer did not come, or was an error inside SES."""
        _refuse_forgery(letter)
        try:
            answer = self._client.send_email(**self._request(letter))
        except ClientError as error:
            raise _told(error, letter) from error
        except (ConnectTimeoutError, EndpointConnectionError, ProxyConnectionError) as error:
            raise Refused(Refusal.TRANSIENT, type(error).__name__) from error
        except (NoCredentialsError, PartialCredentialsError) as error:
            raise Refused(Refusal.HOLD_ALL, type(error).__name__) from error
        except ParamValidationError as error:
            raise Refused(Refusal.PERMANENT, type(error).__name__) from error
        except BotoCoreError as error:
            raise OutcomeUnknown(type(error).__name__) from error
        return str(answer["MessageId"])

    def _request(self, letter: Letter) -> dict[str, Any]:
        simple = {
            "Subject": _utf8(letter.subject),
            "Body": {"Text": _utf8(letter.text), "Html": _utf8(letter.html)},
            "Headers": [{"Name": name, "Value": value} for name, value in letter.headers],
        }
        return {
            "FromEmailAddress": self._from,
            "Destination": {"ToAddresses": [letter.to]},
            "ReplyToAddresses": [self._reply_to],
            "Content": {"Simple": simple},
            "EmailTags": [
                {"Name": "mail", "Value": letter.mail_id},
                {"Name": "attempt", "Value": str(letter.attempt)},
            ],
            "ConfigurationSetName": self._configuration_set,
        }


def _utf8(data: str) -> dict[str, str]:
    return {"Data": data, "Charset": "UTF-8"}


def _refuse_forgery(letter: Letter) -> None:
    """Nothing in a header may end its line or hide: SES and its emulators take some of it
    (https://www.cve.org/CVERecord?id=CVE-2024-6923 is the same fault in Python's own library)."""
    single_lines = (letter.subject, letter.to, *(value for _, value in letter.headers))
    if any(_has_control(text) for text in single_lines):
        raise Refused(Refusal.PERMANENT, "ControlCharacterInHeader")
    if not all(HEADER_NAME.fullmatch(name) for name, _ in letter.headers):
        raise Refused(Refusal.PERMANENT, "HeaderName")
    if not TAG.fullmatch(letter.mail_id):
        raise Refused(Refusal.PERMANENT, "MailId")


def _has_control(text: str) -> bool:
    return any(unicodedata.category(char) in {"Cc", "Zl", "Zp", "Cs"} for char in text)


def _told(error: ClientError, letter: Letter) -> Refused | OutcomeUnknown:
    """A refusal that we do not know is held for a person: a lost mail is worse than a late one."""
    code = error.response["Error"]["Code"]
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
    message = error.response["Error"].get("Message", "").casefold()
    if DAY_IS_FULL in message:
        return Refused(Refusal.HOLD_ALL, "DailyQuota")
    if code in THROTTLED or status == 429:
        return Refused(Refusal.THROTTLED, code)
    if status == 503:
        return Refused(Refusal.TRANSIENT, code)
    if status >= 500:
        return OutcomeUnknown(code)
    if NOT_VERIFIED in message:
        only_theirs = letter.to.casefold() in message
        return Refused(Refusal.HOLD if only_theirs else Refusal.HOLD_ALL, "NotVerified")
    if code in HOLDS_ALL:
        return Refused(Refusal.HOLD_ALL, code)
    if code not in PERMANENT and SWITCHED_OFF.search(_without_recipient(message, letter)):
        return Refused(Refusal.HOLD_ALL, "SendingPaused")
    if code in TEXT:
        return Refused(Refusal.TEXT, code)
    return Refused(Refusal.PERMANENT if code in PERMANENT else Refusal.HOLD, code)


def _without_recipient(message: str, letter: Letter) -> str:
    """What SES says, without an address that a stranger may have typed: paused@example.com must hold nobody's mail but its own."""
    return message.replace(letter.to.casefold(), "")
