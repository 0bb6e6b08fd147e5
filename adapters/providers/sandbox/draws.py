"""Chance that comes out the same: every draw is a hash of the seed and of what is drawn for."""

import hashlib


def hex_digits(*parts: object) -> str:
    """32 hex digits, the same for the same parts: what vendors' ids are made of."""
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()[:32]


def fraction(*parts: object) -> float:
    """A number in [0, 1), the same for the same parts, evenly spread."""
    return int(hex_digits(*parts)[:13], 16) / 16**13
