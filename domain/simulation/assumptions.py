"""What is assumed of people and providers where nobody has measured: shares, and how long things take.

Each assumption has a name, ``PLACE.WORD``. The place is a channel, or a step, whose own assumptions go before
those of its channel; or ``contacts``, ``providers``, ``handoff``, ``goals``, ``conditions`` or ``dates``.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta

from attrs import evolve, field, frozen

from domain.campaign import Campaign
from domain.statuses import Channel
from domain.steps import Step
from domain.times import durations
from domain.times.delays import FromAttribute
from domain.wording import nearest, shown

_AFTER = " after "


@frozen
class Assumption:
    """How many do something, and when.

    Args:
        share: from 0 to 1.
        after: how long it takes: half of them have done it by then.
    """

    share: float
    after: timedelta = timedelta(0)

    def __str__(self) -> str:
        return f"{self.share:g}{f'{_AFTER}{durations.words(self.after)}' if self.after else ''}"

    def changed(self, text: str) -> "Assumption":
        """As its `str` gives it; where that names no time, this one's time.

        Raises:
            ValueError: it cannot be read; the message is a sentence.
        """
        number, says_after, duration = text.partition(_AFTER.strip())
        try:
            share = float(number)
        except ValueError:
            share = -1
        if not 0 <= share <= 1:
            raise ValueError(f"{shown(text)} is not a share from 0 to 1, such as 0.2 or 0.2 after 30m")
        return Assumption(share, durations.parse(duration) if says_after else self.after)


ENDS_OF_SENDS = ("rejected", "unavailable", "unknown")
"""How a send ends that does not end well: the provider refuses it, is down for longer than the plan's
patience, or nobody knows whether it took the message (half of those it took)."""

FAILURES = ("failed", "bounced", "busy", "no_answer", "voicemail", "silent")
"""What becomes of a message that is taken and does not arrive; ``silent``: nothing is ever heard of it."""

ACTS = ("opened", "clicked", "replied", "opted_out", "complained")
"""What people do about a message that has arrived, or on a call that they have taken."""

_SECOND, _MINUTE, _HOUR, _DAY = (timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days"))
_SENDS = {
    "rejected": Assumption(0.005),
    "unavailable": Assumption(0.0005),
    "unknown": Assumption(0.001),
}

USUAL: Mapping[str, Mapping[str, Assumption]] = {
    Channel.SMS.value: {
        **_SENDS,
        "failed": Assumption(0.03, 10 * _SECOND),
        "silent": Assumption(0.02),
        "delivered": Assumption(1, 4 * _SECOND),
        "clicked": Assumption(0.03, 20 * _MINUTE),
        "replied": Assumption(0.12, 15 * _MINUTE),
        "opted_out": Assumption(0.01, 10 * _MINUTE),
    },
    Channel.EMAIL.value: {
        **_SENDS,
        "failed": Assumption(0.005, 10 * _MINUTE),
        "bounced": Assumption(0.015, 20 * _SECOND),
        "silent": Assumption(0.005),
        "delivered": Assumption(1, 15 * _SECOND),
        "opened": Assumption(0.35, 4 * _HOUR),
        "clicked": Assumption(0.04, 5 * _HOUR),
        "replied": Assumption(0.015, 6 * _HOUR),
        "opted_out": Assumption(0.003, 5 * _HOUR),
        "complained": Assumption(0.0003, 8 * _HOUR),
    },
    Channel.VOICE.value: {
        **_SENDS,
        "failed": Assumption(0.02, 10 * _SECOND),
        "busy": Assumption(0.06, 8 * _SECOND),
        "no_answer": Assumption(0.35, 30 * _SECOND),
        "voicemail": Assumption(0.4, 40 * _SECOND),
        "silent": Assumption(0.002),
        "answered": Assumption(1, 12 * _SECOND),
        "replied": Assumption(0.35, 20 * _SECOND),
        "opted_out": Assumption(0.01, 20 * _SECOND),
        "delivered": Assumption(1, 15 * _SECOND),
    },
    "contacts": {
        Channel.SMS.value: Assumption(0.97),
        Channel.EMAIL.value: Assumption(0.9),
        Channel.VOICE.value: Assumption(0.97),
        "consent": Assumption(0.9),
    },
    "providers": {"repeated": Assumption(0.02, _MINUTE), "late": Assumption(0.005, _DAY)},
    "handoff": {"resolved": Assumption(0.9, 4 * _HOUR)},
}
"""What is assumed unless somebody knows better: plausible, and measured nowhere.

