"""Benchmarks of Access Events; each prints ratios."""
