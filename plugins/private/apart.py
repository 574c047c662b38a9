"""A trial of whether a discriminator judges each row by itself."""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import Tensor, nn

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Discriminator, Modality, Shuffled
from ganzoo.samples import each, leaves, pick

DROPOUTS = (
    nn.Dropout,
    nn.Dropout1d,
    nn.Dropout2d,
    nn.Dropout3d,
    nn.AlphaDropout,
    nn.FeatureAlphaDropout,
)
_ROWS = 20  # of a batch, which fills packs of ten


def require_rows_apart(D: Discriminator) -> None:
    """See that the verdict on a row is made of this row alone, and that nothing else is kept of it.

    A copy is asked in training mode, on random samples of the shapes of the data.

    Raises:
        RecipeError: D is conditional; it draws noise; a verdict depends on other rows of the batch, as with batch
            statistics, a standard deviation over the batch, or packs; or D keeps running means.
    """
    if D.conditional:
        raise RecipeError(
            "dp-sgd plays without conditions: those of fakes are drawn as frequent as in the data, which nothing "
            "makes private; write conditional=false"
        )
    what = f"dp-sgd needs verdicts on single rows, and {type(D).__name__} "
    if any(isinstance(module, DROPOUTS) and module.p > 0 for module in D.modules()):
        raise RecipeError(f"{what}drops units at random: write discriminator.dropout=0.0, or take another network")
    if D.samples != "apart":
        raise RecipeError(f"{what}looks at the rows of a batch together: take another discriminator")
    rows = _random_rows(D)
    others = pick(rows, torch.tensor([0, *[2] * (_ROWS - 1)]))
    first, kept = _asked(D, rows, seed=0)
    again, _ = _asked(D, rows, seed=1)
    beside, kept_beside = _asked(D, others, seed=0)
    if not _alike(first, again):
        raise RecipeError(f"{what}draws noise: take a discriminator that judges a row the same each time")
    if not _alike({name: said[:1] for name, said in first.items()}, {name: said[:1] for name, said in beside.items()}):
        raise RecipeError(
            f"{what}judges a row by the others of its batch, as with batch statistics or packs: take one without, "
            "such as norm=none or packing=1"
        )
    if not _alike(kept, kept_beside):
        raise RecipeError(f"{what}keeps running means of the rows it saw: take a discriminator without them")


def require_rows_once(modality: Modality) -> None:
    """See that each row comes once in an epoch, which the accounting counts by.

    Raises:
        RecipeError: the data deal some rows more often, or fields of a row apart.
    """
    fields = {name: field for name, field in modality.example(_ROWS).items() if name != "y"}
    deal = modality.deal(fields, 0)
    if type(deal) is not Shuffled or len(set(deal.by.values())) > 1:
        raise RecipeError(
            f"dp-sgd counts by epochs in which every row comes once, and {modality.plural} are dealt otherwise: take "
            "data of another modality"
        )


def _random_rows(D: Discriminator) -> Any:
    rng = torch.Generator().manual_seed(0)
    real, _ = D.modality.play(D.modality.example(_ROWS), flips=False, rng=rng)

    def random(tensor: Tensor) -> Tensor:
        return torch.randn(tensor.shape, generator=rng) if tensor.is_floating_point() else tensor

    return each(random, real)


@torch.no_grad()
def _asked(D: Discriminator, rows: Any, *, seed: int) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    asked = copy.deepcopy(D).train()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        said = asked(rows)
    return {name: said[name] for name in said}, {name: buffer.double() for name, buffer in asked.named_buffers()}


def _alike(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    return all(
        torch.allclose(a, b, rtol=1e-4, atol=1e-6)
        for name in one
        for a, b in zip(leaves(one[name]), leaves(other[name]), strict=True)
    )
