"""The softmax loss."""

from __future__ import annotations

import torch
from torch import Tensor

from ganzoo.interfaces import Loss, Turn
from ganzoo.layers import gathered


def _together(turn: Turn) -> Tensor:
    """Give the logits of all images of the batch, real and fake, ``(2B, ...)``."""
    return torch.cat([gathered(turn.on_real["logits"]), gathered(turn.on_fake["logits"])])


class SoftmaxGAN(Loss):
    """Cross-entropy of a softmax over all images of a batch, real and fake.

    The discriminator's target is 1/B for each of the B real images and 0 for each fake; the generator's is the same
    for each of the 2B images. A number added to all logits changes nothing. Where an image has several logits, such as
    one for each patch, those of one place have a softmax of their own, and the mean over the places counts.

    Source: arXiv:1704.06191, sec. 3; the logits are minus the paper's mu.
    """

    samples = "gathered"

    def d_loss(self, turn: Turn) -> Tensor:
        """Give log of the sum of e^D over the batch, less E[D(real)]: a scalar of at least log B."""
        return _together(turn).logsumexp(dim=0).mean() - turn.on_real["logits"].mean()

    def g_loss(self, turn: Turn) -> Tensor:
        """Give log of the sum of e^D over the batch, less the mean of D over it: a scalar of at least log 2B."""
        logits = _together(turn)
        return logits.logsumexp(dim=0).mean() - logits.mean()
