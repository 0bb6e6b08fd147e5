"""How a key of the API is written: ``drum_ID_SECRET``.

The beginning lets people and secret scanners see what it is. The id is public and names the key in lists and
logs; the secret has 256 bits, base64url without padding (RFC 4648, 5).
"""

import base64
import re

from attrs import field, frozen

PREFIX = "drum"
ID_BYTES = 8
SECRET_BYTES = 32
_FORM = re.compile(rf"{PREFIX}_([0-9a-f]{{{2 * ID_BYTES}}})_([A-Za-z0-9_-]{{43}})")


@frozen
class WrittenKey:
    """A key in its two parts.

    Args:
        id: the public one.
        secret: the other one.
    """

    id: str
    secret: str = field(repr=False)

    @classmethod
    def of(cls, id_bytes: bytes, secret_bytes: bytes) -> "WrittenKey":
        """A new key.

        Args:
            id_bytes: `ID_BYTES` random bytes.
            secret_bytes: `SECRET_BYTES` random bytes.

        Raises:
            ValueError: there are not as many.
        """
        if (len(id_bytes), len(secret_bytes)) != (ID_BYTES, SECRET_BYTES):
            raise ValueError(f"a key is made of {ID_BYTES} and {SECRET_BYTES} bytes")
        return cls(id_bytes.hex(), base64.urlsafe_b64encode(secret_bytes).decode().rstrip("="))

    @property
    def text(self) -> str:
        """As its owner gets it."""
        return f"{PREFIX}_{self.id}_{self.secret}"


def read_key(text: str) -> WrittenKey | None:
    """The parts of a key; None where it is not one."""
    found = _FORM.fullmatch(text)
    return None if found is None else WrittenKey(found[1], found[2])
