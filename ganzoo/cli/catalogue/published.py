"""A paper's values beside the recipe's, as ``ganzoo show`` prints them."""

import os
import sys
from functools import partial
from pathlib import Path

from ... import __version__
from ...errors import RecipeError
from ...recipes.differences.difference import Comparison, compare
from ...recipes.headings.signatures import place_of
from ...recipes.provenance.revisions import named_parts
from ...recipes.recipe import Recipe, resolve
from ...recipes.schema.published import Published, PublishedMetric
from ...registry.registry import Registry
from ...storage.derived import Derived
from ...text import printable
from ..table import table

HEAD = ("key", "here", "published", "source")
_FORMAT = 1
_PACKAGE = Path(__file__).parents[2]


def published_lines(recipe: Recipe, registry: Registry, spec: str) -> list[str]:
    """Comment lines: what differs, on what data and budget it was published, and what came of it.

    They are kept in the cache until the recipe or the source of a part changes, since the networks are built for them.

    Args:
        recipe: as ``spec`` names it, without changes.
        registry: knows recipes and parts.
        spec: a registered name or a file, without ``@published``.
    """
    published = recipe.published
    if published is None:
        return ["# published: no block in its file, so that there is no @published of it"]
    sources = _sources(recipe, registry)
    if sources is None:
        return _lines(recipe, registry, spec, published)
    kept = Derived("published", [_FORMAT, __version__, sys.prefix, recipe.to_dict()])
    lines: list[str] = kept.value(str(_PACKAGE), sources, partial(_lines, recipe, registry, spec, published))
    kept.save()
    return lines


def _sources(recipe: Recipe, registry: Registry) -> list[str] | None:
    """List the sources that the lines depend on, from this package on; None where a part's cannot be found."""
    files = {path for folder in ("recipes", "layers", "interfaces") for path in (_PACKAGE / folder).rglob("*.py")}
    for kind, part in named_parts(recipe):
        module = str(registry.get(kind, part.name).target).partition(":")[0]
        place = place_of(module)
        if place is None:
            return None
        files |= set(place.parent.glob("*.py")) if "." in module else {place}  # alone, it may lie beside anything
    return [os.path.relpath(file, _PACKAGE) for file in sorted(files)]


def _lines(recipe: Recipe, registry: Registry, spec: str, published: Published) -> list[str]:
    form = resolve(registry, f"{spec}@published")
    found = compare(recipe, form, registry)
    return [
        *told(published),
        *_sizes(recipe, form, registry, published, found),
        *(_table(found) if found.differences else []),
        f"# {_counted(found)}",
    ]


def told(published: Published) -> list[str]:
    """Comment lines on data, budget and numbers."""
    budget = f"{published.kimg:,.10g} kimg" + (f" ({published.budget_source})" if published.budget_source else "")
    lines = [printable(f"# published on {published.data} ({in_words(published)}): {budget}")]
    return lines + [f"#   {printable(metric_in_words(metric))}" for metric in published.metrics]


def in_words(published: Published) -> str:
    """Give the shape as one reads it: ``32x32, 3 channels``."""
    channels, height, width = published.shape
    return f"{height}x{width}, {channels} channel{'s' * (channels != 1)}"


def metric_in_words(metric: PublishedMetric) -> str:
    """Give a number with what is known of it: ``is 6.68 ± 0.06 (50,000 images; table 3)``."""
    spread = f" ± {metric.spread:g}" if metric.spread is not None else ""
    n = f"{metric.n:,} images; " if metric.n is not None else ""
    return f"{metric.name} {metric.value:g}{spread} ({n}{metric.source})"


def _counted(found: Comparison) -> str:
    differing, equal, unsaid = len(found.differences), len(found.equal), len(found.unsaid)
    return (
        f"{differing} {'key differs' if differing == 1 else 'keys differ'}, {equal} published "
        f"{'value is' if equal == 1 else 'values are'} the same here, and {unsaid} further "
        f"{'key, of which no source is given, is' if unsaid == 1 else 'keys, of which no source is given, are'} played "
        "as here"
    )


def _table(found: Comparison) -> list[str]:
    rows = [(row.key, row.here, row.published, row.source) for row in found.differences]
    return [f"#   {line}" for line in table(rows, HEAD, whole=True, wrapped=True).splitlines()]


def _sizes(recipe: Recipe, form: Recipe, registry: Registry, published: Published, found: Comparison) -> list[str]:
    """Compare the networks' numbers of parameters, which can differ only where their keys do."""
    players = ("generator", "discriminator", "conditional")
    if not any(row.key.split(".")[0] in players for row in found.differences):
        return ["# the networks are those of the published form"]
    from ...recipes.building.old_shapes import modality_of_published
    from ...recipes.building.sizes import count_parameters

    modality = modality_of_published(published, registry)
    what = f"{modality.plural} of {in_words(published)}"
    there = count_parameters(form, registry, modality=modality)
    try:
        here = count_parameters(recipe, registry, modality=modality)
    except RecipeError:  # the quick form is for images, the published one for points
        said = (f"{kind} {count:,}" for kind, count in there.items())
        return [f"# parameters on {what}: published {'; '.join(said)}; this form refuses them"]
    same = {
        kind: "as in the published form" if here[kind] == there[kind] else f"in the published form {there[kind]:,}"
        for kind in here
    }
    said = (f"{kind} {count:,}, {same[kind]}" for kind, count in here.items())
    return [f"# parameters on {what}: {'; '.join(said)}"]
