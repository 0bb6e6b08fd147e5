"""Whether PagerDuty's Events API is there. Only an alert would tell whether a routing key is right."""

from attrs import frozen

from adapters.providers.common.checking import Question
from adapters.providers.common.reaching import reach
from application.ports.checks import Checked


@frozen
class PagerDutyCheck:
    """Connects to the Events API.

    Args:
        question: puts what goes wrong into words.
        base_url: of the Events API.
    """

    question: Question
    base_url: str

    async def check(self) -> Checked:
        """Connect.

        Raises:
            TransientFault: nobody is there.
        """
        await reach("pagerduty", self.base_url, self.question.timeouts)
        return self.question.unclear(
            f"It is there; whether {self.question.names('routing_key')} is right, only an alert would tell."
        )
