"""Whether every provider and desk in use would serve us: credentials and reachability. Nothing is sent."""

import asyncio
from collections.abc import Collection, Sequence

from attrs import field, frozen

from application.errors import ApplicationError
from application.ports.checks import Checkable, Checked, Finding


class NotInUse(ApplicationError):
    """No provider of this name is in use."""


@frozen
class InUse:
    """A vendor in one of its roles.

    Args:
        provider: the vendor's name.
        role: ``sms``, ``email``, ``voice`` or ``desk``.
        asked: asks it.
    """

    provider: str
    role: str
    asked: Checkable = field(repr=False)


@frozen
class ProviderCheck:
    """What came of one check.

    Args:
        provider: the vendor's name.
        role: as above.
        checked: the finding.
    """

    provider: str
    role: str
    checked: Checked


@frozen
class CheckProviders:
    """Ask all of them, side by side.

    Args:
        in_use: who is in use, in the order in which they are told.
        patience: how many seconds each may take.
    """

    in_use: Sequence[InUse]
    patience: float = 20.0

    async def __call__(self, names: Collection[str] = ()) -> list[ProviderCheck]:
        """Ask.

        Args:
            names: of vendors; all where there are none.

        Raises:
            NotInUse: a name is not that of a vendor in use.
        """
        known = dict.fromkeys(each.provider for each in self.in_use)
        for name in names:
            if name not in known:
                raise NotInUse(f"{name} is not in use; these are: {', '.join(known) or 'nobody'}.")
        chosen = [each for each in self.in_use if not names or each.provider in names]
        return list(await asyncio.gather(*map(self._check, chosen)))

    async def _check(self, each: InUse) -> ProviderCheck:
        try:
            async with asyncio.timeout(self.patience):
                checked = await each.asked.check()
        except TimeoutError:
            checked = Checked(Finding.NOT_REACHABLE, f"Nobody answers within {self.patience:g} s.")
        except ApplicationError as fault:
            checked = Checked(Finding.NOT_REACHABLE, f"It cannot be asked ({fault}).")
        return ProviderCheck(each.provider, each.role, checked)
