"""A client that is generated from the document does the quick start."""

import importlib
import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from tests.fakes.api_process import ApiProcess

TENANT = "client"
CONFIG = """\
package_name_override: drumbeat_client
post_hooks: []  # no formatter is called
content_type_overrides:
  text/csv: application/octet-stream  # sent as it is; without this, no method is made for the upload
"""
NOT_SPOKEN = [
    # The generator's methods speak one type each: JSON, and CSV for the upload.
    "Unsupported content type application/x-ndjson",
    "Unsupported content type application/jsonl",
    "Unsupported content type application/yaml",  # publish_campaign
    "Unsupported content type application/yaml",  # validate_campaign
]
CAMPAIGN = {
    "campaign": "welcome",
    "version": 1,
    "goals": ["purchased"],
    "attributes": {"first_name": "text"},
    "steps": [{"key": "text", "channel": "sms", "wait": "2d", "message": {"text": "Hello {{ first_name }}"}}],
}
ROWS = b"""\
external_id,phone,first_name
customer-19,+12025550119,Cleo
customer-20,+12025550120,Dan
customer-21,1,Eve
"""


@frozen
class Generated:
    """A package that was generated, and a client of its.

    Args:
        package: the package.
        client: brings a key.
    """

    package: Any
    client: Any

    @property
    def models(self) -> Any:
        """The classes of requests and answers."""
        return importlib.import_module(f"{self.package.__name__}.models")

    def call(self, operation: str, *path: str, **arguments: Any) -> Any:
        """What an operation answers, as one of the models; named as ``tag.operation``."""
        module = importlib.import_module(f"{self.package.__name__}.api.{operation}")
        return module.sync(*path, client=self.client, **arguments)

    def file(self, content: bytes) -> Any:
        """A body that is a file."""
        return importlib.import_module(f"{self.package.__name__}.types").File(io.BytesIO(content))


def generate(url: str, folder: Path) -> list[str]:
    """Generate the package into a folder; gives what the generator has found fault with."""
    (folder / "config.yml").write_text(CONFIG)
    ended = subprocess.run(
        [
            *(sys.executable, "-m", "openapi_python_client", "generate", "--url", f"{url}/openapi.json"),
            *("--config", "config.yml", "--meta", "none", "--output-path", "drumbeat_client"),
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    told = (ended.stdout + ended.stderr).splitlines()
    return [line for line in told if line.startswith(("Unsupported", "ERROR")) or "not be generated" in line]


@pytest.fixture
async def api_key(running_api: ApiProcess) -> str:
    """A key of a tenant that has nothing yet."""
    return await running_api.key(TENANT)


def test_it_does_the_quick_start(
    running_api: ApiProcess, api_key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Publish, store, enroll, look, tell, list, hold, let go, end; then many at once."""
    faults = generate(running_api.url, tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    package = importlib.import_module("drumbeat_client")
    made = package.AuthenticatedClient(running_api.url, token=api_key, httpx_args={"trust_env": False})
    api = Generated(package, made)

    with made:
        _one_by_one(api)
        _many_at_once(api)
        _problems_are_models(api)

    assert faults == NOT_SPOKEN


def _one_by_one(api: Generated) -> None:
    models = api.models
    published = api.call("campaigns.publish_campaign", body=models.CampaignDefinition.from_dict(CAMPAIGN))
    contacts = [
        api.call(
            "contacts.upsert_contact",
            body=models.ContactIn(
                external_id=name,
                phone=phone,
                attributes=models.ContactInAttributes.from_dict({"first_name": "Ann"}),
            ),
        )
        for name, phone in (("customer-17", "+12025550117"), ("customer-18", "+12025550118"))
    ]
    ann, ben = (
        api.call(
            "enrollments.create_enrollment", "welcome", body=models.EnrollmentIn(external_id=each.external_id)
        )
        for each in contacts
    )
    timeline = api.call("enrollments.list_timeline", ann.id)
    told = api.call(
        "events.record_event",
        body=models.EventIn(event="purchased", external_id=ann.external_id, id="order-1"),
    )
    listed = api.call("enrollments.list_enrollments", campaign="welcome")
    paused = api.call("enrollments.pause_enrollment", ben.id)
    resumed = api.call("enrollments.resume_enrollment", ben.id)
    cancelled = api.call("enrollments.cancel_enrollment", ben.id)

    assert (published.campaign, published.new) == ("welcome", True)
    assert [each.attributes["first_name"] for each in contacts] == ["Ann", "Ann"]
    assert [each.already for each in (ann, ben)] == [False, False]
    assert timeline.items[0].kind == "enrolled"
    assert (told.id, told.won) == ("order-1", 1)
    assert {each.id for each in listed.items} == {ann.id, ben.id}
    assert paused.status is models.EnrollmentStatus.PAUSED
    assert resumed.status is not models.EnrollmentStatus.PAUSED
    assert [each.changed for each in (paused, resumed, cancelled)] == [True, True, True]


def _many_at_once(api: Generated) -> None:
    checked = api.call("batches.enroll_batch", "welcome", body=api.file(ROWS), dry_run=True)
    sent = api.call("batches.enroll_batch", "welcome", body=api.file(ROWS), rate=5.0)
    batch = api.call("batches.get_batch", sent.id)

    assert (checked.received, checked.rejected, checked.problems[0].line) == (3, 1, 4)
    assert (batch.enrolled, batch.rejected, batch.rate, batch.source) == (2, 1, 5.0, "csv")


def _problems_are_models(api: Generated) -> None:
    missing = api.call("contacts.get_contact", "nobody")

    assert (missing.type_, missing.status) == ("/problems/not-found", 404)
