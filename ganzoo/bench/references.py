"""The numbers that ship with a recipe, seed by seed, for ``ganzoo verify`` to play against. Imports no torch."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import GanzooError
from ..recipes.differences.stale import in_words, stale_by
from ..recipes.recipe import resolve
from ..registry.registry import Entry, Registry
from .results.bench_files.measured_file import measured_rows
from .results.formats import number
from .results.terms.budget import Budget


@dataclass(frozen=True)
class ReferenceNumbers:
    """Scores of some seeds of a recipe in one bench.

    Attributes:
        recipe: its name.
        dataset: the name of the data.
        hash: sha256 of the data's contents.
        budget: of each run.
        samples: how many generated images were judged.
        identity: what makes a number comparable, see ``identity_of``.
        columns: ``{"key", "label", "better"}`` of each metric.
        runs: the metrics of each seed that finished.
        asked: how many seeds were played.
        device: on what.
        stale: how the recipe plays otherwise now; empty where it plays the same.
    """

    recipe: str
    dataset: str
    hash: str
    budget: Budget
    samples: int
    identity: Mapping[str, Any]
    columns: tuple[Mapping[str, str], ...]
    runs: Mapping[int, Mapping[str, float]]
    asked: int
    device: str
    stale: tuple[str, ...] = ()

    def values(self, key: str) -> list[float]:
        """Return a metric of every seed that has it."""
        return [value for metrics in self.runs.values() if (value := number(metrics.get(key))) is not None]

    def __str__(self) -> str:
        return f"{self.recipe} on {self.dataset}, {self.budget}"


def identity_of(extractor: Mapping[str, Any]) -> dict[str, Any]:
    """Return what two numbers must share to be compared, of all that a bench says of its extractor and metrics.

    Where it ran and by which versions of the plugins is left out: whether these give the same is what is to be seen.
    """
    kept = {key: extractor[key] for key in ("extractor", "sha256", "version", "dtype")}
    for metric, settings in extractor["metrics"].items():
        kept |= {
            f"{metric}.{name}": value
            for name, value in settings.items()
            if name not in ("plugin", "revision", "origin")
        }
    as_read: dict[str, Any] = json.loads(json.dumps(kept))  # as a file gives them back
    return as_read


def references_of(entry: Entry, registry: Registry) -> list[ReferenceNumbers]:
    """Return what ships with a recipe; nothing where its plugin tells of no seeds.

    Args:
        entry: a recipe's. A row of its ``measured`` file (see ``ganzoo show``) may hold a ``reference``:
            ``{"dataset", "hash", "budget", "samples", "identity", "columns", "asked", "runs": {seed: metrics}}``.
        registry: knows the recipe and its parts as they are.

    Raises:
        GanzooError: the file cannot be read.
    """
    if entry.measured is None:
        return []
    try:
        found = [row for row in measured_rows(entry.measured, entry.name) if row.get("reference")]
        now = resolve(registry, entry.name) if found else None
        return [_reference(entry.name, row, stale_by(row, now, registry)) for row in found if now]
    except GanzooError as error:
        raise GanzooError(
            f"the numbers of the recipe {entry.name!r} in {entry.measured} cannot be read ({error}); the plugin "
            f"{entry.plugin} ships them"
        ) from error


def _reference(recipe: str, row: Mapping[str, Any], stale: Sequence[str]) -> ReferenceNumbers:
    told = row["reference"]
    return ReferenceNumbers(
        recipe=recipe,
        dataset=told["dataset"],
        hash=told["hash"],
        budget=Budget.from_json(told["budget"]),
        samples=told["samples"],
        identity=told["identity"],
        columns=tuple({key: column[key] for key in ("key", "label", "better")} for column in told["columns"]),
        runs={int(seed): dict(metrics) for seed, metrics in told["runs"].items()},
        asked=told["asked"],
        device=row["device"],
        stale=tuple(stale),
    )


def choose(
    name: str, references: Sequence[ReferenceNumbers], dataset: str | None, budget: Budget | None
) -> ReferenceNumbers:
    """Return the one to play against: of those asked for, that of the smallest budget.

    Minutes are another amount of training on every machine, a test of means takes two seeds, and a recipe that plays
    otherwise now is another one: what has minutes for a budget, or one seed, or is stale, is no reference.

    Args:
        name: the recipe, for messages.
        references: all of its.
        dataset: the name of the data; None for any.
        budget: None for any.

    Raises:
        GanzooError: there is none.
    """
    sound = [found for found in references if found.budget.minutes is None and len(found.runs) >= 2]
    if not sound:
        raise GanzooError(f"no reference numbers ship with the recipe {name!r}; `ganzoo show` tells what was measured")
    if not (fresh := [found for found in sound if not found.stale]):
        raise GanzooError(
            f"the reference numbers of {sound[0]} are stale, as the recipe plays otherwise now: "
            f"{in_words(sound[0].stale)}; `ganzoo bench {name}` measures it anew"
        )
    fitting = [found for found in fresh if dataset in (None, found.dataset) and budget in (None, found.budget)]
    if not fitting:
        known = "; ".join(f"{found.dataset}, {found.budget}" for found in fresh)
        raise GanzooError(f"the reference numbers of {name!r} are of {known}, and of nothing else")
    return min(fitting, key=lambda found: (found.budget.kimg is None, found.budget.kimg or found.budget.steps))
