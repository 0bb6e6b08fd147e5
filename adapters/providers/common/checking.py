"""What the checks of all vendors share: questions that change nothing, and how a fault is told.

Each vendor's own check is in its folder, in ``check.py``, and names what it asks and where that is described.
"""

from collections.abc import Mapping

import httpx
from attrs import field, frozen

from adapters.providers.common.http import Timeouts, Wire
from application.environment import variable
from application.errors import OutcomeUnknown, TransientFault
from application.ports.checks import Checkable, Checked, Finding

SPAN = "check"
"""What stands where spans name the channel."""

_REFUSED = frozenset({httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN})


@frozen
class Question:
    """Asks one vendor, and puts what goes wrong into words.

    Args:
        client: the pooled HTTP client; not closed here.
        timeouts: for every call.
        vendor: its name, as in its settings.
        credentials: the fields of its settings that open the account.
        address: the field of its settings that says where it is.
    """

    client: httpx.AsyncClient = field(repr=False)
    timeouts: Timeouts
    vendor: str
    credentials: tuple[str, ...]
    address: str = "base_url"

    async def get(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        auth: httpx.Auth | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Ask. A 401 and a 403 are answers here.

        Raises:
            TransientFault: it cannot be asked now.
        """
        return await self._wire.get(url, params=params, auth=auth, headers=headers)

    async def post(
        self, url: str, json: Mapping[str, object], headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """Ask by POST, where a vendor wants a question put so.

        Raises:
            TransientFault: it cannot be asked now.
        """
        try:
            return await self._wire.post(url, json=json, headers=headers)
        except OutcomeUnknown as fault:
            raise TransientFault(str(fault)) from fault

    def ok(self, says: str) -> Checked:
        """All is well."""
        return Checked(Finding.OK, says)

    def wrong_credentials(self, code: str) -> Checked:
        """Our credentials are refused.

        Args:
            code: by which status or code; never the vendor's words.
        """
        return Checked(
            Finding.WRONG_CREDENTIALS,
            f"The credentials are refused ({code}).",
            f"Put right {self.names(*self.credentials)}.",
        )

    def cannot_send(self, says: str, remedy: str) -> Checked:
        """The credentials are right, and something else is not."""
        return Checked(Finding.CANNOT_SEND, says, remedy)

    def unclear(self, says: str, remedy: str = "") -> Checked:
        """It answers, and does not tell."""
        return Checked(Finding.CANNOT_BE_CHECKED, says, remedy)

    def not_reachable(self, says: str) -> Checked:
        """Nobody answers, or somebody else does."""
        remedy = f"See that {self.names(self.address)} is right and that this machine may go there."
        return Checked(Finding.NOT_REACHABLE, says, remedy)

    def strange(self, response: httpx.Response) -> Checked:
        """An answer that this vendor does not give to this question."""
        return self.not_reachable(f"HTTP {response.status_code} is not an answer to what was asked.")

    def refused(self, response: httpx.Response) -> Checked | None:
        """What a 401 or a 403 says; None for another answer."""
        status = response.status_code
        return self.wrong_credentials(f"HTTP {status}") if status in _REFUSED else None

    def careful(self, asked: Checkable) -> Checkable:
        """A check that tells a fault as a finding, with the setting that says where the vendor is."""
        return _Careful(self, asked)

    def names(self, *fields: str) -> str:
        """The variables of fields of the settings."""
        return " and ".join(variable(self.vendor, each) for each in fields)

    @property
    def _wire(self) -> Wire:
        return Wire(self.client, self.vendor, SPAN, self.timeouts, reads_refusals=True)


@frozen
class _Careful:
    question: Question
    asked: Checkable

    async def check(self) -> Checked:
        """Ask, and tell what goes wrong."""
        try:
            return await self.asked.check()
        except TransientFault as fault:
            return self.question.not_reachable(f"Nobody answers as it should ({fault}).")


@frozen
class Told:
    """Stands in for a check where what it would say is known.

    Args:
        told: what.
    """

    told: Checked

    async def check(self) -> Checked:
        """Say it."""
        return self.told
