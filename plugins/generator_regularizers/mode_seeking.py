"""The mode-seeking term."""

from __future__ import annotations

from torch import Tensor

from ganzoo.interfaces import Regularizer, Turn
from ganzoo.layers import batch_mean, mean_over
from ganzoo.samples import each


class ModeSeeking(Regularizer):
    """The generator is charged for images that differ little where their latents differ much.

    For two batches of latents z and z' with the same labels, it descends 1 / (r + eps), where r is
    E|G(z') - G(z)| / E|z' - z|, the mean absolute difference of the images over that of the latents.

    Source: arXiv:1903.05628, in the form of the authors' code: the reciprocal of the ratio, with means over the whole
        batch.
    Departs: the second batch serves this term only, where the authors' code also shows it to the discriminator.

    Args:
        weight: lambda_ms in the paper.
        every: take it once in so many turns of the generator, so many times as strong.
    """

    samples = "gathered"
    eps = 1e-5  # where all images are the same

    def __init__(self, weight: float = 1.0, every: int = 1) -> None:
        super().__init__(weight, every)

    def g_penalty(self, turn: Turn) -> Tensor:
        """E|z' - z| / (E|G(z') - G(z)| + eps E|z' - z|), a scalar above 0."""
        z = turn.G.sample_z(len(turn.z), device=turn.z.device, rng=turn.rng).to(turn.z.dtype)
        fake = turn.G(z, turn.y_fake)
        apart = each(lambda a, b: (a - b).abs(), fake, turn.fake)
        ratio = batch_mean(mean_over(apart)) / batch_mean((z - turn.z).abs().mean())
        return 1 / (ratio + self.eps)
