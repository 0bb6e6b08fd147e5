"""Asks Linear who we are, and for the team (linear.app/developers/graphql)."""

from collections.abc import Mapping
from typing import Any

import httpx
from attrs import field, frozen

from adapters.providers.common.checking import Question
from adapters.providers.common.desks import inside
from adapters.providers.common.http import read_object
from adapters.providers.linear.desk import error_code
from application.ports.checks import Checked

ASK = """query Check($team: String!) {
  viewer { id }
  team(id: $team) { id }
}"""


@frozen
class LinearCheck:
    """Asks about one key and one team.

    Args:
        question: asks.
        api_key: the key.
        team: the team's id.
        base_url: of the API.
    """

    question: Question
    api_key: str = field(repr=False)
    team: str
    base_url: str

    async def check(self) -> Checked:
        """Ask; Linear's errors come with HTTP 200, 400 or 401."""
        response = await self.question.post(
            f"{self.base_url}/graphql",
            {"query": ASK, "variables": {"team": self.team}},
            {"Authorization": self.api_key},
        )
        answer = read_object(response)
        code = error_code(answer)
        if code == "AUTHENTICATION_ERROR":
            return self.question.wrong_credentials(code)
        refused = self.question.refused(response)
        if refused is not None:
            return refused
        return self._team(response, answer, code)

    def _team(self, response: httpx.Response, answer: Mapping[str, Any] | None, code: str | None) -> Checked:
        if code is not None:
            return self.question.cannot_send(
                f"The key is right, and Linear does not give us the team ({code}).",
                f"Put right {self.question.names('team')}: it is the team's id, not its key or name.",
            )
        if not isinstance(inside(answer, "data", "team", "id"), str):
            return self.question.strange(response)
        return self.question.ok("The key is right and sees the team.")
