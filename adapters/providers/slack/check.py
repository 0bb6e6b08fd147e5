"""Asks Slack whose a token is, and what it may do (docs.slack.dev/reference/methods/auth.test).

Every answer of the Web API names the token's scopes in ``X-OAuth-Scopes``. Whether the bot is in the channel
is not asked: that takes a right of its own.
"""

import re

from attrs import field, frozen

from adapters.providers.common.checking import Question
from adapters.providers.common.http import read_object
from application.ports.checks import Checked

_MAY_POST = "chat:write"
_CODE = re.compile(r"[a-z0-9_]{1,60}")
_OF_THE_TOKEN = frozenset(
    {
        "account_inactive",
        "invalid_auth",
        "not_authed",
        "not_allowed_token_type",
        "token_expired",
        "token_revoked",
    }
)


@frozen
class SlackCheck:
    """Asks about one token.

    Args:
        question: asks.
        token: the bot's.
        base_url: of the Web API.
    """

    question: Question
    token: str = field(repr=False)
    base_url: str

    async def check(self) -> Checked:
        """Ask; Slack's errors mostly come with HTTP 200."""
        response = await self.question.post(
            f"{self.base_url}/auth.test",
            {},
            {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json; charset=utf-8"},
        )
        refused = self.question.refused(response)
        if refused is not None:
            return refused
        answer = read_object(response)
        if not response.is_success or answer is None:
            return self.question.strange(response)
        if answer.get("ok") is not True:
            return self._fault(answer.get("error"))
        scopes = response.headers.get("x-oauth-scopes")
        if scopes is not None and _MAY_POST not in [scope.strip() for scope in scopes.split(",")]:
            return self.question.cannot_send(
                f"The token is right, and lacks the scope {_MAY_POST}.",
                f"Give the app the scope {_MAY_POST}, install it again, and set "
                f"{self.question.names('token')} to the new token.",
            )
        return self.question.ok("The token is right; whether the bot is in the channel is not asked.")

    def _fault(self, error: object) -> Checked:
        code = error if isinstance(error, str) and _CODE.fullmatch(error) else "an error without a code"
        if code in _OF_THE_TOKEN:
            return self.question.wrong_credentials(code)
        return self.question.not_reachable(f"Slack does not answer what was asked ({code}).")
