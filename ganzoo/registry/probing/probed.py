"""The process in which a plugin is looked at, see ``ganzoo.registry.probing.probe``."""

import sys
import time
from collections.abc import Sequence
from typing import Any

from ..guarding.global_state import GlobalState, OwnStateFinder
from ..hooks.offers import Offers
from ..registry import Entry, describe
from ..sources.files import PREFIX
from ..sources.installed import Found
from .announcement import Announcement, LoadedPart
from .apart import Answering

_MOST_OF_A_PACKAGE = 200  # files of one, above which its first one stands for all: it is a library


def main() -> None:
    """Look at the plugin that the request names, and answer with its announcement."""
    answering = Answering()
    request = answering.request
    found = Found(**{**request["found"], "requires": tuple(request["found"]["requires"])})
    answering.leave(_looked_at(found, request["parts"]).to_json())


def _looked_at(found: Found, parts: Sequence[str] | None) -> Announcement:
    known = set(sys.modules)
    clock = time.monotonic
    offers = Offers(found, alone=True)
    state = GlobalState()
    with OwnStateFinder(state):
        began = clock()
        offers.ask()
        seconds = clock() - began
        changes = state.put_back()
        files = _files(known)
        wanted = [e for e in offers.entries if e.kind != "recipe" and (parts is None or f"{e.kind} {e.name}" in parts)]
        loaded = [_part(entry, state, clock) for entry in wanted] if not offers.problems else []
    return Announcement(
        tuple(sorted(offers.hooks)),
        tuple(offers.entries),
        tuple(offers.problems),
        tuple(changes),
        round(seconds, 3),
        "",
        files,
        tuple(loaded),
    )


def _part(entry: Entry, state: GlobalState, clock: Any) -> LoadedPart:
    """Import one part; what all parts need, torch above all, is imported before."""
    import ganzoo.interfaces  # noqa: F401

    problem, began = "", clock()
    try:
        entry.imported()
    except BaseException as error:
        problem = str(error) if type(error).__module__ == "ganzoo.errors" else describe(error)
    return LoadedPart(entry.kind, entry.name, round(clock() - began, 3), problem, tuple(state.put_back()))


def _files(known: set[str]) -> tuple[str, ...]:
    """Return the files of the modules that were imported since; of a library's many the first."""
    packages: dict[str, list[str]] = {}
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if name not in known and isinstance(file, str) and not name.startswith(("ganzoo.", PREFIX)):
            packages.setdefault(name.partition(".")[0], []).append(file)
    return tuple(
        file for files in packages.values() for file in sorted(files)[: 1 if len(files) > _MOST_OF_A_PACKAGE else None]
    )
