"""Check that several ranks can play a recipe, before any run begins."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from ....errors import GanzooError
from ....interfaces import Modality
from ....layers.whole_batch import Ranks
from ....recipes.building.build import Parts, build_parts
from ....recipes.changing import some_budget
from ....recipes.provenance.revisions import named_parts
from ....recipes.recipe import Recipe
from ....registry.registry import Registry
from ....training import Trainer
from ....training.ranks.trial import why_not

_AT_LEAST = 4  # rows that a rank plays in a trial: of fewer, batch statistics say little
_IMAGES = 512  # that a trial is played with


def why_not_by_ranks(
    recipe: Recipe,
    registry: Registry,
    parts: Parts,
    modality: Modality,
    fields: Mapping[str, Tensor],
    count: int,
) -> str:
    """Say in a sentence why so many ranks cannot play a recipe on these data; give nothing where they can.

    Args:
        recipe: what is to be played.
        registry: knows the parts.
        parts: of the recipe, built.
        modality: that they are built for.
        fields: of the data at rest.
        count: how many ranks.
    """
    batch = recipe.schedule.batch
    said = f"recipe {recipe.name!r} cannot be played by {count} ranks"
    if batch % count:
        return f"{said}: schedule.batch is {batch}, and must be a multiple of {count}"
    mixing = [
        f"{kind} {part.name!r}"
        for (kind, part), built in zip(named_parts(recipe), parts.modules().values(), strict=True)
        if built.samples == "mixed"
    ]
    if mixing:
        return f"{said}: {mixing[0]} looks at the samples of a batch together, and does not gather those of all ranks"
    share = batch // count
    small = next(rows for rows in range(min(_AT_LEAST, share), share + 1) if share % rows == 0)
    why = ""
    for rows in dict.fromkeys((small, share)):  # a part may have no use for a batch as small as the first one
        try:
            why = _trial(recipe, registry, modality, fields, count, share, rows)
        except GanzooError as error:
            why = str(error)
        if not why:
            return ""
    return f"{said}: {why}"


def _trial(
    recipe: Recipe,
    registry: Registry,
    modality: Modality,
    fields: Mapping[str, Tensor],
    count: int,
    share: int,
    rows: int,
) -> str:
    some = slice(0, max(_IMAGES, count * rows))

    def make(ranks: Ranks | None, batch: int) -> Trainer:
        schedule = recipe.schedule.model_copy(update={"batch": batch, "batch_stats": "synced", "ema": 0.0})
        small = recipe.model_copy(update={"schedule": schedule})
        parts = build_parts(small, registry, modality=modality, seed=0)
        given = {name: tensor if name in modality.whole else tensor[some] for name, tensor in fields.items()}
        return Trainer(small, parts, given, modality=modality, seed=0, ranks=ranks, budget=some_budget(small))

    before = torch.get_rng_state()
    try:
        return why_not(make, count, share, rows)
    finally:
        torch.set_rng_state(before)
