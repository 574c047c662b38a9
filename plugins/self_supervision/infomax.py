"""The term of InfoMax-GAN."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import relu, softplus

from ganzoo.interfaces import Discriminator, Generator, Regularizer, Turn
from ganzoo.layers import gathered, iterate_together, output_shape, require_at_least, require_positive, spectral_norm


def info_nce(local: Tensor, whole: Tensor) -> Tensor:
    """InfoNCE: the cross-entropy of each place with its own image, among all the places of the other images.

    The mean over images i and places a of -log e(i, i, a) / (e(i, i, a) + sum over images j other than i and
    places b of e(i, j, b)), where e(i, j, b) is the exponential of whole i . place b of image j.

    Source: arXiv:2007.04589, sec. 3, with the positives and negatives of the authors' code: the other places of
        the same image are neither.

    Args:
        local: ``(B, R, A)``, what is at each of ``A`` places.
        whole: ``(B, R)``, what the image is as a whole.

    Returns:
        A scalar of at least 0; the less, the more the places and the whole have in common.
    """
    scores = torch.einsum("ir,jra->ija", whole, local)
    own = torch.eye(len(whole), dtype=torch.bool, device=whole.device)
    positive = torch.einsum("ir,ira->ia", whole, local)
    lowest = torch.finfo(scores.dtype).min  # and not minus infinity, of which an image alone would make NaN
    negative = scores.masked_fill(own[:, :, None], lowest).flatten(1).logsumexp(dim=1, keepdim=True)
    return softplus(negative - positive).mean()


class ContrastProjection(nn.Module):
    """A hidden layer, and a linear way past it, to the space in which places and wholes are compared.

    Args:
        layer: makes a layer of given numbers of channels: a 1x1 convolution, or a dense layer.
        read: channels that are read.
        hidden: channels of the hidden layer.
        dim: channels that are given.
    """

    def __init__(self, layer: type[nn.Linear | nn.Conv1d], read: int, hidden: int, dim: int) -> None:
        super().__init__()

        def make(narrow: int, wide: int, *, bias: bool = True) -> nn.Module:
            made = nn.Conv1d(narrow, wide, 1, bias=bias) if layer is nn.Conv1d else nn.Linear(narrow, wide, bias=bias)
            nn.init.xavier_uniform_(made.weight)
            return spectral_norm(made)

        self.first, self.second = make(read, hidden), make(hidden, dim)
        self.past = make(read, dim, bias=False)  # the other way has one
        iterate_together(self)

    def forward(self, x: Tensor) -> Tensor:
        """``(B, read)`` or ``(B, read, A)`` -> ``(B, dim)`` or ``(B, dim, A)``."""
        out: Tensor = self.second(relu(self.first(x))) + self.past(x)
        return out


class InfoMax(Regularizer):
    """Keeps what is at each place of D's maps and what D's features say of the whole image informed of each other.

    InfoNCE is -E[log(e(i, i, a) / (e(i, i, a) + sum e(i, j, b)))] over images i and places a, the sum over the places b
    of all other images j; e(i, j, b) is the exponential of the inner product of the whole of i with place b of j.

    Both are projected into one space of ``dim`` dimensions, by a network of spectrally normalised 1x1 convolutions
    and one of dense layers, and compared by inner products (InfoNCE). D's turn takes it on real images, which
    keeps D from forgetting; G's turn on fakes, whose places cannot be told apart if all images are alike.

    Source: arXiv:2007.04589, sec. 3 and app. on architectures; the projections start as in the authors' code.

    Args:
        weight: factor in both turns.
        every: take it once in so many turns of a player, so many times as strong.
        dim: dimensions of the space in which they are compared, the paper's R.
        d_weight: factor in D's turn, the paper's beta.
        g_weight: factor in G's turn, the paper's alpha.

    Raises:
        RecipeError: a parameter is out of range.
    """

    reads = frozenset({"features", "maps"})
    samples = "gathered"

    def __init__(
        self,
        weight: float = 1.0,
        every: int = 1,
        dim: int = 1024,
        d_weight: float = 0.2,
        g_weight: float = 0.2,
    ) -> None:
        super().__init__(weight, every)
        require_positive(dim=dim)
        require_at_least(0, d_weight=d_weight, g_weight=g_weight)
        self.dim, self.d_weight, self.g_weight = dim, d_weight, g_weight

    def prepare(self, G: Generator, D: Discriminator) -> None:
        """Make both projections; their hidden layers have as many channels as the maps."""
        channels = output_shape(D, "maps")[0]
        self.local = ContrastProjection(nn.Conv1d, channels, channels, self.dim)
        self.whole = ContrastProjection(nn.Linear, output_shape(D, "features").numel(), channels, self.dim)

    def _of(self, verdict: dict[str, Tensor]) -> Tensor:
        return info_nce(gathered(self.local(verdict["maps"].flatten(2))), gathered(self.whole(verdict["features"])))

    def d_penalty(self, turn: Turn) -> Tensor:
        """``d_weight`` times InfoNCE of the real images, a scalar of at least 0."""
        return self.d_weight * self._of(turn.on_real)

    def g_penalty(self, turn: Turn) -> Tensor:
        """``g_weight`` times InfoNCE of the fakes, a scalar of at least 0."""
        return self.g_weight * self._of(turn.on_fake)
