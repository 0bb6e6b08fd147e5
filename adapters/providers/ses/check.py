"""Asks Amazon SES for the account (its API v2, GetAccount)."""

import httpx
from attrs import field, frozen

from adapters.providers.common.checking import Question
from adapters.providers.common.http import read_object
from adapters.providers.ses.aws import AwsSigner
from adapters.providers.ses.errors import error_name
from application.errors import TransientFault
from application.ports.checks import Checked

_MAY_NOT_ASK = "AccessDeniedException"
"""The signature is right, and its owner lacks the permission: AWS's "Common Errors"."""


@frozen
class SesCheck:
    """Asks whether sending is switched on in one region.

    Args:
        question: asks.
        signer: signs the request.
        base_url: of the API.
    """

    question: Question
    signer: AwsSigner = field(repr=False)
    base_url: str

    async def check(self) -> Checked:
        """Ask.

        Raises:
            TransientFault: it cannot be asked now.
        """
        try:
            auth = await self.signer.auth()
        except TransientFault:
            return self.question.wrong_credentials("AWS's own tools find none either")
        response = await self.question.get(f"{self.base_url}/v2/email/account", auth=auth)
        answer = read_object(response) or {}
        if error_name(response, answer) == _MAY_NOT_ASK:
            return self.question.unclear(
                "The credentials are right, and may not ask for the account.",
                "Allow them ses:GetAccount beside ses:SendEmail, if you want to know more.",
            )
        refused = self.question.refused(response)
        if refused is not None:
            return refused
        return self._state(response, answer)

    def _state(self, response: httpx.Response, answer: object) -> Checked:
        if not response.is_success or not isinstance(answer, dict) or "SendingEnabled" not in answer:
            return self.question.strange(response)
        if answer["SendingEnabled"] is not True:
            return self.question.cannot_send(
                "The credentials are right, and the account may not send in this region.",
                f"Have sending switched on in AWS, or put right {self.question.names('region')}.",
            )
        if answer.get("ProductionAccessEnabled") is not True:
            return self.question.ok("The account is in AWS's sandbox: only verified addresses are reached.")
        return self.question.ok("The account may send; whether the sender is verified is not asked.")
