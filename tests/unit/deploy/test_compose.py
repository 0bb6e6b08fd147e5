"""The compose file says what Drumbeat understands, and starts things in an order that works."""

import re

from bootstrap.settings import load, variables
from tests.unit.deploy.files import DEPLOY, IMAGE, VARIABLE, compose, read, seconds, services

OURS = ("migrate", "api", "worker")
_PORT = re.compile(r"127\.0\.0\.1:[0-9]+:[0-9]+")


def environ(service: str) -> dict[str, str]:
    """The settings that a service of ours gets from the compose file."""
    return {name: value for name, value in services()[service]["environment"].items() if name in variables()}


def example() -> dict[str, str]:
    """The settings of the example."""
    lines = [line for line in read("deploy/drumbeat.env.example").splitlines() if line and line[0] != "#"]
    return dict(line.split("=", 1) for line in lines)


def test_every_image_is_pinned_to_a_version() -> None:
    """None moves by itself."""
    images = {name: IMAGE.fullmatch(each["image"]) for name, each in services().items()}

    assert [name for name, found in images.items() if found is None or found["tag"] == "latest"] == []


def test_every_variable_is_one_that_somebody_reads() -> None:
    """Ours by the list of settings, the others by who they are for."""
    known = set(variables())
    told = {name for each in OURS for name in services()[each]["environment"]} | set(example())

    assert {name for name in told if name not in known and not name.startswith("TEMPORAL_")} == set()
    for service in OURS:
        assert load({**example(), **environ(service)}).database_url.startswith("postgresql://")


def test_the_example_names_all_that_its_providers_need_and_no_secret() -> None:
    """What must be filled in is empty."""
    secret = [name for name in example() if name.rpartition("_")[2] in {"TOKEN", "SECRET", "KEY", "PASSWORD"}]

    assert secret
    assert {example()[name] for name in secret} == {""}
    assert set(VARIABLE.findall(read("deploy/drumbeat.env.example"))) <= set(variables()) | {
        "DRUMBEAT_HTTP_PUBLIC_URL"
    }


def test_a_password_must_be_given() -> None:
    """There is none that everybody knows."""
    text = read("deploy/compose.yaml")

    assert "${POSTGRES_PASSWORD:?" in text
    assert set(re.findall(r"PASSWORD: (.*)", text)) == {"${POSTGRES_PASSWORD}"}


def test_ports_are_those_of_this_machine_alone() -> None:
    """A proxy with TLS belongs before what is for others."""
    ports = [port for each in services().values() for port in each.get("ports", ())]

    assert ports
    assert [port for port in ports if not _PORT.fullmatch(port)] == []


def test_everybody_waits_for_what_they_need() -> None:
    """Whoever is waited for to be healthy can be asked; whoever is waited for to end does end."""
    for name, each in services().items():
        for needed, how in each.get("depends_on", {}).items():
            waited = services()[needed]
            if how["condition"] == "service_healthy":
                assert "healthcheck" in waited, (name, needed)
            else:
                assert how["condition"] == "service_completed_successfully", (name, needed)
                assert waited["restart"].startswith("on-failure"), (name, needed)
    for service in ("api", "worker"):
        assert {"migrate", "temporal-namespace"} <= set(services()[service]["depends_on"])


def test_the_worker_may_drain_before_it_is_killed() -> None:
    """Its stop takes longer than its drain."""
    drain = load(environ("worker")).worker.drain_seconds

    assert drain < seconds(services()["worker"]["stop_grace_period"])


def test_health_is_asked_where_it_is_answered() -> None:
    """Ports and paths are those of the code; the image has Python and no curl."""
    ports = {
        "api": load(environ("api")).http.port,
        "worker": load(environ("worker")).worker.health_port,
    }
    for service, port in ports.items():
        test = services()[service]["healthcheck"]["test"]

        assert test[:3] == ["CMD", "python", "-c"]
        assert f"http://127.0.0.1:{port}/readyz" in test[3]


def test_our_containers_can_do_no_more_than_they_need() -> None:
    """No capability, no way to get one, nothing written but in memory."""
    for service in OURS:
        each = services()[service]

        assert (each["read_only"], each["cap_drop"], each["tmpfs"]) == (True, ["ALL"], ["/tmp"])
        assert each["security_opt"] == ["no-new-privileges:true"]


def test_what_is_mounted_is_there() -> None:
    """Files from beside the compose file, and volumes that it names."""
    mounts = [mount.split(":")[0] for each in services().values() for mount in each.get("volumes", ())]

    assert mounts
    assert [
        mount
        for mount in mounts
        if not ((DEPLOY / mount).is_file() if mount.startswith(".") else mount in compose()["volumes"])
    ] == []
