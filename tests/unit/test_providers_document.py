"""docs/providers.md says what is so: its tests exist, nobody is missing, and its example runs."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

import httpx
import pytest
from attrs import frozen

from adapters.providers import registry
from adapters.providers.common.http import Timeouts
from adapters.providers.common.vendor import Role, Vendor, Wiring
from adapters.providers.sandbox.vendor import Site, sandbox_vendor
from application.environment import WrongSetting, read_group, variable
from application.errors import OutcomeUnknown, TransientFault
from application.ports.messaging import Accepted, Content, OutboundMessage, Refused
from bootstrap.providers import message_providers, rates
from bootstrap.settings import load, variables
from domain.idempotency import AttemptKey
from domain.statuses import Channel
from tests.fakes.sandbox import running_sandbox

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/providers.md").read_text(encoding="utf-8")

CAPABILITIES = ("Idempotent send", "Look-up", "Signature", "Callbacks", "Batch", "Inbound")
TABLES = (*CAPABILITIES, "Attempts in doubt", "Errors")

_NAMED_TEST = re.compile(r"`([\w/]+\.py)::(\w+)`")
_ROW = re.compile(r"\| `(\w+)` (\w+) \| (.*) \| ([0-9, ]+) \|")
_LISTED = re.compile(r"([0-9]+)\. `([\w/]+\.py::\w+)`")
_FILE = re.compile(r"^`([\w.]+)`:\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_VARIABLE = re.compile(r"`(DRUMBEAT_[A-Z_]+)(?:=[^`]*)?`")
_PATH = re.compile(r"`((?:adapters|application|tests|docs)/[\w/.]*)`")


@frozen
class Table:
    """One table that names its tests.

    Args:
        answers: what the first cell says, by vendor and role.
        numbers: the numbers of the tests, by the same.
        listed: the tests below the table, by number.
    """

    answers: Mapping[tuple[str, str], str]
    numbers: Mapping[tuple[str, str], Sequence[str]]
    listed: Mapping[str, str]


def section(title: str) -> str:
    """What stands below a heading, up to the next one of its rank or above."""
    found = re.search(rf"^(#+) {re.escape(title)}\n(.*?)(?=^#{{1,3}} |\Z)", TEXT, re.MULTILINE | re.DOTALL)
    assert found is not None, title
    return found[2]


def table(title: str) -> Table:
    body = section(title)
    rows = [match for line in body.splitlines() if (match := _ROW.fullmatch(line))]
    listed = [match for line in body.splitlines() if (match := _LISTED.fullmatch(line))]
    return Table(
        answers={(row[1], row[2]): row[3].partition(" | ")[0] for row in rows},
        numbers={(row[1], row[2]): row[4].split(", ") for row in rows},
        listed={match[1]: match[2] for match in listed},
    )


def roles() -> Iterator[tuple[Vendor[object], Role]]:
    return ((vendor, role) for vendor in registry.BUILT_IN for role in Role if vendor.can(role))


@cache
def known_tests(path: str) -> frozenset[str]:
    """The tests of a file; none where there is no file."""
    file = ROOT / path
    tree = ast.parse(file.read_text(encoding="utf-8") if file.is_file() else "")
    functions = (node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return frozenset(function.name for function in functions if function.name.startswith("test_"))


def test_every_test_that_is_named_exists() -> None:
    """Whoever renames a test is told that a cell rests on it."""
    named = set(_NAMED_TEST.findall(TEXT))

    assert len(named) > 100
    assert sorted(f"{path}::{name}" for path, name in named if name not in known_tests(path)) == []
    assert TEXT.count("::") == len(_NAMED_TEST.findall(TEXT))


@pytest.mark.parametrize("title", TABLES)
def test_every_provider_has_a_row_and_every_row_has_tests(title: str) -> None:
    """Of the registry nobody is missing and nobody is made up; no number points nowhere, none is idle."""
    read = table(title)

    assert list(read.answers) == [(vendor.name, role.value) for vendor, role in roles()]
    assert {number for numbers in read.numbers.values() for number in numbers} == set(read.listed)
    assert list(read.listed) == [str(nth) for nth in range(1, len(read.listed) + 1)]


@pytest.mark.parametrize("title", CAPABILITIES)
def test_a_capability_is_there_or_is_not(title: str) -> None:
    """Each cell begins with yes or no, and says how or why."""
    for row, answer in table(title).answers.items():
        assert re.match(r"(yes|no): \S", answer), row


def test_the_adapters_say_the_same_of_themselves() -> None:
    """A cell on sending and looking up says what the send relies on, one on callbacks what is wired."""
    idempotent, look_up, callbacks = map(table, ("Idempotent send", "Look-up", "Callbacks"))
    site = Site("http://127.0.0.1:9", "http://127.0.0.1:9", lambda: 2525)
    wiring = Wiring(httpx.AsyncClient(), site.public_url, Timeouts())
    for vendor, role in roles():
        row = (vendor.name, role.value)
        assert callbacks.answers[row].startswith("yes") is (vendor.callbacks is not None), row
        if role is Role.DESK:
            continue
        settings = read_group(
            vendor.settings, vendor.name, sandbox_vendor(vendor.name).open_account(site).ours
        )
        provider = vendor.message_provider(Channel(role.value), settings, wiring)
        assert idempotent.answers[row].startswith("yes") is provider.honours_key, row
        assert look_up.answers[row].startswith("yes") is provider.can_look_up, row


@pytest.mark.parametrize("vendor", registry.BUILT_IN, ids=lambda vendor: vendor.name)
def test_every_vendor_has_a_section_that_names_what_it_needs(vendor: Vendor[object]) -> None:
    """The settings without which it does nothing, and the address that its webhooks must call."""
    [title] = re.findall(rf"^### (.* \(`{vendor.name}`\))$", TEXT, re.MULTILINE)
    body = section(title)
    parts = (vendor.sms, vendor.email, vendor.voice, vendor.desk, vendor.callbacks)
    needed = {variable(vendor.name, field) for part in parts if part is not None for field in part.needs}

    assert needed - set(_VARIABLE.findall(body)) == set()
    assert (f"/webhooks/{vendor.name}" in body) is (vendor.callbacks is not None)
    assert "Limits:" in body


def test_the_choice_is_that_of_the_registry() -> None:
    """Each role lists everybody who can be chosen for it."""
    for role in Role:
        name = variable("providers", role.value)
        [row] = [line for line in section("Choosing").splitlines() if f"| `{name}` |" in line]

        assert tuple(re.findall(r"`(\w+)`", row)[1:]) == registry.names(role)


def test_what_is_asked_in_a_check_is_told_of_everybody() -> None:
    """Each role of each vendor has a row."""
    rows = re.findall(r"^\| `(\w+)` (\w+) \| [^|]+ \| [^|]+ \|$", section("Checking"), re.MULTILINE)

    assert rows == [(vendor.name, role.value) for vendor, role in roles()]


def test_every_setting_and_file_that_is_named_exists() -> None:
    """Nobody is sent to look for what is not there."""
    named = {name for name in _VARIABLE.findall(TEXT) if "HELIOGRAPH" not in name}
    ours = {path for path in _PATH.findall(TEXT) if "heliograph" not in path}

    assert len(named) > 40
    assert named - set(variables()) == set()
    assert ours
    assert [path for path in sorted(ours) if not (ROOT / path).exists()] == []


# The example --------------------------------------------------------------------------------------------


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The example as it stands in the document, put on the path as the package that it says it is."""
    files = dict(_FILE.findall(TEXT))
    project = tomllib.loads(files["pyproject.toml"])["project"]
    for name in ("heliograph.py", "heliograph_sandbox.py"):
        (tmp_path / name).write_text(files[name], encoding="utf-8")
    metadata = tmp_path / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    entries = [
        f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in named.items())
        for group, named in project["entry-points"].items()
    ]
    (metadata / "entry_points.txt").write_text("\n".join(entries))
    monkeypatch.syspath_prepend(str(tmp_path))
    registry.vendors.cache_clear()
    yield
    registry.vendors.cache_clear()
    for name in ("heliograph", "heliograph_sandbox"):
        sys.modules.pop(name, None)


