"""Times as programs read them: one form, whoever asks."""

from datetime import UTC, datetime


def rfc3339(at: datetime) -> str:
    """A time in UTC as RFC 3339 has it, to the microsecond: ``2026-03-31T09:00:00.000000Z``.

    Args:
        at: with a zone.
    """
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
