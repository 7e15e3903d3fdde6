"""Tests of what the integration says of its own quality."""

from pathlib import Path
import re
from typing import Any

import pytest

from custom_components import access_events
from homeassistant import components
from homeassistant.util.yaml import load_yaml_dict

HERE = Path(access_events.__file__).parent
README = (HERE.parents[1] / "README.md").read_text()


def rules_in(folder: Path) -> dict[str, Any]:
    """Return what an integration says of each rule."""
    rules: dict[str, Any] = load_yaml_dict(folder / "quality_scale.yaml")["rules"]
    return rules


def test_all_rules() -> None:
    """Each rule that Home Assistant has is done, to do, or exempt with a reason."""
    scale = rules_in(Path(components.__file__).parent / "tedee")
    ours = rules_in(HERE)
    assert set(ours) == set(scale)
    assert len(ours) == 54
    for rule, status in ours.items():
        if status not in ("done", "todo"):
            assert status["status"] == "exempt", rule
            assert len(status["comment"]) > 40, rule


@pytest.mark.parametrize(
    "heading",
    [
        "Supported systems",
        "What it is good for",
        "Install",
        "Options",
        "What you get",
        "How data is updated",
        "Actions",
        "Known limits",
        "Troubleshooting",
        "Remove",
    ],
)
def test_documented(heading: str) -> None:
    """The README has what the rules about documentation ask for."""
    found = re.search(rf"^#+ {heading}$\n+(.+)", README, re.MULTILINE)
    assert found is not None
    assert not found[1].startswith("#")


@pytest.mark.parametrize(
    "platform",
    sorted(
        path.stem
        for path in HERE.glob("*.py")
        if re.search(r"^async def async_setup_entry\(", path.read_text(), re.MULTILINE)
        and path.stem != "__init__"
    ),
)
def test_parallel_updates(platform: str) -> None:
    """Each platform says how many commands may run at once."""
    assert re.search(
        r"^PARALLEL_UPDATES = \d", (HERE / f"{platform}.py").read_text(), re.MULTILINE
    )
