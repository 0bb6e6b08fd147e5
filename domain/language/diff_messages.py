"""What has changed about the words of a campaign. How they read now is for the reader to look up."""

from collections.abc import Iterator

from domain.campaign import Message

_PARTS = ("text", "subject", "html", "mjml")


def message_differences(name: str, old: Message | None, new: Message | None) -> Iterator[str]:
    """What has changed, a sentence for each part in each language: ``the text of reminder (de) changed``.

    Args:
        name: whose message it is: the step's key.
        old: the message as it was; None where there was none.
        new: the message as it is.
    """
    if old is None or new is None:
        if old is not new:
            yield f"the message of {name} is {'new' if old is None else 'gone'}"
        return
    for part in _PARTS:
        yield from _of_parts(f"the {part} of {name}", getattr(old, part), getattr(new, part))
    for tag in sorted(old.languages.keys() | new.languages.keys()):
        yield from message_differences(f"{name} ({tag})", old.languages.get(tag), new.languages.get(tag))


def _of_parts(name: str, old: str | None, new: str | None) -> Iterator[str]:
    if old == new:
        return
    if bool(old) == bool(new):
        yield f"{name} changed"
    else:
        yield f"{name} is {'new' if new else 'gone'}"
