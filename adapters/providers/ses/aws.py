"""Requests signed for AWS, Signature Version 4, by botocore's own signer and with its credentials.

botocore comes with the extra ``ses`` and is imported only here, when a signer is made.
"""

import asyncio
import re
import threading
from collections.abc import Callable, Generator
from typing import Any

import httpx
from attrs import define, field, frozen

from adapters.providers.common.http import Timeouts
from application.environment import WrongSetting
from application.errors import TransientFault

_HEADER_SAFE = re.compile(r"[!-~]+")

SERVICE = "ses"
"""The name that requests to Amazon SES are signed for, those of its API v2 too."""


@frozen
class AwsKeys:
    """Credentials as they may be given in settings.

    Args:
        access_key_id: "" to find credentials as AWS's own tools do.
        secret_access_key: belongs to it.
        session_token: only with temporary credentials.

    Raises:
        ValueError: one of the first two is given without the other, or one cannot stand in a header.
    """

    access_key_id: str = field(default="", repr=False)
    secret_access_key: str = field(default="", repr=False)
    session_token: str = field(default="", repr=False)

    def __attrs_post_init__(self) -> None:
        for given in (self.access_key_id, self.session_token):
            if given and not _HEADER_SAFE.fullmatch(given):
                raise ValueError("access_key_id and session_token must be printable ASCII without spaces")
        if bool(self.access_key_id) != bool(self.secret_access_key):
            raise ValueError("access_key_id and secret_access_key must both be set, or neither")


@define(eq=False)
class AwsSigner:
    """Signs with the credentials that are valid now.

    Args:
        region: e.g. ``eu-west-1``.
        find: gives botocore's credentials, None where there are none; may take its time.
        faults: what it raises where they cannot be found or renewed.
        seconds: how long it may take; one of the faults is `TimeoutError`.
    """

    region: str
    find: Callable[[], Any] = field(repr=False)
    faults: tuple[type[Exception], ...] = field(repr=False)
    seconds: float
    _one_at_a_time: threading.Lock = field(factory=threading.Lock, init=False, repr=False)

    async def auth(self) -> httpx.Auth:
        """What signs one request.

        Raises:
            TransientFault: there are no credentials now; nothing was sent.
        """
        try:
            async with asyncio.timeout(self.seconds):
                frozen_ = await asyncio.to_thread(self._frozen)
        except self.faults as error:
            raise TransientFault(f"ses: {type(error).__name__}, no AWS credentials") from None
        if frozen_ is None:
            raise TransientFault("ses: no AWS credentials were found")
        return _SigV4(frozen_, self.region)

    def _frozen(self) -> Any:
        """One thread after the other, since botocore's session is not made for several."""
        with self._one_at_a_time:
            found = self.find()
            return None if found is None else found.get_frozen_credentials()


def signer(region: str, keys: AwsKeys, timeouts: Timeouts) -> AwsSigner:
    """Make a signer.

    Args:
        region: of the requests.
        keys: given credentials.
        timeouts: of calls; finding credentials may take as long as a connection and an answer.

    Raises:
        WrongSetting: botocore is not installed.
    """
    try:
        # botocore ships no types
        from botocore.credentials import Credentials
        from botocore.exceptions import BotoCoreError, ClientError
        from botocore.session import Session
    except ImportError:
        raise WrongSetting(
            "Amazon SES needs botocore, which is not installed: pip install 'drumbeat[ses]'"
        ) from None
    if keys.access_key_id:
        given = Credentials(keys.access_key_id, keys.secret_access_key, keys.session_token or None)
        find: Callable[[], Any] = lambda: given  # noqa: E731 - one of two ways
    else:
        find = Session().get_credentials
    # RuntimeError is what botocore raises where renewed credentials are still too old.
    faults = (BotoCoreError, ClientError, RuntimeError, TimeoutError)
    return AwsSigner(region, find, faults, timeouts.connect + timeouts.read)


class _SigV4(httpx.Auth):
    """Adds the signature's headers (docs.aws.amazon.com, "Create a signed AWS API request")."""

    requires_request_body = True

    def __init__(self, credentials: Any, region: str) -> None:
        self._credentials = credentials
        self._region = region

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        # botocore ships no types
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest

        signed = AWSRequest(
            method=request.method,
            url=str(request.url),
            data=request.content,
            headers={"Content-Type": request.headers.get("content-type", "")},
        )
        SigV4Auth(self._credentials, SERVICE, self._region).add_auth(signed)
        request.headers.update(dict(signed.headers.items()))
        yield request
