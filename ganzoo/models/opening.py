"""The one door to a trained generator: a run's folder, an exported one, a name that ships, a repository of the hub."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ..api.arguments import path_text
from ..bench.results.folders import find_run, is_run
from ..errors import GanzooError, suggest
from ..registry.discovery import Zoo
from ..text import shown
from .exporting.exported import is_exported, open_exported
from .exporting.pulling import is_of_hub, open_of_hub
from .exporting.shipped import is_shipped, open_shipped, shipped
from .runs import open_run
from .trained import Trained

Opener = Callable[[str, str | None, Zoo | None], Trained]
"""Opens a source on a device, with these plugins or those that it needs."""

# Each kind of source: what tells that a text is one, and what opens it. The first that is one is taken.
SOURCES: tuple[tuple[Callable[[str], bool], Opener], ...] = (
    (is_of_hub, open_of_hub),
    (is_run, open_run),
    (is_exported, open_exported),
    (is_shipped, open_shipped),
)


def is_generator(text: str) -> bool:
    """Say whether a text names a generator that is no run: an exported folder, one of the hub, or one that ships.

    A file or folder of that name is taken for what it holds.
    """
    return is_of_hub(text) or is_exported(text) or (is_shipped(text) and not Path(text).exists())


def opened(source: str | Path, device: str | None = None, zoo: Zoo | None = None) -> Trained:
    """Open a trained generator.

    Args:
        source: the folder of a run, or of a bench that holds one run; an exported folder; the name of a generator that
            ships with ganzoo; or ``hf://user/name``, with ``@revision`` or without.
        device: ``auto``, ``cpu``, ``mps``, ``cuda`` or ``cuda:N``; None for its own, where this machine has it.
        zoo: all parts; None to load those that are needed.

    Raises:
        GanzooError: the source is none that can be opened.
    """
    text = path_text(source, "a generator's place")
    device = None if device is None else str(device)
    try:
        opener = next((opener for is_one, opener in SOURCES if is_one(text)), None)
        there = Path(text).exists()
    except OSError as error:  # such as a name that is too long
        raise GanzooError(f"{shown(text)} cannot be opened: {error.strerror or error}") from error
    if opener is not None:
        return opener(text, device, zoo)
    if not there and "/" not in text and "\\" not in text:
        raise GanzooError(f"there is no folder {text}, and no generator of this name ships: {suggest(text, shipped())}")
    find_run(Path(text))  # which says what is wrong with it
    raise GanzooError(f"{text} is nothing that a generator can be opened from; give the folder of a run")
