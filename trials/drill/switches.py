"""The one channel between a drill and the processes that it drills: a folder of small files.

A drill puts files there, the drilled processes look for them (`trials.drill.hooks`). Production entrypoints
know nothing of it.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from attrs import frozen

VARIABLE = "DRILL_SWITCHES"
"""The environment variable that names the folder. It has not the prefix of our settings, as it is none."""


class Point(StrEnum):
    """Where a drilled process can be made to die."""

    CLAIMED = "claimed"
    """The attempt is claimed, and the provider is not called yet."""

    ACCEPTED = "accepted"
    """The provider has accepted, and that is not recorded yet."""

    STORED = "stored"
    """A webhook is stored, and its run is not signalled yet."""

    DECIDED = "decided"
    """The rows of a decision are written, and its order is not given yet."""


class Trouble(StrEnum):
    """What can be wrong for the drilled processes for a while."""

    GONE = "database.gone"
    SLOW = "database.slow"
    FULL = "database.full"
    LOCKED = "database.locked"
    """Not a switch but a real lock, which the processes note when they meet it."""

    CLOCK = "clock"


@frozen
class Switches:
    """Both sides of the folder.

    Args:
        folder: it exists.
    """

    folder: Path

    # The drill's side --------------------------------------------------------------------------------

    def arm(self, point: Point) -> None:
        """Have the next process that comes to a point die there; one process, however many come."""
        (self.folder / _kill(point)).touch()

    def disarm(self, point: Point) -> None:
        """Let processes pass a point again."""
        (self.folder / _kill(point)).unlink(missing_ok=True)

    def point_of(self, pid: int) -> Point | None:
        """At which point a process has died; None where it died for another reason."""
        return next((point for point in Point if (self.folder / _died(point, pid)).exists()), None)

    @contextmanager
    def trouble(self, trouble: Trouble) -> Iterator[None]:
        """Let it hold for the length of the block."""
        file = self.folder / trouble.value
        file.touch()
        try:
            yield
        finally:
            file.unlink(missing_ok=True)

    @contextmanager
    def clock_off(self, by: timedelta) -> Iterator[None]:
        """Set the clocks of the drilled processes forward, or back, for the length of the block."""
        file, draft = self.folder / Trouble.CLOCK, self.folder / f".{Trouble.CLOCK}"
        draft.write_text(str(by.total_seconds()))
        draft.replace(file)  # nobody reads half of it
        try:
            yield
        finally:
            file.unlink(missing_ok=True)

    # The drilled processes' side ---------------------------------------------------------------------

    def come_to(self, point: Point) -> None:
        """Die as by ``kill -9`` where the point is armed; leaves word which process it was."""
        with suppress(FileNotFoundError):
            # Atomic: of all processes that come here, one finds the file.
            (self.folder / _kill(point)).rename(self.folder / _died(point, os.getpid()))
            os.kill(os.getpid(), signal.SIGKILL)

    def met(self, trouble: Trouble) -> bool:
        """Whether a trouble holds now; then it is noted that a process has met it."""
        holds = (self.folder / trouble.value).exists()
        if holds:
            self.note(trouble)
        return holds

    def note(self, trouble: Trouble) -> None:
        """Note that a process has met a trouble: one byte each time, which is atomic."""
        with (self.folder / f"met.{trouble.value}").open("ab") as count:
            count.write(b".")

    def times_met(self, trouble: Trouble) -> int:
        """How often processes have met a trouble so far."""
        file = self.folder / f"met.{trouble.value}"
        return file.stat().st_size if file.exists() else 0

    def clock_is_off_by(self) -> timedelta:
        """How far the clock of a drilled process is ahead."""
        try:
            by = timedelta(seconds=float((self.folder / Trouble.CLOCK).read_text()))
        except FileNotFoundError:
            return timedelta(0)
        self.note(Trouble.CLOCK)
        return by


def _kill(point: Point) -> str:
    return f"kill.{point.value}"


def _died(point: Point, pid: int) -> str:
    return f"died.{point.value}.{pid}"
