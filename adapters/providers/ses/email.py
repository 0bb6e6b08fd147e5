"""E-mail by Amazon SES (its API v2, SendEmail).

The API has no idempotency key: the same request twice is two e-mails. Nor can an e-mail be looked up by a
tag: GetMessageInsights wants the id that the lost answer would have given. A Message-ID of ours would not
help, since SES puts its own in its place (its guide, "Header fields"); so the content is ``Simple``.
"""

import re
from collections.abc import Mapping
from typing import Any

import httpx
from attrs import Attribute, field, frozen

from adapters.providers.common.correlation import ATTEMPT
from adapters.providers.common.http import Timeouts, Wire, base_address, read_object, reference
from adapters.providers.common.mail import unsubscribe_headers
from adapters.providers.common.sender import Sender, optional_plain_address
from adapters.providers.ses.aws import AwsSigner
from adapters.providers.ses.errors import error_name
from adapters.providers.ses.tags import tag_of
from application.errors import TransientFault
from application.ports.messaging import Accepted, Content, OutboundMessage, Refused
from domain.statuses import Channel

_REGION = re.compile(r"[a-z]{2,8}(-[a-z0-9]{1,16}){1,4}")

_MENDABLE = frozenset(
    {
        "AccountSuspendedException",
        "LimitExceededException",
        "MailFromDomainNotVerifiedException",
        "NotFoundException",
        "SendingPausedException",
    }
)
"""SendEmail's errors that are about the account or the settings, not about the message: nothing was sent, and
a person can mend them, as with refused credentials. Not found is a configuration set or a contact list."""

_NOT_SERVED = frozenset({"IncompleteSignature", "NotAuthorized", "RequestExpired", "ThrottlingException"})
"""AWS's common errors that come with status 400 and say that a request was not served (API reference, "Common
Errors"); those with 403 and 503 are known by their status."""


def _region(_instance: object, _attribute: "Attribute[str]", region: str) -> None:
    """Attrs validator: it becomes a part of a host name."""
    if not _REGION.fullmatch(region):
        raise ValueError("region must be the name of an AWS region, such as eu-west-1")


def endpoint(region: str) -> str:
    """The regional endpoint; China's have another suffix (AWS General Reference, "Amazon SES endpoints")."""
    return f"https://email.{region}.amazonaws.com{'.cn' if region.startswith('cn-') else ''}"


@frozen
class SesEmailProvider:
    """Sends e-mail through Amazon SES in one region.

    Args:
        client: the pooled HTTP client; not closed here.
        signer: signs the requests.
        region: where the sender is verified.
        sender: a verified one.
        reply_to: where replies and unsubscriptions go; to the sender, and nowhere, where empty.
        configuration_set: publishes events; the identity's default one where empty.
        contact_list: with it, SES adds links to unsubscribe, and tells us of those who do.
        contact_list_topic: of that list.
        base_url: of the API; the region's own where empty.
        timeouts: for every call.

    Raises:
        ValueError: the region or the address for replies cannot be one.
    """

    client: httpx.AsyncClient = field(repr=False)
    signer: AwsSigner = field(repr=False)
    region: str = field(validator=_region)
    sender: Sender
    reply_to: str = field(default="", validator=optional_plain_address)
    configuration_set: str = ""
    contact_list: str = ""
    contact_list_topic: str = ""
    base_url: str = field(default="", converter=base_address)
    timeouts: Timeouts = field(factory=Timeouts)
    name: str = field(default="ses", init=False)
    channel: Channel = field(default=Channel.EMAIL, init=False)
    honours_key: bool = field(default=False, init=False)
    can_look_up: bool = field(default=False, init=False)

    async def send(self, message: OutboundMessage) -> Accepted | Refused:
        """Hand an e-mail over, once.

        Raises:
            TransientFault: it was not taken and may be taken later.
            OutcomeUnknown: it may or may not have been taken.
        """
        wire = Wire(self.client, self.name, self.channel, self.timeouts)
        response = await wire.post(
            f"{self.base_url or endpoint(self.region)}/v2/email/outbound-emails",
            json=self._mail(message),
            auth=await self.signer.auth(),
        )
        answer = read_object(response) or {}
        if not response.is_success:
            return _refusal(response, answer)
        return Accepted(reference(self.name, answer.get("MessageId")))

    async def find(self, message: OutboundMessage) -> Accepted | None:
        """None: nobody can be asked (see `can_look_up`)."""
        return None

    def _mail(self, message: OutboundMessage) -> Mapping[str, Any]:
        mail: dict[str, Any] = {
            "FromEmailAddress": self.sender.header,
            "Destination": {"ToAddresses": [message.to]},
            "Content": {"Simple": {**_content(message.content), **self._headers(message)}},
            "EmailTags": [{"Name": ATTEMPT, "Value": tag_of(message.key)}],
        }
        if self.reply_to:
            mail["ReplyToAddresses"] = [self.reply_to]
        if self.configuration_set:
            mail["ConfigurationSetName"] = self.configuration_set
        if self.contact_list:
            topic = {"TopicName": self.contact_list_topic} if self.contact_list_topic else {}
            mail["ListManagementOptions"] = {"ContactListName": self.contact_list, **topic}
        return mail

    def _headers(self, message: OutboundMessage) -> Mapping[str, Any]:
        """How to opt out, unless SES adds its own: a message may have each header once."""
        headers = unsubscribe_headers(message.unsubscribe_url, self.reply_to)
        if not headers or self.contact_list:
            return {}
        return {"Headers": [{"Name": name, "Value": value} for name, value in headers.items()]}


def _content(content: Content) -> Mapping[str, Any]:
    body = {"Text": _utf8(content.text)}
    if content.html is not None:
        body["Html"] = _utf8(content.html)
    return {"Subject": _utf8(content.subject or ""), "Body": body}


def _utf8(text: str) -> Mapping[str, str]:
    return {"Data": text, "Charset": "UTF-8"}


def _refusal(response: httpx.Response, answer: Mapping[str, Any]) -> Refused:
    """Name the error; its message may quote the address.

    None of them says that somebody must not be written to: SES takes such an e-mail and tells it as a bounce.
    """
    code = error_name(response, answer)
    if code in _MENDABLE or code in _NOT_SERVED:
        raise TransientFault(f"ses: HTTP {response.status_code} {code}")
    return Refused(f"HTTP {response.status_code} {code}".rstrip())
