"""What a campaign promises its contacts: when, how often, with whose leave, and whether again."""

from collections.abc import Callable
from datetime import timedelta

from domain.campaign_rules import choices
from domain.contact_rules import Cap, Reentry, ReentryKind
from domain.language import words
from domain.language.sections import Section, duration, text, within, word
from domain.limits import MAX_DURATION, MAX_PER_SPAN, ZONE
from domain.refusals import Consequence, Refusal
from domain.statuses import Channel
from domain.wording import nearest, shown

_LENGTHS = dict(zip(words.PERIODS, (timedelta(days=1), timedelta(weeks=1)), strict=True))


def zone(value: object) -> str:
    """A time zone by its name; whether it exists is for those to say who have the database."""
    name = text(value)
    if not ZONE.fullmatch(name):
        raise ValueError(f"{shown(name)} is not a time zone of the IANA database, such as Europe/London")
    return name


def read_caps(top: Section) -> tuple[Cap, ...]:
    """Read ``caps``: first those of all channels together, then those of each."""
    caps = top.section("caps", words.CAPS)
    found = _caps(caps, words.PERIODS, None)
    for channel in Channel:
        if channel.value in caps.values:
            found += _caps(caps.section(channel.value, words.PERIODS), words.PERIODS, channel)
    return tuple(found)


def _caps(section: Section, periods: tuple[str, ...], channel: Channel | None) -> list[Cap]:
    counts = {period: section.take(period, within(1, MAX_PER_SPAN), None) for period in periods}
    return [Cap(count, _LENGTHS[period], channel) for period, count in counts.items() if count is not None]


def read_consent(top: Section) -> frozenset[Channel]:
    """Read ``consent``: a word for all or no channels, or a list of some."""
    if isinstance(top.values.get("consent"), (list, tuple)):
        return frozenset(top.one_or_each("consent", _channel))
    required = top.take("consent", _consent, words.CONSENT[1])
    return frozenset(Channel) if required == words.CONSENT[0] else frozenset()


def _consent(value: object) -> str:
    if isinstance(value, str) and value in words.CONSENT:
        return value
    advice = nearest(value, words.CONSENT)
    raise ValueError(f"{shown(value)} is not a choice here; {advice}, or list channels such as [sms, voice]")


def _channel(value: object) -> Channel:
    return Channel(word([channel.value for channel in Channel])(value))


def reentry(value: object) -> Reentry:
    """Whether a contact may come again: a word, or how long after the last time."""
    if isinstance(value, str) and value in words.REENTRY:
        return Reentry(ReentryKind(value))
    try:
        after = duration(value)
    except ValueError:
        advice = nearest(value, words.REENTRY)
        raise ValueError(
            f"{shown(value)} is not a choice here; {advice}, or a duration such as 30d"
        ) from None
    if not timedelta(0) < after <= MAX_DURATION:
        raise ValueError(f"must be more than zero and at most {MAX_DURATION.days} days, or a word: always")
    return Reentry(ReentryKind.AFTER, after)


def read_refused(top: Section) -> dict[Refusal, Consequence]:
    """Read ``refused``: what follows from each sort of refusal."""
    refused = top.section("refused", words.REFUSALS)
    found = {Refusal(key): refused.take(key, _consequence(key), None) for key in refused.values}
    return {refusal: follows for refusal, follows in found.items() if follows is not None}


def _consequence(key: str) -> Callable[[object], Consequence]:
    read = word(choices(Refusal(key)))
    return lambda value: Consequence(read(value))
