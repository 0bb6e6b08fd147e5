"""Handoffs as Jira issues (developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues).

Jira has no idempotency key. Each issue carries a label of its own, and we look for an issue with that label
first. Jira's search lags behind what was created (its page "Search for issues using JQL enhanced search"): a
case that is repeated within moments may be opened twice. Whatever goes wrong is raised as something to try
again.
"""

from collections.abc import Mapping
from typing import Any

import httpx
from attrs import field, frozen
from attrs.validators import matches_re

from adapters.providers.common.desks import facts, inside, mark, success, title
from adapters.providers.common.http import Timeouts, Wire, base_address, credential, reference
from application.ports.handoffs import Ticket

_LONGEST_SUMMARY = 255

_CANDIDATES = 10
"""Issues to look at: a search need not tell capital letters apart, a label does."""


@frozen
class JiraDesk:
    """Opens issues in one project of a Jira Cloud site.

    Args:
        client: the pooled HTTP client; not closed here.
        base_url: of the site, e.g. ``https://example.atlassian.net``.
        email: of the account whose API token it is.
        token: an API token.
        project: the project's key.
        issue_type: the name of a type of issue that needs no more fields than these.
        timeouts: for every call.
    """

    client: httpx.AsyncClient = field(repr=False)
    base_url: str = field(converter=base_address)
    email: str = field(repr=False)
    token: str = field(repr=False, validator=credential)
    project: str = field(validator=matches_re(r"[A-Z][A-Z0-9_]*"))
    issue_type: str = "Task"
    timeouts: Timeouts = field(factory=Timeouts)
    name: str = field(default="jira", init=False)
    knows_key: bool = field(default=True, init=False)

    async def open(self, ticket: Ticket) -> str:
        """Open an issue, or find the one that is there; returns its key, such as ``HELP-12``.

        Raises:
            TransientFault: Jira did not take it and may take it later.
            OutcomeUnknown: Jira may have taken it.
        """
        return await self._find(ticket) or await self._create(ticket)

    async def _find(self, ticket: Ticket) -> str | None:
        answer = await self._post("search/jql", self._search(ticket))
        issues = answer.get("issues")
        for issue in issues if isinstance(issues, list) else []:
            labels = inside(issue, "fields", "labels")
            if isinstance(labels, list) and mark(ticket.key) in labels:
                return reference(self.name, inside(issue, "key"))
        return None

    async def _create(self, ticket: Ticket) -> str:
        return reference(self.name, (await self._post("issue", self._issue(ticket))).get("key"))

    async def _post(self, resource: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        response = await Wire(self.client, self.name, "handoff", self.timeouts).post(
            f"{self.base_url}/rest/api/3/{resource}",
            json=body,
            auth=httpx.BasicAuth(self.email, self.token),
            headers={"Accept": "application/json"},
        )
        return success(self.name, response)

    def _search(self, ticket: Ticket) -> Mapping[str, Any]:
        label = mark(ticket.key).replace("\\", "\\\\").replace('"', '\\"')
        return {
            "jql": f'project = "{self.project}" AND labels = "{label}"',
            "fields": ["labels"],
            "maxResults": _CANDIDATES,
        }

    def _issue(self, ticket: Ticket) -> Mapping[str, Any]:
        return {
            "fields": {
                "project": {"key": self.project},
                "issuetype": {"name": self.issue_type},
                "summary": title(ticket, _LONGEST_SUMMARY),
                "description": _document(ticket),
                "labels": [mark(ticket.key)],
            }
        }


def _document(ticket: Ticket) -> Mapping[str, Any]:
    """Atlassian's document format, in which text is text: no paragraph may be empty of it."""
    lines = [ticket.summary, *(f"{name}: {value}" for name, value in facts(ticket).items())]
    return {
        "type": "doc",
        "version": 1,
        "content": [
            {"type": "paragraph", "content": [{"type": "text", "text": line}]} for line in lines if line
        ],
    }
