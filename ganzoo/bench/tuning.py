"""``--tune``: the same number of trials for every recipe, on a seed that no reported run has.

Each recipe is played as it is and at points of the space that it declares (``ganzoo.recipes.schema.search_space``),
spread by a Sobol sequence; the point with the best final value of the first metric is then played on the reported
seeds.
Choosing the best of some noisy trials makes its trial's number too good (by about one standard deviation of the noise
for the best of five), which is why no trial's number is ever reported as a result.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import GanzooError
from ..metrics import MetricColumn
from ..recipes.provenance.origins import origins_of
from ..recipes.provenance.revisions import named_parts, revisions_of
from ..recipes.provenance.used import files_used, plugins_used
from ..recipes.recipe import Recipe
from ..recipes.schedules.value_schedule import ValueSchedule
from ..recipes.schema.search_space import value_at, without
from ..registry.registry import Registry
from .execution.pool import Job
from .results.folders import slug
from .results.run_files.spec import RunSpec
from .results.terms.settings import RunSettings
from .results.terms.track import CONTROLLED, OF_THE_BACKBONE

SEED = 1_000_000  # of every trial; reported seeds lie below
FACTOR = 4.0  # by which learning rates are searched, up and down, where a recipe declares no space
RATES = ("g_optimizer.lr", "d_optimizer.lr")


@dataclass(frozen=True)
class Trial:
    """A point of a recipe's space.

    Attributes:
        changes: what is not as in the recipe, by dotted key; nothing in the first trial.
        recipe: with the changes in place.
    """

    changes: dict[str, Any]
    recipe: Recipe


def _points(trials: int, dimensions: int) -> list[list[float]]:
    """So many points of the unit cube, the same on every machine; the first are the same whatever their number."""
    from torch import float64
    from torch.quasirandom import SobolEngine

    return SobolEngine(dimensions, scramble=True, seed=SEED).draw(trials, dtype=float64).tolist()


def trials_of(recipe: Recipe, n: int, fixed: Iterable[str] = ()) -> list[Trial]:
    """Return the recipe as it is, and ``n`` - 1 points of its space.

    Where it declares no space, or all of it is fixed, both learning rates are multiplied by one factor between 1/4
    and 4.

    Args:
        recipe: what is tuned.
        n: how many trials.
        fixed: dotted keys that stay as they are, such as those given on the command line.

    Raises:
        GanzooError: all that could be changed is fixed.
        RecipeError: a point that the recipe does not take.
    """
    fixed = list(fixed)
    space = without(recipe.space, fixed)
    rates = [] if space else [key for key in RATES if without({key: None}, fixed)]
    if not space and not rates:
        raise GanzooError(
            f"recipe {recipe.name!r} leaves nothing to tune: its learning rates are fixed; declare a space in its "
            "file, or leave --tune out"
        )
    found = [Trial({}, recipe.played())]
    for point in _points(n - 1, len(space) or 1):
        if space:
            changes = {key: value_at(values, share) for (key, values), share in zip(space.items(), point, strict=True)}
        else:
            factor = FACTOR ** (2 * point[0] - 1)
            lrs = {"g_optimizer.lr": recipe.g_optimizer.lr, "d_optimizer.lr": recipe.d_optimizer.lr}
            changes = {key: _scaled(lrs[key], factor) for key in rates}
        found.append(Trial(changes, recipe.changed(changes)))
    return found


def _scaled(rate: float | ValueSchedule, factor: float) -> Any:
    """Return a learning rate times a factor, to four digits, as a recipe's file writes it."""
    if isinstance(rate, ValueSchedule):
        return rate.scaled(factor).written()
    return float(f"{rate * factor:.4g}")


