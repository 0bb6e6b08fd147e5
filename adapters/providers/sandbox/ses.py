"""Amazon SES's SendEmail (API v2), and the events that it publishes through Amazon SNS.

Shapes: Amazon SES API v2 Reference, SendEmail; Developer Guide, "Examples of event data that Amazon SES
publishes to Amazon SNS".
"""

import json
import re
import secrets
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse

from adapters.providers.common.correlation import ATTEMPT
from adapters.providers.sandbox.aws_signature import has_signed
from adapters.providers.sandbox.board import Board
from adapters.providers.sandbox.callbacks import Delivery
from adapters.providers.sandbox.draws import hex_digits
from adapters.providers.sandbox.list_headers import fault_in
from adapters.providers.sandbox.sns import (
    new_certificate,
    notification,
    signing_key,
    somebody_elses,
    timestamp,
)
from adapters.providers.sandbox.switchboard import Switchboard
from adapters.providers.sandbox.telling import Kind, Telling
from adapters.providers.sandbox.vendor import Account, SandboxVendor, Site
from adapters.providers.sandbox.wire import read_json
from adapters.providers.ses.aws import SERVICE
from adapters.providers.ses.tags import key_text_of, tag_of
from adapters.providers.ses.vendor import SesSettings
from application.environment import WrongSetting, read_group, require
from domain.idempotency import AttemptKey

SNS_PRIVATE_KEY = "DRUMBEAT_SANDBOX_SES_SNS_PRIVATE_KEY"
"""The key that signs envelopes; base64 of PKCS #8 DER, see `sns.new_certificate`."""

_TAG = re.compile(r"[A-Za-z0-9_-]{1,256}")
_ADDRESS = re.compile(r"[!-~]+@[!-~]+")
_ERRORS = {429: "TooManyRequestsException", 500: "InternalFailure", 503: "ServiceUnavailable"}


def _open_account(site: Site) -> Account:
    private, certificate = new_certificate()
    group = "DRUMBEAT_SES_"
    ours = {
        f"{group}REGION": "us-east-1",
        f"{group}ACCESS_KEY_ID": f"AKIA{secrets.token_hex(8).upper()}",
        f"{group}SECRET_ACCESS_KEY": secrets.token_urlsafe(30),
        f"{group}SENDER": "reminders@example.com",
        f"{group}CONFIGURATION_SET": "drumbeat",
        f"{group}CONTACT_LIST": "guests",
        f"{group}TOPIC_ARN": "arn:aws:sns:us-east-1:000000000000:drumbeat",
        f"{group}SNS_CERTIFICATE": certificate,
        f"{group}BASE_URL": site.sandbox_url,
    }
    return Account(ours, {SNS_PRIVATE_KEY: private})


def _mount(app: FastAPI, environ: Mapping[str, str]) -> None:
    account = read_group(SesSettings, "ses", environ)
    require(account, "ses", "region", "access_key_id", "secret_access_key", "topic_arn")
    try:
        key = signing_key(environ.get(SNS_PRIVATE_KEY, ""))
    except ValueError:
        raise WrongSetting(f"{SNS_PRIVATE_KEY} is not a private key.") from None

    @app.post("/v2/email/outbound-emails")
    async def send(board: Board, request: Request) -> JSONResponse:
        return await _stranger(account, request) or await _send(board, account, key, request)

    @app.get("/v2/email/account")
    async def described(request: Request) -> JSONResponse:
        told = {"SendingEnabled": True, "ProductionAccessEnabled": True, "EnforcementStatus": "HEALTHY"}
        return await _stranger(account, request) or JSONResponse(told)


SANDBOX = SandboxVendor(_open_account, _mount)


async def _stranger(account: SesSettings, request: Request) -> JSONResponse | None:
    """The answer to a request that our account has not signed."""
    keys = account.access_key_id, account.secret_access_key
    if await has_signed(request, *keys, account.region, SERVICE):
        return None
    return error(403, "InvalidSignatureException", "The request signature does not match.")


async def _send(
    board: Switchboard, account: SesSettings, key: RSAPrivateKey, request: Request
) -> JSONResponse:
    """Take an e-mail, or answer as SES does where it cannot be taken."""
    mail = await read_json(request) or {}
    fault = _fault_in(mail)
    if fault is not None:
        return error(400, "BadRequestException", fault)
    address: str = mail["Destination"]["ToAddresses"][0]
    attempt = key_text_of(_tags(mail).get(ATTEMPT))
    refused = board.refusal(attempt, address, "email")
    if refused is not None:
        return error(refused, _ERRORS[refused], "Try again later.")
    ref = board.accept(
        "ses",
        attempt,
        "email",
        lambda digits: f"01{digits[:14]}-{uuid.UUID(digits)}-000000",
        _sent_headers(mail["Content"]["Simple"]),
    )
    if mail.get("ConfigurationSetName"):
        board.follow(
            lambda told: _deliveries(board, account, key, ref, mail, told), attempt, address, "email"
        )
    failed = board.failure(attempt, address, "email")
    if failed is not None:
        return error(failed, _ERRORS[failed], "Internal failure.")
    await board.hold(request, address, "email")
    return JSONResponse({"MessageId": ref})


def error(status: int, code: str, message: str) -> JSONResponse:
    """An error in the shape of AWS's restJson1."""
    return JSONResponse({"message": message}, status_code=status, headers={"x-amzn-ErrorType": f"{code}:"})


