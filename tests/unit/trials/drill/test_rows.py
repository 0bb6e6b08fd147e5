"""What a run comes to: rows of the table, findings in words, figures for scripts."""

from collections import Counter
from typing import Any

import pytest
from attrs import evolve
from rich.console import Console

from adapters.cli.carriers import Carriers
from domain.ledgers.findings import Audit, Counts, Doubt, Finding, Kind, Resolution, Unavoidable
from trials.drill.faults import CATALOGUE
from trials.drill.injecting import Injected
from trials.drill.report import as_data, sentences, show_table, table, verdict
from trials.drill.sabotage import Sabotage
from trials.drill.trial import Result, Trial, rows_of

TRIAL = Trial("providers", [CATALOGUE["hangs"], CATALOGUE["silent"]], 4, 20.0, Carriers())
MET_BY = {"e-1": "hangs", "e-2": "silent", "e-3": "hangs", "e-4": "silent"}
MET = {"hangs": Injected(5), "silent": Injected(7)}
SENDS = Counter({"e-1": 3, "e-2": 2, "e-4": 1})
CLEAN = Audit((), (), (), Counts())


def wrong(kind: Kind, enrollment: str | None = "e-2") -> Audit:
    return evolve(CLEAN, findings=(Finding(kind, enrollment, "it is wrong"),))


def result(audit: Audit = CLEAN, trial: Trial = TRIAL, met: dict[str, Injected] | None = None) -> Result:
    injected = met or MET
    return Result(trial, rows_of(trial, injected, MET_BY, SENDS, audit), audit, injected, 12.3)


def shown(*results: Result) -> str:
    console = Console(width=200, color_system=None)
    with console.capture() as capture:
        console.print(table(results))
    return capture.get()


def test_each_fault_has_a_row_with_its_own_contacts() -> None:
    """Contacts, sends and doubts are counted where their fault is."""
    doubts = (
        Doubt("e-1:text:1", "e-1", Resolution.LOOK_UP),
        Doubt("e-3:text:1", "e-3", Resolution.CALLBACK),
        Doubt("e-1:call:1", "e-1", Resolution.LOOK_UP),
    )

    hangs, silent = result(evolve(CLEAN, doubts=doubts)).rows

    assert (hangs.fault, hangs.enrollments, hangs.sends) == ("hangs", 2, 3)
    assert (silent.fault, silent.enrollments, silent.sends) == ("silent", 2, 3)
    assert (hangs.doubts, silent.doubts) == ({"look_up": 2, "callback": 1}, {})
    assert "3: 1 callback, 2 look_up" in shown(result(evolve(CLEAN, doubts=doubts)))


def test_no_word_of_the_table_is_cut_off() -> None:
    """Nor where it goes into a file, which is taken for a terminal of 80 columns."""
    doubts = tuple(Doubt(f"e-1:text:{nth}", "e-1", each) for nth, each in enumerate(Resolution))
    console = Console(width=80, color_system=None)

    with console.capture() as capture:
        show_table([result(evolve(CLEAN, doubts=doubts))], console)

    head, *_ = capture.get().splitlines()
    for word in ("injected", "enrolled", "twice", "unfinished", "differing", "unavoidable", "in doubt"):
        assert word in head
    assert "unknown (not taken)" in capture.get().replace("\n", "")
    assert "…" not in capture.get()
    assert console.width == 80


@pytest.mark.parametrize(
    ("kind", "column"),
    [
        (Kind.DUPLICATE_SEND, "duplicates"),
        (Kind.DUPLICATE_HANDOFF, "duplicates"),
        (Kind.LOST_SEND, "lost"),
        (Kind.LOST_WEBHOOK, "lost"),
        (Kind.UNTOLD, "lost"),
        (Kind.UNFINISHED, "unfinished"),
        (Kind.FORGED_TAKEN, "differing"),
        (Kind.WRONG_OUTCOME, "differing"),
    ],
)
def test_a_finding_counts_in_one_column_and_ends_in_no(kind: Kind, column: str) -> None:
    """Whatever it is, the drill is not good."""
    found = result(wrong(kind))
    row = next(row for row in found.rows if row.fault == "silent")
    columns = ("duplicates", "lost", "unfinished", "differing")

    assert {name: getattr(row, name) for name in columns} == {name: int(name == column) for name in columns}
    assert not row.good
    assert not found.good
    assert list(sentences(found)) == [f"providers: {kind}: it is wrong."]


def test_what_is_nobodys_is_not_swallowed() -> None:
    """A finding without an enrollment, or of one that no fault was planned for, stands in the first row."""
    for owner in (None, "e-9"):
        first, second = result(wrong(Kind.LOST_SEND, owner)).rows

        assert (first.lost, second.lost) == (1, 0)


