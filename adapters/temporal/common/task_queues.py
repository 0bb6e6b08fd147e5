"""The names of all task queues."""

DRUMBEAT = "drumbeat"
"""Workflows and activities, unless the settings name another one."""
