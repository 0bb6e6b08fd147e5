"""A local system: what its processes are told."""

import os
from pathlib import Path

from adapters.cli.carriers import Carriers
from adapters.cli.system import Behaviour, LocalSystem, Ports
from adapters.cli.tools import Accounts
from adapters.links.signed import SHORTEST_SECRET

SECRET = "DRUMBEAT_LINKS_SECRET"


def local() -> LocalSystem:
    carriers = Carriers(sms="twilio", email="sendgrid", voice="twilio", desk="slack")
    return LocalSystem(Path(), Ports(1, 2, 3, 4, 5), Behaviour(), carriers, Accounts({}, {}))


def test_its_processes_share_a_secret_for_links() -> None:
    """What the worker signs, the HTTP app reads; no two systems have the same, and no repr shows it."""
    one, other = local(), local()
    secret = one.worker().environ[SECRET]

    assert secret == one.http().environ[SECRET]
    assert len(secret) >= SHORTEST_SECRET
    assert secret != other.environ[SECRET]
    assert secret not in repr(one)


def test_what_points_other_commands_at_it_holds_no_secret() -> None:
    """It may stand in a file, or on a screen; a Temporal that is set up elsewhere plays no part."""
    system = local()

    assert system.pointers == {
        "DRUMBEAT_DATABASE_URL": "sqlite:///drumbeat.db",
        "TEMPORAL_ADDRESS": "127.0.0.1:1",
        "TEMPORAL_CONFIG_FILE": os.devnull,
    }
