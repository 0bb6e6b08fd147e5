"""A replay gate that tells what it is told to, and keeps what it was asked."""

from collections.abc import Collection
from pathlib import Path

from attrs import define, field

from application.ports.replay import Report, Told, Wanted


@define
class FakeReplayGate:
    """The port `ReplayGate`.

    Args:
        report: what it tells.
        failure: raised instead.
        wanted: what was asked of the server, in order.
        paths: what was asked of files, in order.
    """

    report: Report = field(factory=lambda: Report(()))
    failure: Exception | None = None
    wanted: list[Wanted] = field(factory=list)
    paths: list[Collection[Path]] = field(factory=list)

    async def files(self, paths: Collection[Path], told: Told) -> Report:
        self.paths.append(paths)
        return self._tell(told)

    async def server(self, wanted: Wanted, told: Told) -> Report:
        self.wanted.append(wanted)
        return self._tell(told)

    def _tell(self, told: Told) -> Report:
        if self.failure is not None:
            raise self.failure
        told(len(self.report.replayed), len(self.report.replayed))
        return self.report
