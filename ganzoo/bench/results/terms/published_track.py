"""The track ``published``: every recipe with the values, data and budget of its paper. Imports no torch."""

from collections.abc import Iterable, Mapping
from typing import Any

from ....errors import GanzooError
from ....recipes.overrides import split_spec
from ....recipes.recipe import Recipe, resolve
from ....recipes.schema.published import Published
from ....registry.registry import Registry
from .budget import Budget
from .settings import RunSettings
from .track import PUBLISHED

_AS_LONG = 1e-3  # of a published budget: the last step may be cut


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


def played_otherwise(
    settings: RunSettings, recipes: Iterable[Recipe], data: str, shape: tuple[int, int, int], registry: Registry
) -> dict[str, list[str]]:
    """Tell of each published form that is not played for its published budget, or not on its published data.

    Args:
        settings: of the bench.
        recipes: those that the settings name, in their order.
        data: the name of the data that they are played on.
        shape: of its images: channels, height and width.
        registry: knows recipes and data sets.

    Returns:
        a phrase by recipe: ``2 of the published 64,000 kimg, on digits in place of cifar10``.
    """
    registered = {entry.name for entry in registry.all("dataset")}
    found = {}
    for text, recipe in zip(settings.recipes, recipes, strict=True):
        asked = split_spec(text)
        if not asked.published:
            continue
        block = _block(registry, asked.base)
        said = [_length(settings.budget, recipe.schedule.batch, block.kimg)]
        if data != block.data and registered & {settings.dataset, block.data}:  # a folder may be called anything
            said.append(f"on {data} in place of {block.data}")
        elif shape != block.shape:
            said.append(f"on images of {_sized(shape)} in place of {_sized(block.shape)}")
        if told := ", ".join(filter(None, said)):
            found[recipe.name] = [told]
    return found


def _length(budget: Budget, batch: int, published: float) -> str:
    """Say how long it is played, in place of so many kimg; nothing where it is as long, to within a thousandth."""
    kimg = budget.shown(batch)
    if kimg is None:
        return f"{budget} in place of the published {published:,.10g} kimg"
    if kimg < published * (1 - _AS_LONG):
        return f"{kimg:,.10g} of the published {published:,.10g} kimg"
    return f"{kimg:,.10g} kimg in place of the published {published:,.10g}" if kimg > published * (1 + _AS_LONG) else ""


def _sized(shape: tuple[int, int, int]) -> str:
    channels, height, width = shape
    return f"{height}x{width}x{channels}"


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
