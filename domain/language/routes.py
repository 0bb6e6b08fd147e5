"""Where a result, a pressed key, a fallback or a branch leads, as a word."""

from collections.abc import Callable, Collection

from attrs import frozen

from domain.language import words
from domain.steps import Route, RouteKind
from domain.wording import nearest, shown

_ELSEWHERE = {
    RouteKind.HOLD_OUT.value: (
        "'hold_out' is for splits: whoever was written to is no control group; exit ends it"
    ),
    RouteKind.WAIT.value: "'wait' leads nowhere, and nothing else decides here; lead it somewhere",
}


@frozen
class Routes:
    """Readers of routes.

    Args:
        steps: the keys of all steps of the campaign, as far as they could be read.
    """

    steps: tuple[str, ...]

    def reader(self, known: Collection[str]) -> Callable[[object], Route]:
        """A reader of one of some route words or a step.

        A bare word that is both is the route; ``step:`` before it names the step.
        """

        def read(value: object) -> Route:
            word = value.strip() if isinstance(value, str) else ""
            if word in known:
                return Route(RouteKind(word))
            head, _, key = word.partition(":")
            if head == RouteKind.STEP and key.strip():
                return Route(RouteKind.STEP, key.strip())
            if word in self.steps:
                return Route(RouteKind.STEP, word)
            raise ValueError(
                _ELSEWHERE.get(word)
                or f"{shown(value)} is neither a route nor a step; {nearest(value, [*known, *self.steps])}"
            )

        return read

    def step(self, value: object) -> str:
        """The key of a step, where nothing else can stand; ``step:`` before it may be left out."""
        word = value.strip() if isinstance(value, str) else ""
        key = word.removeprefix(f"{RouteKind.STEP}:").strip()
        if key not in self.steps:
            raise ValueError(f"{shown(value)} is not a step; {nearest(value, self.steps)}")
        return key


def ending(value: object) -> Route:
    """What follows the last step."""
    if isinstance(value, str) and value in words.ENDINGS:
        return Route(RouteKind(value))
    raise ValueError(f"{shown(value)} cannot follow the last step; {nearest(value, words.ENDINGS)}")
