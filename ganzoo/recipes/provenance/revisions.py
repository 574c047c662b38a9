"""Revisions of parts: numbers that are raised where a part computes something else under its old name.

A part that never changed has revision 1. Revisions above 1 are kept as ``{"discriminator sndcgan": 2}``; those of 1 are
left out, so that what was played before there were any is known by the same key. Does not import torch.
"""

from collections.abc import Iterable, Mapping

from ...registry.registry import Registry
from ..recipe import Part, Recipe

Revisions = dict[str, int]


def named_parts(recipe: Recipe) -> list[tuple[str, Part]]:
    """Return every part that a recipe names, with its kind."""
    players = [("generator", recipe.generator), ("discriminator", recipe.discriminator), ("loss", recipe.loss)]
    return players + [("regularizer", part) for part in recipe.regularizers]


def titles_of(recipe: Recipe, registry: Registry) -> list[str]:
    """Return what errors call each part that a recipe names, such as ``loss 'hinge' of plugin 'losses'``."""
    return [
        f"{kind} {part.name!r} of plugin {registry.get(kind, part.name).plugin!r}" for kind, part in named_parts(recipe)
    ]


def revisions_of(recipe: Recipe, registry: Registry) -> Revisions:
    """Return the revisions above 1 of the parts that a recipe names.

    Raises:
        UnknownName: nobody registers a part.
        PluginError: it belongs to a plugin that failed.
    """
    return above_one((kind, part.name, registry.get(kind, part.name).revision) for kind, part in named_parts(recipe))


def above_one(parts: Iterable[tuple[str, str, int]]) -> Revisions:
    """Return the revisions above 1 of parts, each given by kind, name and revision."""
    return {f"{kind} {name}": revision for kind, name, revision in parts if revision > 1}


def titled(part: str) -> str:
    """Return ``the discriminator 'sndcgan'`` of ``discriminator sndcgan``."""
    kind, _, name = part.partition(" ")
    return f"the {kind} {name!r}"


def revised(then: Mapping[str, int], now: Mapping[str, int]) -> list[str]:
    """Return the parts whose revision differs, as ``revision 1 of the discriminator 'sndcgan', which has revision 2``.

    Args:
        then: the revisions that something was played with.
        now: those of the parts as they are.
    """
    return [
        f"revision {then.get(part, 1)} of {titled(part)}, which has revision {now.get(part, 1)}"
        for part in dict.fromkeys((*then, *now))
        if then.get(part, 1) != now.get(part, 1)
    ]
