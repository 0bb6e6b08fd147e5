"""Batches: where one may get, and what they are called."""

import pytest

from domain.batches import COMES_FROM, ENDED, BatchState, audience_of, audience_source, run_id


def test_every_state_is_reached_from_known_ones() -> None:
    """One that has ended leads nowhere."""
    assert set(COMES_FROM) == set(BatchState)
    assert all(ENDED.isdisjoint(sources) for sources in COMES_FROM.values())


@pytest.mark.parametrize(
    ("source", "audience"),
    [("csv", None), ("jsonl", None), (audience_source("new-leads"), "new-leads"), ("audience:", "")],
)
def test_a_source_tells_its_audience(source: str, audience: str | None) -> None:
    """A file has none."""
    assert audience_of(source) == audience


def test_a_run_is_named_after_its_batch() -> None:
    """So that it is one."""
    assert run_id("b-1") == "batch:b-1"