def _fault_in(mail: Mapping[str, Any]) -> str | None:
    """What SES would say about a faulty request; None where it would take it."""
    try:
        address, simple = mail["Destination"]["ToAddresses"][0], mail["Content"]["Simple"]
        texts = [simple["Subject"]["Data"], *(body["Data"] for body in simple["Body"].values())]
        tags = [(tag["Name"], tag["Value"]) for tag in mail.get("EmailTags", [])]
        named = all(_TAG.fullmatch(name) and _TAG.fullmatch(value) for name, value in tags)
        headed = fault_in(_sent_headers(simple)) is None
    except (AttributeError, IndexError, KeyError, TypeError):
        return "1 validation error detected."
    if not named or not headed:
        return "Invalid tag." if headed else "Invalid header."
    if not isinstance(address, str) or not _ADDRESS.fullmatch(address):
        return "Illegal address"
    if not isinstance(mail.get("FromEmailAddress"), str) or "@" not in mail["FromEmailAddress"]:
        return "Missing sender"
    return (
        None if len(texts) > 1 and all(isinstance(text, str) and text for text in texts) else "Empty content"
    )


def _tags(mail: Mapping[str, Any]) -> dict[str, str]:
    return {tag["Name"]: tag["Value"] for tag in mail.get("EmailTags", [])}


def _sent_headers(simple: Mapping[str, Any]) -> dict[str, str]:
    return {header["Name"]: header["Value"] for header in simple.get("Headers", ())}


def _deliveries(
    board: Switchboard,
    account: SesSettings,
    key: RSAPrivateKey,
    ref: str,
    mail: Mapping[str, Any],
    told: Telling,
) -> Sequence[Delivery]:
    """Everything that SNS will post about one e-mail."""
    key = somebody_elses() if told.kind is Kind.FORGED else key
    tags = _tags(mail)
    named = AttemptKey.parse(told.attempt or "")
    if named is not None:
        tags[ATTEMPT] = tag_of(named)
    address: str = mail["Destination"]["ToAddresses"][0]
    url = f"{board.settings.callback_base_url.rstrip('/')}/webhooks/ses"
    about = _about(ref, address, mail, tags)
    deliveries = []
    for nth, word in enumerate(told.reaction):
        event = _event(*word.partition(":")[::2], address)
        if event is None:
            continue
        message_id = str(uuid.UUID(hex_digits(board.settings.seed, ref, word)))
        body = notification(
            key, account.topic_arn[0], message_id, json.dumps({**event, "mail": about}) + "\n"
        )
        delay = board.delay(address, "email", nth)
        deliveries.append(
            Delivery(
                "ses", [event["eventType"]], url, _headers(message_id, account.topic_arn[0]), body, delay
            )
        )
    return deliveries


def _headers(message_id: str, topic: str) -> Mapping[str, str]:
    return {
        "Content-Type": "text/plain; charset=UTF-8",
        "User-Agent": "Amazon Simple Notification Service Agent",
        "x-amz-sns-message-id": message_id,
        "x-amz-sns-message-type": "Notification",
        "x-amz-sns-topic-arn": topic,
    }


def _about(ref: str, address: str, mail: Mapping[str, Any], tags: Mapping[str, str]) -> Mapping[str, Any]:
    """The e-mail that an event is about, as SES tells of it."""
    return {
        "timestamp": timestamp(),
        "source": mail["FromEmailAddress"],
        "sendingAccountId": "000000000000",
        "messageId": ref,
        "destination": [address],
        "headersTruncated": False,
        "headers": [{"name": "To", "value": address}],
        "commonHeaders": {"to": [address], "messageId": ref},
        "tags": {
            "ses:operation": ["SendEmail"],
            "ses:configuration-set": [mail["ConfigurationSetName"]],
            **{name: [value] for name, value in tags.items()},
        },
    }


def _event(word: str, detail: str, address: str) -> dict[str, Any] | None:
    """One of SendGrid's words (see `people`) as an event of SES; None where SES tells of no such thing."""
    at, person = timestamp(), {"emailAddress": address}
    if word in ("bounce", "dropped"):
        told = {
            "status": detail,
            "action": "failed",
            "diagnosticCode": f"smtp; 550 {detail} <{address}> unknown",
        }
        sort = "General" if word == "bounce" else "OnAccountSuppressionList"
        bounced = [{**person, **told} if word == "bounce" else person]
        bounce = {"bounceType": "Permanent", "bounceSubType": sort, "bouncedRecipients": bounced}
        return {"eventType": "Bounce", "bounce": {**bounce, "timestamp": at, "feedbackId": at}}
    kind, part, more = _SIMPLE.get(word, ("", "", {}))
    recipients = {"complainedRecipients": [person]} if kind == "Complaint" else {}
    return {"eventType": kind, part: {"timestamp": at, **more, **recipients}} if kind else None


_AGENT = {"ipAddress": "192.0.2.1", "userAgent": "Mozilla/5.0"}
_SIMPLE: Mapping[str, tuple[str, str, Mapping[str, Any]]] = {
    "processed": ("Send", "send", {}),
    "delivered": ("Delivery", "delivery", {"processingTimeMillis": 546, "smtpResponse": "250 ok"}),
    "open": ("Open", "open", _AGENT),
    "click": ("Click", "click", {**_AGENT, "link": "https://example.com/", "linkTags": None}),
    "spamreport": ("Complaint", "complaint", {"complaintFeedbackType": "abuse", "complaintSubType": None}),
    "unsubscribe": (
        "Subscription",
        "subscription",
        {
            "contactList": "guests",
            "source": "UnsubscribeHeader",
            "newTopicPreferences": {"unsubscribeAll": True},
        },
    ),
}
