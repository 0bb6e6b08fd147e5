"""The files that people bring along, read with everything that is checked about them."""

from pathlib import Path

import pytest

from application.errors import ApplicationError
from bootstrap.files import check_campaign, read_campaign

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


def test_malformed_templates_are_named_with_everything_else(tmp_path: Path) -> None:
    """A wrong channel, a wrong wait and a malformed template of the same step are told in one go."""
    path = tmp_path / "campaign.yaml"
    path.write_text(BROKEN.replace("channel: sms\n    wait: 1h", "channel: fax\n    wait: 3 weaks"))
    with pytest.raises(ApplicationError) as caught:
        read_campaign(path)

    assert [line.split(": ")[1] for line in str(caught.value).splitlines()] == [
        "steps.0.channel",
        "steps.0.wait",
        "steps.0.message.text",
        "steps.1.message.text",
    ]


def test_a_template_too_deep_to_be_compiled_is_named(tmp_path: Path) -> None:
    """A template that exhausts the template engine is a sentence, not a traceback."""
    path = tmp_path / "campaign.yaml"
    path.write_text(BROKEN.replace("{{ first_name\n", "{{ " + "not " * 500 + "x }}\n"))
    with pytest.raises(ApplicationError, match=r"steps\.0\.message\.text: .* nested too deeply"):
        read_campaign(path)


LONG = """\
campaign: hello
version: 1
attributes: [first_name]
steps:
  - key: text
    channel: sms
    wait: 1h
    message:
      text: Hello {{ NAME }}
"""


def test_a_name_that_contacts_do_not_have_is_told_with_its_line(tmp_path: Path) -> None:
    """A misspelled name is found while the file is read, with the one that is meant."""
    path = tmp_path / "campaign.yaml"
    path.write_text(LONG.replace("NAME", "frist_name"))
    with pytest.raises(ApplicationError) as caught:
        read_campaign(path)

    assert str(caught.value).startswith(f"{path}:9:7: steps.0.message.text: the template needs frist_name,")
    assert str(caught.value).endswith("did you mean first_name?")


def test_warnings_are_told_with_the_campaign(tmp_path: Path) -> None:
    """A text of many parts is no error, and whoever asks for warnings gets one."""
    path = tmp_path / "campaign.yaml"
    path.write_text(LONG.replace("NAME }}", "first_name }}" + "a" * 500))

    definition, checked = check_campaign(path)

    assert (definition, checked.campaign) == read_campaign(path)
    assert [warning.path for warning in checked.warnings] == [("steps", 0, "message", "text")]
