"""Files that the actions of the Access Events integration write."""

from collections.abc import Mapping
from contextlib import suppress
import ntpath
import os
from pathlib import Path
import tempfile

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from .const import DOMAIN

FOLDER = "exports"
_LONGEST_NAME = 200  # bytes; file systems take 255, and a copy may get an addition


class NewFile:
    """A file that appears under its name when it is complete, and not before.

    It is readable for Home Assistant's own user only, and replaces a file of the same
    name. All methods are for a thread.
    """

    def __init__(self, hass: HomeAssistant, filename: str, *suffixes: str) -> None:
        """Begin a file with one of the suffixes; the first is added to a bare name.

        Without a folder, `filename` goes to `access_events/exports` in the config
        folder. Otherwise it must be a whole path, in a folder that Home Assistant may
        write to. Raises `ServiceValidationError` for anything else.
        """
        self.path = _target(hass, filename, suffixes)
        try:
            descriptor, name = tempfile.mkstemp(
                dir=self.path.parent, prefix=".access_events-", suffix=".part"
            )
        except OSError as err:
            raise write_failed(self.path, err) from err
        self._part = Path(name)
        self._file = os.fdopen(descriptor, "wb")

    def write(self, data: bytes) -> None:
        """Add to the file. Raises `HomeAssistantError`."""
        try:
            self._file.write(data)
        except OSError as err:
            raise write_failed(self.path, err) from err

    def commit(self) -> None:
        """Let the file appear under its name. Raises `HomeAssistantError`."""
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._part.replace(self.path)
        except OSError as err:
            raise write_failed(self.path, err) from err

    def discard(self) -> None:
        """Remove what was written, unless it was committed."""
        # Nothing more goes to a full disk, not even what was buffered.
        with suppress(OSError):
            self._file.close()
        self._part.unlink(missing_ok=True)


def write_failed(path: Path, err: OSError) -> HomeAssistantError:
    """Return what to tell the user when a file can't be written."""
    return HomeAssistantError(
        translation_domain=DOMAIN,
        translation_key="write_failed",
        translation_placeholders={
            "filename": str(path),
            "message": err.strerror or type(err).__name__,
        },
    )


def _target(hass: HomeAssistant, filename: str, suffixes: tuple[str, ...]) -> Path:
    """Return where a file of this name may be written."""
    folder, name = os.path.split(filename)
    if not _is_sound(name):
        raise _refused("filename_invalid", filename)
    if folder and not (folder.startswith("/") and folder.isprintable()):
        raise _refused("filename_has_folder", filename)
    suffix = Path(name).suffix.lower()
    if not suffix:
        name += suffixes[0]
    elif suffix not in suffixes:
        raise _refused("filename_suffix", filename, {"suffixes": ", ".join(suffixes)})
    parent = _existing_folder(hass, folder, filename) if folder else _own_folder(hass)
    target = parent / name
    if folder and not _is_allowed(hass, target):
        raise _refused("folder_not_allowed", filename)
    if target.is_symlink() or (target.exists() and not target.is_file()):
        raise _refused("filename_taken", filename)
    return target


def _is_sound(name: str) -> bool:
    """Tell whether a name is one for all systems that may see the file."""
    try:
        length = len(name.encode())
    except UnicodeEncodeError:
        return False
    return (
        0 < length <= _LONGEST_NAME
        and not name.startswith(".")
        and name.isprintable()
        and not ntpath.isreserved(name)
        and not set(name) & set("\\/:")
    )


def _own_folder(hass: HomeAssistant) -> Path:
    """Return the folder that is ours, and make it if need be."""
    path = Path(hass.config.path())
    for name in (DOMAIN, FOLDER):
        path /= name
        try:
            path.mkdir(mode=0o700, exist_ok=True)
        except OSError as err:
            raise write_failed(path, err) from err
        if path.is_symlink():
            raise _refused("folder_is_link", str(path))
    return path


def _existing_folder(hass: HomeAssistant, folder: str, filename: str) -> Path:
    """Return the true path of a folder the user named."""
    try:
        path = Path(folder).resolve(strict=True)
    except OSError, RuntimeError:
        path = None
    if path is None or not path.is_dir():
        # What is not allowed is not explored either.
        raise _refused("folder_not_allowed", filename)
    return path


def _is_allowed(hass: HomeAssistant, target: Path) -> bool:
    """Tell whether the user lets Home Assistant write there."""
    own = Path(hass.config.path()).resolve() / DOMAIN / FOLDER
    return target.parent == own or hass.config.is_allowed_path(str(target))


def _refused(
    key: str, filename: str, placeholders: Mapping[str, str] | None = None
) -> ServiceValidationError:
    """Return why a name is refused, without what a terminal would obey."""
    shown = "".join(
        char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in filename
    )
    return ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key=key,
        translation_placeholders={"filename": shown[:200], **(placeholders or {})},
    )
