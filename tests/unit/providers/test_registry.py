"""The registry: ours, and what other packages add."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from adapters.providers import registry
from adapters.providers.common.vendor import Role
from application.environment import WrongSetting
from bootstrap.settings import load

PIGEON = """
import attrs
from adapters.providers.common.vendor import Part, Vendor
from application.environment import setting

@attrs.frozen
class PigeonSettings:
    loft: str = setting("", str)

PIGEON = Vendor(
    name="pigeon", settings=PigeonSettings, sms=Part(lambda settings, wiring: None, needs=("loft",))
)
NOT_A_VENDOR = "coo"
TWILIO = Vendor(name="twilio", settings=PigeonSettings)
"""

Install = Callable[[str], None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Puts a package on the path whose entry point names something."""

    def installed(entry: str) -> None:
        (tmp_path / "pigeon_post.py").write_text(PIGEON)
        metadata = tmp_path / "pigeon_post-1.0.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: pigeon-post\nVersion: 1.0\n")
        (metadata / "entry_points.txt").write_text(f"[{registry.ENTRY_POINTS}]\npigeon = {entry}\n")
        monkeypatch.syspath_prepend(str(tmp_path))
        registry.vendors.cache_clear()

    yield installed
    registry.vendors.cache_clear()
    sys.modules.pop("pigeon_post", None)


def test_another_package_adds_a_provider_by_an_entry_point(install: Install) -> None:
    """It can be chosen, and its settings are read and documented like ours."""
    install("pigeon_post:PIGEON")
    settings = load({"DRUMBEAT_PROVIDERS_SMS": "pigeon", "DRUMBEAT_PIGEON_LOFT": "north"})

    assert settings.vendors["pigeon"].loft == "north"
    assert "pigeon" in registry.names(Role.SMS)
    assert "pigeon" not in registry.names(Role.EMAIL)


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ("pigeon_post:NOWHERE", "cannot be loaded"),
        ("no_such_module:PIGEON", "cannot be loaded"),
        ("pigeon_post:NOT_A_VENDOR", "is not a Vendor"),
        ("pigeon_post:TWILIO", "has the name of another one"),
    ],
)
def test_an_entry_point_that_is_no_provider_is_named(install: Install, entry: str, says: str) -> None:
    """Somebody else's mistake is told in a sentence, before anything is sent by the wrong one."""
    install(entry)
    with pytest.raises(WrongSetting, match=rf"^The provider pigeon \({entry}\) {says}"):
        load({})


def test_every_vendor_names_what_it_needs_by_its_own_settings() -> None:
    """A part that asked for a field that is not there would only fail in production."""
    for vendor in registry.BUILT_IN:
        fields = {field.name for field in vendor.settings.__attrs_attrs__}
        parts = (vendor.sms, vendor.email, vendor.voice, vendor.desk, vendor.callbacks)
        needed = {name for part in parts if part is not None for name in part.needs}

        assert needed <= fields, vendor.name
