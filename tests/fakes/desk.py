"""A desk that does as it is told and keeps the tickets it was given."""

from application.ports.handoffs import Ticket


class FakeDesk:
    """The port `HandoffDesk`.

    Attributes:
        faults: what the next calls raise, in order; when there are none left, a ticket is taken.
        opened: every ticket that was handed over, whatever came of it.
    """

    def __init__(self, name: str = "fake-desk") -> None:
        self.name = name
        self.knows_key = False
        self.faults: list[Exception] = []
        self.opened: list[Ticket] = []

    async def open(self, ticket: Ticket) -> str:
        """Take the ticket as ``case-1``, ``case-2`` and so on, or raise as told."""
        self.opened.append(ticket)
        if self.faults:
            raise self.faults.pop(0)
        return f"case-{len(self.opened)}"
