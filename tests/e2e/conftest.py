"""Fixtures for tests of the whole system."""

from tests.fakes.temporal_server import task_queue, temporal

__all__ = ["task_queue", "temporal"]
