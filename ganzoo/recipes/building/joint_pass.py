"""A test that a discriminator judges each image of a batch by itself."""

from __future__ import annotations

import copy
import math
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from ...backend.internals import BatchNorm
from ...errors import RecipeError
from ...interfaces.size import sides
from ...samples import differentiable, each, leaves

if TYPE_CHECKING:
    from ...interfaces import Discriminator, Modality
    from ..recipe import Recipe

# Images of a kind that D is asked about at most: what divides this and the batch falls into the same groups in both.
MOST = 24


def require_apart(recipe: Recipe, D: Discriminator) -> None:
    """Check that ``schedule.joint`` changes nothing for D: that no verdict on an image hangs on one of the other kind.

    D is asked, and not what it is made of: a copy of it judges noise in one pass, real images before fakes. No verdict
    on either half may have a derivative by the other half, nor change with it, as it does by a mean that was taken
    without a gradient. So a third party's network is known, too. Weights that begin at zero would hide what lies behind
    them, and have other values in the copy. Who mixes a few images is asked about the whole batch: its groups may be
    larger than these few, and no larger than the batch.

    Raises:
        RecipeError: they hang together, or an output has no place for each image.
    """
    what = f"recipe {recipe.name!r}: schedule.joint shows real images and fakes to D in one pass, and discriminator"
    what = f"{what} {recipe.discriminator.name!r}"
    way = "leave joint out, or take another discriminator"
    D = _with_all_weights(D)
    few = math.gcd(recipe.schedule.batch, MOST)
    for name, value in _Asked(D, few).verdict.items():
        if value.ndim == 0 or len(value) != 2 * few:
            raise RecipeError(f"{what} gives {name!r} of shape {tuple(value.shape)} for {2 * few} images: {way}")
    if all(_Asked(D, batch).hang_together() for batch in dict.fromkeys((few, recipe.schedule.batch))):
        norms = sorted({type(module).__name__ for module in D.modules() if isinstance(module, BatchNorm)})
        by = ", ".join(norms) or "batch statistics, packs that it fills up or the like"
        raise RecipeError(f"{what} mixes the images of a batch ({by}): {way}")


@torch.no_grad()
def _with_all_weights(D: Discriminator) -> Discriminator:
    """Return a copy in training mode, in which no weights are all zero."""
    D = copy.deepcopy(D).train()
    for weight in D.parameters():
        if not weight.any():
            weight.normal_(std=0.1)
    return D


def _noise(D: Discriminator, n: int) -> tuple[Any, Any]:
    """Return samples of noise in the shapes of the data, and conditions, None where D sees none."""
    modality: Modality | None = getattr(D, "modality", None)
    if modality is None:  # of a discriminator that was told of images alone
        labels = torch.randint(D.num_classes, (n,)) if D.num_classes else None
        return torch.randn(n, D.channels, *sides(D.image_size)), labels
    real, y = modality.play(modality.example(n), flips=False, rng=torch.Generator())
    noise = each(lambda tensor: torch.randn_like(tensor) if tensor.is_floating_point() else tensor, real)
    return noise, y if getattr(D, "conditional", True) else None


class _Asked:
    """D's verdicts on a batch of noise of either kind.

    Attributes:
        verdict: of the first time that it was asked.
    """

    def __init__(self, D: Discriminator, batch: int) -> None:
        self.D, self.batch = D, batch
        x, self.y = _noise(D, 2 * batch)
        self.x = differentiable(x)
        self.random = torch.get_rng_state()
        self.verdict = self._of(self.x)

    def _of(self, x: Any) -> dict[str, Tensor]:
        """As if D was never asked before."""
        torch.set_rng_state(self.random)
        return copy.deepcopy(self.D)(x, self.y)

    def hang_together(self) -> bool:
        """Return whether what is said of one half hangs on the other."""
        halves = slice(None, self.batch), slice(self.batch, None)
        return any(self._slopes(*two) or self._changes(*two) for two in (halves, halves[::-1]))

    def _slopes(self, mine: slice, others: slice) -> bool:
        told = [value for value in self.verdict.values() if value.is_floating_point() and value.requires_grad]
        weighed = [(value[mine] * torch.randn_like(value[mine])).sum() for value in told]
        held = [tensor for tensor in leaves(self.x) if tensor.requires_grad]
        total = torch.stack(weighed).sum()
        slopes = torch.autograd.grad(total, held, retain_graph=True, allow_unused=True, materialize_grads=True)
        return any(bool(slope[others].any()) for slope in slopes)

    @torch.no_grad()
    def _changes(self, mine: slice, others: slice) -> bool:
        x = each(torch.clone, self.x)
        for tensor in leaves(x):
            if tensor.is_floating_point():
                tensor[others] = 2 * tensor[others].flip(0) + 1
        return any(
            not torch.allclose(value[mine], self.verdict[name][mine], rtol=1e-4, atol=1e-6)
            for name, value in self._of(x).items()
        )
