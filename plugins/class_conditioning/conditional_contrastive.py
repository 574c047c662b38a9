"""The conditional contrastive term of ContraGAN."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Discriminator, Generator, Regularizer, Turn
from ganzoo.layers import gathered, labels_of, require_positive

from .contrastive_embedding import Embedding


def conditional_contrastive(images: Tensor, labels: Tensor, y: Tensor, temperature: float) -> Tensor:
    """Give the mean over i of -log (a(i, label of i) + sum over its class of a(i, k)) / (the same over all others).

    ``a`` is the exponential of an inner product over the temperature; no image is compared with itself.

    Source: arXiv:2006.12681, sec. 3.2.

    Args:
        images: ``(B, dim)`` vectors of length 1.
        labels: ``(B, dim)`` vectors of each image's label, of length 1.
        y: ``(B,)`` labels.
        temperature: above 0.

    Returns:
        A scalar of at least 0.
    """
    near = images @ images.T / temperature
    own = (images * labels).sum(dim=1, keepdim=True) / temperature
    oneself = torch.eye(len(y), dtype=torch.bool, device=y.device)
    others = y[:, None] != y[None, :]
    alike = torch.cat([own, near.masked_fill(oneself | others, -torch.inf)], dim=1).logsumexp(dim=1)
    whole = torch.cat([own, near.masked_fill(oneself, -torch.inf)], dim=1).logsumexp(dim=1)
    return (whole - alike).mean()


class ConditionalContrastive(Regularizer):
    """2C: each image is near its label's vector and near the other images of its class, and not near the rest.

    It is -E[log((a(x, y) + sum a(x, k)) / (a(x, y) + sum a(x, j)))], with a the exponential of an inner product over
    ``temperature``, x an image's vector, y its label's, k the other images of its class and j all other images.

    D's turn takes it on real images, so that D's features, the projection and the labels' vectors learn it; G's
    turn on fakes and the labels that were asked.

    Source: arXiv:2006.12681, sec. 3.2 and alg. 1.

    Args:
        weight: the paper's lambda.
        every: take it once in so many turns of a player, so many times as strong.
        dim: length of an embedding.
        temperature: inner products are divided by it.

    Raises:
        RecipeError: a parameter is not above 0.
    """

    reads = frozenset({"features"})
    samples = "gathered"

    def __init__(self, weight: float = 1.0, every: int = 1, dim: int = 1024, temperature: float = 1.0) -> None:
        super().__init__(weight, every)
        require_positive(dim=dim)
        if not temperature > 0:
            raise RecipeError(f"temperature of conditional-contrastive is {temperature!r}, and must be above 0")
        self.dim, self.temperature = dim, temperature

    def prepare(self, G: Generator, D: Discriminator) -> None:
        """Make the embeddings.

        Raises:
            RecipeError: the game has no labels, or D's features have seen them.
        """
        self.embedding = Embedding(D, self.dim, "regularizer 'conditional-contrastive'")

    def heads(self) -> tuple[nn.Module, ...]:
        """Return the embeddings."""
        return (self.embedding,)

    def _of(self, features: Tensor, y: Tensor) -> Tensor:
        images, labels = self.embedding(features, y)
        return conditional_contrastive(gathered(images), gathered(labels), gathered(y), self.temperature)

    def d_penalty(self, turn: Turn) -> Tensor:
        """2C of the real images, a scalar of at least 0."""
        return self._of(turn.on_real["features"], labels_of(turn.y))

    def g_penalty(self, turn: Turn) -> Tensor:
        """2C of the fakes, a scalar of at least 0."""
        return self._of(turn.on_fake["features"], labels_of(turn.y_fake))