@pytest.mark.usefixtures("installed")
async def test_the_provider_of_the_example_can_be_chosen() -> None:
    """By its name, before another one, with settings and a rate of its own that are read like ours."""
    environ = {
        "DRUMBEAT_PROVIDERS_SMS": "heliograph,twilio",
        "DRUMBEAT_HELIOGRAPH_TOKEN": "t0ken",
        "DRUMBEAT_HELIOGRAPH_SMS_FROM": "+12025550100",
        "DRUMBEAT_HELIOGRAPH_SMS_PER_SECOND": "5",
    }
    settings = load(environ)
    wiring = Wiring(httpx.AsyncClient(), "https://hooks.example.com", Timeouts())
    [first, second] = message_providers(settings, wiring)[Channel.SMS]

    assert (first.name, first.channel, second.name) == ("heliograph", Channel.SMS, "twilio")
    assert rates(settings) == {("heliograph", Channel.SMS): 5.0}
    assert "t0ken" not in f"{settings!r}{first!r}"
    with pytest.raises(WrongSetting, match="DRUMBEAT_PROVIDERS_EMAIL"):
        load({**environ, "DRUMBEAT_PROVIDERS_EMAIL": "heliograph"})


def a_message(key: str = "7b1b2f", to: str = "+12025550101") -> OutboundMessage:
    return OutboundMessage(AttemptKey(key, "text", 1), to, Content("Tea at four?"))


