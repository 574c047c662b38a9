"""The data-to-data cross-entropy of ReACGAN."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Discriminator, Generator, Regularizer, Turn
from ganzoo.layers import gathered, labels_of, require_positive

from .contrastive_embedding import Embedding


def data_to_data_cross_entropy(
    images: Tensor, labels: Tensor, y: Tensor, temperature: float, m_p: float, m_n: float
) -> Tensor:
    """Give the mean over i of -log of p(i) / (p(i) + sum of n(i, j) over the images j of other classes).

    p(i) is exp(min(0, image i . its label - m_p) / temperature), n(i, j) is exp(max(0, image i . image j - m_n) /
    temperature): what is near enough, or far enough, pulls no more.

    Source: arXiv:2111.01118, eq. 6.

    Args:
        images: ``(B, dim)`` vectors of length 1.
        labels: ``(B, dim)`` vectors of each image's label, of length 1.
        y: ``(B,)`` labels.
        temperature: above 0.
        m_p: margin of the positives.
        m_n: margin of the negatives.

    Returns:
        A scalar of at least 0.
    """
    own = ((images * labels).sum(dim=1, keepdim=True) - m_p).clamp(max=0) / temperature
    near = (images @ images.T - m_n).clamp(min=0) / temperature
    alike = y[:, None] == y[None, :]
    whole = torch.cat([own, near.masked_fill(alike, -torch.inf)], dim=1).logsumexp(dim=1)
    return (whole - own.squeeze(1)).mean()


class DataToDataCrossEntropy(Regularizer):
    """D2D-CE: each image is near its label's vector and far from the images of other classes, up to margins.

    It is -E[log(p(x) / (p(x) + sum n(x, j)))], with x an image's vector and j those of the images of other classes;
    p(x) is exp(min(0, x . y - m_p) / temperature), with y the label's vector, and n(x, j) is
    exp(max(0, x . j - m_n) / temperature).

    D's turn takes it on real images, so that D's features, the projection and the labels' vectors learn it; G's
    turn on fakes and the labels that were asked. Embeddings lie on the unit sphere, which keeps the gradients of
    an auxiliary classifier from exploding early on (sec. 3.1).

    Source: arXiv:2111.01118, sec. 3.2 and eq. 6.

    Args:
        weight: the paper's lambda; 0.5 for CIFAR-10.
        every: take it once in so many turns of a player, so many times as strong.
        dim: length of an embedding.
        temperature: inner products are divided by it.
        m_p: margin of the positives: an image nearer to its label than this is near enough.
        m_n: margin of the negatives; null for the paper's 1 - m_p.

    Raises:
        RecipeError: a parameter is out of range.
    """

    reads = frozenset({"features"})
    samples = "gathered"

    def __init__(
        self,
        weight: float = 0.5,
        every: int = 1,
        dim: int = 512,
        temperature: float = 0.5,
        m_p: float = 0.98,
        m_n: float | None = None,
    ) -> None:
        super().__init__(weight, every)
        require_positive(dim=dim)
        if not temperature > 0:
            raise RecipeError(f"temperature of data-to-data-cross-entropy is {temperature!r}, and must be above 0")
        self.dim, self.temperature, self.m_p = dim, temperature, m_p
        self.m_n = 1 - m_p if m_n is None else m_n
        for name, margin in (("m_p", self.m_p), ("m_n", self.m_n)):
            if not -1 <= margin <= 1:
                raise RecipeError(f"{name} of data-to-data-cross-entropy is {margin!r}, and a cosine lies in [-1, 1]")

    def prepare(self, G: Generator, D: Discriminator) -> None:
        """Make the embeddings.

        Raises:
            RecipeError: the game has no labels, or D's features have seen them.
        """
        self.embedding = Embedding(D, self.dim, "regularizer 'data-to-data-cross-entropy'")

    def heads(self) -> tuple[nn.Module, ...]:
        """Return the embeddings."""
        return (self.embedding,)

    def _of(self, features: Tensor, y: Tensor) -> Tensor:
        images, labels = self.embedding(features, y)
        return data_to_data_cross_entropy(
            gathered(images), gathered(labels), gathered(y), self.temperature, self.m_p, self.m_n
        )

    def d_penalty(self, turn: Turn) -> Tensor:
        """D2D-CE of the real images, a scalar of at least 0."""
        return self._of(turn.on_real["features"], labels_of(turn.y))

    def g_penalty(self, turn: Turn) -> Tensor:
        """D2D-CE of the fakes, a scalar of at least 0."""
        return self._of(turn.on_fake["features"], labels_of(turn.y_fake))
