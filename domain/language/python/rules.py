"""The sections of the Python form that say when and how often people are contacted, and what wins them."""

from collections.abc import Sequence

from attrs import frozen

from domain.language.python.part import Duration, Part
from domain.language.python.words import Preset, StatusWord


@frozen(kw_only=True)
class Window(Part):
    """When messages may go out, in the contact's own zone; one of `hours`, `preset` and `quiet`.

    Args:
        hours: such as ``mon-fri 09:00-18:00``, or several of them.
        preset: a law's hours by name.
        quiet: the hours in which nothing goes out, such as ``21:00-08:00``.
        holidays: calendars whose holidays are kept free, such as ``US`` or ``DE-BY``; ``local`` is that of
            the contact's country.
        spread: over how long deferred messages are spread once the window opens.
    """

    hours: str | Sequence[str] | None = None
    preset: Preset | str | None = None
    quiet: str | None = None
    holidays: str | Sequence[str] | None = None
    spread: Duration | None = None


@frozen(kw_only=True)
class Cap(Part):
    """How many messages a contact may get on one channel, from all campaigns together.

    Args:
        per_day: so many in any 24 hours.
        per_week: so many in any seven days.
    """

    per_day: int | None = None
    per_week: int | None = None


@frozen(kw_only=True)
class Caps(Part):
    """How many messages a contact may get, from all campaigns together.

    Args:
        per_day: so many in any 24 hours, on all channels together.
        per_week: so many in any seven days.
        sms: of these, how many text messages.
        email: of these, how many e-mails.
        voice: of these, how many calls.
    """

    per_day: int | None = None
    per_week: int | None = None
    sms: Cap | None = None
    email: Cap | None = None
    voice: Cap | None = None


@frozen(kw_only=True)
class Handoff(Part):
    """What the human who takes over is told.

    Args:
        summary: a template of one sentence.
        wait: how long the handoff may stay open before the enrollment ends as escalated.
    """

    summary: str | None = None
    wait: Duration | None = None


@frozen(kw_only=True)
class Goal(Part):
    """What a provider reports that wins the enrollment, of any of its messages.

    Args:
        status: what is reported.
    """

    status: StatusWord


@frozen(kw_only=True)
class Event(Part):
    """An event of your own that leads the enrollment to a step instead of winning it.

    Args:
        event: its name.
        then: the key of the step.
    """

    event: str
    then: str
