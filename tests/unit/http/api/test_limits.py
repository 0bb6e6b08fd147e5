"""How many requests there may be."""

import pytest

from adapters.http.api.limits import RateLimits, read_rate
from tests.unit.http.api.api_site import ApiSite
from tests.unit.http.api.things import ThingsApi

THING = "/v1/things/lamp"


def limited(site: ApiSite) -> ApiSite:
    """The site with a limit of three for a key, and of two wrong keys for an address."""
    return ApiSite(site.world, site.resources, RateLimits.of("3/hour", "2/hour"))


async def test_a_key_has_a_limit(site: ApiSite, things: ThingsApi) -> None:
    """Every answer says how much of it is left; what is too much is not done. Other keys have their own."""
    site = limited(site)

    answers = [await site("POST", f"{THING}/poke") for _ in range(4)]
    others = await site("POST", f"{THING}/poke", key="write")

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer.headers["ratelimit-remaining"] for answer in answers] == ["2", "1", "0", "0"]
    assert {answer.headers["ratelimit-limit"] for answer in answers} == {"3"}
    assert 0 < int(answers[3].headers["ratelimit-reset"]) <= 3600
    assert answers[3].headers["retry-after"] == answers[3].headers["ratelimit-reset"]
    assert answers[3].json()["type"] == "/problems/too-many-requests"
    assert others.status_code == 200
    assert len(things.made) == 4


async def test_an_address_has_a_limit_for_wrong_keys(site: ApiSite) -> None:
    """Also for none, and for paths that are none; a key that is known there still works."""
    site = limited(site)

    wrong = [
        await site("GET", path, key=key)
        for key, path in (("wrong", THING), (None, "/v1/nowhere"), ("wrong", THING))
    ]
    known = await site("GET", THING)
    new = await site("GET", THING, key="fresh")

    assert [answer.status_code for answer in wrong] == [401, 401, 429]
    assert [answer.headers["ratelimit-remaining"] for answer in wrong] == ["1", "0", "0"]
    assert known.status_code == 200
    assert new.status_code == 429


async def test_there_may_be_no_limit(site: ApiSite) -> None:
    """Then nothing is said of one."""
    site = ApiSite(site.world, site.resources, RateLimits.of("none"))

    for key in ("admin", "wrong"):
        assert "ratelimit-limit" not in (await site("GET", THING, key=key)).headers


def test_addresses_of_one_site_count_together() -> None:
    """Whoever has an address of IPv6 has its /64; of IPv4, and of what is no address, each counts alone."""
    rates = RateLimits.of("9/hour", "1/hour")
    for address in ("2001:db8::1", "192.0.2.1", ""):
        assert rates.may_try(address)
        rates.tried(address)

    tried = {
        address: rates.may_try(address)
        for address in ("2001:db8::2", "2001:db8:0:1::1", "192.0.2.1", "192.0.2.2", "")
    }

    assert list(tried.values()) == [False, True, False, True, False]


@pytest.mark.parametrize("text", ["600/minute", "20 per second", "none"])
def test_rates_that_can_be_read(text: str) -> None:
    """As people write them."""
    assert read_rate(text) == text


@pytest.mark.parametrize("text", ["", "many", "-1/minute", "0/minute", "600", "5/fortnight"])
def test_rates_that_cannot_be_read(text: str) -> None:
    """The sentence says what would be right."""
    with pytest.raises(ValueError, match=r"^must be a number of requests and a time"):
        read_rate(text)
