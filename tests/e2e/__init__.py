"""End-to-end tests: a real Home Assistant, real simulators and a real browser."""
