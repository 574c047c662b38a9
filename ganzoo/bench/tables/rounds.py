"""``--until-decided``: a bench that is played in rounds, each with more seeds, until its tests decide."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ...errors import GanzooError
from ..results.bench_files.bench_results import BenchResults
from ..results.terms.settings import RunSettings
from ..stats.sequential import Looks, decided, looks_of
from .aggregate import aggregate

_log = logging.getLogger(__name__)
Rule = dict[str, Any]
"""``SequentialTerms`` as plain data."""
Played = tuple[dict[str, Any], Path]


def in_rounds(settings: RunSettings, play: Callable[[RunSettings, Rule | None], Played]) -> Played:
    """Play a bench once, or with ``until_decided`` in rounds; gives the results of the last one, and the folder.

    A round goes on with the folder of the one before, whose runs are not repeated; so does the same command later.

    Args:
        settings: of the first round.
        play: plays one round, and writes the rule to its results.

    Raises:
        GanzooError: there are more first seeds than there may be at all, or what ``play`` raises.
    """
    if settings.until_decided is None:
        return play(settings, None)
    looks = _looks(settings)
    rule = {"until": settings.until_decided, "counts": list(looks.counts), "level": looks.level}
    of_round = settings
    for at, count in enumerate(looks.counts, start=1):
        of_round = of_round.changed(seeds=_more(of_round.seeds, count))
        summary, folder = play(of_round, rule)
        table = aggregate(BenchResults.model_validate(summary))
        if decided(table.rankings[table.columns[0].key], settings.until_decided):
            _log.info(f"decided with {count} seeds, at look {at} of {len(looks.counts)}")
            break
        if at < len(looks.counts):
            _log.info(f"not decided with {count} seeds; there will be {looks.counts[at]}")
        of_round = of_round.changed(out=folder, fresh=False)
    else:
        _log.info(f"not decided with {looks.counts[-1]} seeds, which --most-seeds allows at the most")
    return summary, folder


def _looks(settings: RunSettings) -> Looks:
    first = len(settings.seeds)
    if first > settings.most_seeds:
        raise GanzooError(
            f"--until-decided adds seeds up to {settings.most_seeds}, and there are {first} at first; give more by "
            "--most-seeds"
        )
    return looks_of(first, settings.most_seeds)


def _more(seeds: tuple[int, ...], count: int) -> tuple[int, ...]:
    """Return so many seeds, those that are missing behind the highest."""
    behind = max(seeds) + 1
    return (*seeds, *range(behind, behind + count - len(seeds)))


def require_decidable(settings: RunSettings, playable: Sequence[str], metrics: int) -> None:
    """See whether ``--until-decided`` has anything to test.

    Args:
        settings: of the bench.
        playable: the recipes that are not skipped.
        metrics: how many there are.

    Raises:
        GanzooError: it has not.
    """
    if settings.until_decided is None:
        return
    if not metrics:
        raise GanzooError("--until-decided tests the first metric, and this bench has none; leave it out")
    if len(playable) < 2:
        raise GanzooError(
            f"--until-decided compares recipes, and {playable[0] if playable else 'none'} alone is played; "
            "name another, or leave it out"
        )
