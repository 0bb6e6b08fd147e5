"""The choices of ``drumbeat campaign publish``: what becomes of enrollments at each step."""

from collections.abc import Collection, Iterable, Mapping, Sequence

import typer
from attrs import frozen

from adapters.cli.shell import Shell, Unusable
from adapters.cli.tables import new_table
from application.move_enrollments import KEEP, InFlightAt, check_moves
from domain.campaign import Plan
from domain.enrollment.migrate import END
from domain.enrollment.turn import HANDOFF
from domain.errors import InvalidCampaign
from domain.wording import nearest

_WORDS = {"keep": KEEP, "end": END}
_STEP = "step:"
_HOW = "keep, end, or the key of a step"


@frozen
class Impact:
    """Whom a new version finds under way.

    Args:
        places: where they stand, by version and step.
        steps: the keys of the steps that any version before had.
    """

    places: Sequence[InFlightAt]
    steps: Collection[str]

    @property
    def count(self) -> int:
        """How many there are."""
        return sum(place.count for place in self.places)

    @property
    def lost(self) -> Sequence[str]:
        """The steps that the new version lacks, where somebody stands; a person's case stands at none."""
        return list(
            dict.fromkeys(each.step for each in self.places if not each.remains and each.step != HANDOFF)
        )


def read_choices(texts: Iterable[str]) -> dict[str, str]:
    """Read choices as ``application.move_enrollments.MoveEnrollments`` takes them.

    Args:
        texts: each as STEP=keep, STEP=end, STEP=NEWSTEP or STEP=step:NEWSTEP.

    Raises:
        Unusable: one of them is none, or there are two for one step.
    """
    choices: dict[str, str] = {}
    for text in texts:
        step, _, choice = text.partition("=")
        if not step or not choice:
            raise Unusable(f"--moving {text}: write it as STEP=CHOICE, where CHOICE is {_HOW}.")
        if step in choices:
            raise Unusable(f"--moving {text}: there is another choice for {step} already.")
        choices[step] = read_choice(choice)
    return choices


def read_choice(text: str) -> str:
    """Read one choice: ``keep``, ``end``, a step's key, or ``step:`` before one that is such a word."""
    text = text.strip()
    return _WORDS.get(text) or text.removeprefix(_STEP)


def choice_text(choice: str) -> str:
    """Write a choice so that `read_choice` reads it."""
    for word, meaning in _WORDS.items():
        if choice == meaning:
            return word
    return f"{_STEP}{choice}" if choice in _WORDS else choice


def check_choices(plan: Plan, impact: Impact, choices: Mapping[str, str]) -> None:
    """Refuse choices for steps that never were, or that lead nowhere.

    Raises:
        ApplicationError: says which.
        InvalidCampaign: says where one leads.
    """
    for step in choices:
        if step not in impact.steps and step != HANDOFF:
            known = sorted({*impact.steps, HANDOFF})
            raise Unusable(f"--moving {step}: no version before has a step {step}; {nearest(step, known)}")
    check_moves(plan, {step: choice for step, choice in choices.items() if choice != KEEP})


def ask_choices(shell: Shell, plan: Plan, impact: Impact, choices: Mapping[str, str]) -> dict[str, str]:
    """Ask a person what shall become of enrollments at each step that is gone, and is not chosen for yet."""
    asked = dict(choices)
    for step in impact.lost:
        if step not in asked:
            asked[step] = _ask(shell, plan, step)
    return asked


def _ask(shell: Shell, plan: Plan, step: str) -> str:
    while True:
        text = typer.prompt(
            f"Version {plan.version} has no step {step}. Those who are there ({_HOW})", default="keep"
        )
        choice = read_choice(str(text))
        try:
            check_moves(plan, {} if choice == KEEP else {step: choice})
        except InvalidCampaign as error:
            keys = [each.key for each in plan.steps]
            shell.say(f"{error.problem}; {nearest(choice, keys)}", "red")
        else:
            return choice


def show_impact(shell: Shell, plan: Plan, impact: Impact, choices: Mapping[str, str]) -> None:
    """The report before anything is done."""
    if not impact.places:
        shell.say(f"Nobody is in flight on another version of {plan.campaign}.")
        return
    title = f"In flight on other versions of {plan.campaign}: {impact.count}"
    table = new_table(title, "version", "step", "in flight", f"in version {plan.version}?", "choice")
    for place in impact.places:
        table.add_row(
            str(place.version), place.step, str(place.count), _remains(place), _choice(place, choices)
        )
    shell.show(table)


def impact_data(impact: Impact, choices: Mapping[str, str]) -> list[Mapping[str, object]]:
    """The report for scripts."""
    return [
        {
            "version": place.version,
            "step": place.step,
            "in_flight": place.count,
            "remains": place.remains,
            "choice": _choice(place, choices),
        }
        for place in impact.places
    ]


def _choice(place: InFlightAt, choices: Mapping[str, str]) -> str:
    return choice_text(choices.get(place.step, KEEP))


def _remains(place: InFlightAt) -> str:
    if place.step == HANDOFF:
        return "a person has it"
    return "yes" if place.remains else "no"