Shares of `ENDS_OF_SENDS` and `FAILURES` are of those messages of which nothing in the list before is true;
those of `ACTS`, and of what providers report, of the messages that arrive. ``contacts`` tells how many have
an address for a channel, and how many have agreed where the campaign asks for that; ``providers``, how many
reports come twice, and how many come late.
"""

_HOLDS = Assumption(0.5)
_NO_GOAL = Assumption(0, 3 * _DAY)
_DATE = Assumption(1, 14 * _DAY)
PRESSED = "pressed."


@frozen
class Assumptions:
    """All that is assumed for one campaign.

    Args:
        places: what holds for the whole campaign: place to word to assumption.
        touches: the steps that send, by their keys.
        own: what was said of single steps.
    """

    places: Mapping[str, Mapping[str, Assumption]]
    touches: Mapping[str, Step]
    own: Mapping[str, Mapping[str, Assumption]] = field(factory=dict)

    def __iter__(self) -> Iterator[tuple[str, Assumption]]:
        """Each one's name, and what it is."""
        for place, words in (*self.places.items(), *self.own.items()):
            for word, assumption in words.items():
                yield f"{place}.{word}", assumption

    def of(self, step: Step, word: str) -> Assumption | None:
        """What holds for a step; None where its channel knows no such thing."""
        own = self.own.get(step.key, {}).get(word)
        return self.places[step.channel].get(word) if own is None else own

    def of_key(self, step: Step, key: str) -> Assumption:
        """How many press a key on a call: unless it was said, all keys of the step alike."""
        own = self.own.get(step.key, {}).get(f"{PRESSED}{key}")
        replied = self.of(step, "replied") or Assumption(0)
        return own or Assumption(replied.share / len(step.pressed), replied.after)

    def but(self, name: str, text: str) -> "Assumptions":
        """The same but for one.

        Args:
            name: ``PLACE.WORD``.
            text: as `Assumption.changed` reads it.

        Raises:
            ValueError: there is no such assumption, or the text cannot be read; the message is a sentence.
        """
        place, _, word = (part.strip() for part in name.partition("."))
        if place in self.places:
            known = self.places[place]
            if word not in known:
                raise ValueError(_unknown(f"{place}.", word, known))
            changed = {**known, word: known[word].changed(text.strip())}
            return evolve(self, places={**self.places, place: changed})
        step = self.touches.get(place)
        if step is None:
            raise ValueError(_unknown("", place, [*self.places, *self.touches]))
        keys = {f"{PRESSED}{key}": self.of_key(step, key) for key in step.pressed}
        usual = {**self.places[step.channel], **keys, **self.own.get(place, {})}
        if word not in usual:
            raise ValueError(_unknown(f"{place}.", word, usual))
        changed = {**self.own.get(place, {}), word: usual[word].changed(text.strip())}
        return evolve(self, own={**self.own, place: changed})


def usual(campaign: Campaign) -> Assumptions:
    """What is assumed for a campaign of which nobody has said more."""
    touches = campaign.plan.touches
    asked = {*campaign.conditions, *(key for key, way in campaign.splits.items() if way.conditions)}
    dates = {each.delay.attribute for each in touches if isinstance(each.delay, FromAttribute)}
    own = {
        "conditions": dict.fromkeys(sorted(asked), _HOLDS),
        "goals": dict.fromkeys(sorted(campaign.plan.goals), _NO_GOAL),
        "dates": dict.fromkeys(sorted(dates), _DATE),
    }
    return Assumptions({**USUAL, **own}, {step.key: step for step in touches})


def _unknown(before: str, word: str, known: Collection[str]) -> str:
    return f"nothing is assumed of {shown(before + word)}; {nearest(word, known)}"
