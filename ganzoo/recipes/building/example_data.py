"""Data that a recipe is built for where nobody has any: an example of a modality that it can be played on."""

from __future__ import annotations

from ...errors import GanzooError
from ...interfaces import Modality
from ...registry.registry import Registry
from ..headings.played_on import USUAL, PlayedOn
from ..recipe import Recipe
from .build import Parts, build_parts
from .one_part import load_class


def on_an_example(recipe: Recipe, registry: Registry, name: str | None = None) -> tuple[Parts, Modality] | None:
    """Build a recipe's parts for the first example that they fit; None for images, of which the caller has a shape.

    Args:
        recipe: what is built.
        registry: knows the parts and the modalities.
        name: of the modality; None for one that offers what the players need, images before all others.

    Raises:
        UnknownName: nobody registers the modality.
        GanzooError: the parts fit no example of it.
    """
    names = [name] if name is not None else _names(recipe, registry)
    if USUAL in names:
        return None
    first: GanzooError | None = None
    for one in names:
        cls: type[Modality] = load_class(registry, "modality", one)
        for _, modality in cls.tried():
            try:
                return build_parts(recipe, registry, modality=modality, seed=0), modality
            except GanzooError as error:
                first = first or error
    if first is not None:
        raise first
    return None


def _names(recipe: Recipe, registry: Registry) -> list[str]:
    players = {kind: getattr(recipe, kind) for kind in ("generator", "discriminator")}
    named = {kind: (part.name, list(part.params)) for kind, part in players.items()}
    return list(PlayedOn(registry).modalities(named) or [USUAL])
