"""What Amazon SNS posts, and whether it has signed it. Pure.

Source: Amazon SNS Developer Guide, "Verifying the signatures of Amazon SNS messages" and "Parsing Amazon SNS
message formats".
"""

import base64
from collections.abc import Mapping, Sequence

from attrs import field, frozen
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, HashAlgorithm

from application.errors import BadSignature

NOTIFICATION = "Notification"
CONFIRMATIONS = ("SubscriptionConfirmation", "UnsubscribeConfirmation")

_SIGNED: Mapping[str, Sequence[str]] = {
    NOTIFICATION: ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    **dict.fromkeys(
        CONFIRMATIONS, ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
    ),
}
"""What is signed, by type, in this order; only Subject may be missing."""

_HASHES: Mapping[str, HashAlgorithm] = {
    "1": SHA1(),  # noqa: S303 - what SNS signs with unless a topic asks for version 2
    "2": SHA256(),
}


@frozen
class Envelope:
    """What SNS posts, signed or not, every value a text.

    Args:
        fields: by name.
    """

    fields: Mapping[str, str] = field(repr=False)

    @property
    def kind(self) -> str:
        """``Notification``, or one of `CONFIRMATIONS`."""
        return self.fields["Type"]

    def signed_bytes(self) -> bytes:
        """What the signature is over: each signed field's name and value, a line end behind each.

        Only a notification's Message may have line ends itself, so that no other fields are made of the same
        bytes.

        Raises:
            BadSignature: the type is none that SNS has, a field is missing, or cannot have been signed.
        """
        lines = []
        for name in _SIGNED.get(self.fields.get("Type", ""), ()):
            value = self.fields.get(name)
            if value is None and name == "Subject":
                continue
            if value is None or ("\n" in value and name != "Message"):
                raise BadSignature("ses: the envelope is not one of SNS")
            lines += [name, value]
        if not lines:
            raise BadSignature("ses: the envelope is not one of SNS")
        try:
            return "".join(f"{line}\n" for line in lines).encode()
        except UnicodeEncodeError as error:
            raise BadSignature("ses: the envelope has characters that nobody can have signed") from error

    def verify(self, keys: Sequence[RSAPublicKey]) -> None:
        """See to it that one of these keys has signed it.

        Raises:
            BadSignature: none has.
        """
        algorithm = _HASHES.get(self.fields.get("SignatureVersion", ""))
        if algorithm is None:
            raise BadSignature("ses: the signature's version is not known")
        try:
            signature = base64.b64decode(self.fields.get("Signature", ""), validate=True)
        except ValueError as error:
            raise BadSignature("ses: the signature cannot be read") from error
        signed = self.signed_bytes()
        if not any(_has_signed(key, signature, signed, algorithm) for key in keys):
            raise BadSignature("ses: the signature is missing or wrong")


def _has_signed(key: RSAPublicKey, signature: bytes, signed: bytes, algorithm: HashAlgorithm) -> bool:
    try:
        key.verify(signature, signed, PKCS1v15(), algorithm)
    except InvalidSignature:
        return False
    return True
