"""The files that people bring along, read with everything that is checked about them."""

from pathlib import Path

import pytest

from application.errors import ApplicationError
from bootstrap.files import read_campaign

BROKEN = """\
campaign: hello
version: 1
steps:
  - key: text
    channel: sms
    wait: 1h
    message:
      text: Hello {{ first_name
  - key: email
    channel: email
    wait: 1h
    message:
      subject: Hello
      text: Hello {{ first_name|shout }}
"""


def test_every_malformed_template_is_named_with_its_line(tmp_path: Path) -> None:
    """A template that can never be rendered is found while the file is read."""
    path = tmp_path / "campaign.yaml"
    path.write_text(BROKEN)
    with pytest.raises(ApplicationError) as caught:
        read_campaign(path)

    first, second = str(caught.value).splitlines()
    assert first.startswith(f"{path}:8:7: steps.0.message.text: the template is malformed")
    assert second.startswith(f"{path}:14:7: steps.1.message.text: the template is malformed")
