"""Spectral normalisation with converged singular vectors, where two power methods agree."""

import torch
from ganzoo_plugins.weight_constraints.spectral_norm import SpectralNorm
from torch import Tensor, nn

from ganzoo.interfaces import Discriminator, Generator
from ganzoo.layers.blocks.spectral import norm_of

DEPARTS = (
    "spectral normalisation is PyTorch's, whose power method begins with the right singular vector where theirs begins "
    "with the left: half a step more; the vectors compared are converged, where both are the same"
)


def normalised(G: Generator, D: Discriminator, generator: bool) -> None:
    """Normalise D, and G if so asked, from the weights that they have, with converged singular vectors."""
    SpectralNorm(generator=generator).prepare(G, D)
    for player in (G, D):
        converge(player)


@torch.no_grad()
def converge(player: nn.Module) -> None:
    """Set the singular vectors of each normalised layer to those of its weight."""
    for layer in player.modules():
        norm = norm_of(layer)
        if norm is not None:
            norm._u, norm._v = leading(layer.parametrizations.weight.original)


def leading(weight: Tensor) -> tuple[Tensor, Tensor]:
    """Give the singular vectors of the largest singular value: of the outputs, and of all else."""
    u, _, v = torch.linalg.svd(weight.detach().flatten(1), full_matrices=False)
    return u[:, 0].contiguous(), v[0].contiguous()
