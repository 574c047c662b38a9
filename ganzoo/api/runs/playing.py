"""Benches and runs, played from Python: opened, shown and listened to."""

import logging
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from ...bench.bench import run_bench
from ...bench.live.display import Display
from ...bench.results.terms.settings import RunSettings
from ...messages import logged_to
from ...registry.discovery import Zoo, load_zoo
from ...storage.cache import Cache
from ..building import RecipeLike, spec_of

_log = logging.getLogger(__name__)


def open_zoo(third_party: bool = True) -> Zoo:
    """Load the zoo; what is wrong with a plugin is logged."""
    zoo = load_zoo(third_party=third_party)
    for line in zoo.warnings:
        _log.warning(line)
    return zoo


@contextmanager
def specs_of(recipes: list[RecipeLike], zoo: Zoo) -> Iterator[tuple[str, ...]]:
    """Give recipes as the command line would name them, until the block ends.

    Raises:
        GanzooError: one of them cannot be read.
    """
    with tempfile.TemporaryDirectory(prefix="ganzoo-recipes-") as folder:
        yield tuple(spec_of(one, zoo.registry, Path(folder)) for one in recipes)


def played(settings: RunSettings, zoo: Zoo, display: Display, *, heard: bool) -> tuple[dict[str, Any], Path]:
    """Play a bench, and give what ``results.json`` holds, and its folder.

    Args:
        settings: what is asked for.
        zoo: all parts.
        display: shows how it goes.
        heard: show on the display what is logged, too.

    Raises:
        GanzooError: it cannot be played.
        Interrupted: by a signal, or because the display stops.
    """
    with ExitStack() as stack:
        if heard:
            stack.enter_context(logged_to(display.say))
        return run_bench(settings, zoo, Cache.open(), display)
