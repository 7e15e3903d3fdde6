"""Tests of what is shipped for the browser: its size, and its words in ten languages."""

import gzip
import json
from pathlib import Path
import re

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = ROOT / "frontend/src"
TRANSLATIONS = SOURCES / "translations"
BUILT = ROOT / "custom_components/access_events/frontend"
MODULE = BUILT / "access-events.js"
LANGUAGES = {"da", "de", "en", "es", "fr", "nl", "pl", "ru", "tr", "uk"}


def words(language: str) -> dict[str, str]:
    """Return a language's words by key."""
    result: dict[str, str] = json.loads(
        (TRANSLATIONS / f"{language}.json").read_text(encoding="utf-8")
    )
    return result


def placeholders(text: str) -> list[str]:
    """Return what is filled into a text."""
    return sorted(re.findall(r"\{(\w+)\}", text))


def test_languages_are_complete() -> None:
    """There are ten languages, and the module knows them."""
    assert {path.stem for path in TRANSLATIONS.glob("*.json")} == LANGUAGES
    listed = re.search(
        r"LANGUAGES = \[(.*?)\]", (SOURCES / "localize.ts").read_text(encoding="utf-8")
    )
    assert listed is not None
    assert set(re.findall(r"\w+", listed[1])) == LANGUAGES - {"en"}


@pytest.mark.parametrize("language", sorted(LANGUAGES - {"en"}))
def test_a_language_says_all_that_english_says(language: str) -> None:
    """Each language has the same keys in order, with the same placeholders."""
    english = words("en")
    own = words(language)
    assert list(own) == list(english) == sorted(english)
    for key, text in own.items():
        assert text.strip() == text != ""
        assert placeholders(text) == placeholders(english[key]), key


def test_no_word_is_left_over() -> None:
    """Each key is named in the sources, whole or as the end of one that is put together."""
    sources = "".join(path.read_text(encoding="utf-8") for path in SOURCES.glob("*.ts"))
    prefixes = set(re.findall(r"`(\w+_)\$\{", sources))
    for key in words("en"):
        assert f'"{key}"' in sources or any(
            key.startswith(prefix) for prefix in prefixes
        ), key


@pytest.mark.parametrize("language", sorted(LANGUAGES - {"en"}))
def test_a_language_is_shipped(language: str) -> None:
    """What the browser fetches says what the source says."""
    shipped = BUILT / "translations" / f"{language}.json"
    assert json.loads(shipped.read_text(encoding="utf-8")) == words(language)


def test_module_is_small_and_alone() -> None:
    """The module keeps its budget, and fetches nothing from elsewhere."""
    content = MODULE.read_bytes()
    assert len(content) <= 120_000
    assert len(gzip.compress(content)) <= 40_000
    addresses = re.findall(rb"https?://[\w./-]+", content)
    assert set(addresses) <= {
        b"http://www.w3.org/2000/svg",
        b"http://www.w3.org/1998/Math/MathML",
        b"http://www.w3.org/1999/xlink",
    }


def test_names_can_hold_no_code() -> None:
    """Nothing is put into the page but through Lit's templates, which escape it."""
    sources = [path.read_text(encoding="utf-8") for path in SOURCES.glob("*.ts")]
    assert sources
    for source in sources:
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacent|unsafe|eval\(", source
        )
