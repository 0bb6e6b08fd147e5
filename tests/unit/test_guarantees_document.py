"""docs/guarantees.md promises what the code keeps: its tables are those of the adapters and of the drill."""

import re
from pathlib import Path

import httpx
import pytest

from adapters.providers import registry
from adapters.providers.common.http import Timeouts
from adapters.providers.common.vendor import Role, Vendor, Wiring
from adapters.providers.sandbox.vendor import Site, sandbox_vendor
from application.environment import read_group
from bootstrap.abilities import abilities_of, capabilities, desk_abilities_of
from bootstrap.settings import load
from domain.guarantees import (
    DESK_SENTENCES,
    SENTENCES,
    Abilities,
    DeskAbilities,
    Guarantee,
    desk_guarantee,
    guarantee,
)
from domain.ledgers.findings import Kind
from domain.statuses import Channel
from trials.drill.faults import CATALOGUE

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/guarantees.md").read_text(encoding="utf-8")
SITE = Site("http://127.0.0.1:9", "http://127.0.0.1:9", lambda: 2525)
CALLING = {vendor.name for vendor in registry.BUILT_IN if vendor.callbacks is not None}

_ROW = re.compile(r"^\| (.+?) \| (.+?) \|", re.MULTILINE)
_LEVELS = re.compile(r"^\| level \|.*\n\| ---.*\n((?:\|.*\n)+)", re.MULTILINE)
_LINK = re.compile(r"\]\(([\w./-]+\.md)")


def table(head: str) -> dict[str, str]:
    """The first two columns of the table with this head, below it."""
    found = re.search(rf"^\| {re.escape(head)} \|.*\n\| ---.*\n((?:\|.*\n)+)", TEXT, re.MULTILINE)
    assert found is not None, head
    return dict(_ROW.findall(found[1]))


def promised(vendor: Vendor[object], role: Role, **changes: str) -> str:
    """The level of a provider or a desk, by the adapter that its account in the sandbox makes."""
    account = sandbox_vendor(vendor.name).open_account(SITE).ours
    settings = read_group(vendor.settings, vendor.name, {**account, **changes})
    wiring = Wiring(httpx.AsyncClient(), SITE.public_url, Timeouts())
    if role is Role.DESK:
        return desk_guarantee(desk_abilities_of(vendor.handoff_desk(settings, wiring), CALLING)).value
    provider = vendor.message_provider(Channel(role.value), settings, wiring)
    return guarantee(abilities_of(provider, CALLING)).value


def test_every_provider_and_every_desk_has_the_level_that_it_is_promised() -> None:
    """Nobody is missing, nobody is made up, and the level is that of the adapter."""
    told = table("provider | level") | table("desk | level")
    off = {"DRUMBEAT_VONAGE_REPORTS": "false"}

    assert told == {
        f"`{vendor.name}` {role.value}": promised(vendor, role, **off)
        for role in Role
        for vendor in registry.BUILT_IN
        if vendor.can(role)
    }


def test_vonage_looks_sms_up_where_the_account_can() -> None:
    """The exception that the table tells of is one."""
    [vonage] = [vendor for vendor in registry.BUILT_IN if vendor.name == "vonage"]
    [row] = [line for line in TEXT.splitlines() if line.startswith("| `vonage` sms |")]

    assert promised(vonage, Role.SMS, DRUMBEAT_VONAGE_REPORTS="true") == Guarantee.BY_LOOK_UP
    assert "`DRUMBEAT_VONAGE_REPORTS=true`: by look-up" in row


def test_a_level_means_what_the_drill_says_of_it() -> None:
    """The sentences of the page are those of the report."""
    levels = [dict(_ROW.findall(body)) for body in _LEVELS.findall(TEXT)]

    assert levels == [
        {level.value: sentence for level, sentence in SENTENCES.items()},
        {level.value: sentence for level, sentence in DESK_SENTENCES.items()},
    ]


def test_every_fault_and_every_finding_is_explained() -> None:
    """In the order of the report, and in its words."""
    assert [name.strip("`") for name in table("finding | what is wrong")] == [kind.value for kind in Kind]
    faults = {name.strip("`"): what for name, what in table("fault | what happens").items()}
    assert [*faults] == [*CATALOGUE]
    assert {name: what.casefold() for name, what in faults.items()} == {
        name: fault.sentence.rstrip(".").casefold() for name, fault in CATALOGUE.items()
    }


@pytest.mark.parametrize("path", sorted(set(_LINK.findall(TEXT))))
def test_every_page_that_is_named_exists(path: str) -> None:
    """A link leads somewhere."""
    assert (ROOT / "docs" / path).is_file()


def test_what_is_in_use_is_read_from_the_settings() -> None:
    """The drill checks the guarantees of those who serve its system, and of nobody else."""
    environ = {"DRUMBEAT_PROVIDERS_SMS": "vonage,twilio", "DRUMBEAT_PROVIDERS_EMAIL": "smtp"}
    environ |= {"DRUMBEAT_PROVIDERS_VOICE": "none", "DRUMBEAT_PROVIDERS_DESK": "zendesk"}
    for name in ("vonage", "twilio", "smtp", "zendesk"):
        environ |= sandbox_vendor(name).open_account(SITE).ours
    wiring = Wiring(httpx.AsyncClient(), SITE.public_url, Timeouts())
    able = capabilities(load({**environ, "DRUMBEAT_VONAGE_REPORTS": "true"}), wiring)

    assert able.providers == {
        ("vonage", Channel.SMS): Abilities(can_look_up=True, calls_back=True),
        ("twilio", Channel.SMS): Abilities(can_look_up=True, calls_back=True),
        ("smtp", Channel.EMAIL): Abilities(),
    }
    assert able.desks == {"zendesk": DeskAbilities(knows_key=True, calls_back=True)}
