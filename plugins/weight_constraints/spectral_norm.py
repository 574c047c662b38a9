"""Spectral normalisation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import nn
from torch.nn.utils import parametrize

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Discriminator, Generator, Regularizer
from ganzoo.layers import CONVOLUTIONS, iterate_together, require_positive, spectral_norm

LAYERS = (*CONVOLUTIONS, nn.Linear)
NORMALISED = (*LAYERS, nn.Embedding)


class SpectralNorm(Regularizer):
    """Divides the weight of every convolution, dense layer and embedding of D by its largest singular value.

    Each forward pass in training mode takes ``n_power_iterations`` steps of the power method; in evaluation mode
    the singular vectors stay. A kernel is read as the matrix of its output channels by everything else.

    Heads on D that a loss or another regularizer owns, such as a classifier, are D's layers in this: so are they in
    google/compare_gan (the rotations of SSGAN) and POSTECH-CVLab/PyTorch-StudioGAN (classifiers and embeddings).

    Source: arXiv:1802.05957, sec. 2.1 and alg. 1.
    Departs: nowhere; ``generator`` does the same to G, as arXiv:1805.08318 proposed later, but for its embeddings: the
        gains that they hold of class-conditional normalisation start near zero, and are to grow (so in the authors'
        code of arXiv:1809.11096, too).

    Args:
        n_power_iterations: steps of the power method in each forward pass; the paper takes 1.
        generator: normalise the generator too.

    Raises:
        RecipeError: there are no power iterations.
    """

    def __init__(self, n_power_iterations: int = 1, generator: bool = False) -> None:
        super().__init__()
        require_positive(n_power_iterations=n_power_iterations)
        self.n_power_iterations, self.generator = n_power_iterations, generator

    def prepare(self, G: Generator, D: Discriminator) -> None:
        """Wrap the weights of D, and of G if so asked; those that are wrapped already are left alone.

        Raises:
            RecipeError: a player has nothing to normalise, or weights that start at zero.
        """
        for player in (D, G) if self.generator else (D,):
            if not self._wrap(player, NORMALISED if player is D else LAYERS):
                raise RecipeError(
                    f"spectral-norm finds nothing to normalise in {type(player).__name__}: "
                    "it looks for convolutions, dense layers and embeddings"
                )

    def prepare_heads(self, heads: Sequence[nn.Module]) -> None:
        """Wrap the weights of the heads that other terms own.

        Raises:
            RecipeError: one has weights that start at zero.
        """
        for head in heads:
            self._wrap(head, NORMALISED)

    def _wrap(self, module: nn.Module, kinds: tuple[type[nn.Module], ...]) -> bool:
        """Wrap the weights of the layers of these kinds; gives False where there are none."""
        layers: list[Any] = [layer for layer in module.modules() if isinstance(layer, kinds)]
        if any(not layer.weight.any() for layer in layers):
            raise RecipeError(
                f"spectral-norm divides weights by their largest singular value, and {type(module).__name__} has "
                "weights that start at zero: take another player, or another regularizer"
            )
        for layer in layers:
            if not parametrize.is_parametrized(layer, "weight"):
                spectral_norm(layer, self.n_power_iterations)
        iterate_together(module)
        return bool(layers)
