"""One step of the definition that sends nothing and leads one way or another."""

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from domain.conditions import Condition, Splitter
from domain.errors import InvalidCampaign
from domain.language import words
from domain.language.conditions import read_condition
from domain.language.drafts import Draft, Scope, may_lead_anywhere
from domain.language.sections import Path, Section, number, sequence
from domain.language.touches import read_key
from domain.limits import MAX_BRANCH_WEIGHT
from domain.steps import NEXT, Route, Split

_MISPLACED = dict.fromkeys(
    (word for word in words.STEP if word != "key"),
    "has no place in a split, which sends nothing: it has a key and split only",
)
_KINDS = ("when", "weight", "else")


def is_split(item: object) -> bool:
    """Whether a step is meant to be a split."""
    return isinstance(item, Mapping) and "split" in item


@frozen
class _Branch:
    """One branch: its kind, how it is chosen, and where it leads."""

    kind: str | None
    route: Route
    condition: Condition
    weight: float


def read_split(item: object, index: int, scope: Scope, problems: list[InvalidCampaign]) -> Draft:
    """Read a split, reporting what is wrong; the arguments are those of `read_touch`."""
    known = len(problems)
    section = Section.open(item, ("steps", index), words.SPLIT, problems, _MISPLACED)
    key = read_key(section, index)
    items: list[Any] = section.take("split", sequence, [], missing="list its branches")
    sections = [
        Section.open(each, (*section.path, "split", number_), words.BRANCH, problems)
        for number_, each in enumerate(items)
    ]
    branches = [_branch(each, scope) for each in sections]
    kinds = [branch.kind for branch in branches]
    _check_kinds(section, sections, kinds)
    routes = [branch.route for branch in branches]
    if "weight" in kinds:
        splitter = Splitter(weights=tuple(branch.weight for branch in branches))
    else:
        splitter = Splitter(tuple(branch.condition for branch in branches if branch.kind != "else"))
        routes += [] if "else" in kinds else [NEXT]
    places: dict[Path, Path] = {
        (*each.path, "then"): (*each.path, "else") for each in sections if "else" in each.values
    }
    return Draft(
        Split(key, tuple(routes)),
        splitter=splitter,
        places=places,
        anywhere=may_lead_anywhere(problems, known),
    )


def _branch(section: Section, scope: Scope) -> _Branch:
    given = [kind for kind in _KINDS if kind in section.values]
    kind = given[0] if given else None
    if section.readable and not given:
        section.report("needs when or weight; or else, for all others")
    for other in given[1:]:
        section.wrong(other, f"stands beside {kind}; give one of {', '.join(_KINDS)}")
    if kind == "else" and "then" in section.values:
        section.wrong("then", "stands beside else, which says itself where it leads")
    word = "else" if kind == "else" else "then"
    missing = "say where it leads: a step, or hold_out" if given else None
    route = section.take(word, scope.routes.reader(words.BRANCHES), NEXT, missing=missing)
    condition = read_condition(section, scope.attributes) if "when" in section.values else Condition(())
    return _Branch(kind, route, condition, section.take("weight", _weight, 1.0))


def _check_kinds(section: Section, branches: list[Section], kinds: list[str | None]) -> None:
    choosing = [kind for kind in kinds if kind in ("when", "weight")]
    listed = isinstance(section.values.get("split"), (list, tuple))
    if listed and None not in kinds and not choosing:
        section.wrong("split", "needs a branch with when or weight")
    for branch, kind in zip(branches, kinds, strict=True):
        if kind == "else" and "weight" in choosing:
            branch.wrong("else", "weights take everybody in, so nobody is left for it; leave it out")
        elif kind == "else" and branch is not branches[-1]:
            branch.wrong("else", "must come last: the branches after it are never taken")
        elif kind in ("when", "weight") and kind != choosing[0]:
            branch.wrong(kind, f"stands in a split by {choosing[0]}; a split is by one of the two")


def _weight(value: object) -> float:
    weight = number(value)
    if not 0 < weight <= MAX_BRANCH_WEIGHT:
        raise ValueError(f"must be more than zero and at most {MAX_BRANCH_WEIGHT:g}")
    return weight
