"""What proxies say counts where they are trusted, and only what they themselves have written."""

import ipaddress
from typing import Any

import pytest
from attrs import evolve
from fastapi import Request
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.http.app import HttpOptions
from adapters.http.proxies import Proxies, WrongForwarding
from tests.fakes.signing import SignedRequest, twilio_request
from tests.unit.http.site import PUBLIC_URL, Recorder, Site, body_of, call_raw

TRUSTED = ("10.0.0.0/8", "2001:db8::/32", "192.0.2.7")
PROXIES = Proxies(TRUSTED)
PROXY, STRANGER = "10.1.2.3", "203.0.113.9"
Headers = list[tuple[str, str]]
_PLENTY = settings(max_examples=150, deadline=None, database=None)


def request(peer: str | None, headers: Headers) -> Request:
    """A request from a peer, with headers in this order."""
    scope: dict[str, Any] = {
        "type": "http",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers],
        "client": None if peer is None else (peer, 1234),
    }
    return Request(scope)


@pytest.mark.parametrize(
    ("headers", "origin"),
    [
        ([], "https://a.example/base"),
        ([("x-forwarded-host", "b.example")], "https://b.example/base"),
        ([("x-forwarded-host", "b.example:8443")], "https://b.example:8443/base"),
        ([("x-forwarded-host", "[2001:db8::1]:8443")], "https://[2001:db8::1]:8443/base"),
        ([("x-forwarded-proto", "http")], "http://a.example/base"),
        ([("x-forwarded-proto", "HTTPS"), ("x-forwarded-host", "b.example")], "https://b.example/base"),
        ([("x-forwarded-proto", ""), ("x-forwarded-host", " ")], "https://a.example/base"),
        ([("x-forwarded-host", "evil.example, b.example")], "https://b.example/base"),
        (
            [("x-forwarded-host", "evil.example"), ("x-forwarded-host", "b.example")],
            "https://b.example/base",
        ),
        ([("x-forwarded-proto", "http,https")], "https://a.example/base"),
        ([("forwarded", "host=evil.example;proto=http")], "https://a.example/base"),
        ([("host", "evil.example")], "https://a.example/base"),
    ],
)
def test_a_trusted_proxy_says_what_was_called(headers: Headers, origin: str) -> None:
    """Scheme and host are replaced, the path of our address stays; of a list the last one counts."""
    assert PROXIES.origin(request(PROXY, headers), "https://a.example/base") == origin


_FORWARDED = st.lists(
    st.tuples(
        st.sampled_from(["x-forwarded-host", "x-forwarded-proto", "x-forwarded-for", "forwarded", "host"]),
        st.one_of(
            st.sampled_from(["evil.example", "http", "10.0.0.1", "203.0.113.77", "a, b"]),
            st.text(st.characters(max_codepoint=255), max_size=20),
        ),
    ),
    max_size=6,
)
_STRANGERS = st.one_of(
    st.sampled_from([STRANGER, "192.0.2.8", "11.0.0.1", "2001:db9::1", "::1", "127.0.0.1", "testclient", ""]),
    st.none(),
)


@_PLENTY
@given(peer=_STRANGERS, headers=_FORWARDED)
def test_what_strangers_say_counts_for_nothing(peer: str | None, headers: Headers) -> None:
    """Whoever is no trusted proxy cannot choose our address, nor be somebody else."""
    asked = request(peer, headers)

    assert PROXIES.origin(asked, PUBLIC_URL) == PUBLIC_URL
    assert PROXIES.client(asked) == PROXIES.client(request(peer, []))


@_PLENTY
@given(headers=_FORWARDED)
def test_without_trusted_proxies_nobody_is_believed(headers: Headers) -> None:
    """The default: not even the machine itself."""
    asked = request("127.0.0.1", headers)

    assert Proxies().origin(asked, PUBLIC_URL) == PUBLIC_URL
    assert Proxies().client(asked) == "127.0.0.1"


