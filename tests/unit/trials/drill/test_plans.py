"""Which runs a drill consists of."""

import pytest

from adapters.cli.carriers import Carriers
from trials.drill.faults import CATALOGUE
from trials.drill.people import MOST
from trials.drill.plans import MIXED, PROVIDERS, CannotDrill, Wanted, plan
from trials.drill.schedule import schedule
from trials.drill.trial import Trial


def planned(*names: str, has_postgres: bool = True, **wanted: object) -> list[Trial]:
    return plan(Wanted(names, 40, 1, **wanted), has_postgres=has_postgres)  # type: ignore[arg-type]


def test_the_long_set_has_every_fault_by_itself_and_all_mixed() -> None:
    """The providers' in one run, each of the others in its own; on other carriers lost answers."""
    usual = [trial for trial in planned() if trial.carriers == Carriers() and not trial.postgres]
    alone = [fault.name for trial in usual if not trial.is_mixed for fault in trial.faults]
    (mixed,) = [trial for trial in usual if trial.is_mixed]

    assert sorted(alone) == sorted(CATALOGUE)
    assert {len(trial.faults) for trial in usual if trial.name not in (PROVIDERS, MIXED)} == {1}
    assert [fault.name for fault in mixed.faults] == list(CATALOGUE)
    assert {trial.carriers.email for trial in planned()} == {"sendgrid", "postmark", "mailgun", "ses", "smtp"}
    assert {"killed_claimed", "killed_accepted", "hangs", "cut_after"} <= {
        fault.name for trial in planned() if trial.carriers.email == "smtp" for fault in trial.faults
    }


def test_a_real_postgres_is_drilled_where_it_is_there() -> None:
    """With everything but what only a SQLite file has."""
    (on_postgres,) = [trial for trial in planned() if trial.postgres]

    assert {fault.name for fault in on_postgres.faults} == CATALOGUE.keys() - {"database_locked"}
    assert not any(trial.postgres for trial in planned(has_postgres=False))


def test_the_short_set_is_one_run() -> None:
    """With every named point, a dead worker, a dead Temporal and providers' faults."""
    (quick,) = planned(quick=True)
    names = {fault.name for fault in quick.faults}

    assert quick.is_mixed
    assert {"killed_claimed", "killed_accepted", "killed_stored", "killed_decided"} <= names
    assert {"worker_killed", "temporal_killed"} <= names
    assert sum(fault.at_provider for fault in quick.faults) >= 4


@pytest.mark.parametrize("trial", [*planned(), *planned(quick=True)], ids=lambda trial: trial.name)
def test_every_run_has_time_for_its_faults(trial: Trial) -> None:
    """Its schedule can be drawn, and its contacts meet all faults by address."""
    theirs = sum(fault.at_provider for fault in trial.faults)

    schedule(trial.faults, trial.seed, trial.seconds)
    assert trial.people >= theirs


def test_a_run_is_as_large_as_suits_it() -> None:
    """A few hundred contacts where they share the faults, fewer where all meet one; or as many as asked."""
    sizes = {trial.name: trial.people for trial in plan(Wanted((), None, 1), has_postgres=False)}

    assert sizes[MIXED] == sizes[PROVIDERS] > 200 > sizes["worker_killed"]
    assert {trial.people for trial in planned()} == {40}


def test_what_is_named_is_drilled_and_nothing_else() -> None:
    """Once, however often it is named."""
    first, second = planned("hangs", "worker_killed", "silent", "hangs")

    assert [fault.name for fault in first.faults] == ["hangs", "silent"]
    assert [fault.name for fault in second.faults] == ["worker_killed"]


@pytest.mark.parametrize(
    ("names", "more", "sentence"),
    [
        (["nobody"], {}, "There is no fault 'nobody'; there are worker_killed, "),
        (["database_locked"], {"postgres": True}, "database_locked is drilled on a SQLite file"),
    ],
)
def test_what_cannot_be_drilled_is_told(names: list[str], more: dict[str, bool], sentence: str) -> None:
    """Before anything is started."""
    with pytest.raises(CannotDrill, match=sentence):
        planned(*names, **more)


def test_there_are_so_many_numbers() -> None:
    """More contacts would be somebody's."""
    with pytest.raises(CannotDrill, match=f"There are {MOST} numbers"):
        plan(Wanted((), MOST + 1, 1), has_postgres=False)
