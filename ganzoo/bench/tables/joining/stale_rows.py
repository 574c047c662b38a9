"""Rows of recipes that play something else now than when they were measured."""

from collections.abc import Iterator, Mapping, Sequence

from ....errors import GanzooError
from ....recipes.differences.stale import STALE, changes_since, in_words, read_as_played, revised_since
from ....registry.registry import Registry
from ....text import printable
from ...results.identity import judging_revisions
from ...results.terms.track import CONTROLLED
from .compatibility import Bench


def stale_rows(benches: Sequence[Bench], registry: Registry) -> dict[str, list[str]]:
    """Return the recipes of a table that the same command would play otherwise now, each with what has changed.

    Args:
        benches: that the table was joined from.
        registry: knows the recipes and their parts as they are; what it does not know is not stale.
    """
    found: dict[str, list[str]] = {}
    for bench in benches:
        for name in bench.results.recipes:
            try:
                changes = _changes(bench, name, registry)
            except GanzooError:  # of a file or a plugin that is not here
                continue
            if changes:
                found.setdefault(name, changes)
    return found


def _changes(bench: Bench, name: str, registry: Registry) -> list[str]:
    results = bench.results
    about, judged = results.recipes[name], results.evaluated_with
    judges = [("metric", metric) for metric in judged.metrics]
    judges += [("extractor", judged.extractor)] if judged.extractor else []
    revisions = about.revisions | judging_revisions(judged.to_json())
    text = about.text or ""
    revised = revised_since(revisions, read_as_played(text), registry, judges)
    if results.played_track == CONTROLLED:  # its keys are the backbone's
        return revised
    command = next((part.command for part in results.joined or () if part.command), results.command)
    tuned = results.tuning.recipes.get(name) if results.tuning else None
    return [*changes_since(text, name, registry, command or "", tuned.changes if tuned else None), *revised]


def stale_note(stale: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Yield the footnote of the mark, which names each recipe and what has changed; nothing where no row is stale."""
    if stale:
        told = "; ".join(f"{name} ({in_words(changes)})" for name, changes in stale.items())
        yield printable(f"{STALE}: stale, the recipe plays otherwise now: {told}.")
