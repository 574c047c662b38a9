"""The track ``published``: every recipe with the values, data and budget of its paper. Imports no torch."""

from collections.abc import Iterable, Mapping
from typing import Any

from ...errors import GanzooError
from ...recipes.overrides import split_spec
from ...recipes.published import Published
from ...recipes.recipe import resolve
from ...registry.registry import Registry
from .budget import Budget
from .settings import RunSettings
from .track import PUBLISHED


def on_published(settings: RunSettings, registry: Registry) -> RunSettings:
    """Put what ``track: published`` means in place; other settings are returned as they are.

    Every recipe becomes its published form. Data and budget that were not given are the published ones, where all
    recipes agree on them.

    Raises:
        GanzooError: a recipe has no published form, or the recipes do not agree, or the data are none of ganzoo's.
    """
    if settings.track != PUBLISHED:
        return settings
    asked = [split_spec(name) for name in settings.recipes]
    changes: dict[str, Any] = {"recipes": tuple(one._replace(published=True).called(one.base) for one in asked)}
    blocks = {one.base: _block(registry, one.base) for one in asked}
    if "dataset" not in settings.model_fields_set:
        data = _common("data", "--data", {name: block.data for name, block in blocks.items()})
        changes["dataset"] = _registered(data, next(iter(blocks.values())), registry)
    if "budget" not in settings.model_fields_set:
        budget = _common("budgets", "--budget", {name: block.budget for name, block in blocks.items()})
        changes["budget"] = Budget.parse(budget)
    return settings.changed(**changes)


def _block(registry: Registry, base: str) -> Published:
    published = resolve(registry, f"{base}@published").published
    assert published is not None  # else there is no such form
    return published


def _common(what: str, option: str, values: Mapping[str, str]) -> str:
    """Return the value that all share, or refuse in one sentence."""
    if len(set(values.values())) > 1:
        told = ", ".join(f"{name} {value}" for name, value in _one_of_each(values.items()))
        raise GanzooError(f"these recipes were published with different {what} ({told}); give one with {option}")
    return next(iter(values.values()))


def _one_of_each(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the first pair of each value."""
    return list({value: (name, value) for name, value in reversed(list(pairs))}.values())[::-1]


def _registered(data: str, block: Published, registry: Registry) -> str:
    if data not in [entry.name for entry in registry.all("dataset")]:
        channels, height, width = block.shape
        raise GanzooError(
            f"{data!r}, on which these recipes were published, is no data set that ganzoo has; give a folder of its "
            f"images of {height}x{width} pixels and {channels} channel{'s' * (channels != 1)} with --data"
        )
    return data
