"""Suprema G-SDK: readers and door controllers behind a device gateway."""
