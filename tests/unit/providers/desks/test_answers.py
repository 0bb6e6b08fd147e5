"""What becomes of a case whatever a desk answers: it is taken, or raised as something to try again."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from adapters.providers.jira.desk import JiraDesk
from adapters.providers.linear.desk import LinearDesk
from adapters.providers.pagerduty.desk import PagerDutyDesk
from adapters.providers.webhook.desk import WebhookDesk
from adapters.providers.webhook.signing import Signing
from adapters.providers.zendesk.desk import ZendeskDesk
from application.errors import ApplicationError, OutcomeUnknown, TransientFault
from application.ports.handoffs import HandoffDesk
from tests.unit.providers.desks.wires import TICKET, Answer, Recorder, answering

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

Build = Callable[[httpx.AsyncClient], HandoffDesk]

DESKS: dict[str, Build] = {
    "zendesk": lambda client: ZendeskDesk(client, "https://x.zendesk.com", SECRET, "a@example.com"),
    "pagerduty": lambda client: PagerDutyDesk(client, SECRET),
    "linear": lambda client: LinearDesk(client, SECRET, "team-1"),
    "jira": lambda client: JiraDesk(client, "https://x.atlassian.net", "a@example.com", SECRET, "HELP"),
    "webhook": lambda client: WebhookDesk(client, "https://desk.example.com/x", Signing([SECRET])),
}
every_desk = pytest.mark.parametrize("name", DESKS)
with_json = pytest.mark.parametrize("name", [name for name in DESKS if name != "webhook"])


async def fault(name: str, *answers: Answer) -> ApplicationError:
    desk = DESKS[name](Recorder(answers).client)
    with pytest.raises(ApplicationError) as caught:
        await desk.open(TICKET)
    return caught.value


@every_desk
@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 408, 409, 410, 422, 429, 503])
async def test_what_was_not_taken_is_tried_again(name: str, status: int) -> None:
    """Also where it looks permanent: a person can mend a setting, and a case must not be lost."""
    raised = await fault(name, answering(status, {"error": "Ana", "message": SECRET}))

    assert type(raised) is TransientFault
    assert "Ana" not in str(raised)
    assert SECRET not in str(raised)


@pytest.mark.parametrize("name", ["pagerduty", "linear", "webhook"])
@pytest.mark.parametrize("status", [500, 502, 504])
async def test_what_may_have_been_taken_is_unknown(name: str, status: int) -> None:
    """A 500 says nothing about the case."""
    assert type(await fault(name, answering(status))) is OutcomeUnknown


@pytest.mark.parametrize("name", ["zendesk", "jira"])
@pytest.mark.parametrize("status", [500, 502, 504])
async def test_what_may_have_been_created_is_unknown(name: str, status: int) -> None:
    """The desk is asked whether it has the case first; after that a 500 says nothing about it."""
    assert type(await fault(name, answering(200, {}), answering(status))) is OutcomeUnknown


@with_json
@pytest.mark.parametrize("body", [b"", b"<html>", b"[1]", {}, {"id": 1}, {"ticket": 1, "data": 2}])
async def test_an_answer_of_success_that_names_no_case_is_unknown(name: str, body: Any) -> None:
    """It may have been taken, and we cannot tell as what."""
    looked_up = [answering(200, {})] if name in ("zendesk", "jira") else []

    assert type(await fault(name, *looked_up, answering(201, body))) is OutcomeUnknown


@every_desk
async def test_the_wait_that_is_asked_for_is_kept(name: str) -> None:
    """Retry-After counts on a 429, a 503 and beside any other refusal."""
    waits = [
        getattr(await fault(name, answering(status, {}, retry_after="7")), "retry_after", None)
        for status in (429, 503)
    ]

    assert waits == [timedelta(seconds=7)] * 2


@every_desk
async def test_a_connection_that_breaks_is_no_error_of_its_library(name: str) -> None:
    """No httpx exception leaves a desk."""

    def lost(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadError("Ana", request=request)

    raised = await fault(name, lost)

    assert isinstance(raised, TransientFault | OutcomeUnknown)
    assert "Ana" not in str(raised)


@pytest.mark.parametrize("name", [name for name in DESKS if name != "webhook"])
@pytest.mark.parametrize("secret", ["", "with space", "line\nbreak", "sch\u00f6n"])
def test_a_secret_that_cannot_stand_in_a_request_is_refused(name: str, secret: str) -> None:
    """At start, without showing it."""
    builds: dict[str, Callable[[httpx.AsyncClient], HandoffDesk]] = {
        "zendesk": lambda client: ZendeskDesk(client, "https://x.zendesk.com", secret),
        "pagerduty": lambda client: PagerDutyDesk(client, secret),
        "linear": lambda client: LinearDesk(client, secret, "team-1"),
        "jira": lambda client: JiraDesk(client, "https://x.atlassian.net", "a@example.com", secret, "HELP"),
    }
    with pytest.raises(ValueError, match="printable ASCII") as caught:
        builds[name](httpx.AsyncClient())

    assert not secret or secret not in str(caught.value)


@every_desk
def test_no_desk_shows_its_secret(name: str) -> None:
    """Nor its agent's address."""
    shown = repr(DESKS[name](httpx.AsyncClient()))

    assert SECRET not in shown
    assert "a@example.com" not in shown
