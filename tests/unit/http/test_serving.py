"""Ports and servers."""

import asyncio
import socket

import httpx
import pytest
import uvicorn
from pytest_mock import MockerFixture

from adapters.http.serving import CannotListen, listen, serving
from tests.unit.http.site import Site


async def test_an_app_is_served_for_the_length_of_a_block(site: Site) -> None:
    """It answers inside; afterwards nobody listens there any more."""
    listener = listen("127.0.0.1", 0)
    port = listener.getsockname()[1]

    async with serving(site.app, listener) as url, httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"{url}/healthz")

    assert url == f"http://127.0.0.1:{port}"
    assert answer.status_code == 200
    assert "server" not in answer.headers
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)


async def test_a_request_under_way_is_finished(site: Site) -> None:
    """Stopping waits for whoever is being answered."""
    asked, answer_now = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        asked.set()
        await answer_now.wait()

    async with httpx.AsyncClient(trust_env=False) as client:
        async with serving(site.with_(checks={"slow": slow}).app, listen("127.0.0.1", 0)) as url:
            request = asyncio.create_task(client.get(f"{url}/readyz"))
            await asked.wait()
            asyncio.get_running_loop().call_soon(answer_now.set)
        answer = await request

    assert answer.status_code == 200


async def test_a_server_that_cannot_start_is_an_error(site: Site, mocker: MockerFixture) -> None:
    """The block is not entered, and the socket is closed."""
    mocker.patch.object(uvicorn.Server, "startup", side_effect=RuntimeError("no"))
    listener = listen("127.0.0.1", 0)

    with pytest.raises(RuntimeError, match="no"):
        async with serving(site.app, listener):
            pytest.fail("the block was entered")

    assert listener.fileno() == -1


def test_a_taken_port_is_one_sentence_with_the_way_out() -> None:
    """It names the port and the setting."""
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(CannotListen, match=f"Port {port} on 127.0.0.1 is taken.*DRUMBEAT_HTTP_PORT"):
            listen("127.0.0.1", port)


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
def test_a_foreign_address_is_one_sentence_with_the_way_out(host: str) -> None:
    """Neither an address of somebody else (RFC 5737) nor a name of nobody (RFC 6761) can be listened on."""
    with pytest.raises(CannotListen, match=f"{host} is not an address of this machine.*DRUMBEAT_HTTP_HOST"):
        listen(host, 0)


def test_a_port_that_is_not_allowed_is_one_sentence_with_the_way_out(mocker: MockerFixture) -> None:
    """A plain user meets this below 1024; here the system's answer is given instead."""
    refuse = mocker.patch.object(socket, "create_server", side_effect=PermissionError(13, "denied"))

    with pytest.raises(CannotListen, match=r"Port 80 is not allowed.*1024"):
        listen("0.0.0.0", 80)

    assert refuse.called


def test_an_ipv6_address_can_be_listened_on() -> None:
    """Colons in the host mean IPv6."""
    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    try:
        listener = listen("::1", 0)
    except CannotListen:
        pytest.skip("this machine has no IPv6 loopback")

    with listener:
        assert listener.family is socket.AF_INET6


def test_what_is_accepted_sends_at_once() -> None:
    """An answer of two packets does not wait for the acknowledgement of the first."""
    with listen("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
