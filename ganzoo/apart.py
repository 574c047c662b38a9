"""Whether a discriminator judges each image of a batch by itself."""

from __future__ import annotations

import copy
import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn.modules.batchnorm import _BatchNorm

from .errors import RecipeError

if TYPE_CHECKING:
    from .interfaces import Discriminator
    from .recipe import Recipe

# Images of a kind that D is asked about at most: what divides this and the batch falls into the same groups in both.
MOST = 24


def require_apart(recipe: Recipe, D: Discriminator) -> None:
    """Check that ``schedule.joint`` changes nothing for D: that no verdict on an image hangs on one of the other kind.

    D is asked, and not what it is made of: a copy of it judges noise in one pass, real images before fakes, and no
    verdict on either half may have a derivative by the other half. So a third party's network is known, too.

    Raises:
        RecipeError: they hang together, or an output has no place for each image.
    """
    what = f"recipe {recipe.name!r}: schedule.joint shows real images and fakes to D in one pass, and discriminator"
    what = f"{what} {recipe.discriminator.name!r}"
    way = "leave joint out, or take another discriminator"
    D, batch = copy.deepcopy(D).train(), math.gcd(recipe.schedule.batch, MOST)
    x = torch.randn(2 * batch, D.channels, D.image_size, D.image_size).requires_grad_()
    y = torch.randint(D.num_classes, (2 * batch,)) if D.num_classes else None
    verdict = D(x, y)
    for name, value in verdict.items():
        if value.ndim == 0 or len(value) != 2 * batch:
            raise RecipeError(f"{what} gives {name!r} of shape {tuple(value.shape)} for {2 * batch} images: {way}")
    if _hang_together(list(verdict.values()), x, batch):
        norms = sorted({type(module).__name__ for module in D.modules() if isinstance(module, _BatchNorm)})
        by = ", ".join(norms) or "batch statistics, packs that it fills up or the like"
        raise RecipeError(f"{what} mixes the images of a batch ({by}): {way}")


def _hang_together(verdict: list[Tensor], x: Tensor, batch: int) -> bool:
    """Whether what is said of one half has a derivative by the other."""
    told = [value for value in verdict if value.is_floating_point() and value.requires_grad]
    for mine, others in ((slice(None, batch), slice(batch, None)), (slice(batch, None), slice(None, batch))):
        weighed = [(value[mine] * torch.randn_like(value[mine])).sum() for value in told]
        (slope,) = torch.autograd.grad(torch.stack(weighed).sum(), x, retain_graph=True)
        if slope[others].any():
            return True
    return False
