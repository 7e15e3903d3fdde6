"""Tests of what the integration says of its own quality."""

import json
from pathlib import Path
import re
from typing import Any

import pytest

from custom_components import access_events
from homeassistant import components
from homeassistant.util.yaml import load_yaml_dict

HERE = Path(access_events.__file__).parent
ROOT = HERE.parents[1]
README = (ROOT / "README.md").read_text()


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


def test_tier() -> None:
    """The manifest claims the highest tier, and nothing is left to do for it."""
    manifest = json.loads((HERE / "manifest.json").read_text())
    assert manifest["quality_scale"] == "platinum"
    assert "todo" not in rules_in(HERE).values()


def test_hacs() -> None:
    """What HACS asks of a repository is there."""
    hacs = json.loads((ROOT / "hacs.json").read_text())
    assert set(hacs) <= {
        *("name", "homeassistant", "hacs", "country", "persistent_directory"),
        *("content_in_root", "zip_release", "filename", "hide_default_branch"),
        "render_readme",
    }
    assert hacs["name"]
    assert re.fullmatch(r"20\d\d\.\d+\.\d+", hacs["homeassistant"])
    # A release has this file, and `scripts/release` makes it.
    assert hacs["filename"] in (ROOT / "scripts" / "release").read_text()
    assert [
        path.name
        for path in HERE.parent.iterdir()
        if path.is_dir() and not path.name.startswith("__")
    ] == ["access_events"]
    assert (HERE / "brand" / "icon.png").read_bytes().startswith(b"\x89PNG")
    assert (ROOT / "LICENSE").read_text().startswith("MIT License")


def test_validated_by_others() -> None:
    """Each push and pull request goes through Home Assistant's and HACS's own checks."""
    workflow = load_yaml_dict(ROOT / ".github" / "workflows" / "tests.yml")
    used = [
        step.get("uses", "").partition("@")[0]
        for job in workflow["jobs"].values()
        for step in job["steps"]
    ]
    assert {"home-assistant/actions/hassfest", "hacs/action"} <= set(used)


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