@pytest.mark.parametrize(
    "header",
    [
        ("x-forwarded-host", "b.example/path"),
        ("x-forwarded-host", "user@b.example"),
        ("x-forwarded-host", "b.example:"),
        ("x-forwarded-host", "b.example:port"),
        ("x-forwarded-host", "b.example:999999"),
        ("x-forwarded-host", "b.example?x"),
        ("x-forwarded-host", "b.example#x"),
        ("x-forwarded-host", "b example"),
        ("x-forwarded-host", "b.example\\x"),
        ("x-forwarded-host", "bé.example"),
        ("x-forwarded-host", "[::1"),
        ("x-forwarded-host", "[::1]x"),
        ("x-forwarded-host", "2001:db8::1"),
        ("x-forwarded-host", "https://b.example"),
        ("x-forwarded-host", "x" * 254),
        ("x-forwarded-proto", "ftp"),
        ("x-forwarded-proto", "https://"),
        ("x-forwarded-proto", "https http"),
    ],
)
def test_what_is_no_scheme_or_host_is_refused(header: tuple[str, str]) -> None:
    """A trusted proxy that passes such things on is set up wrongly, and nothing is made of them."""
    with pytest.raises(WrongForwarding, match="^X-Forwarded-(Host|Proto) is n"):
        PROXIES.origin(request(PROXY, [header]), PUBLIC_URL)


@_PLENTY
@given(headers=_FORWARDED, host=st.text(st.characters(max_codepoint=255), max_size=30))
def test_an_address_is_made_of_a_scheme_and_a_host_or_not_at_all(headers: Headers, host: str) -> None:
    """Whatever a proxy passes on, what signatures are checked over is one of ours in form."""
    try:
        origin = PROXIES.origin(request(PROXY, [*headers, ("x-forwarded-host", host)]), "https://a.example/p")
    except WrongForwarding:
        return

    scheme, _, rest = origin.partition("://")
    assert scheme in ("http", "https")
    assert rest.endswith("/p")
    assert not set(rest.removesuffix("/p")) & set("/?#@\\ \t\r\n,")


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        (STRANGER, [], STRANGER),
        (STRANGER, ["198.51.100.1"], STRANGER),
        (PROXY, [], PROXY),
        (PROXY, ["198.51.100.1"], "198.51.100.1"),
        (PROXY, ["6.6.6.6, 198.51.100.1"], "198.51.100.1"),
        (PROXY, ["6.6.6.6", "198.51.100.1"], "198.51.100.1"),
        (PROXY, ["6.6.6.6, 198.51.100.1, 10.9.9.9, 192.0.2.7"], "198.51.100.1"),
        (PROXY, ["10.9.9.9, 192.0.2.7"], PROXY),
        (PROXY, ["198.51.100.1:5000"], "198.51.100.1"),
        (PROXY, ["[2001:db9::1]:443"], "2001:db9::1"),
        (PROXY, ["2001:DB9:0::1"], "2001:db9::1"),
        (PROXY, ["::ffff:198.51.100.1"], "198.51.100.1"),
        (PROXY, ["fe80::1%eth0"], "fe80::1"),
        (PROXY, ["6.6.6.6, unknown"], PROXY),
        (PROXY, ["6.6.6.6, _hidden, 10.9.9.9"], PROXY),
        (PROXY, ["6.6.6.6,"], PROXY),
        (PROXY, ["1.2.3.4.5"], PROXY),
        (PROXY, ["\u0661.2.3.4".encode().decode("latin-1")], PROXY),
        ("::ffff:10.1.2.3", ["198.51.100.1"], "198.51.100.1"),
        ("2001:db8::5", ["198.51.100.1"], "198.51.100.1"),
        ("192.0.2.7", ["198.51.100.1"], "198.51.100.1"),
        (None, ["198.51.100.1"], ""),
        ("/run/app.sock", ["198.51.100.1"], ""),
    ],
)
def test_the_client_is_the_nearest_address_that_is_no_proxy_of_ours(
    peer: str | None, forwarded: list[str], client: str
) -> None:
    """What stands further off, anybody may have written; where nothing tells, it is the peer."""
    assert PROXIES.client(request(peer, [("x-forwarded-for", each) for each in forwarded])) == client


@_PLENTY
@given(
    forged=st.lists(
        st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=15), max_size=4
    ),
    real=st.ip_addresses(v=4),
    inner=st.lists(st.integers(1, 250).map(lambda n: f"10.0.0.{n}"), max_size=3),
)
def test_nobody_can_pretend_to_be_somebody_else(
    forged: list[str], real: ipaddress.IPv4Address, inner: list[str]
) -> None:
    """Each of our proxies appends who has called it; what the caller had written before does not count."""
    if PROXIES.client(request(str(real), [("x-forwarded-for", "6.6.6.6")])) == "6.6.6.6":
        return  # one of ours
    asked = request(PROXY, [("x-forwarded-for", ", ".join([*forged, str(real), *inner]))])

    assert PROXIES.client(asked) == str(real)


