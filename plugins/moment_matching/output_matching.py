"""The output-matching loss."""

from __future__ import annotations

from torch import Tensor

from ganzoo.interfaces import Loss, Turn


class OutputMatching(Loss):
    """The discriminator has target values; the generator's target is the verdict on the real images of its turn.

    Each fake is compared with the real image of the same place in the batch. The verdict on real images is a target
    and nothing else: it is detached, so that no gradient goes through it and the generator learns through its fakes
    alone.

    Source: arXiv:1611.04076, eq. 2, for the discriminator, and feature matching (arXiv:1606.03498, sec. 3.1) for the
    idea that the generator matches what the discriminator makes of real images.
    Departs: feature matching compares the means of a hidden layer; here it is the output, image by image. For a fake,
        the expected pull is the same as towards the mean verdict on real images.

    Args:
        a: what the discriminator should say of fake images.
        b: what it should say of real ones.
    """

    def __init__(self, a: float = 0.0, b: float = 1.0) -> None:
        super().__init__()
        self.a, self.b = a, b

    def d_loss(self, turn: Turn) -> Tensor:
        """E[(D(real) - b)^2] / 2 + E[(D(fake) - a)^2] / 2, a scalar of at least 0."""
        real = (turn.on_real["logits"] - self.b).square().mean()
        fake = (turn.on_fake["logits"] - self.a).square().mean()
        return 0.5 * (real + fake)

    def g_loss(self, turn: Turn) -> Tensor:
        """E[(D(fake) - D(real))^2], a scalar of at least 0."""
        return (turn.on_fake["logits"] - turn.on_real["logits"].detach()).square().mean()
