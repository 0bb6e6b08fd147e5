"""Whether the desk's host is there. What it makes of our signature, only a case would tell."""

from attrs import field, frozen

from adapters.providers.common.checking import Question
from adapters.providers.common.reaching import reach
from application.ports.checks import Checked


@frozen
class WebhookCheck:
    """Connects to the desk.

    Args:
        question: puts what goes wrong into words.
        url: where handoffs go.
    """

    question: Question
    url: str = field(repr=False)

    async def check(self) -> Checked:
        """Connect.

        Raises:
            TransientFault: nobody is there.
        """
        await reach("webhook", self.url, self.question.timeouts)
        return self.question.unclear(
            f"It is there; whether {self.question.names('secret')} is right, only a handoff would tell."
        )
