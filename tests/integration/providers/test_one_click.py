"""One-click unsubscribe headers, as they arrive at each e-mail vendor of the sandbox."""

from typing import Any

import httpx
import pytest
from attrs import evolve

from adapters.links.signed import LONGEST_PUBLIC_URL, SignedLinks
from adapters.providers.sandbox.list_headers import fault_in, one_click
from application.ports.messaging import Accepted
from domain.idempotency import AttemptKey
from domain.statuses import Channel
from tests.fakes.sandbox import RunningSandbox, running_sandbox
from tests.integration.providers.mails import mail, taken

VENDORS: dict[str, dict[str, Any]] = {
    "sendgrid": {"reply_to": "in@example.com"},
    "postmark": {},
    "mailgun": {},
    "ses": {"contact_list": "", "reply_to": "in@example.com"},
    "smtp": {"reply_to": "in@example.com"},
}
"""The e-mail vendors, and what is changed in their settings."""

SECRETS = ("s" * 32,)
KEY = AttemptKey("0b1fa6b2-5a4e-5d0f-9d59-8a1f6d2b7c11", "s" * 40, 123456789)
URLS = [
    SignedLinks("http://127.0.0.1:8000", SECRETS).unsubscribe(KEY),
    SignedLinks("https://".ljust(LONGEST_PUBLIC_URL, "x"), SECRETS).unsubscribe(KEY),
]


@pytest.mark.parametrize("vendor", VENDORS)
async def test_the_headers_arrive_whole(vendor: str) -> None:
    """A mail program finds the one place to post to, however long it is; without a link it finds none."""
    async with running_sandbox(vendors=[vendor]) as sandbox:
        provider = sandbox.provider(vendor, Channel.EMAIL, **VENDORS[vendor])
        for number, url in enumerate(URLS):
            sent = await provider.send(evolve(mail(f"linked-{number}"), unsubscribe_url=url))
            assert isinstance(sent, Accepted)
        assert isinstance(await provider.send(mail("plain")), Accepted)
        page = await sandbox.ledger()

    assert [row["one_click"] for row in taken(page, "linked-0", "linked-1", "plain")] == [*URLS, None]


async def test_a_contact_list_at_ses_keeps_its_own() -> None:
    """SES adds headers of its own there, and takes each once."""
    async with running_sandbox(vendors=["ses"]) as sandbox:
        provider = sandbox.provider("ses", Channel.EMAIL)
        await provider.send(evolve(mail("linked"), unsubscribe_url=URLS[0]))
        page = await sandbox.ledger()

    assert [row["one_click"] for row in taken(page, "linked")] == [None]


async def post_to(sandbox: RunningSandbox, vendor: str, headers: dict[str, Any]) -> httpx.Response:
    """An e-mail with some headers, in the vendor's own form."""
    if vendor == "sendgrid":
        settings, path = sandbox.settings(vendor), "/v3/mail/send"
        person = {"to": [{"email": "ana@example.com"}]}
        content = [{"type": "text/plain", "value": "Hi"}]
        body = {"personalizations": [person], "from": {"email": "a@example.com"}, "subject": "S"}
        return await sandbox.client.post(
            f"{sandbox.url}{path}",
            json={**body, "content": content, "headers": headers},
            headers={"Authorization": f"Bearer {settings.api_key}"},
        )
    if vendor == "postmark":
        settings = sandbox.settings(vendor)
        body = {"From": "a@example.com", "To": "ana@example.com", "TextBody": "Hi"}
        listed = [{"Name": name, "Value": value} for name, value in headers.items()]
        return await sandbox.client.post(
            f"{sandbox.url}/email",
            json={**body, "Headers": listed},
            headers={"X-Postmark-Server-Token": settings.server_token},
        )
    settings = sandbox.settings("mailgun")
    fields = {"from": "a@example.com", "to": "ana@example.com", "text": "Hi"}
    return await sandbox.client.post(
        f"{sandbox.url}/v3/{settings.domain}/messages",
        data={**fields, **{f"h:{name}": value for name, value in headers.items()}},
        auth=("api", settings.api_key),
    )


@pytest.mark.parametrize("vendor", ["sendgrid", "postmark", "mailgun"])
@pytest.mark.parametrize("value", ["<https://a.example/\r\nBcc: b@example.com>", "x" * 1000, "<https://ä>"])
async def test_the_sandbox_refuses_headers_that_would_break_an_email(vendor: str, value: str) -> None:
    """A line break, a line without end, or what is not ASCII."""
    async with running_sandbox(vendors=[vendor]) as sandbox:
        good = await post_to(sandbox, vendor, {"List-Unsubscribe": "<https://a.example/>"})
        bad = await post_to(sandbox, vendor, {"List-Unsubscribe": value})

    assert good.is_success
    assert bad.status_code in (400, 422)


@pytest.mark.parametrize("headers", [{"Reply-To": "a@example.com"}, {"X-Tries": 5}, ["List-Unsubscribe"]])
async def test_sendgrid_keeps_some_headers_for_itself(headers: Any) -> None:
    """And takes texts only."""
    async with running_sandbox(vendors=["sendgrid"]) as sandbox:
        answer = await post_to(sandbox, "sendgrid", headers)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "headers"


async def test_ses_takes_printable_ascii_alone() -> None:
    """A link that could not be sent is refused before anything is."""
    async with running_sandbox(vendors=["ses"]) as sandbox:
        provider = sandbox.provider("ses", Channel.EMAIL, contact_list="")
        refused = await provider.send(evolve(mail("broken"), unsubscribe_url="https://ä.example/u/t"))
        page = await sandbox.ledger()

    assert not isinstance(refused, Accepted)
    assert taken(page, "broken") == []


POST = {"List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


@pytest.mark.parametrize(
    ("headers", "url"),
    [
        ({"List-Unsubscribe": "<https://a.example/u/t>", **POST}, "https://a.example/u/t"),
        ({"list-unsubscribe": "<mailto:a@b.c>, <https://a.example/u/t>", **POST}, "https://a.example/u/t"),
        ({"List-Unsubscribe": "<https://a.example/u/t>"}, None),
        ({"List-Unsubscribe": "<mailto:a@example.com>", **POST}, None),
        ({"List-Unsubscribe": "https://a.example/u/t", **POST}, None),
        ({"List-Unsubscribe": "<https://a.example/>, <https://b.example/>", **POST}, None),
        (
            {"List-Unsubscribe": "<https://a.example/u/t>", "List-Unsubscribe-Post": "One-Click"},
            None,
        ),
        (POST, None),
        ({}, None),
    ],
)
def test_one_click_needs_both_headers_and_one_place(headers: dict[str, str], url: str | None) -> None:
    """RFC 8058, 3.1: one address on the web, and the one pair of name and value."""
    assert one_click(headers) == url
    assert fault_in(headers) is None
