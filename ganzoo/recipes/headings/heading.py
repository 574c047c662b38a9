"""Heading of a recipe: what its file says of it, for lists. Imports neither torch nor pydantic."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from ... import __version__
from ...errors import GanzooError
from ...registry.registry import Entry
from ...storage.derived import Derived

FORMAT = 2
Players = Mapping[str, Sequence[Any]]
"""The name of each player, and a list of the parameters that the recipe gives it, by kind."""


@dataclass(frozen=True)
class Heading:
    """A recipe's own words, not checked.

    Attributes:
        title: the method's name in print.
        year: of publication; None where the file does not say.
        paper: such as ``arXiv:1704.00028``.
        summary: one line; of a file that cannot be read, why.
        conditional: the players see labels; None of a file that cannot be read.
        published: it says what its paper plays.
        players: see ``Players``; empty of a file that cannot be read.
    """

    title: str
    year: int | None
    paper: str
    summary: str
    conditional: bool | None
    published: bool
    players: Players = field(default_factory=dict)


def headings_of(entries: Sequence[Entry]) -> list[Heading]:
    """Read the headings of recipes; the schema is not asked, which would cost as much time as all the rest of a list.

    They are kept in the cache until a recipe's file changes.

    Args:
        entries: of the recipes; the paper and the summary of one hold where its file has none.
    """
    kept = Derived("headings", [FORMAT, __version__, sys.prefix])
    headings = []
    for entry in entries:
        file, said = entry.file, partial(_said, entry)  # which may lie in an archive
        told = kept.value(str(file.absolute()), (), said) if isinstance(file, Path) else said()
        headings.append(_heading(entry, told))
    kept.save()
    return headings


def _said(entry: Entry) -> dict[str, Any] | str:
    """Return what a recipe's file says for its heading; of one that cannot be read, why."""
    from .. import safeyaml

    try:
        data = safeyaml.read(entry.file)
    except GanzooError as error:
        return str(error)
    given: dict[str, Any] = data if isinstance(data, dict) else {}
    said = {key: given[key] for key in ("title", "paper", "summary") if isinstance(given.get(key), str)}
    year = given.get("year")
    return {
        **said,
        "year": year if isinstance(year, int) else None,
        "conditional": given.get("conditional") is True,
        "published": isinstance(given.get("published"), dict),
        "players": {kind: _player(given.get(kind)) for kind in ("generator", "discriminator")},
    }


def _player(written: Any) -> list[Any]:
    """Return a player's name and the parameters that it is given."""
    if isinstance(written, dict):
        params = written.get("params")
        return [str(written.get("name")), [*map(str, params if isinstance(params, dict) else written)]]
    return [str(written), []]


def _heading(entry: Entry, said: dict[str, Any] | str) -> Heading:
    if isinstance(said, str):
        return Heading("", None, entry.paper, f"cannot be read: {said}", None, False)
    return Heading(**{"title": "", "paper": entry.paper, "summary": entry.summary, **said})
