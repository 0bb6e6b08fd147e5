"""Where phone numbers may be, by prefix or by country."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from phonenumbers import (
    SUPPORTED_REGIONS,
    PhoneNumberFormat,
    PhoneNumberType,
    example_number_for_type,
    format_number,
)

from adapters.calendar.zones import FURTHEST, country_of, zones_of


@pytest.mark.parametrize(
    ("phone", "country", "zones"),
    [
        ("+14155550100", "US", ["America/Los_Angeles"]),
        ("+12085550123", "US", ["America/Boise", "America/Los_Angeles"]),
        ("+16045550100", "CA", ["America/Vancouver"]),
        ("+16713001234", "GU", ["Pacific/Guam"]),
        ("+442079460123", "GB", ["Europe/London"]),
        ("+61893001234", "AU", ["Australia/Adelaide", "Australia/Perth"]),
        ("+5511987654321", "BR", ["America/Sao_Paulo"]),
        # mobile numbers tell their country
        ("+491701234567", "DE", ["Europe/Berlin", "Europe/Busingen"]),
        ("+33612345678", "FR", ["Europe/Paris"]),
        ("+262692123456", "RE", ["Indian/Reunion"]),
        ("+18762101234", "JM", ["America/Jamaica"]),
        ("+34612345678", "ES", ["Africa/Ceuta", "Atlantic/Canary", "Europe/Madrid"]),
        ("+351912345678", "PT", ["Atlantic/Azores", "Atlantic/Madeira", "Europe/Lisbon"]),
        # a range kept for fiction, in a country that shares its calling code with islands
        ("+447700900123", None, ["Europe/Guernsey", "Europe/Isle_of_Man", "Europe/London"]),
        # the IANA table has no entry for Kosovo: its calling code tells
        ("+38343201234", "XK", ["Europe/Belgrade"]),
        # toll-free, and the width of Russia
        ("+18005550100", "US", []),
        ("+79161234567", "RU", []),
        ("+19995550100", None, []),
        # no country: satellites, universal freephone
        ("+881612345678", None, []),
        ("+80012345678", None, []),
        # no number in international form
        ("4155550100", None, []),
        ("+999123", None, []),
        ("nobody", None, []),
    ],
)
def test_where_a_number_may_be(phone: str, country: str | None, zones: list[str]) -> None:
    """The place of the prefix, else all zones of the country unless they are far apart."""
    assert country_of(phone) == country
    assert zones_of(phone) == tuple(zones)


def test_a_mobile_number_of_a_wide_country_is_in_all_its_zones() -> None:
    """An Australian mobile number is not taken for one of Sydney."""
    zones = zones_of("+61412345678")

    assert {"Australia/Sydney", "Australia/Perth", "Australia/Darwin"} <= set(zones)


KINDS = (PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE, PhoneNumberType.TOLL_FREE, PhoneNumberType.VOIP)


@pytest.mark.parametrize("kind", KINDS, ids=PhoneNumberType.to_string)
def test_zones_are_known_and_close(kind: int) -> None:
    """For an example of each country: zones that exist, sorted, and at most 4 hours apart."""
    examples = [example_number_for_type(region, kind) for region in sorted(SUPPORTED_REGIONS)]
    found = [zones_of(format_number(number, PhoneNumberFormat.E164)) for number in examples if number]
    january = datetime(2026, 1, 15, 12, tzinfo=UTC)
    known = available_timezones()

    assert any(found)
    for zones in found:
        offsets = [january.astimezone(ZoneInfo(zone)).utcoffset() or timedelta(0) for zone in zones]

        assert set(zones) <= known
        assert list(zones) == sorted(zones)
        assert not offsets or max(offsets) - min(offsets) <= FURTHEST


def test_most_mobile_numbers_are_placed() -> None:
    """Only in the few countries that are too wide does a mobile number say nothing."""
    examples = {
        region: example_number_for_type(region, PhoneNumberType.MOBILE) for region in SUPPORTED_REGIONS
    }
    nowhere = {
        region
        for region, number in examples.items()
        if number and not zones_of(format_number(number, PhoneNumberFormat.E164))
    }

    assert nowhere == {"RU"}
