"""Compatibility of benches: those of one table have the same terms, identity of numbers, and recipes by their names."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ....errors import GanzooError
from ....recipes import safeyaml
from ....recipes.provenance.revisions import titled
from ...results.bench_files.bench_results import RESULTS, BenchResults, RecipeFacts
from ...results.identity import OF_THE_RECIPE, identity_of
from ...results.terms.track import CONTROLLED, OF_THE_BACKBONE, TEXTS
from ..notes import devices_of
from .kept_recipe import KeptRecipe

_LONGEST = 60  # of a value in a sentence


@dataclass(frozen=True)
class Bench:
    """A bench that was played.

    Attributes:
        folder: where it lies.
        results: its ``results.json``.
    """

    folder: Path
    results: BenchResults


def require_compatible(benches: Sequence[Bench], without: Iterable[str] = ()) -> None:
    """Refuse benches that do not compare.

    Args:
        benches: to be joined.
        without: metrics that will not be shown; whatever their settings are.

    Raises:
        GanzooError: they do not; the sentence names the field that differs, both values and both folders.
    """
    leave_out = tuple(f"metric {metric}: " for metric in without)
    values: dict[str, tuple[Path, Any, str]] = {}
    recipes: dict[str, tuple[Path, dict[str, Any]]] = {}
    for bench in benches:
        for field, value, more in (*_terms(bench), *_revisions(bench, without), *_identities(bench, leave_out)):
            where, first, more_of_first = values.setdefault(field, (bench.folder, value, more))
            if first != value:
                raise _refusal(where, bench.folder, field, f"{_shown(first)}{more_of_first}", f"{_shown(value)}{more}")
        for name, whole in _recipes(bench):
            where, other = recipes.setdefault(name, (bench.folder, whole))
            for key in dict.fromkeys((*other, *whole)):
                if other.get(key) != whole.get(key):
                    field = f"{key} of the recipe {name!r}"
                    raise _refusal(where, bench.folder, field, _shown(other.get(key)), _shown(whole.get(key)))


def _refusal(a: Path, b: Path, field: str, of_a: str, of_b: str) -> GanzooError:
    return GanzooError(f"{a} and {b} do not compare: {field} is {of_a} in the one and {of_b} in the other")


def _shown(value: Any) -> str:
    text = "not set" if value is None else safeyaml.inline(value) if isinstance(value, Mapping) else str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


Terms = Iterator[tuple[str, Any, str]]
"""Field, value, and what explains the value."""


def _terms(bench: Bench) -> Terms:
    """Return the terms on which a bench was played."""
    results = bench.results
    yield "the modality of the data", results.dataset.samples, f" ({results.dataset.name})"
    yield "the track", results.played_track, ""
    yield "the backbone", results.backbone, ""
    yield "the budget", _budget(results.budget), ""
    yield "the number of tuning trials", results.trials, ""
    if "minutes" in results.budget:  # so many minutes are something else on another device
        for device in devices_of(results):
            yield "the device, on which the budget is minutes,", device, ""
    if results.played_track == CONTROLLED:
        for name, about in results.recipes.items():
            loaded = _loaded(name, about, bench.folder)
            for key in OF_THE_BACKBONE:
                first, _, second = key.partition(".")
                value: Any = loaded.get(first)
                yield (
                    f"{key}, which all recipes of the controlled track share,",
                    (value or {}).get(second) if second else value,
                    "",
                )


def _budget(budget: Mapping[str, Any]) -> str:
    return ", ".join(f"{float(amount):g} {unit}" for unit, amount in sorted(budget.items()))


def _revisions(bench: Bench, leave_out: Iterable[str]) -> Terms:
    """Yield the revisions of all that plays and judges; a part has one in a table, whatever recipes share it."""
    judged = bench.results.evaluated_with
    if judged.extractor:
        yield f"the revision of {titled(f'extractor {judged.extractor}')}", judged.revision or 1, ""
    for metric, settings in judged.metrics.items():
        if metric not in leave_out:
            yield f"the revision of {titled(f'metric {metric}')}", settings.get("revision", 1), ""
    for name, about in bench.results.recipes.items():
        for part in _parts(_loaded(name, about, bench.folder)):
            yield f"the revision of {titled(part)}", about.revisions.get(part, 1), ""
            if origin := about.origins.get(part):  # those from before origins were kept say nothing of it
                yield f"the origin of {titled(part)}", origin, ""


def _parts(recipe: Mapping[str, Any]) -> Iterator[str]:
    """Yield kind and name of each part of a recipe as a file writes it."""
    named = [(kind, recipe.get(kind)) for kind in ("generator", "discriminator", "loss")]
    named += [("regularizer", part) for part in recipe.get("regularizers") or ()]
    yield from (f"{kind} {part['name'] if isinstance(part, Mapping) else part}" for kind, part in named if part)


def _identities(bench: Bench, leave_out: tuple[str, ...]) -> Terms:
    for run in bench.results.runs:
        for field, value in identity_of(run, bench.results).items():
            own_choice = field in OF_THE_RECIPE and bench.results.played_track != CONTROLLED
            if not own_choice and not field.startswith(leave_out):
                yield field, value, f" ({bench.results.dataset.name})" if field == "data" else ""


def _recipes(bench: Bench) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the recipes by name, as values by dotted key, without titles and texts."""
    tuned = bench.results.tuning.recipes if bench.results.tuning else {}
    for name, about in bench.results.recipes.items():
        loaded = _loaded(name, about, bench.folder)
        flat = dict(_flat({key: value for key, value in loaded.items() if key not in (*TEXTS, "space")}))
        yield name, flat | (tuned[name].changes if name in tuned else {})


def _loaded(name: str, about: RecipeFacts, folder: Path) -> dict[str, Any]:
    where = f"the recipe {name!r} in {folder / RESULTS}"
    loaded: dict[str, Any] = safeyaml.load(about.text or "{}", where)
    KeptRecipe.parse(loaded, where)
    return loaded


def _flat(value: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    changing = isinstance(value, Mapping) and ("shape" in value or before == "schedule.ema")  # beside a number: whole
    if isinstance(value, Mapping) and value and not changing:
        for key, inner in value.items():
            yield from _flat(inner, f"{before}.{key}" if before else str(key))
    elif isinstance(value, list) and before == "regularizers":
        yield before, [part["name"] if isinstance(part, Mapping) else part for part in value]
        for part in value:
            if isinstance(part, Mapping):
                yield from _flat(part, f"{before}.{part['name']}")
    else:
        yield before, value