@dataclass(frozen=True)
class Tuning:
    """The trials of a bench.

    Attributes:
        metric: key of the metric that decides.
        better: ``lower`` or ``higher``.
        trials: of each recipe that is tuned, by its name.
        specs: their runs, by the recipe's name.
        slots: how many processes at once.
    """

    metric: str
    better: str
    trials: dict[str, list[Trial]]
    specs: dict[str, list[RunSpec]]
    slots: int

    def jobs(self, bench: Path) -> list[Job]:
        """Every trial as a run with a folder: ``<bench>/tuning/<recipe>/trial<k>/seed1000000``."""
        return [
            Job(bench / "tuning" / slug(name) / f"trial{k}" / f"seed{SEED}", spec)
            for name, specs in self.specs.items()
            for k, spec in enumerate(specs)
        ]

    def chosen(self, results: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, int]:
        """Return the number of each recipe's best trial; the first one where none came to an end.

        Args:
            results: of each recipe's trials, in order.
        """
        sign = 1 if self.better == "lower" else -1

        def cost(result: Mapping[str, Any]) -> float:
            value = (result["metrics"] or {}).get(self.metric) if result["status"] == "done" else None
            return math.inf if value is None or not math.isfinite(value) else sign * value

        return {name: min(range(len(ended)), key=lambda k: cost(ended[k])) for name, ended in results.items()}

    def to_json(self, results: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, Any]:
        """Return what ``results.json`` says of it: every trial with its changes, its numbers and its cost.

        Args:
            results: of each recipe's trials, in order.
        """
        chosen = self.chosen(results)
        return {
            "trials": max(map(len, self.trials.values())),
            "seed": SEED,
            "metric": self.metric,
            "recipes": {
                name: {
                    "chosen": chosen[name],
                    "changes": trials[chosen[name]].changes,
                    "trials": [
                        {
                            "changes": trial.changes,
                            **{key: result[key] for key in ("status", "reason", "metrics", "seconds")},
                        }
                        for trial, result in zip(trials, results[name], strict=True)
                    ],
                    "seconds": math.fsum(result["seconds"] for result in results[name]),
                }
                for name, trials in self.trials.items()
            },
        }


def plan_tuning(
    recipes: Iterable[Recipe],
    specs: Sequence[RunSpec],
    n: int,
    *,
    column: MetricColumn | None,
    fixed: Mapping[str, Sequence[str]],
    slots: int,
    threads: int,
    registry: Registry,
) -> Tuning:
    """Return the trials of a bench. Each is like a reported run, but for the seed, and judged only at its end.

    Args:
        recipes: what is tuned.
        specs: of the reported runs, among them one of each recipe at least.
        n: trials of each recipe.
        column: of the metric that decides.
        fixed: dotted keys that no trial changes, by recipe.
        slots: how many processes at once.
        threads: of each of them.
        registry: knows the parts.

    Raises:
        GanzooError: there is no metric, or nothing to change of a recipe.
    """
    if column is None:
        raise GanzooError(
            "--tune chooses by the first metric, and this bench has none; name an extractor, or leave --tune out"
        )
    like = {spec.name: spec for spec in specs}
    trials = {recipe.name: trials_of(recipe, n, fixed[recipe.name]) for recipe in recipes}
    played = {
        name: [
            like[name].changed(
                recipe=trial.recipe.to_dict(),
                revisions=revisions_of(trial.recipe, registry),
                origins=origins_of(named_parts(trial.recipe), registry),
                plugins=plugins_used(registry, trial.recipe, like[name].beside_recipe),
                files=files_used(registry, trial.recipe, like[name].beside_recipe),
                seed=SEED,
                threads=threads,
                evaluations=1,
                replicates=0,
                examinations=(),
                keeps_best=False,
            )
            for trial in of_one
        ]
        for name, of_one in trials.items()
    }
    return Tuning(column.key, column.better, trials, played, slots)


def check_seeds(settings: RunSettings) -> None:
    """Check that no trial of ``--tune`` is played on a seed that is reported."""
    if settings.tune and (late := [seed for seed in settings.seeds if seed >= SEED]):
        raise GanzooError(f"seed {late[0]} may be one that --tune plays its trials on; report on seeds below {SEED:,}")


def fixed_keys(settings: RunSettings, edits: tuple[str, ...]) -> list[str]:
    """Give the keys of a recipe that no trial may change: those of the command line, and the backbone's."""
    written = [edit.partition("=")[0].strip() for edit in (*settings.overrides, *edits)]
    if settings.flips is not None:
        written.append("flips")
    return written + (list(OF_THE_BACKBONE) if settings.track == CONTROLLED else [])