def test_what_a_provider_cannot_promise_is_counted_apart() -> None:
    """It is no finding, and the run is good."""
    unavoidable = Unavoidable(Finding(Kind.UNSETTLED, "e-1", "nobody can say"), "no look-up")
    found = result(evolve(CLEAN, unavoidable=(unavoidable,)))

    assert found.good
    assert [row.unavoidable for row in found.rows] == [1, 0]
    assert as_data([found])["runs"][0]["unavoidable"] == [
        {"kind": "unsettled", "what": "nobody can say", "reason": "no look-up"}
    ]


@pytest.mark.parametrize("injected", [Injected(), Injected(times=1, seconds=20.0, met=0)])
def test_a_fault_that_did_not_happen_shows_nothing(injected: Injected) -> None:
    """Never brought about, or brought about and met by nobody: the drill says so, and no."""
    found = result(met={**MET, "silent": injected})

    assert not found.good
    assert list(found.not_injected) == ["silent"]
    assert "never" in shown(found)
    assert list(sentences(found)) == [
        "providers: silent has not happened, which shows nothing: enroll more contacts."
    ]


def test_a_mixture_has_one_row() -> None:
    """Who of its contacts met what cannot be told apart; one fault that did not happen is still told."""
    mixed = evolve(TRIAL, name="mixed", is_mixed=True)
    gone = Injected(times=1, seconds=20.0, met=3)

    (row,) = result(trial=mixed, met={"hangs": Injected(5), "database_gone": gone}).rows
    (never,) = result(trial=mixed, met={"hangs": Injected(5), "database_gone": Injected()}).rows

    assert (row.fault, row.enrollments, row.sends, row.injected.times) == ("mixed", 4, 6, 6)
    assert row.good
    assert not never.good


def test_of_a_run_that_could_not_be_carried_out_nobody_says_that_it_is_well() -> None:
    """Not even where it was the only one."""
    for results in ([], [result()]):
        assert as_data(results, 0)["good"] is True
        assert (as_data(results, 1)["good"], as_data(results, 1)["not_carried_out"]) == (False, 1)


def test_scripts_are_told_how_much_was_held_against_each_other() -> None:
    """Messages that a plan had sent again are among it, as docs/guarantees.md says."""
    found = result(evolve(CLEAN, counts=Counts(sends=6, resent=2)))

    counts = as_data([found])["runs"][0]["counts"]

    assert (counts["sends"], counts["resent"], counts["forged"]) == (6, 2, 0)


def test_the_verdict_is_one_sentence() -> None:
    """With the figures that it is about."""
    assert verdict([result(evolve(CLEAN, counts=Counts(late=3)))]) == (
        "12 faults met, 4 enrollments, 6 sends, 3 late events: every enrollment ended, nothing was lost, "
        "nothing was there twice."
    )
    assert verdict([result(), result(wrong(Kind.LOST_SEND))]).endswith(
        "1 things are wrong, 0 faults have not happened, 0 runs did not come to an end."
    )


def test_a_run_that_does_not_come_to_an_end_is_not_well() -> None:
    """Even where the ledgers agree: nobody can say that they still do so once it has ended."""
    found = evolve(result(), waits_for="callbacks that are on their way")

    assert not found.good
    assert list(sentences(found)) == [
        f"providers: there were still callbacks that are on their way {TRIAL.limit:g} s after the last fault."
    ]
    assert verdict([found]).endswith("1 runs did not come to an end.")
    assert as_data([found])["runs"][0]["waits_for"] == "callbacks that are on their way"


def test_many_findings_are_told_in_part() -> None:
    """The rest is in the figures for scripts."""
    findings = tuple(Finding(Kind.UNFINISHED, "e-1", f"number {number}") for number in range(30))
    found = result(evolve(CLEAN, findings=findings))

    said = list(sentences(found))
    data: Any = as_data([found])

    assert len(said) == 21
    assert said[-1] == "providers: and 10 more, which --json tells."
    assert len(data["runs"][0]["findings"]) == 30
    assert data["good"] is False


def test_an_unusual_system_is_named() -> None:
    """Other carriers, another database, and what is broken on purpose."""
    unusual = evolve(
        TRIAL,
        carriers=Carriers(sms="vonage", email="smtp"),
        postgres=True,
        sabotage=frozenset({Sabotage.CLAIMS}),
    )

    assert TRIAL.setting == ""
    assert unusual.setting == "vonage, smtp, postgresql, claims sabotaged"
    assert "silent (vonage, smtp, postgresql, claims sabotaged)" in shown(result(trial=unusual))
