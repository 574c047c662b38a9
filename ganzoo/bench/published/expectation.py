"""The expectation of ``NAME@published``: its numbers, what they need, the command, and the time that it takes here."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ...errors import GanzooError
from ...recipes.overrides import Spec, split_spec
from ...recipes.recipe import Recipe, resolve
from ...recipes.schema.published import Published, PublishedMetric
from ...registry.discovery import Zoo
from ...registry.registry import Registry
from ...storage.cache import Cache
from ..execution.executing import devices_on
from ..tables.joining.compare import read_bench
from .agreement import RULE, Known, judge, passed
from .needs import data_needed, extractor_needed, extractor_of, is_registered
from .pace import measure_pace

SCHEMA = 1


def expect(
    spec: str,
    zoo: Zoo,
    cache: Cache,
    *,
    device: str = "auto",
    threads: int | None = None,
    data_dir: Path | None = None,
    weights: Path | None = None,
    steps: int | None = None,
) -> dict[str, Any]:
    """Tell, as plain data, what was published, what it needs, how to play it, and how long that takes here.

    Args:
        spec: ``NAME@published``.
        zoo: all parts.
        cache: for data and extractors; nothing is downloaded.
        device: as ``--device`` has it.
        threads: of torch on the CPU.
        data_dir: the folder of the data's files.
        weights: of the extractor.
        steps: to measure; None for as many as take some seconds.

    Raises:
        GanzooError: there is no such form, or this machine cannot play it.
    """
    recipe, published = published_form(spec, zoo.registry)
    extractor = extractor_of(published, zoo.registry)
    registered = [entry.name for entry in zoo.registry.all("metric")]
    known = [metric for metric in published.metrics if metric.name in registered]
    needs = [data_needed(published, zoo.registry, cache, data_dir)]
    if known:
        needs.append(extractor_needed(extractor, zoo.registry, cache, weights))
    where = devices_on(None, device)[0]
    pace = measure_pace(recipe, published, zoo.registry, device=where, threads=threads, steps=steps)
    return {
        "schema": SCHEMA,
        "recipe": recipe.name,
        "data": published.data,
        "kimg": published.kimg,
        "extractor": extractor,
        "published": [metric.model_dump(mode="json") for metric in published.metrics],
        "unknown": [metric.name for metric in published.metrics if metric not in known],
        "needs": [asdict(need) for need in needs],
        "command": _command(recipe, published, known, zoo.registry),
        "pace": asdict(pace),
    }


def agree(spec: str, folder: Path, registry: Registry) -> dict[str, Any]:
    """Tell, as plain data, whether what a finished bench measured agrees with what was published.

    Raises:
        GanzooError: there is no such form, or the bench is of something else.
    """
    recipe, published = published_form(spec, registry)
    if not published.metrics:
        raise GanzooError(f"no number of {recipe.name} was published that its block knows of, so that none can agree")
    results = read_bench(folder).results
    metrics = {entry.name for entry in registry.all("metric")}
    known = Known(is_registered(published, registry), extractor_of(published, registry), metrics)
    found = judge(results, recipe, published, known)
    return {
        "schema": SCHEMA,
        "recipe": recipe.name,
        "folder": str(folder),
        "rule": RULE,
        "passed": passed(found),
        "numbers": [asdict(one) for one in found],
    }


def published_form(spec: str, registry: Registry) -> tuple[Recipe, Published]:
    """Resolve ``NAME@published``, with its block.

    Raises:
        GanzooError: it is a variant, of which nothing was published.
    """
    asked: Spec = split_spec(spec)
    if asked.edits:
        raise GanzooError(f"{spec!r} is a variant, of which nothing was published; verify {asked.base}@published")
    recipe = resolve(registry, spec)
    assert recipe.published is not None  # else there is no such form
    return recipe, recipe.published


def _command(recipe: Recipe, published: Published, known: Sequence[PublishedMetric], registry: Registry) -> str:
    """Write the bench that plays it: the published budget, the metrics and as many images as they were taken of."""
    data = published.data if is_registered(published, registry) else "DIR"
    words = [f"ganzoo bench {recipe.name} --data {data} --budget {published.budget}"]
    if known:
        names = ",".join(dict.fromkeys(metric.name for metric in known))
        words.append(f"--metrics {names}")
    if counts := [metric.n for metric in known if metric.n is not None]:
        words.append(f"--samples {max(counts)}")
    return " ".join(words)
