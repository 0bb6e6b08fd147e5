"""A preview on the command line: for whom, and how it is shown."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import evolve, frozen

from adapters.cli.shell import Shell, Unusable
from adapters.cli.tools import Tools
from application.ports.files import ContactFile, ContactRow
from application.preview_campaign import StepPreview
from application.template_warnings import sample_contact
from domain.attributes import CONTACT_FIELDS
from domain.campaign import Campaign
from domain.contact import Contact
from domain.language.in_words import CHANNELS, beginning
from domain.limits import ATTRIBUTE


@frozen
class Chosen:
    """The contact of a preview.

    Args:
        contact: who.
        origin: where that comes from, for people.
    """

    contact: Contact
    origin: str


def choose_contact(
    tools: Tools,
    campaign: Campaign,
    file: Path | None,
    external_id: str | None,
    row: int | None,
    known: Sequence[str],
) -> Chosen:
    """The contact that the command line means.

    Args:
        tools: reads contact files.
        campaign: says what contacts have.
        file: a contact file; a contact is made up unless one is given.
        external_id: which contact of it.
        row: or which row of it, from 1 below the header; the first contact unless either is given.
        known: what else is known, as NAME=VALUE, or NAME= for what is not.

    Raises:
        ApplicationError: there is no such contact, or the file cannot be used.
    """
    if file is None:
        if external_id is not None or row is not None:
            raise Unusable("--contact and --row choose from a file: name it with --contacts.")
        sample = sample_contact(campaign.attributes)
        return Chosen(_with(sample, known), "a made-up contact")
    if external_id is not None and row is not None:
        raise Unusable("--contact and --row both choose: give one of them.")
    found = _from_file(tools.read_contacts(file), file, external_id, row)
    new = found.contact
    contact = Contact("preview", new.external_id, new.phone, new.email, new.timezone, new.attributes)
    return Chosen(_with(contact, known), f"the contact on line {found.line} of {file.name}")


def _from_file(contacts: ContactFile, path: Path, external_id: str | None, row: int | None) -> ContactRow:
    if row is not None:
        return _numbered(contacts, path, row)
    for each in contacts.rows:
        if external_id in (None, each.contact.external_id):
            return each
    if external_id is None:
        first = contacts.problems[0]
        raise Unusable(f"{path}:{first.line}: none of its rows can be used: {first.reason}")
    raise Unusable(f"{path}: no row that can be used has this external_id.")


def _numbered(contacts: ContactFile, path: Path, row: int) -> ContactRow:
    refused = {problem.line: problem.reason for problem in reversed(contacts.problems)}
    good = {each.line: each for each in contacts.rows}
    lines = sorted(good.keys() | refused.keys())
    if row > len(lines):
        raise Unusable(f"{path}: there is no row {row}; it has {len(lines)}.")
    line = lines[row - 1]
    if line in refused:
        raise Unusable(f"{path}:{line}: row {row} cannot be used: {refused[line]}")
    return good[line]


def _with(contact: Contact, known: Sequence[str]) -> Contact:
    attributes = dict(contact.attributes)
    fields: dict[str, Any] = {}
    for text in known:
        name, equals, value = text.partition("=")
        if not equals or not ATTRIBUTE.fullmatch(name):
            raise Unusable("--set needs a name and a value, such as first_name=Mia.")
        if name in CONTACT_FIELDS:
            fields[name] = value or None
        elif value:
            attributes[name] = value
        else:
            attributes.pop(name, None)
    if fields.get("external_id", "") is None:
        raise Unusable("A contact cannot be without an external_id.")
    return evolve(contact, attributes=attributes, **fields)


def show_previews(shell: Shell, campaign: Campaign, chosen: Chosen, previews: Sequence[StepPreview]) -> None:
    """What the contact would get, step by step."""
    plan = campaign.plan
    delays = {step.key: beginning(step.delay) for step in plan.touches}
    shell.say(f"{plan.campaign} version {plan.version}, for {chosen.origin}", "bold")
    for preview in previews:
        shell.say("")
        shell.say(f"{preview.step}: {', '.join(_facts(preview, delays[preview.step]))}", "bold")
        for line in _words(preview):
            shell.say(f"  {line}".rstrip())
        for problem in preview.problems:
            shell.say(f"  ! {problem}", "yellow")


def _facts(preview: StepPreview, delay: str) -> list[str]:
    facts = [f"{CHANNELS[preview.channel]} {delay}"]
    if not preview.applies:
        facts.append("passed over: its condition does not hold")
    if preview.language is not None:
        facts.append(f"in {preview.language}")
    if preview.sms is not None:
        size = preview.sms
        parts = "1 part" if size.parts == 1 else f"{size.parts} parts"
        facts.append(f"{parts} ({size.characters} characters in {size.encoding})")
    if preview.content is not None and preview.content.html is not None:
        facts.append("with HTML (--json shows it)")
    return facts


def _words(preview: StepPreview) -> list[str]:
    if preview.content is None:
        return []
    subject = preview.content.subject
    return [*([] if subject is None else [f"Subject: {subject}", ""]), *preview.content.text.splitlines()]


def preview_data(preview: StepPreview) -> Mapping[str, object]:
    """A preview for scripts."""
    content, size = preview.content, preview.sms
    return {
        "step": preview.step,
        "channel": preview.channel.value,
        "applies": preview.applies,
        "language": preview.language,
        "subject": None if content is None else content.subject,
        "text": None if content is None else content.text,
        "html": None if content is None else content.html,
        "sms": None
        if size is None
        else {"parts": size.parts, "characters": size.characters, "encoding": size.encoding.value},
        "problems": list(preview.problems),
    }
