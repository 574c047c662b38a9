"""The multi-hinge loss."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import relu

from ganzoo.interfaces import Discriminator, Generator, Loss, Turn
from ganzoo.layers import batch_mean, labels_of, output_shape, require_at_least, require_blind, require_labels


def crammer_singer(scores: Tensor, y: Tensor) -> Tensor:
    """E[max(0, 1 - score of y + the highest of the other scores)], a scalar of at least 0.

    Args:
        scores: ``(B, K)``.
        y: ``(B,)`` int64, which of them should win.
    """
    wanted = y[:, None] == torch.arange(scores.shape[1], device=y.device)
    rival = scores.masked_fill(wanted, -torch.inf).amax(dim=1)
    return relu(1 - scores.gather(1, y[:, None]).squeeze(1) + rival).mean()


class MultiHinge(Loss):
    """One classifier C of K + 1 classes in place of a verdict: the K of the data, and fakes.

    C is a dense layer on D's features; D's own logits are not read. In D's turn the right class of a real image,
    and the last class K for a fake one, is to lead the next by a margin of 1; G wants the class that was asked to lead
    so, and its features f to have the mean of the real ones' (arXiv:1606.03498, sec. 3.1). The hinge h(c, y) is that of
    Crammer and Singer: 1 - c_y + the highest of the other scores, and at least 0.

    Source: arXiv:1912.04216, the first version, sec. 3, and the authors' code, which has the two factors of G and
        the mean absolute difference of the features' means.
    Departs: nowhere from that version; the published one keeps a projection discriminator beside the classifier.

    Args:
        hinge_weight: factor of G's hinge.
        matching_weight: factor of G's feature matching; 0 leaves it out.

    Raises:
        RecipeError: a factor is below 0.
    """

    reads = frozenset({"features"})
    samples = "gathered"

    def __init__(self, hinge_weight: float = 0.05, matching_weight: float = 1.0) -> None:
        super().__init__()
        require_at_least(0, hinge_weight=hinge_weight, matching_weight=matching_weight)
        self.hinge_weight, self.matching_weight = hinge_weight, matching_weight

    def prepare(self, G: Generator, D: Discriminator) -> None:
        """Make the classifier.

        Raises:
            RecipeError: the game has no labels, or D's features have seen them.
        """
        self.num_classes = require_labels(D, "loss 'multi-hinge'")
        require_blind(D, "features", "loss 'multi-hinge'")
        self.head = nn.Linear(output_shape(D, "features").numel(), self.num_classes + 1)

    def heads(self) -> tuple[nn.Module, ...]:
        """Return the classifier."""
        return (self.head,)

    def d_loss(self, turn: Turn) -> Tensor:
        """E[h(C(real), y)] + E[h(C(fake), K)], a scalar of at least 0."""
        real, fake = self.head(turn.on_real["features"]), self.head(turn.on_fake["features"])
        of_fakes = torch.full_like(labels_of(turn.y_fake), self.num_classes)
        return crammer_singer(real, labels_of(turn.y)) + crammer_singer(fake, of_fakes)

    def g_loss(self, turn: Turn) -> Tensor:
        """``hinge_weight`` E[h(C(fake), y)] and ``matching_weight`` times the mean of |E f(fake) - E f(real)|."""
        fake = turn.on_fake["features"]
        loss = self.hinge_weight * crammer_singer(self.head(fake), labels_of(turn.y_fake))
        if self.matching_weight:
            apart = batch_mean(fake.mean(dim=0) - turn.on_real["features"].mean(dim=0))
            loss = loss + self.matching_weight * apart.abs().mean()
        return loss
