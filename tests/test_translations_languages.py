"""Test that the words of all languages say what the English ones do.

Home Assistant fills what a language lacks from English, and quietly drops a text whose
placeholders differ: neither is seen by whoever writes the English words.
"""

from collections import Counter
from collections.abc import Iterator
import json
from pathlib import Path
import re
import string
from typing import Any

import pytest

from custom_components.access_events import panel
from custom_components.access_events.const import DOMAIN
from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations

ROOT = Path(panel.__file__).parent
WORDS = ROOT / "translations"
PANEL_WORDS = ROOT / "frontend" / "translations"
LANGUAGES = ("da", "de", "es", "fr", "nl", "pl", "ru", "tr", "uk")

# Signs of Markdown, and the dashes around certificates.
SIGNS = ("**", "`", "\n", "\n- ", "-----")
# Names of fields, options and files, which are the same in all languages.
NAME = re.compile(r"[a-z]+(?:[_.][a-z]+)+|\w+@\w+\.\w+|[a-z+]+://")
MARKUP = re.compile(r"<[a-z/!]", re.IGNORECASE)


def texts(node: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Return all texts in a translation, with where they are."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from texts(value, f"{path}.{key}" if path else key)
    else:
        yield path, node


def words(path: Path) -> dict[str, str]:
    """Return the texts in a file."""
    return dict(texts(json.loads(path.read_text())))


def placeholders(text: str) -> Counter[str]:
    """Return what a text wants to be filled with."""
    return Counter(
        name for _, name, _, _ in string.Formatter().parse(text) if name is not None
    )


EN = words(WORDS / "en.json")


def test_languages() -> None:
    """The forms and the panel speak the same languages."""
    assert {path.stem for path in WORDS.iterdir()} == {"en", *LANGUAGES}
    assert {path.stem for path in PANEL_WORDS.iterdir()} == set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_of_the_language(language: str) -> None:
    """Each English text is there, in the same order, with all that is in it."""
    translated = words(WORDS / f"{language}.json")
    assert list(translated) == list(EN)
    for path, english in EN.items():
        text = translated[path]
        assert text, path
        assert text == text.strip(), path
        assert not MARKUP.search(text), path
        assert not re.search(r"'{\w+}'", text), path
        assert placeholders(text) == placeholders(english), path
        for sign in SIGNS:
            assert text.count(sign) == english.count(sign), (path, sign)
        assert set(NAME.findall(english)) <= set(NAME.findall(text)), path
        if english.count(" ") >= 3:
            assert text != english, path


@pytest.mark.parametrize("language", LANGUAGES)
async def test_words_are_loaded(
    hass: HomeAssistant, caplog: pytest.LogCaptureFixture, language: str
) -> None:
    """Home Assistant takes each text as it is in the file."""
    translated = words(WORDS / f"{language}.json")
    for category in {path.partition(".")[0] for path in EN}:
        loaded = await async_get_translations(hass, language, category, {DOMAIN})
        assert loaded == {
            f"component.{DOMAIN}.{path}": text
            for path, text in translated.items()
            if path.partition(".")[0] == category
        }, category
    assert "Validation of translation placeholders" not in caplog.text
