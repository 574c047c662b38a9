"""The JSON of ``ganzoo show``."""

import json
from collections.abc import Collection
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from click import UsageError

from ...bench.results.printed.zoo import Shown
from ...bench.results.written import SCHEMA
from ...recipes.changing import schedules_of
from ...recipes.headings.played_on import PlayedOn
from ...recipes.overrides import split_spec
from ...recipes.recipe import resolve
from ...registry.registry import Entry, Registry
from ..part_source import source_of
from .connected import NO_GRAPH, connected
from .listing import rows_of
from .measured import measured_lines
from .modality_shown import modality_facts
from .published import published_lines, told

if TYPE_CHECKING:
    from ...recipes.connecting import Connections


def shown(
    registry: Registry, name: str, kind: str | None, shape: dict[str, Any] | None = None, modality: str | None = None
) -> Shown:
    """Return the recipe and the parts called so.

    Args:
        registry: knows them.
        name: of a part or of a recipe, which may be a file, a variant or a changed one.
        kind: the only one that is asked for; None for all.
        shape: of the images that a recipe's parts are built for, as ``connected`` takes it; None where nobody asks how
            they connect.
        modality: the name of the one whose example is taken in the place of images.

    Raises:
        GanzooError: there is none, or the recipe is not sound.
    """
    asked = split_spec(name)
    if kind not in (None, "recipe"):
        parts = [registry.get(str(kind), name)]
    elif kind or asked.is_file or name != asked.base:
        parts = []
    else:
        parts = [entry for entry in registry.find(name) if entry.kind != "recipe"]
    is_recipe = kind in (None, "recipe") and (not parts or any(e.name == name for e in registry.all("recipe")))
    if shape is not None and not is_recipe:
        raise UsageError(NO_GRAPH)
    offered = PlayedOn(registry).offered()
    content = {
        "schema": SCHEMA,
        "recipe": _recipe(registry, name, shape, modality) if is_recipe else None,
        "parts": [_part(entry, registry, offered) for entry in parts],
    }
    return Shown.parse(content, name)


def _part(entry: Entry, registry: Registry, offered: Collection[str]) -> dict[str, Any]:
    found = source_of(entry, offered)
    return {
        **rows_of([entry])[0],
        "kind": entry.kind,
        "text": found.text,
        "computes": dict(found.computes),
        "parameters": [vars(one) for one in found.parameters],
        "source": found.source,
        "departs": found.departs,
        "modality": modality_facts(entry, registry) if entry.kind == "modality" else None,
    }


def _recipe(registry: Registry, name: str, shape: dict[str, Any] | None, modality: str | None) -> dict[str, Any]:
    recipe, asked = resolve(registry, name), split_spec(name)
    known = [] if ":" in name else [entry for entry in registry.all("recipe") if entry.name == name]
    published: list[str] = []
    if asked.published and recipe.published:
        published = told(recipe.published)
    elif not asked.edits:
        published = published_lines(recipe, registry, name)
    kinds = ("generator", "discriminator", "loss")
    parts = [(kind, getattr(recipe, kind).name) for kind in kinds]
    parts += [("regularizer", part.name) for part in recipe.regularizers]
    return {
        "name": name,
        "content": recipe.to_dict(),
        "parts": rows_of([registry.get(kind, part) for kind, part in parts]),
        "changing": {key: str(schedule) for key, schedule in schedules_of(recipe).items()},
        "measured": _uncommented([line for entry in known for line in measured_lines(entry, recipe, registry)]),
        "published": _uncommented(published),
        "graph": None if shape is None else _graph(connected(recipe, registry, shape, modality).found),
    }


def _graph(found: "Connections") -> Any:
    return json.loads(json.dumps(asdict(found)))  # in which tuples are lists


def _uncommented(lines: list[str]) -> list[str]:
    return [line.removeprefix("#").removeprefix(" ") for line in lines]
