"""What we ask Amazon SNS itself: the certificate that an envelope names, and to confirm a subscription.

Source: Amazon SNS Developer Guide, "Verifying the signatures of Amazon SNS messages". The host is that of the
topic's region alone: AWS's own validators let any ``sns.*.amazonaws.com`` pass, and S3 has such names for
buckets called ``sns``.
"""

import asyncio
import base64
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from urllib.parse import parse_qs, urlsplit

import httpx
from attrs import define, field, frozen
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from adapters.providers.common.http import Timeouts
from adapters.providers.ses.envelope import Envelope
from application.errors import BadSignature, TransientFault

_CERTIFICATE = re.compile(r"/[A-Za-z0-9_-]{1,200}\.pem")
"""No other path and no query: an answer of the same host to a question must not pass for one."""

_LARGEST = 16_384
"""Bytes of an answer; a certificate has two thousand."""

_KEPT = 8
"""Certificates that are remembered; SNS has one a region, and a next one every year."""


class Keys(Protocol):
    """Where the keys that SNS signs with come from."""

    async def of(self, envelope: Envelope, now: datetime) -> Sequence[RSAPublicKey]:
        """The keys that may have signed an envelope.

        Raises:
            TransientFault: they cannot be fetched now.
            BadSignature: it names none of SNS's.
        """
        ...


def _read_all(texts: Sequence[str]) -> tuple[RSAPublicKey, ...]:
    """Attrs converter: certificates as they stand in settings, PEM or base64 of PEM or DER."""
    return tuple(_rsa_key(_certificate(text)) for text in texts)


@frozen
class PinnedKeys:
    """Keys of certificates that were given to us. Whoever pins one minds when it ends.

    Args:
        keys: of the certificates, each PEM, or base64 of PEM or DER; the current one first.

    Raises:
        ValueError: one is no certificate with an RSA key.
    """

    keys: tuple[RSAPublicKey, ...] = field(converter=_read_all, repr=False)

    async def of(self, envelope: Envelope, now: datetime) -> Sequence[RSAPublicKey]:
        """These keys, whatever the envelope names."""
        return self.keys


@frozen
class SnsEndpoint:
    """Asks SNS itself, by addresses that came in an envelope: nowhere but there, and not for much.

    Args:
        client: the pooled HTTP client; not closed here.
        timeouts: for every call.
    """

    client: httpx.AsyncClient = field(repr=False)
    timeouts: Timeouts

    async def certificate(self, url: str) -> bytes:
        """The certificate at an address that `certificate_url` has found to be SNS's.

        Raises:
            BadSignature: there is none.
            TransientFault: SNS does not answer now.
        """
        return await self._get(url)

    async def confirm(self, envelope: Envelope) -> None:
        """Say yes to a subscription whose envelope was verified.

        Raises:
            BadSignature: the address to call is not SNS's for this.
            TransientFault: SNS does not answer now; it asks again.
        """
        url = envelope.fields["SubscribeURL"]
        if not _confirms(url, envelope):
            raise BadSignature("ses: the address to confirm at is not one of SNS")
        await self._get(url)

    async def _get(self, url: str) -> bytes:
        try:
            async with (
                asyncio.timeout(self.timeouts.total),
                self.client.stream(
                    "GET", url, auth=httpx.Auth(), follow_redirects=False, timeout=self.timeouts.read
                ) as response,
            ):
                body = b""
                async for piece in response.aiter_bytes(4096):
                    body += piece
                    if len(body) > _LARGEST:
                        raise BadSignature("ses: an answer of SNS is too long")
        except httpx.InvalidURL:
            raise BadSignature("ses: the address is not one that can be called") from None
        except (httpx.HTTPError, TimeoutError) as error:
            raise TransientFault(f"ses: SNS does not answer, {type(error).__name__}") from None
        if response.status_code == httpx.codes.OK:
            return body
        if response.is_server_error or response.status_code in (403, 408, 429):
            raise TransientFault(f"ses: SNS answers HTTP {response.status_code}")
        raise BadSignature(f"ses: SNS answers HTTP {response.status_code}")


@define(eq=False)
class FetchedKeys:
    """Keys of the certificates that envelopes name, fetched from SNS and remembered.

    Args:
        sns: fetches them, one at a time, so that a flood of made-up names is no flood of ours.
    """

    sns: SnsEndpoint
    _known: dict[str, x509.Certificate] = field(factory=dict, init=False, repr=False)
    _fetching: asyncio.Lock = field(factory=asyncio.Lock, init=False, repr=False)

    async def of(self, envelope: Envelope, now: datetime) -> Sequence[RSAPublicKey]:
        """The key of the certificate that the envelope names."""
        url = certificate_url(envelope)
        if url not in self._known:
            async with self._fetching:
                if url not in self._known:
                    self._remember(url, await self.sns.certificate(url))
        certificate = self._known[url]
        if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
            raise BadSignature("ses: the certificate is not valid at this time")
        return (_rsa_key(certificate),)

    def _remember(self, url: str, pem: bytes) -> None:
        try:
            certificate = x509.load_pem_x509_certificate(pem)
            _rsa_key(certificate)
        except ValueError as error:
            raise BadSignature("ses: what SNS gives is no certificate") from error
        while len(self._known) >= _KEPT:
            self._known.pop(next(iter(self._known)))
        self._known[url] = certificate


def certificate_url(envelope: Envelope) -> str:
    """Where the certificate is that an envelope names.

    Args:
        envelope: of a topic of ours.

    Raises:
        BadSignature: that is not an address of SNS's in the topic's region.
    """
    url, host = envelope.fields.get("SigningCertURL", ""), f"https://{_host(envelope.fields['TopicArn'])}"
    if not url.startswith(host) or not _CERTIFICATE.fullmatch(url[len(host) :]):
        raise BadSignature("ses: the certificate's address is not one of SNS")
    return url


def _host(topic: str) -> str:
    """SNS's host in a topic's region; China's have another suffix (AWS General Reference, "SNS endpoints").

    Args:
        topic: its ARN, ``arn:aws:sns:REGION:ACCOUNT:NAME``.
    """
    region = topic.split(":")[3]
    return f"sns.{region}.amazonaws.com{'.cn' if region.startswith('cn-') else ''}"


def _confirms(url: str, envelope: Envelope) -> bool:
    """Whether an address is SNS's to confirm just this subscription."""
    try:
        parts = urlsplit(url)
        asked = parse_qs(parts.query, strict_parsing=True)
    except ValueError:
        return False
    wanted = {"TopicArn": envelope.fields["TopicArn"], "Token": envelope.fields["Token"]}
    return (
        url.isascii()
        and parts.scheme == "https"
        and parts.netloc == _host(envelope.fields["TopicArn"])
        and parts.path in ("", "/")
        and asked == {"Action": ["ConfirmSubscription"], **{name: [text] for name, text in wanted.items()}}
    )


def _certificate(text: str) -> x509.Certificate:
    try:
        given = text.encode() if "-----BEGIN" in text else base64.b64decode(text, validate=True)
        load = x509.load_pem_x509_certificate if b"-----BEGIN" in given else x509.load_der_x509_certificate
        return load(given)
    except ValueError as error:
        raise ValueError("sns_certificate must be a certificate, PEM or base64") from error


def _rsa_key(certificate: x509.Certificate) -> RSAPublicKey:
    key = certificate.public_key()
    if not isinstance(key, RSAPublicKey):
        raise ValueError("sns_certificate must be of an RSA key")  # noqa: TRY004 - a setting
    return key
