"""Schedules of faults: whatever goes wrong, each happening is recorded exactly once."""
