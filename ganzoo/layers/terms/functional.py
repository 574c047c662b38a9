"""A discriminator with other weights than its own."""

from __future__ import annotations

from torch import Tensor
from torch.func import functional_call

from ...interfaces import Discriminator


class FunctionalDiscriminator(Discriminator):
    """A discriminator as it would be with these weights.

    Its buffers are copied for every look, so that what normalisation layers keep of the images is left alone.

    Args:
        D: the discriminator.
        weights: by the names of its parameters, what stands in for them; those not named stay.

    Attributes:
        outputs, heads: those of ``D``.
    """

    def __init__(self, D: Discriminator, weights: dict[str, Tensor]) -> None:
        super().__init__()
        self.D, self.weights = D, weights
        self.outputs = D.outputs  # type: ignore[misc]
        self.heads = D.heads
        for name in ("modality", "conditional", "image_size", "channels", "num_classes"):
            if name in vars(D):  # the build sets them
                setattr(self, name, vars(D)[name])

    def forward(self, x: Tensor, y: Tensor | None = None) -> dict[str, Tensor]:
        """Samples, and their conditions or None -> what ``D`` would say of them with these weights."""
        buffers = {name: buffer.clone() for name, buffer in self.D.named_buffers()}
        verdict: dict[str, Tensor] = functional_call(self.D, self.weights | buffers, (x, y))
        return verdict