@pytest.mark.parametrize("text", ["", "10.0.0.1/8", "10.0.0.0/33", "proxy.example", "*"])
def test_what_is_no_network_is_refused(text: str) -> None:
    """A slip of the pen must not trust everybody, or nobody."""
    with pytest.raises(ValueError, match="network|host bits"):
        HttpOptions(PUBLIC_URL, trusted_proxies=(text,))  # type: ignore[arg-type] # converted


# Through the app --------------------------------------------------------------------------------------------


def _behind(site: Site, *proxies: str) -> Site:
    return evolve(site, options=HttpOptions(PUBLIC_URL, trusted_proxies=proxies))  # type: ignore[arg-type] # converted


def _status(base: str) -> SignedRequest:
    fields = {"MessageSid": "SM1", "MessageStatus": "sent"}
    return twilio_request(f"{base}/webhooks/twilio?attempt=e:s:1&x=%7e", fields)


async def _deliver(site: Site, signed: SignedRequest, **forwarded: str) -> int:
    named = {f"x-forwarded-{name}": value for name, value in forwarded.items()}
    headers = [(n.encode(), v.encode()) for n, v in (dict(signed.headers) | named).items()]
    path, _, query = signed.url.partition("://")[2].partition("/")[2].partition("?")
    status, _, _ = await call_raw(
        site.app, b"/" + path.encode(), query.encode(), headers, body_of(signed.body)
    )
    return status


async def test_a_signature_over_the_forwarded_address_is_good(site: Site) -> None:
    """Behind a trusted proxy one process serves several names; path and query stay as they were called."""
    behind, signed = _behind(site, "127.0.0.1"), _status("https://other.example")

    status = await _deliver(behind, signed, proto="https", host="other.example")

    assert status == 200
    assert [webhook.target for webhook in site.world.database.state.webhooks.values()] == [
        "/webhooks/twilio?attempt=e:s:1&x=%7e"
    ]


async def test_the_public_address_is_good_where_the_proxy_names_no_other(site: Site) -> None:
    """A proxy that only appends the client's address changes nothing for signatures."""
    behind = _behind(site, "127.0.0.1")

    assert await _deliver(behind, _status(PUBLIC_URL), **{"for": "198.51.100.1"}) == 200


@pytest.mark.parametrize(
    ("proxies", "base", "host", "status"),
    [
        ((), "https://other.example", "other.example", 403),
        (("10.0.0.0/8",), "https://other.example", "other.example", 403),
        (("127.0.0.1",), PUBLIC_URL, "other.example", 403),
        (("127.0.0.1",), "https://other.example", "other.example, third.example", 403),
        (("127.0.0.1",), "https://other.example", "third.example, other.example", 200),
        ((), PUBLIC_URL, "other.example", 200),
        ((), PUBLIC_URL, "not a host", 200),
        (("127.0.0.1",), PUBLIC_URL, "not a host", 400),
    ],
)
async def test_only_one_address_is_good_at_a_time(
    site: Site, proxies: tuple[str, ...], base: str, host: str, status: int
) -> None:
    """A signature over another address than the one that was called does not pass, whoever names it."""
    assert await _deliver(_behind(site, *proxies), _status(base), host=host) == status
    assert len(site.world.database.state.webhooks) == (status == 200)


@pytest.mark.parametrize(("proxies", "client"), [((), "127.0.0.1"), (("127.0.0.1",), "198.51.100.1")])
async def test_readers_are_told_who_has_called(site: Site, proxies: tuple[str, ...], client: str) -> None:
    """Some vendors are known by their addresses alone."""
    recorder = Recorder()
    behind = _behind(site.with_(readers={"recorder": recorder}), *proxies)
    headers = [(b"x-forwarded-for", b"6.6.6.6, 198.51.100.1")]

    await call_raw(behind.app, b"/webhooks/recorder", headers=headers, messages=body_of(b""))

    assert [callback.client for callback in recorder.callbacks] == [client]


async def test_a_wrong_forwarding_is_counted_and_not_kept(site: Site) -> None:
    """The answer says which header is wrong, without repeating it."""
    behind = _behind(site, "127.0.0.1")

    assert await _deliver(behind, _status(PUBLIC_URL), host="<script>") == 400
    assert site.world.database.state.webhooks == {}
    assert site.world.telemetry.webhooks == [("twilio", "refused")]
