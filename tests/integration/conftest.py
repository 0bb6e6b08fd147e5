"""Fixtures for all integration tests."""

from tests.fakes.temporal_server import task_queue, temporal, time_skipping

__all__ = ["task_queue", "temporal", "time_skipping"]
