"""A campaign definition with the places of its values, whichever form its file has."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from attrs import field, frozen

from adapters.files.errors import Fault, FileProblem
from domain.campaign import Campaign
from domain.errors import InvalidDefinition
from domain.language.sections import Path as Keys


@frozen
class CampaignSource:
    """What a campaign file holds.

    Args:
        path: the file.
        definition: plain data that JSON can hold.
        place: the line and column, from 1, of a value, or of the nearest thing around it; None where nobody
            can tell.
        faults: what the file itself has that is not allowed.
        lost: whether a value is missing from the definition because of such a fault.
    """

    path: Path
    definition: Any = field(repr=False)
    place: Callable[[Keys], tuple[int, int] | None] = field(repr=False)
    faults: tuple[Fault, ...] = ()
    lost: Callable[[Keys], bool] = field(default=lambda _: False, repr=False)

    def read(self, read: Callable[[Mapping[str, Any]], Campaign]) -> Campaign:
        """The campaign that it defines.

        Args:
            read: reads the definition, or raises InvalidDefinition.

        Raises:
            FileProblem: with everything that is wrong, each with its place.
        """
        try:
            campaign = read(self.definition)
        except InvalidDefinition as error:
            raise FileProblem(self.path, [*self.faults, *self._placed(error)]) from error
        if self.faults:
            raise FileProblem(self.path, self.faults)
        return campaign

    def fault(self, path: Keys, reason: str) -> Fault:
        """Something to say about a value, with its place."""
        return Fault(reason, *(self.place(path) or ()))

    def _placed(self, error: InvalidDefinition) -> Iterator[Fault]:
        for problem in error.problems:
            if not self.lost(problem.path):
                yield self.fault(problem.path, str(problem))
