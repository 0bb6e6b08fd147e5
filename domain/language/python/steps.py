"""The steps of the Python form: touches on a channel, and splits."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from attrs import field, frozen

from domain.language.python.part import Duration, Part
from domain.language.python.rules import Window
from domain.language.python.words import (
    BranchRoute,
    ChannelWord,
    ConfirmedWord,
    EmailRoutes,
    LateWord,
    OnUnknownWord,
    ResultWord,
    Route,
    Routes,
    SmsRoutes,
    StatusWord,
    VoiceRoutes,
    When,
)


@frozen(kw_only=True)
class Message(Part):
    """The words to send or say, as templates.

    Args:
        text: an SMS, what the voice says, or the plain part of an e-mail.
        subject: of an e-mail.
        html: the HTML part of an e-mail.
        mjml: an e-mail in MJML (https://mjml.io), instead of HTML.
        languages: language tag, such as ``de`` or ``pt-br``, to the words in it.
    """

    text: str | None = None
    subject: str | None = None
    html: str | None = None
    mjml: str | None = None
    languages: "Mapping[str, Message] | None" = None


@frozen(kw_only=True)
class Retry(Part):
    """Which results are tried again, and when.

    Args:
        attempts: how many in all.
        first: the delay before the second attempt.
        factor: what each further delay is multiplied with.
        cap: no delay is longer.
        jitter: the share of a delay, 0 to 1, that chance takes off.
        on: the results to try again.
    """

    attempts: int
    on: Sequence[ResultWord]
    first: Duration | None = None
    factor: float | None = None
    cap: Duration | None = None
    jitter: float | None = None


@frozen(kw_only=True)
class Wait(Part):
    """How long an answer is waited for, and which.

    Args:
        for_: the results that end the wait; all others are only noted.
        up_to: how long at most.
    """

    for_: StatusWord | Sequence[StatusWord]
    up_to: Duration


@frozen(kw_only=True)
class Until(Part):
    """A delay until a time, and what to do where that is over.

    Args:
        until: such as ``tue 10:00`` or ``appointment_at - 2d``.
        if_late: skip the step, or send at once.
    """

    until: str
    if_late: LateWord | None = None


@frozen(kw_only=True)
class Fallback(Part):
    """What to do where a status has not come in time.

    Args:
        if_not: what must have come, or more.
        within: how long after sending; less than the step's wait.
        then: where it leads if nothing came.
    """

    if_not: ConfirmedWord
    within: Duration
    then: Route


@frozen(kw_only=True)
class _Touch(Part):
    """What steps on every channel have.

    Args:
        key: its name in the campaign.
        template: the name of a message in the campaign's `templates`; or
        message: the message itself.
        when: only for contacts of whom this holds; for others the next step follows.
        delay: a duration, a local time (``tue 10:00``) or a contact's time (``appointment_at - 2d``).
        window: the step's own window instead of the campaign's.
        wait: how long an answer is waited for.
        fallback: what to do where the message has not arrived in time.
        retry: which results are tried again.
        on_unknown: what to do where nobody can say whether it was sent.
    """

    key: str
    template: str | None = None
    message: Message | None = None
    when: When | None = None
    delay: Duration | Until | None = None
    window: str | Window | None = None
    wait: Duration | Wait
    fallback: Fallback | None = None
    retry: Retry | None = None
    on_unknown: OnUnknownWord | None = None

    def definition(self) -> dict[str, Any]:
        """The same as a plain mapping, the key and the channel first, as people write it."""
        written = super().definition()
        return {word: written[word] for word in ("key", "channel")} | written


@frozen(kw_only=True)
class Step(_Touch):
    """A touch on any channel; `Sms`, `Email` and `Call` know more of theirs.

    Args:
        channel: how the person is reached.
        on: where results lead, where that is not the default.
    """

    channel: ChannelWord
    on: Routes | None = None


@frozen(kw_only=True)
class Sms(_Touch):
    """A text message.

    Args:
        on: where results lead, where that is not the default.
    """

    channel: Literal["sms"] = field(default="sms", init=False)
    on: SmsRoutes | None = None


@frozen(kw_only=True)
class Email(_Touch):
    """An e-mail.

    Args:
        on: where results lead, where that is not the default.
    """

    channel: Literal["email"] = field(default="email", init=False)
    on: EmailRoutes | None = None


@frozen(kw_only=True)
class Call(_Touch):
    """A call.

    Args:
        on: where results and pressed keys lead, where that is not the default.
    """

    channel: Literal["voice"] = field(default="voice", init=False)
    on: VoiceRoutes | None = None


@frozen(kw_only=True)
class Branch(Part):
    """One way on from a split: by a condition (`when`), by chance (`weight`), or for all others (`else_`).

    Args:
        when: what must hold of the contact.
        weight: its share, any positive number.
        then: where it leads.
        else_: where all others are led; stands alone, and last.
    """

    when: When | None = None
    weight: float | None = None
    then: BranchRoute | None = None
    else_: BranchRoute | None = None


@frozen(kw_only=True)
class Split(Part):
    """A step that sends nothing: it leads one way or another.

    Args:
        key: its name in the campaign.
        split: the branches, all by condition or all by weight.
    """

    key: str
    split: Sequence[Branch]


AnyStep = Step | Sms | Email | Call | Split
"""Whatever may stand in `steps`."""
