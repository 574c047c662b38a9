"""A discriminator that says its verdict twice."""

from __future__ import annotations

from torch import Tensor

from ganzoo.interfaces import Discriminator

from .head import Head


class Sliced(Discriminator):
    """A discriminator whose logits leave the direction of its last layer alone, and whose ``along`` moves it alone.

    Args:
        D: the discriminator.
        head: its last layer.

    Attributes:
        outputs: those of ``D``, and ``along`` ``(B,)``, the logits without their bias.
    """

    def __init__(self, D: Discriminator, head: Head) -> None:
        super().__init__()
        self.D, self.head = D, head
        self.outputs = D.outputs | {"along"}  # type: ignore[misc]
        for name in ("modality", "conditional", "image_size", "channels", "num_classes"):
            if name in vars(D):  # the build sets them
                setattr(self, name, vars(D)[name])

    def forward(self, x: Tensor, y: Tensor | None = None) -> dict[str, Tensor]:
        """Samples, and their labels or None -> the verdict of ``D`` and ``along``."""
        verdict = self.D(x, y)
        logits, along = self.head.split(verdict["features"], y)
        return {**verdict, "logits": logits, "along": along}
