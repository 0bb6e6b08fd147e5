"""What one run of a drill is about, and what came of it."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from attrs import field, frozen

from adapters.cli.carriers import Carriers
from domain.ledgers.findings import Audit, Kind
from trials.drill.faults import Fault
from trials.drill.injecting import Injected
from trials.drill.sabotage import Sabotage

DUPLICATES = frozenset(
    {
        Kind.DUPLICATE_ENROLLMENT,
        Kind.DUPLICATE_SEND,
        Kind.DUPLICATE_RUN,
        Kind.DUPLICATE_EVENT,
        Kind.DUPLICATE_HANDOFF,
    }
)
LOST = frozenset(
    {
        Kind.LOST_ENROLLMENT,
        Kind.LOST_DECISION,
        Kind.LOST_SEND,
        Kind.LOST_WEBHOOK,
        Kind.LOST_HANDOFF,
        Kind.UNTOLD,
        Kind.UNSETTLED,
    }
)


@frozen
class Trial:
    """One run: a system of its own, some contacts and some faults.

    Args:
        name: what it is called, in the lines that tell how far it is and in the table.
        faults: what is brought about in it.
        people: how many contacts are enrolled.
        seconds: over what time.
        carriers: who serves which role.
        seed: two runs with one seed plan the same.
        limit: seconds until everything must have ended, after the last fault is over.
        is_mixed: all faults together make one row of the table.
        postgres: on a real PostgreSQL, in the place of a SQLite file.
        sabotage: what of the product is broken in it.
    """

    name: str
    faults: Sequence[Fault]
    people: int
    seconds: float
    carriers: Carriers
    seed: int = 1
    limit: float = 200.0
    is_mixed: bool = False
    postgres: bool = False
    sabotage: frozenset[Sabotage] = frozenset()

    @property
    def title(self) -> str:
        """Its name, with what is unusual about it."""
        return f"{self.name} ({self.setting})" if self.setting else self.name

    @property
    def setting(self) -> str:
        """What is unusual about its system, in a few words; empty for nothing."""
        usual = Carriers()
        roles = ("sms", "email", "voice", "desk")
        others = [getattr(self.carriers, role) for role in roles]
        changed = [name for name, role in zip(others, roles, strict=True) if name != getattr(usual, role)]
        broken = [f"{each} sabotaged" for each in sorted(self.sabotage)]
        return ", ".join([*dict.fromkeys(changed), *(["postgresql"] if self.postgres else []), *broken])


@frozen
class Row:
    """What became of the contacts who met a fault.

    Args:
        fault: its name, or what the mixture is called.
        setting: what was unusual about its system.
        injected: what has happened of it.
        enrollments: how many there were.
        sends: how many messages providers took for them.
        kinds: how many findings there are of each kind.
        doubts: how many attempts were in doubt, by how that was resolved.
        unavoidable: how many findings the providers' abilities do not let us prevent.
    """

    fault: str
    setting: str
    injected: Injected
    enrollments: int
    sends: int
    kinds: Mapping[Kind, int]
    doubts: Mapping[str, int] = field(factory=dict)
    unavoidable: int = 0

    def count(self, *kinds: Kind) -> int:
        """How many findings there are of some kinds."""
        return sum(self.kinds.get(kind, 0) for kind in kinds)

    @property
    def duplicates(self) -> int:
        """What is there twice."""
        return self.count(*DUPLICATES)

    @property
    def lost(self) -> int:
        """What was acknowledged or taken, and has left no trace, or has reached nobody."""
        return self.count(*LOST)

    @property
    def unfinished(self) -> int:
        """Which enrollments have not ended."""
        return self.count(Kind.UNFINISHED)

    @property
    def differing(self) -> int:
        """What two ledgers tell differently, beside that."""
        return sum(self.kinds.values()) - self.duplicates - self.lost - self.unfinished

    @property
    def good(self) -> bool:
        """Whether the fault was met, and has done no harm."""
        return self.injected.has_happened and not any(self.kinds.values())


@frozen
class Result:
    """What came of a run.

    Args:
        trial: the run.
        rows: of the table.
        audit: all of it.
        injected: what has happened, by fault.
        seconds: how long it took.
        waits_for: what was still to end when its time was up; None where all had.
    """

    trial: Trial
    rows: Sequence[Row]
    audit: Audit
    injected: Mapping[str, Injected]
    seconds: float
    waits_for: str | None = None

    @property
    def not_injected(self) -> Sequence[str]:
        """The faults that were to happen, and have not."""
        return [name for name, injected in self.injected.items() if not injected.has_happened]

    @property
    def good(self) -> bool:
        """Whether all faults were met, all has ended, and nothing is wrong."""
        return self.audit.clean and not self.not_injected and self.waits_for is None


def rows_of(
    trial: Trial,
    injected: Mapping[str, Injected],
    met_by: Mapping[str, str],
    sends: Counter[str],
    audit: Audit,
) -> list[Row]:
    """The rows of the table that a run comes to.

    Args:
        trial: the run.
        injected: what has happened, by fault.
        met_by: the fault that each enrollment has met, by its id.
        sends: how many messages providers took, by enrollment.
        audit: what is wrong. What belongs to nobody of these is told in the first row.
    """
    names = [trial.name] if trial.is_mixed else list(injected)

    def of(enrollment_id: str | None) -> str:
        return names[0] if trial.is_mixed else met_by.get(enrollment_id or "", names[0])

    kinds: dict[str, Counter[Kind]] = {name: Counter() for name in names}
    doubts: dict[str, Counter[str]] = {name: Counter() for name in names}
    unavoidable: Counter[str] = Counter()
    for finding in audit.findings:
        kinds[of(finding.enrollment_id)][finding.kind] += 1
    for each in audit.unavoidable:
        unavoidable[of(each.finding.enrollment_id)] += 1
    for doubt in audit.doubts:
        doubts[of(doubt.enrollment_id)][doubt.resolution.value] += 1
    sent: Counter[str] = Counter()
    for enrollment_id, count in sends.items():
        sent[of(enrollment_id)] += count
    enrolled = Counter(of(enrollment_id) for enrollment_id in met_by)
    return [
        Row(
            name,
            trial.setting,
            _together(injected.values()) if trial.is_mixed else injected[name],
            enrolled[name],
            sent[name],
            kinds[name],
            doubts[name],
            unavoidable[name],
        )
        for name in names
    ]


def _together(parts: Collection[Injected]) -> Injected:
    return Injected(
        sum(each.times for each in parts),
        sum(each.seconds for each in parts),
        None if all(each.has_happened for each in parts) else 0,
    )
