"""Judge what `scripts/coverage` measured by the rules of Home Assistant's quality scale."""

import sys

from coverage import Coverage

FLOWS = ("config_check.py", "config_flow.py", "config_forms.py", "config_persons.py")
LEAST = 95.0
"""Percent of lines, of each module and of all together."""


def main() -> int:
    """Print what is run too little; tell whether that is too much to pass."""
    measured = Coverage()
    measured.load()
    lines = missing = 0
    wrong: list[str] = []
    for path in sorted(measured.get_data().measured_files()):
        _, statements, _, skipped, shown = measured.analysis2(path)
        lines, missing = lines + len(statements), missing + len(skipped)
        if not statements:
            continue
        run = 100 * (1 - len(skipped) / len(statements))
        name = path.rpartition("custom_components/access_events/")[2]
        if name in FLOWS and skipped:
            wrong.append(f"{name}: not all of the flow is run, lines {shown} are not")
        if run < LEAST:
            print(f"{run:5.1f} % {name}: {shown}")
    total = 100 * (1 - missing / lines)
    if total < LEAST:
        wrong.append("all together: too little is run")
    print(f"{total:5.1f} % of {lines} lines")
    print(*wrong, sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
