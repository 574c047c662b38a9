"""The section of a recipe's page on what its paper plays."""

from ganzoo.cli.catalogue.published import in_words
from ganzoo.errors import RecipeError
from ganzoo.recipes.building.old_shapes import modality_of_published
from ganzoo.recipes.building.sizes import count_parameters
from ganzoo.recipes.differences.difference import compare
from ganzoo.recipes.recipe import Recipe, resolve
from ganzoo.recipes.schema.published import Published, PublishedMetric
from ganzoo.registry.registry import Registry

from .markdown import code, prose, table


def published_section(recipe: Recipe, registry: Registry) -> list[str]:
    """Give data, budget, keys that differ, sizes of the networks and published numbers; nothing without a block."""
    published = recipe.published
    if published is None:
        return []
    form = resolve(registry, f"{recipe.name}@published")
    found = compare(recipe, form, registry)
    rows = [(code(row.key), code(row.here), code(row.published), prose(row.source)) for row in found.differences]
    differing = table(("key", "here", "published", "source"), rows) if rows else "No key differs."
    return [
        "## As published",
        f"`{recipe.name}@published` plays what the paper, or its authors' code, plays. {_terms(published)} "
        f"Published values that are the same here: {len(found.equal)}. Keys of which no source is given, and which are "
        f"played as here: {', '.join(map(code, found.unsaid)) or 'none'}.",
        differing,
        _sizes(recipe, form, published, registry),
        *_numbers(published.metrics),
    ]


def _terms(published: Published) -> str:
    source = f" ({prose(published.budget_source)})" if published.budget_source else ""
    return f"Data: {code(published.data)}, {in_words(published)}. Budget: {published.kimg:,.10g} kimg{source}."


def _sizes(recipe: Recipe, form: Recipe, published: Published, registry: Registry) -> str:
    modality = modality_of_published(published, registry)
    there = count_parameters(form, registry, modality=modality)
    try:
        here = {kind: f"{count:,}" for kind, count in count_parameters(recipe, registry, modality=modality).items()}
    except RecipeError:  # the quick form is for images, the published one for points
        here = dict.fromkeys(there, "refuses them")
    rows = [(kind, here[kind], f"{there[kind]:,}", _in_source(published, kind)) for kind in there]
    return table((f"parameters at {in_words(published)}", "here", "published form", "in the source"), rows)


def _in_source(published: Published, kind: str) -> str:
    given = published.parameters
    number = getattr(given, kind) if given else None
    return f"{number:,} ({prose(given.source)})" if given and number is not None else "—"


def _numbers(metrics: tuple[PublishedMetric, ...]) -> list[str]:
    rows = [
        (
            code(one.name),
            f"{one.value:g}" + (f" ± {one.spread:g}" if one.spread is not None else ""),
            "—" if one.n is None else f"{one.n:,}",
            prose(one.source),
        )
        for one in metrics
    ]
    return [table(("published number", "value", "generated images", "source"), rows)] if rows else []
