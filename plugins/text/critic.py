"""The critic of WGAN-GP's language model."""

from __future__ import annotations

from torch import Tensor, nn

from ganzoo.interfaces import Discriminator

from .blocks import init_lines, line_blocks


class TextCritic(Discriminator):
    """A convolution of each character by itself, residual blocks along the line, and one dense layer.

    Source: arXiv:1704.00028, sec. 5.4 and appendix; igul222/improved_wgan_training@1c6d436 gan_language.py.

    Args:
        length: T, how many characters a line has.
        vocabulary: V, how many characters there are.
        width: channels of the blocks.
        blocks: how many there are.
        kernel: how many characters a convolution sees; odd.

    Attributes:
        outputs: ``logits`` ``(B,)``, any real number, and ``features`` ``(B, width T)``, what the dense layer reads.

    Raises:
        RecipeError: a parameter is out of range.
    """

    outputs = frozenset({"logits", "features"})

    def __init__(self, *, length: int, vocabulary: int, width: int = 512, blocks: int = 5, kernel: int = 5) -> None:
        super().__init__()
        body = line_blocks(width, blocks, kernel)
        self.start = nn.Conv1d(vocabulary, width, 1)
        self.body = body
        self.head = nn.Linear(width * length, 1)
        self.apply(init_lines)

    def forward(self, x: Tensor, y: Tensor | None = None) -> dict[str, Tensor]:
        """``(B, T, V)`` distributions over characters -> logits ``(B,)`` and features ``(B, width T)``."""
        features = self.body(self.start(x.transpose(1, 2))).flatten(1)
        return {"logits": self.head(features).squeeze(1), "features": features}
