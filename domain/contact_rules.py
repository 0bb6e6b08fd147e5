"""What a campaign promises the people it reaches: when, how often, and with whose leave."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from attrs import field, frozen

from domain.statuses import Channel
from domain.times.windows import SendWindow


def _copy_windows(windows: Mapping[str, SendWindow]) -> Mapping[str, SendWindow]:
    return dict(windows)


@frozen
class Cap:
    """How many messages a contact may get in a while, from all campaigns of the tenant together.

    Args:
        count: so many, from 1.
        per: in any span of this length: a day or a week.
        channel: counted on this channel alone; None counts all of them.
    """

    count: int
    per: timedelta
    channel: Channel | None = None

    def __str__(self) -> str:
        unit = {timedelta(days=1): "day", timedelta(weeks=1): "week"}.get(self.per, str(self.per))
        messages = "message" if self.count == 1 else "messages"
        return f"{self.count} {messages if self.channel is None else self.channel.value} per {unit}"


_CAP = re.compile(r"([1-9][0-9]{0,3}) (messages?|sms|email|voice) per (day|week)")
_PER = {"day": timedelta(days=1), "week": timedelta(weeks=1)}


def parse_caps(text: str) -> tuple[Cap, ...]:
    """Read caps from one line, each as its `str` gives it: ``2 messages per day, 1 sms per day``.

    Raises:
        ValueError: it cannot be read; the message is a sentence that says how to write it.
    """
    caps = []
    for word in filter(None, map(str.strip, text.split(","))):
        match = _CAP.fullmatch(word)
        if match is None:
            raise ValueError("must be like 2 messages per day, 5 messages per week, 1 sms per day")
        count, channel, per = match.groups()
        caps.append(Cap(int(count), _PER[per], None if channel.startswith("message") else Channel(channel)))
    return tuple(caps)


@frozen
class ContactRules:
    """The rules that the gate checks when a message is about to go out.

    Args:
        window: when messages may go out, in the contact's own zone; None is always.
        windows: step key to window, for steps that have their own.
        timezone: the zone of contacts whose own is not known, an IANA name.
        caps: how often; all of them must hold.
        consent: the channels on which the contact must have agreed to be reached.
    """

    window: SendWindow | None = None
    windows: Mapping[str, SendWindow] = field(factory=dict, converter=_copy_windows, hash=False)
    timezone: str = "UTC"
    caps: tuple[Cap, ...] = ()
    consent: frozenset[Channel] = frozenset()

    def window_of(self, step: str) -> SendWindow | None:
        """The window that holds for a step."""
        return self.windows.get(step, self.window)


class ReentryKind(StrEnum):
    """Whether a contact may be enrolled again after an enrollment has ended."""

    ONCE = "once"
    AFTER = "after"
    ALWAYS = "always"


@frozen
class Reentry:
    """Whether, and when, a contact may enter a campaign again; never while an enrollment is open.

    Args:
        kind: once, after a cool-down, or always.
        after: how long since the last enrollment has ended, for `ReentryKind.AFTER`.
    """

    kind: ReentryKind = ReentryKind.ONCE
    after: timedelta = timedelta(0)

    def allows(self, ended: datetime, now: datetime, scale: float = 1.0) -> bool:
        """Whether a contact may enter now whose last enrollment has ended.

        Args:
            ended: when.
            now: the time.
            scale: what durations are multiplied with.
        """
        if self.kind is ReentryKind.AFTER:
            return ended + self.after * scale <= now
        return self.kind is ReentryKind.ALWAYS
