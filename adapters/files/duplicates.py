"""Rows that name somebody whom an earlier row has named, without keeping what the rows say."""

import hashlib

from attrs import define, field

from adapters.files.csv_table import Found
from domain.contact import NewContact


@define
class Duplicates:
    """Remembers 64 bits of each address and name: a million rows take some 300 MB less than their texts.

    Two different texts of a file of a million rows have the same bits once in five million files.
    """

    _seen: dict[int, int] = field(factory=dict, init=False, repr=False)

    def __call__(self, contact: NewContact, line: int) -> list[Found]:
        """Why a row is a duplicate; nothing for one that is none, which is remembered.

        Args:
            contact: as read from the row.
            line: the line that it begins on.
        """
        names = {"phone": contact.phone, "email": contact.email, "external_id": contact.external_id}
        keys = {column: _bits(column, name) for column, name in names.items() if name}
        for column, key in keys.items():
            if key in self._seen:
                return [(column, f"{column}: duplicate of line {self._seen[key]}")]
        self._seen.update(dict.fromkeys(keys.values(), line))
        return []


def _bits(column: str, name: str) -> int:
    text = name.casefold() if column == "email" else name
    return int.from_bytes(hashlib.blake2b(f"{column}\0{text}".encode(), digest_size=8).digest())
