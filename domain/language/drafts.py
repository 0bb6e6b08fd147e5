"""Steps as far as they could be read, for the rules that look at all of them together."""

from collections.abc import Mapping

from attrs import evolve, field, frozen

from domain.campaign import Message
from domain.conditions import Condition, Splitter
from domain.errors import InvalidCampaign
from domain.language import words
from domain.language.attributes import Declared
from domain.language.messages import Templates
from domain.language.routes import Routes
from domain.language.sections import Path
from domain.language.waits import awaited_routes, pressed_routes
from domain.statuses import Channel, Result
from domain.steps import Split, Step
from domain.times.windows import SendWindow


@frozen
class Scope:
    """What a step may refer to.

    Args:
        routes: the other steps.
        attributes: what contacts have.
        templates: the named messages.
    """

    routes: Routes
    attributes: Declared
    templates: Templates


@frozen
class Draft:
    """A step, with harmless values for what could not be read.

    Args:
        step: the step; of a touch whose wait names what it is for, with its own routes only.
        message: its words; None for a split, and where they could not be found.
        channel_known: whether the channel is the definition's own; if not, it may be any.
        awaited: what the wait is for; None where it does not say.
        anywhere: a route could not be read, so it may lead to any later step.
        places: where that stands of which the rules speak by another path.
        condition: what must hold for it.
        splitter: how it chooses its branch.
        window: its own window.
    """

    step: Step | Split
    message: Message | None = None
    channel_known: bool = True
    awaited: frozenset[Result] | None = None
    anywhere: bool = False
    places: Mapping[Path, Path] = field(factory=dict)
    condition: Condition | None = None
    splitter: Splitter | None = None
    window: SendWindow | None = None

    def on(self, channel: Channel) -> Step | Split:
        """The step with all its routes; on this channel, where its own could not be read."""
        step = self.step
        if isinstance(step, Split):
            return step
        if not self.channel_known:
            step = evolve(step, channel=channel)
        if self.awaited is not None:
            return evolve(step, routes=awaited_routes(step.routes, self.awaited, step.channel))
        if step.pressed and step.channel is Channel.VOICE:
            return evolve(step, routes=pressed_routes(step.routes))
        return step

    def place(self, path: Path) -> Path:
        """Where in the definition that stands of which a rule speaks."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.places:
                return self.places[path[:length]] + path[length:]
        return path


_LEADING = ("on", "fallback", "split")


def may_lead_anywhere(problems: list[InvalidCampaign], known: int) -> bool:
    """Whether a route may be among what could not be read of a step.

    Args:
        problems: all that was found.
        known: how many had been found when the step began.
    """
    words_of_steps = (*words.STEP, *words.SPLIT)
    paths = [problem.path for problem in problems[known:]]
    return any(len(path) < 3 or path[2] in _LEADING or path[2] not in words_of_steps for path in paths)
