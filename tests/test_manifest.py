"""Test the manifest and the JSON files as Home Assistant's own checks would."""

import ast
import json
from pathlib import Path
import re
from typing import Any

from custom_components.access_events import config_flow
from custom_components.access_events.const import DOMAIN
from homeassistant.const import Platform

ROOT = Path(config_flow.__file__).parent
MANIFEST: dict[str, Any] = json.loads((ROOT / "manifest.json").read_text())

# Used without being set up first, as all platforms are.
FREE_TO_USE = {
    *Platform,
    "automation",
    "frontend",
    "homeassistant",
    "persistent_notification",
    "system_health",
    "webhook",
}


def test_manifest_keys() -> None:
    """The manifest has what a custom integration needs, in the order it needs."""
    assert MANIFEST["domain"] == DOMAIN == ROOT.name
    keys = list(MANIFEST)
    assert keys == ["domain", "name", *sorted(keys[2:])]
    assert set(keys) >= {
        "codeowners",
        "config_flow",
        "documentation",
        "integration_type",
        "iot_class",
        "issue_tracker",
        "requirements",
        "version",
    }
    assert MANIFEST["iot_class"] in {
        "cloud_polling",
        "cloud_push",
        "local_polling",
        "local_push",
    }
    assert MANIFEST["documentation"].startswith("https://")
    assert MANIFEST["issue_tracker"].startswith("https://")
    assert re.fullmatch(r"\d+\.\d+\.\d+", MANIFEST["version"])
    assert all(owner.startswith("@") for owner in MANIFEST["codeowners"])


def test_manifest_dependencies() -> None:
    """Each component of Home Assistant that is imported is declared."""
    declared = {
        *MANIFEST.get("dependencies", ()),
        *MANIFEST.get("after_dependencies", ()),
    }
    used: set[str] = set()
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module:
                parts = node.module.split(".")
                if parts[:2] != ["homeassistant", "components"]:
                    continue
                used |= (
                    {parts[2]} if parts[2:] else {alias.name for alias in node.names}
                )
            elif isinstance(node, ast.Import):
                used |= {
                    alias.name.split(".")[2]
                    for alias in node.names
                    if alias.name.startswith("homeassistant.components.")
                }
    own_platforms = {name for name in used if (ROOT / f"{name}.py").is_file()}
    assert used - declared - own_platforms - FREE_TO_USE == set()
    assert not set(MANIFEST["dependencies"]) & set(MANIFEST["after_dependencies"])


def test_every_json_file_is_sound() -> None:
    """Each JSON file parses, and none names a key twice."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [key for key, _ in pairs]
        assert len(keys) == len(set(keys)), f"twice in one place: {keys}"
        return dict(pairs)

    files = list(ROOT.rglob("*.json"))
    assert len(files) >= 3
    for path in files:
        json.loads(path.read_text(), object_pairs_hook=unique)
