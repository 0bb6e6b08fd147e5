"""Commands on the keys of the HTTP API, and the key of a data folder."""

import stat

import pytest

from adapters.cli.dev_key import FILE, folder_key
from adapters.cli.processes import ServiceFailed
from application.environment import API_KEY, API_URL, WrongSetting
from bootstrap.settings import load
from domain.api_keys import read_key
from tests.unit.cli.command_line import TENANT, CommandLine


def test_a_key_is_shown_once(cli: CommandLine) -> None:
    """It is the only thing on standard output; that it is not shown again is said beside it."""
    said = cli("keys", "create", "shop")

    assert said.status == 0
    key = read_key(said.out.strip())
    assert key is not None
    assert "not shown again" in said.err
    listed = cli("keys", "list")
    assert key.id in listed.out
    assert "shop" in listed.out
    assert key.secret not in listed.out + listed.err


def test_a_key_is_for_a_tenant_and_scopes(cli: CommandLine) -> None:
    """The settings' tenant and for reading unless said otherwise."""
    usual = cli("keys", "create", "a", "--json").data
    special = cli(
        "keys", "create", "b", "--scope", "write", "--scope", "read", "--tenant", "t", "--json"
    ).data

    assert (usual["tenant"], usual["scopes"]) == (TENANT, ["read"])
    assert (special["tenant"], special["scopes"]) == ("t", ["read", "write"])
    assert read_key(special["key"]) is not None
    del usual["key"]
    assert cli("keys", "list", "--json").data == [usual]


def test_a_key_is_revoked(cli: CommandLine) -> None:
    """Again does no harm; the list tells since when."""
    made = cli("keys", "create", "shop", "--json").data

    first = cli("keys", "revoke", made["id"], "--json").data
    second = cli("keys", "revoke", made["id"])

    assert first["revoked_at"] is not None
    assert "is revoked since" in second.out
    assert "revoked since" in cli("keys", "list").out


def test_another_tenants_key_cannot_be_revoked(cli: CommandLine) -> None:
    """It is like one that does not exist."""
    made = cli("keys", "create", "shop", "--tenant", "others", "--json").data

    for key_id in (made["id"], "nobody"):
        said = cli("keys", "revoke", key_id)
        assert said.status == 2
        assert "there is no key with this id" in said.err
    assert cli("keys", "revoke", made["id"], "--tenant", "others").status == 0


def test_there_is_no_key_by_default(cli: CommandLine) -> None:
    """The list says how to make one."""
    assert "drumbeat keys create" in cli("keys", "list").out
    assert cli("keys", "list", "--json").data == []


async def test_a_data_folder_keeps_its_key(cli: CommandLine) -> None:
    """It is made at the first start, for everything, and nobody else can read it."""
    uses, file = cli.use_cases, cli.folder / FILE

    first = await folder_key(cli.folder, uses)
    again = await folder_key(cli.folder, uses)

    assert first == again == file.read_text("utf-8").strip()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    found = await uses.authenticate_key()(first)
    assert found is not None
    assert (found.tenant, found.scopes) == (TENANT, {"admin"})


async def test_a_key_that_is_not_good_is_replaced(cli: CommandLine) -> None:
    """It was revoked, or the data was thrown away; the new one's file is for its owner alone."""
    uses, file = cli.use_cases, cli.folder / FILE
    file.write_text("drum_old_key", "utf-8")
    file.chmod(0o644)

    made = await folder_key(cli.folder, uses)

    assert await uses.authenticate_key()(made) is not None
    assert file.read_text("utf-8").strip() == made
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


async def test_a_file_that_cannot_be_used_is_named(cli: CommandLine) -> None:
    """As a sentence with its path."""
    (cli.folder / FILE).mkdir()

    with pytest.raises(ServiceFailed, match=rf"/{FILE} cannot be used: "):
        await folder_key(cli.folder, cli.use_cases)


def test_commands_take_what_points_programs_at_the_api() -> None:
    """It is in the shell of whoever has loaded a data folder's `env`; a slip of the pen is still refused."""
    load({API_URL: "http://127.0.0.1:8000", API_KEY: "drum_x"})

    with pytest.raises(WrongSetting, match="DRUMBEAT_API_KEYS is not a setting"):
        load({f"{API_KEY}S": "drum_x"})


@pytest.mark.parametrize(("text", "good"), [("20/second", True), ("none", True), ("lots", False)])
def test_the_rate_is_read_at_the_start(text: str, good: bool) -> None:
    """One that cannot be used ends the program with a sentence that names the setting."""
    if good:
        assert load({"DRUMBEAT_API_RATE": text}).api.rate == text
        return
    with pytest.raises(WrongSetting, match="^DRUMBEAT_API_RATE must be a number of requests and a time"):
        load({"DRUMBEAT_API_RATE": text})
