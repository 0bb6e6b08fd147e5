"""What a person asks before a deployment: whether the code at hand can go on with the runs that there are."""

from collections.abc import Callable, Collection, Sequence
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from attrs import frozen


class Verdict(StrEnum):
    """What became of one history."""

    REPLAYS = "replays"
    NOTHING = "nothing_to_replay"
    DIFFERS = "differs"
    UNREADABLE = "unreadable"


@frozen
class Replayed:
    """One history that was followed once more.

    Args:
        verdict: what became of it.
        workflow: the name of its workflow's type; empty where that cannot be read.
        workflow_id: of its run; empty likewise.
        run_id: of its run; empty likewise.
        event: the number of the first event that the code would not have led to; None where none is.
        says: why the verdict is what it is, as a sentence; empty where the history replays.
        file: where it was read; None where it came from a server.
    """

    verdict: Verdict
    workflow: str = ""
    workflow_id: str = ""
    run_id: str = ""
    event: int | None = None
    says: str = ""
    file: Path | None = None


@frozen
class Wanted:
    """Which runs of a server to look at.

    Args:
        recent: how long ago a closed run may have ended.
        limit: how many runs, at most, of each workflow and of open and of closed ones.
        query: what else must hold of them, as a list filter of Temporal; None for nothing.
        folder: where their histories are written; None for nowhere.
    """

    recent: timedelta
    limit: int
    query: str | None = None
    folder: Path | None = None


@frozen
class Sampled:
    """How much of what is there was looked at.

    Args:
        workflow: the name of a workflow's type; empty for all on our queue that this code does not have.
        is_open: whether the runs go on; else they have ended of late.
        there: how many there are.
        picked: how many were looked at.
    """

    workflow: str
    is_open: bool
    there: int
    picked: int


@frozen
class Report:
    """What became of all of them.

    Args:
        replayed: each history.
        sampled: of what; empty where the histories came from files.
    """

    replayed: Sequence[Replayed]
    sampled: Sequence[Sampled] = ()

    def of(self, verdict: Verdict) -> Sequence[Replayed]:
        """Those with a verdict."""
        return [each for each in self.replayed if each.verdict is verdict]


Told = Callable[[int, int], None]
"""Is told how many histories are done, and of how many."""


class ReplayGate(Protocol):
    """Follows histories once more, with the code at hand. It changes nothing."""

    async def files(self, paths: Collection[Path], told: Told) -> Report:
        """Histories in files, and in all JSON files below folders.

        Args:
            paths: files and folders.
            told: is told how far it is.
        """
        ...

    async def server(self, wanted: Wanted, told: Told) -> Report:
        """Histories of the namespace that the environment names.

        Args:
            wanted: which ones.
            told: is told how far it is.

        Raises:
            RunsUnavailable: Temporal does not answer.
            RunRefused: it cannot read the query.
            UnusableFile: the folder is not empty, or cannot be written to.
        """
        ...
