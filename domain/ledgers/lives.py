"""What became of enrollments: what was acknowledged, what the rows say, and what Temporal's histories say."""

from collections.abc import Iterator

from domain.attempts import AttemptState
from domain.ledgers.findings import Finding, Kind
from domain.ledgers.index import Index, whose
from domain.ledgers.records import AttemptRow, Close, Order


def every_acknowledged_enrollment_is_there(index: Index) -> Iterator[Finding]:
    """What the API has told its caller of is stored."""
    for id_ in sorted(index.ledgers.acknowledged - index.enrollments.keys()):
        yield Finding(Kind.LOST_ENROLLMENT, id_, f"enrollment {id_} was acknowledged, and is not stored")


def no_enrollment_is_there_twice(index: Index) -> Iterator[Finding]:
    """What is stored, its caller was told of: one of which nobody knows is the second one of its request."""
    for id_ in sorted(index.enrollments.keys() - index.ledgers.acknowledged):
        yield Finding(
            Kind.DUPLICATE_ENROLLMENT, id_, f"enrollment {id_} is there, and no caller was told of it"
        )


def every_enrollment_has_one_run(index: Index) -> Iterator[Finding]:
    """An enrollment has exactly one chain of runs, and a chain has an enrollment."""
    for id_, row in index.enrollments.items():
        chains = {run.chain for run in index.runs.get(id_, ())}
        if len(chains) > 1:
            yield Finding(Kind.DUPLICATE_RUN, id_, f"enrollment {id_} has {len(chains)} chains of runs")
        if not chains and (row.is_started or row.outcome is None):
            yield Finding(Kind.LOST_ENROLLMENT, id_, f"enrollment {id_} has no run")
    for id_ in index.runs:
        if id_ not in index.enrollments:
            yield Finding(Kind.HISTORY_DIFFERS, id_, f"a run of enrollment {id_} is there, and no such row")


def every_enrollment_ends(index: Index) -> Iterator[Finding]:
    """An enrollment ends: its row says why, and its run has come to its end."""
    for id_, row in index.enrollments.items():
        if row.outcome is None:
            yield Finding(Kind.UNFINISHED, id_, f"enrollment {id_} has not ended")
        for run in index.runs.get(id_, ()):
            if run.close not in (Close.COMPLETED, Close.CONTINUED):
                yield Finding(Kind.UNFINISHED, id_, f"the run {run.id} of enrollment {id_} is {run.close}")


def every_chain_is_whole(index: Index) -> Iterator[Finding]:
    """A chain of runs is there from its first one to one that has not gone on as another."""
    for id_ in index.enrollments:
        runs = index.runs.get(id_, ())
        for chain in sorted({run.chain for run in runs}):
            links = [run for run in runs if run.chain == chain]
            if chain not in {run.id for run in links}:
                yield Finding(Kind.HISTORY_DIFFERS, id_, f"the first run {chain} of enrollment {id_} is gone")
            if all(run.close is Close.CONTINUED for run in links):
                what = f"the chain {chain} of enrollment {id_} went on, and its next run is not there"
                yield Finding(Kind.HISTORY_DIFFERS, id_, what)


def every_outcome_is_the_runs(index: Index) -> Iterator[Finding]:
    """The row of an enrollment tells the outcome that its run gave back."""
    for id_, row in index.enrollments.items():
        for run in index.runs.get(id_, ()):
            if run.close is Close.COMPLETED and row.outcome is not None and run.result != row.outcome:
                what = f"enrollment {id_} is {row.outcome} by its row and {run.result} by its run"
                yield Finding(Kind.WRONG_OUTCOME, id_, what)


def every_order_has_its_attempt(index: Index) -> Iterator[Finding]:
    """What a run ordered, and was told of it, is what the attempt's row says."""
    for key, order in index.orders.items():
        fault = _at_odds(order, index.attempts.get(key))
        if fault is not None:
            what = f"{key} was told to its run as {order.status}, and {fault}"
            yield Finding(Kind.HISTORY_DIFFERS, whose(key), what)


def every_attempt_was_ordered(index: Index) -> Iterator[Finding]:
    """An attempt of our books was ordered by its run."""
    for row in index.attempts.values():
        if row.key not in index.orders:
            what = f"{row.key} is {row.state} in our books, and no run has ordered it"
            yield Finding(Kind.HISTORY_DIFFERS, row.enrollment_id, what)


_LEFT: dict[str, frozenset[AttemptState]] = {
    "accepted": frozenset({AttemptState.ACCEPTED}),
    "rejected": frozenset({AttemptState.REJECTED}),
    "unknown": frozenset({AttemptState.UNKNOWN, AttemptState.ACCEPTED}),
    "refused": frozenset({AttemptState.REJECTED, AttemptState.RELEASED}),
    "opted_out": frozenset({AttemptState.REJECTED, AttemptState.RELEASED}),
}
"""In which states an attempt is left by what its run was told. One that is unknown a callback may settle."""

KEPT_BACK = frozenset({"refused", "opted_out"})
"""What a run is told of an attempt that our gate has kept back: then there may be no row."""


def _at_odds(order: Order, row: AttemptRow | None) -> str | None:
    """What is wrong between an order and its attempt; nothing is where the run was told nothing."""
    if order.status is None or (row is None and order.status in KEPT_BACK):
        return None
    if row is None:
        return "our books have no such attempt"
    if row.state not in _LEFT.get(order.status, frozenset()):
        return f"our books hold it as {row.state}"
    if order.ref is not None and order.ref != row.ref:
        return f"the run has the reference {order.ref} and our books {row.ref}"
    return None
