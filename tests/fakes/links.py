"""Links that anybody can read."""

from attrs import frozen

from application.errors import BadLink
from domain.idempotency import AttemptKey


@frozen
class FakeLinks:
    """The port `Links`: the token is the id itself."""

    base: str = "https://links.example.com"

    def unsubscribe(self, key: AttemptKey) -> str:
        """The address of the page for a message."""
        return f"{self.base}/u/{key}"

    def preferences(self, enrollment_id: str) -> str:
        """The address of the page for an enrollment."""
        return f"{self.base}/preferences/{enrollment_id}"

    def read_unsubscribe(self, token: str) -> AttemptKey:
        """The key that the token is.

        Raises:
            BadLink: it is none.
        """
        key = AttemptKey.parse(token)
        if key is None:
            raise BadLink("the link is none of ours")
        return key

    def read_preferences(self, token: str) -> str:
        """The id that the token is."""
        return token
