"""Follow the guides to the letter, and all links of all pages."""

from collections.abc import Callable, Iterator
import json
import os
from pathlib import Path
import re
import shlex
import subprocess
import sys
import time
from typing import Any
import zipfile

from aiohttp import web
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.access_events import config_flow, systems
from custom_components.access_events.const import DOMAIN, EVENT_TYPE
from homeassistant.config_entries import SOURCE_USER, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.util.yaml import parse_yaml

from .simulators.common import HOST, HttpListener
from .wait import wait_for

ROOT = Path(__file__).parents[1]
WORDS: dict[str, Any] = json.loads(
    (ROOT / "custom_components/access_events/translations/en.json").read_text()
)
GUIDE = ROOT / "docs" / "add-a-vendor.md"
PAGES = sorted((*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")))
LINK = re.compile(r"\]\(([^)#\s]*)(?:#([^)\s]*))?\)")
FENCED = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TITLED = re.compile(
    r"^```(?:python|json) title=(\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL
)


def blocks() -> dict[str, str]:
    """Return the guide's blocks of code by their titles."""
    return dict(TITLED.findall(GUIDE.read_text()))


class Box:
    """The box of the guide."""

    def __init__(self) -> None:
        """Start with one door and an empty log."""
        self.log: list[dict[str, Any]] = []
        self.opened: list[str] = []
        self.listener = HttpListener(self._app)

    def _app(self) -> web.Application:
        """Return what it serves."""
        app = web.Application()
        app.router.add_get("/doors", self._doors)
        app.router.add_get("/log", self._log)
        app.router.add_post("/doors/{door}/open", self._open)
        return app

    def knock(self, who: str, *, ok: bool = True) -> None:
        """Let somebody knock."""
        self.log.append(
            {
                "n": len(self.log) + 1,
                "ms": round(time.time() * 1000),
                "door": "1",
                "who": who,
                "ok": ok,
            }
        )

    async def _doors(self, request: web.Request) -> web.Response:
        """Answer `GET /doors`."""
        if request.headers.get("Authorization") != "Bearer knock-knock":
            return web.json_response({}, status=401)
        return web.json_response([{"id": "1", "name": "Front door"}])

    async def _log(self, request: web.Request) -> web.Response:
        """Answer `GET /log`."""
        return web.json_response(self.log[int(request.query["after"]) :])

    async def _open(self, request: web.Request) -> web.Response:
        """Answer `POST /doors/{door}/open`."""
        self.opened.append(request.match_info["door"])
        return web.json_response({})


@pytest.fixture
def knocker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Do what the guide says, in a folder of this test."""
    found = blocks()
    folder = tmp_path / "knocker"
    folder.mkdir()
    (folder / "__init__.py").write_text('"""Knocker boxes."""\n')
    (folder / "system.py").write_text(found["system.py"])
    monkeypatch.setattr(systems, "__path__", [*systems.__path__, str(tmp_path)])
    names = {name: getattr(systems, name) for name in ("Vendor", "Field", "FieldKind")}
    vendor = eval(found["row"], names)  # noqa: S307 - it is our own page
    monkeypatch.setitem(systems.VENDORS, vendor.key, vendor)
    monkeypatch.setattr(
        config_flow.AccessEventsConfigFlow,
        f"async_step_{vendor.key}",
        config_flow._step_of(vendor),  # noqa: SLF001
        raising=False,
    )
    yield
    for name in [name for name in sys.modules if ".systems.knocker" in name]:
        del sys.modules[name]


@pytest.mark.usefixtures("knocker")
async def test_sixth_vendor(hass: HomeAssistant) -> None:
    """Who follows the guide has a vendor that is set up, followed, and opens doors."""
    box = Box()
    box.knock("Jane Doe")
    await box.listener.start()
    try:
        flows = hass.config_entries.flow
        menu = await flows.async_init(DOMAIN, context={"source": SOURCE_USER})
        form = await flows.async_configure(menu["flow_id"], {"next_step_id": "knocker"})
        config = {"host": HOST, "port": box.listener.port, "token": "wrong"}
        refused = await flows.async_configure(form["flow_id"], config)
        assert refused["errors"] == {"base": "invalid_auth"}
        history = await flows.async_configure(
            form["flow_id"], config | {"token": "knock-knock"}
        )
        done = await flows.async_configure(history["flow_id"], {"import_days": 7})
        assert done["type"] is FlowResultType.CREATE_ENTRY
        entry = done["result"]
        await wait_for(lambda: entry.runtime_data.caught_up)
        assert entry.state is ConfigEntryState.LOADED
        await wait_for(lambda: entry.runtime_data.recorded == 1)

        told = async_capture_events(hass, EVENT_TYPE)
        box.knock("John Roe", ok=False)
        await wait_for(lambda: told)
        assert told[0].data["person"] == "John Roe"
        assert told[0].data["kind"] == "access_denied"
        await hass.async_block_till_done()
        shown = hass.states.get("sensor.front_door_last_person")
        assert shown is not None
        assert shown.state == "John Roe"

        await hass.services.async_call(
            "button", "press", {"entity_id": "button.front_door_unlock"}, blocking=True
        )
        assert box.opened == ["1"]
        assert await hass.config_entries.async_remove(entry.entry_id)
    finally:
        await box.listener.stop()


def test_words_of_the_guide() -> None:
    """The words of the guide fit the row of the guide."""
    found = blocks()
    words = json.loads(found["words"])
    keys = re.findall(r'Field\(key="(\w+)"', found["row"])
    assert list(words["data"]) == list(words["data_description"]) == keys


def pages(test: Callable[..., None]) -> Any:
    """Run a test for each page."""
    return pytest.mark.parametrize(
        "page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES]
    )(test)


def anchors(page: Path) -> set[str]:
    """Return what links into a page may name: its headings, as they are shown."""
    headings = re.findall(r"^#+ (.*)$", FENCED.sub("", page.read_text()), re.MULTILINE)
    return {
        re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-")
        for heading in headings
    }


@pages
def test_links(page: Path) -> None:
    """Each link within the project leads to a file that is there, and to its part."""
    broken = []
    for target, anchor in LINK.findall(FENCED.sub("", page.read_text())):
        if ":" in target:
            continue
        file = (page.parent / target) if target else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            broken.append(f"{target}#{anchor}")
    assert broken == []


@pages
def test_blocks(page: Path) -> None:
    """Each block of YAML or JSON can be read."""
    for language, block in FENCED.findall(page.read_text()):
        if language == "yaml":
            assert parse_yaml(block)
        elif language == "json":
            assert json.loads(block)


@pages
def test_files(page: Path) -> None:
    """Each script, test and module that a page names by its path is there."""
    named = re.findall(
        r"(?<![\w/.])((?:scripts|tests|benchmarks|frontend)/[\w./-]*\w|systems/\w+\.py)",
        page.read_text(),
    )
    roots = (ROOT, ROOT / "custom_components" / "access_events")
    assert [
        name for name in named if not any((root / name).exists() for root in roots)
    ] == []


def run(folder: Path, command: str) -> str:
    """Run one of the project's scripts and return what it says."""
    done = subprocess.run(
        shlex.split(command),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def commands(page: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield the scripts that a page tells to run, each with its arguments."""
    text = page.read_text()
    for language, block in FENCED.findall(text):
        if language == "sh":
            yield from map(command, block.splitlines())
    yield from map(command, re.findall(r"`(scripts/[a-z]+(?: [^`]*)?)`", text))


def command(line: str) -> tuple[str, list[str]]:
    """Return the script that a line runs, with its arguments."""
    name, *arguments = shlex.split(line, comments=True)
    return name, arguments


@pages
def test_commands(page: Path) -> None:
    """Each script that a page tells to run is there, and knows its arguments."""
    for name, arguments in commands(page):
        script = ROOT / name
        assert os.access(script, os.X_OK)
        sources = [script, ROOT / "scripts" / f"run_{script.name}.py"]
        if script.name == "test":
            sources = [*ROOT.glob("tests/**/conftest.py"), Path(pytest.__file__)]
        known = "".join(source.read_text() for source in sources if source.exists())
        for argument in arguments:
            if argument.startswith("--"):
                assert argument in known, f"{name} has no {argument}"
            elif "/" in argument:
                assert (ROOT / argument).exists()


def test_soak() -> None:
    """The command that plays faults ends well, and says what came of them."""
    told = run(ROOT, "scripts/soak --schedules 1 --vendor clue --seed 21")
    assert "lost: 0, twice: 0, wrong-live: 0, schedules: 1" in told


def test_bench() -> None:
    """The command that measures tells its ratios."""
    assert "history of clue: 200 rows" in run(ROOT, "scripts/bench history --rows 200")


def test_load() -> None:
    """The command that puts load on five systems at once says what came of it."""
    told = run(ROOT, "scripts/bench load --doors 1 --minutes 0.1 --crowd 30")
    assert "1 doors per vendor (5 systems), 50 events a second" in told


def test_release(tmp_path: Path) -> None:
    """The command that releases makes the zip that HACS unpacks, and says its digest."""
    version = re.findall(
        r"^## (\S+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE
    )[0]
    run(ROOT, f"scripts/release v{version} {shlex.quote(str(tmp_path))}")
    run(tmp_path, f"sha256sum --check {DOMAIN}.zip.sha256")
    with zipfile.ZipFile(tmp_path / f"{DOMAIN}.zip") as archive:
        manifest = json.loads(archive.read("manifest.json"))
        names = archive.namelist()
    assert manifest["version"] == version
    integration = ROOT / "custom_components" / DOMAIN
    assert sorted(names) == sorted(
        str(path.relative_to(integration))
        for path in integration.rglob("*")
        if path.is_file() and path.parent.name != "__pycache__"
    )


def test_commands_of_the_whole() -> None:
    """What the pages say to run beside that is a part of what every change is tested by."""
    whole = (ROOT / "scripts" / "test").read_text()
    assert {"scripts/demo --check", "scripts/frontend --check"} <= {
        " ".join(found) for found in re.findall(r"(scripts/\w+) (--\w+)", whole)
    }
    assert "/scripts/test" in (ROOT / ".ci" / "run").read_text()


def test_reference() -> None:
    """The page of all fields has each field of each form and action, in the forms' words."""
    page = (ROOT / "docs" / "reference.md").read_text()
    lines = page.splitlines()
    steps = WORDS["config"]["step"]
    for vendor in systems.VENDORS.values():
        for field in vendor.fields:
            step = steps[vendor.key]
            step = step["sections"]["advanced"] if field.advanced else step
            name, words = step["data"][field.key], step["data_description"][field.key]
            assert any(line.startswith(f"| {name} | {words} |") for line in lines)
    options = WORDS["options"]["step"]["init"]
    for key, name in options["data"].items():
        words = options["data_description"][key]
        assert any(line.startswith(f"| {name} | {words} |") for line in lines)
    for action, texts in WORDS["services"].items():
        part = page.partition(f"### `{action}`\n")[2].partition("\n### ")[0]
        assert texts["description"] in part
        told = re.findall(r"^\| `(\w+)` \|.*?\| (.*) \|$", part, re.MULTILINE)
        assert dict(told) == {
            key: field["description"] for key, field in texts.get("fields", {}).items()
        }
