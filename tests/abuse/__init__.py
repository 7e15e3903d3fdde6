"""Abuse: whatever a system sends or a user enters, nothing else suffers from it."""
