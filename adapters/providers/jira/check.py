"""Asks Jira who we are, and whether we may create issues in the project.

Sources: developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-myself and .../api-group-permissions.
The latter answers strangers, too, so that the former comes first. Whether the type of issue asks for more
fields is not asked.
"""

import httpx
from attrs import field, frozen

from adapters.providers.common.checking import Question
from adapters.providers.common.desks import inside
from adapters.providers.common.http import read_object
from application.ports.checks import Checked

_CREATE = "CREATE_ISSUES"


@frozen
class JiraCheck:
    """Asks about one account and one project.

    Args:
        question: asks.
        base_url: of the site.
        email: of the account.
        token: its API token.
        project: the project's key.
    """

    question: Question
    base_url: str
    email: str = field(repr=False)
    token: str = field(repr=False)
    project: str

    async def check(self) -> Checked:
        """Ask."""
        response = await self._get("myself", {})
        refused = self.question.refused(response)
        if refused is not None:
            return refused
        if not response.is_success or "accountId" not in (read_object(response) or {}):
            return self.question.strange(response)
        return await self._project()

    async def _project(self) -> Checked:
        response = await self._get("mypermissions", {"projectKey": self.project, "permissions": _CREATE})
        answer = read_object(response)
        if response.is_success and inside(answer, "permissions", _CREATE, "havePermission") is True:
            return self.question.ok("The account may create issues in the project.")
        return self.question.cannot_send(
            "The account is known, and may not create issues in the project, or does not see it.",
            f"Put right {self.question.names('project')}, or let the account create issues there.",
        )

    async def _get(self, resource: str, params: dict[str, str]) -> httpx.Response:
        return await self.question.get(
            f"{self.base_url}/rest/api/3/{resource}",
            params=params,
            auth=httpx.BasicAuth(self.email, self.token),
            headers={"Accept": "application/json"},
        )
