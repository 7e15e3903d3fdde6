"""Python parts of the scripts."""
