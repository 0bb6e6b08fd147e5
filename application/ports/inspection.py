"""The ports by which a person sees whether the database and the workflow service are as they should be."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Protocol

from attrs import frozen


@frozen
class ClockReading:
    """How another machine's clock compares with ours.

    Args:
        ahead: how far it is ahead; negative where it is behind.
        uncertainty: by how much that may be wrong, either way: its answer took so long.
    """

    ahead: timedelta
    uncertainty: timedelta

    @property
    def skew(self) -> timedelta:
        """By how much, at least, the clocks differ."""
        return max(timedelta(0), abs(self.ahead) - self.uncertainty)


@frozen
class DatabaseSeen:
    """A database that answers.

    Args:
        place: where it is, without user and password.
        round_trip: how long it takes to answer.
        clock: its clock; None where it has ours.
    """

    place: str
    round_trip: timedelta
    clock: ClockReading | None = None


class DatabaseInspection(Protocol):
    """The database, as it is."""

    async def look(self) -> DatabaseSeen:
        """Ask it something simple.

        Raises:
            DatabaseUnavailable: it does not answer; the message says what to do.
        """
        ...

    async def check(self) -> None:
        """See to it that it is migrated to exactly what this program needs.

        Raises:
            DatabaseUnavailable: it is not; the message says what to do.
        """
        ...


@frozen
class ServiceSeen:
    """A workflow service that answers.

    Args:
        address: where it is.
        namespace: which of its namespaces is ours.
        version: of the server; "" where it does not tell.
    """

    address: str
    namespace: str
    version: str


class RunsInspection(Protocol):
    """The workflow service, as it is. Every call may raise `RunsUnavailable`, which says what to do."""

    async def look(self) -> ServiceSeen:
        """See to it that it answers, and has our namespace."""
        ...

    async def missing_attributes(self) -> Sequence[str]:
        """The search attributes that our runs are started with, and that it does not have."""
        ...

    async def pollers(self) -> Mapping[str, int]:
        """How many workers have lately asked for work, by what they take (``campaigns``, ``sms``, ...)."""
        ...

    async def clock(self) -> ClockReading:
        """How its clock compares with ours."""
        ...
