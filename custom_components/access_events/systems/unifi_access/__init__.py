"""The adapter of UniFi Access."""
