"""Modalities that a recipe can be played on, by what its players need and what it gives them. Imports no torch."""

from __future__ import annotations

import sys

from ... import __version__
from ...errors import GanzooError
from ...registry.registry import FROM_DATA, Entry, Registry
from ...storage.derived import Derived
from .heading import Players, headings_of
from .signatures import Told, classes_in, place_of

USUAL = "images"
"""The modality that a list need not name."""
_FORMAT = 2


class PlayedOn:
    """Modalities by recipe; what the sources say is kept in the cache until a file changes.

    Args:
        registry: knows players and modalities.
    """

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._kept = Derived("signatures", [_FORMAT, __version__, sys.prefix])
        self._offers = {entry.name: self._said(entry, "offered") for entry in registry.all("modality")}

    def modalities(self, players: Players) -> tuple[str, ...] | None:
        """Return the names of all modalities that offer what the players need; None where that is not known.

        A parameter that confines its player to some modalities leaves these alone. Images come first, and the others by
        name.
        """
        if not players:
            return None
        wanted: set[str] = set()
        left = set(self._offers)
        for kind, (name, given) in players.items():
            try:
                entry = self._registry.get(kind, name)
            except GanzooError:
                return None
            needs = self._said(entry, "needs")
            if needs is None:
                return None
            given = {*given, *entry.params}
            wanted |= set(needs) - given
            confined = self._told(entry).get("confines", {})
            left.intersection_update(*(confined[parameter] for parameter in given & confined.keys()))
        offers = {name: offered for name, offered in self._offers.items() if name in left and offered is not None}
        found = [name for name, offered in offers.items() if wanted <= set(offered)]
        return tuple(sorted(found, key=lambda name: (name != USUAL, name)))

    def offered(self) -> frozenset[str]:
        """Return every keyword that data of some modality offer to players."""
        return frozenset(FROM_DATA).union(*filter(None, self._offers.values()))

    def recipes(self, modality: str) -> list[str]:
        """Return the names of the recipes that are for a modality, those of no other first; none of those for images.

        Keywords tell too little of recipes for images: some of their terms take no points.
        """
        entries = self._registry.all("recipe")
        players = zip(entries, headings_of(entries), strict=True)
        found = {entry.name: self.modalities(heading.players) or () for entry, heading in players}
        own = [name for name, played in found.items() if modality in played and USUAL not in played]
        return sorted(own, key=lambda name: len(found[name]))

    def save(self) -> None:
        """Write down what was read."""
        self._kept.save()

    def _said(self, entry: Entry, about: str) -> list[str] | None:
        found: list[str] | None = self._told(entry).get(about)
        return found

    def _told(self, entry: Entry) -> Told:
        module, _, name = str(entry.target).partition(":")
        path = place_of(module)
        if path is None:
            return {}
        classes: dict[str, Told] = self._kept.value(str(path.absolute()), (), lambda: classes_in(module, path))
        return classes.get(name, {})