async def sent(status: int, answer: object) -> Accepted | Refused:
    """What the example makes of an answer."""
    transport = httpx.MockTransport(lambda _request: httpx.Response(status, json=answer))
    vendor = registry.vendors()["heliograph"]
    settings = read_group(
        vendor.settings,
        "heliograph",
        {"DRUMBEAT_HELIOGRAPH_TOKEN": "t0ken", "DRUMBEAT_HELIOGRAPH_SMS_FROM": "+12025550100"},
    )
    async with httpx.AsyncClient(transport=transport) as client:
        wiring = Wiring(client, "https://hooks.example.com", Timeouts())
        return await vendor.message_provider(Channel.SMS, settings, wiring).send(a_message())


@pytest.mark.usefixtures("installed")
async def test_the_example_reads_answers_as_the_page_says() -> None:
    """An acceptance, a refusal that suppresses nobody, a fault that passes, and two that leave a doubt."""
    assert await sent(201, {"id": "hg-1"}) == Accepted("hg-1")
    assert await sent(422, {"error": "not a number"}) == Refused("HTTP 422")
    with pytest.raises(TransientFault):
        await sent(503, {})
    for status, answer in ((500, {}), (201, {}), (201, [])):
        with pytest.raises(OutcomeUnknown):
            await sent(status, answer)


@pytest.mark.usefixtures("installed")
async def test_the_example_sends_to_its_counterpart_in_the_sandbox() -> None:
    """Taken once under its attempt; refused, and failing after it was taken, as the faults there have it."""
    busy, failing = "+12025550102", "+12025550103"
    async with running_sandbox(vendors=("heliograph",)) as sandbox:
        await sandbox.faults(**{busy: "rate_limited", failing: "server_error"})
        provider = sandbox.provider("heliograph", Channel.SMS)
        accepted = await provider.send(a_message())
        with pytest.raises(TransientFault, match="HTTP 429"):
            await provider.send(a_message("busy", busy))
        with pytest.raises(OutcomeUnknown, match="HTTP 500"):
            await provider.send(a_message("failing", failing))
        with pytest.raises(TransientFault, match="credentials"):
            await sandbox.provider("heliograph", Channel.SMS, token="wrong").send(a_message("wrong"))
        page = await sandbox.ledger()

    assert [row["attempt"] for row in page["accepted"]] == ["7b1b2f:text:1", "failing:text:1"]
    assert accepted == Accepted(page["accepted"][0]["provider_ref"])
