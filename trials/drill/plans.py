"""Which runs a drill consists of."""

from collections.abc import Sequence

from attrs import evolve, field, frozen

from adapters.cli.carriers import Carriers
from application.errors import ApplicationError
from trials.drill.faults import CATALOGUE, Fault, Locked
from trials.drill.people import MOST
from trials.drill.sabotage import Sabotage
from trials.drill.schedule import shorter
from trials.drill.trial import Trial

MIXED = "mixed"
"""All faults in one run."""

PROVIDERS = "providers"
"""What the run of the providers' faults is called."""


@frozen
class _Size:
    """How large a run is.

    Args:
        people: how many contacts are enrolled, unless somebody says so.
        seconds: over what time. A machine of two cores keeps up with some five a second.
    """

    people: int
    seconds: float


_SINGLE, _MANY, _SHORT = _Size(80, 20.0), _Size(240, 60.0), _Size(48, 12.0)
"""Where all contacts meet one fault; where some meet one fault and some another; and in the short set."""

_OUTAGE = 8.0
"""How long at most something is away where it is one fault of many."""

_QUICK = (
    "worker_killed",
    "temporal_killed",
    "killed_claimed",
    "killed_accepted",
    "killed_stored",
    "killed_decided",
    "rate_limited",
    "server_error",
    "cut_after",
    "silent",
    "early",
    "repeats",
    "stray",
    "forged",
)
"""The short set: one run."""

_ANSWERS_LOST = ("killed_claimed", "killed_accepted", "hangs", "server_error", "cut_before", "cut_after")
"""What shows what can be promised of a provider: answers that are lost."""

_OTHER_CARRIERS = (
    Carriers(sms="vonage", email="postmark", voice="vonage", desk="zendesk"),
    Carriers(email="mailgun", desk="pagerduty"),
    Carriers(email="ses", desk="linear"),
    Carriers(email="smtp", desk="jira"),
)


class CannotDrill(ApplicationError):
    """What was asked for cannot be drilled; the message says why."""


@frozen
class Wanted:
    """What somebody wants to see.

    Args:
        names: of faults, or `MIXED`; everything where it is empty.
        people: how many contacts are enrolled in each run; None for what suits it.
        seed: two drills with one seed plan the same.
        carriers: who serves which role.
        quick: one short run of many faults.
        postgres: on a real PostgreSQL.
        sabotage: what of the product is broken.
    """

    names: Sequence[str]
    people: int | None
    seed: int
    carriers: Carriers = field(factory=Carriers)
    quick: bool = False
    postgres: bool = False
    sabotage: frozenset[Sabotage] = frozenset()


def plan(wanted: Wanted, *, has_postgres: bool) -> list[Trial]:
    """The runs of a drill.

    Args:
        wanted: what somebody wants to see.
        has_postgres: whether there is one here: then the long set has a run on it.

    Raises:
        CannotDrill: there is no such fault, or too many contacts.
    """
    if wanted.people is not None and wanted.people > MOST:
        raise CannotDrill(f"There are {MOST} numbers for made-up contacts: enroll no more than that.")
    for name in wanted.names:
        if name not in CATALOGUE and name != MIXED:
            known = ", ".join([*CATALOGUE, MIXED])
            raise CannotDrill(f"There is no fault {name!r}; there are {known}.")
    if wanted.quick:
        names = [name for name in wanted.names if name != MIXED] or _QUICK
        return [_mixed("quick", wanted, names, _SHORT)]
    trials = _trials(wanted, list(dict.fromkeys(wanted.names)) or [*CATALOGUE, MIXED])
    if not wanted.names and wanted.carriers == Carriers() and not wanted.postgres:
        for carriers in _OTHER_CARRIERS:
            trials.append(_mixed("answers_lost", evolve(wanted, carriers=carriers), _ANSWERS_LOST, _SINGLE))
        if has_postgres:
            trials.insert(1, _everything(evolve(wanted, postgres=True)))  # it takes as long as the first
    return trials


def _trials(wanted: Wanted, names: Sequence[str]) -> list[Trial]:
    faults = [CATALOGUE[name] for name in names if name != MIXED]
    trials = [
        _trial(fault.name, wanted, [_for_database(fault, wanted)], _SINGLE)
        for fault in faults
        if not fault.at_provider
    ]
    theirs = [fault for fault in faults if fault.at_provider]
    if theirs:
        trials.insert(0, _trial(PROVIDERS, wanted, theirs, _MANY))
    if MIXED in names:
        trials.insert(0, _everything(wanted))  # it takes longest
    return trials


def _everything(wanted: Wanted) -> Trial:
    names = [name for name, fault in CATALOGUE.items() if not (wanted.postgres and _of_sqlite(fault))]
    return _mixed(MIXED, wanted, names, _MANY)


def _mixed(name: str, wanted: Wanted, names: Sequence[str], size: _Size) -> Trial:
    faults = [shorter(CATALOGUE[each], _OUTAGE) for each in names]
    return evolve(_trial(name, wanted, faults, size), is_mixed=True)


def _for_database(fault: Fault, wanted: Wanted) -> Fault:
    if wanted.postgres and _of_sqlite(fault):
        raise CannotDrill(f"{fault.name} is drilled on a SQLite file: leave out --postgres.")
    return fault


def _of_sqlite(fault: Fault) -> bool:
    return isinstance(fault.way, Locked)


def _trial(name: str, wanted: Wanted, faults: Sequence[Fault], size: _Size) -> Trial:
    return Trial(
        name,
        faults,
        wanted.people or size.people,
        size.seconds,
        wanted.carriers,
        seed=wanted.seed,
        postgres=wanted.postgres,
        sabotage=wanted.sabotage,
    )
