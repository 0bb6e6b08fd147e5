"""Links that carry an id and its signature (HMAC with SHA-256, by itsdangerous)."""

import hashlib
import re
from collections.abc import Iterable
from typing import Any

from attrs import Attribute, field, frozen
from itsdangerous import BadData, URLSafeSerializer

from application.errors import BadLink
from application.ports.links import PREFERENCES_PATH, UNSUBSCRIBE_PATH
from domain.idempotency import AttemptKey

SHORTEST_SECRET = 32
"""Characters of a secret; 32 of base64 are 192 bits."""

LONGEST_PUBLIC_URL = 500
"""Characters of our address: with a token behind it a link fits into an e-mail's line (RFC 5322, 2.1.1)."""

_URL = re.compile(rf"https?://[!#-;=?-~]{{1,{LONGEST_PUBLIC_URL}}}")
"""Printable ASCII without what could end an address in a header or in a page: no space, quote or bracket."""

_TOKEN = re.compile(r"[A-Za-z0-9_.-]{1,400}")
_UNSUBSCRIBE_SALT = b"drumbeat.links.unsubscribe.1"
_PREFERENCES_SALT = b"drumbeat.links.preferences.1"
"""One for each purpose, so that a token of one kind is none of another. A change makes all links in old
messages worthless."""


def _base(url: str) -> str:
    return url.rstrip("/")


def _without_empty(secrets: Iterable[str]) -> tuple[str, ...]:
    return tuple(secret for secret in secrets if secret)


@frozen
class SignedLinks:
    """Makes links below our public address, and reads those that were made with one of the secrets.

    They do not expire: an opt-out must work as long as the message exists. Replacing the secret twice ends
    the links of the first one.

    Args:
        public_url: our address as people reach it; `https`, since mail programs use no other (RFC 8058, 3.1).
        secrets: the one that signs, then earlier ones whose links still work; empty ones are left out.

    Raises:
        ValueError: the address cannot stand in an e-mail's header, or a secret is missing or short.
    """

    public_url: str = field(converter=_base)
    secrets: tuple[str, ...] = field(converter=_without_empty, repr=False)
    _unsubscribe: URLSafeSerializer = field(init=False, repr=False, eq=False)
    _preferences: URLSafeSerializer = field(init=False, repr=False, eq=False)

    @public_url.validator
    def _fits_a_header(self, _attribute: "Attribute[str]", url: str) -> None:
        if not _URL.fullmatch(url):
            raise ValueError(
                f"the public address must be http(s):// and at most {LONGEST_PUBLIC_URL} printable ASCII "
                "characters, without spaces, quotes and angle brackets"
            )

    @secrets.validator
    def _long_enough(self, _attribute: "Attribute[tuple[str, ...]]", secrets: tuple[str, ...]) -> None:
        if not secrets or min(map(len, secrets)) < SHORTEST_SECRET:
            raise ValueError(f"a secret for links must have at least {SHORTEST_SECRET} characters")

    @_unsubscribe.default
    def _make_unsubscribe(self) -> URLSafeSerializer:
        return _serializer(self.secrets, _UNSUBSCRIBE_SALT)

    @_preferences.default
    def _make_preferences(self) -> URLSafeSerializer:
        return _serializer(self.secrets, _PREFERENCES_SALT)

    def unsubscribe(self, key: AttemptKey) -> str:
        """Where the person who gets this message can opt out."""
        return f"{self.public_url}{UNSUBSCRIBE_PATH}/{self._unsubscribe.dumps(str(key))}"

    def preferences(self, enrollment_id: str) -> str:
        """Where the person can choose the channels that they are reached on."""
        return f"{self.public_url}{PREFERENCES_PATH}/{self._preferences.dumps(enrollment_id)}"

    def read_unsubscribe(self, token: str) -> AttemptKey:
        """The message whose link it is.

        Raises:
            BadLink: we have not made it.
        """
        key = AttemptKey.parse(_read(self._unsubscribe, token))
        if key is None:
            raise BadLink("the link names no message")
        return key

    def read_preferences(self, token: str) -> str:
        """The id of the enrollment whose page it is.

        Raises:
            BadLink: we have not made it.
        """
        return _read(self._preferences, token)


def _serializer(secrets: tuple[str, ...], salt: bytes) -> URLSafeSerializer:
    signing = {"digest_method": hashlib.sha256, "key_derivation": "hmac"}
    # itsdangerous signs with the last one, and tries them all.
    return URLSafeSerializer(list(reversed(secrets)), salt=salt, signer_kwargs=signing)


def _read(serializer: URLSafeSerializer, token: str) -> str:
    """What was signed. What it says is looked at only after the signature."""
    if not _TOKEN.fullmatch(token):  # base64 decoding would pass over what is not of its alphabet
        raise BadLink("the link is not of the form that ours have")
    try:
        told: Any = serializer.loads(token)
    except BadData:
        raise BadLink("the link was not signed by us") from None
    if not isinstance(told, str):
        raise BadLink("the link holds no id")
    return told
