"""The generator of WGAN-GP's language model."""

from __future__ import annotations

from torch import Tensor, nn

from ganzoo.interfaces import Generator
from ganzoo.layers import require_positive

from .blocks import init_lines, line_blocks


class TextGenerator(Generator):
    """A dense layer to a line of ``width`` channels, residual blocks along it, and a softmax over characters.

    The distributions go to the discriminator as they are; nothing is drawn, and the likeliest characters are judged.

    Source: arXiv:1704.00028, sec. 5.4 and appendix; igul222/improved_wgan_training@1c6d436 gan_language.py.

    Args:
        length: T, how many characters a line has.
        vocabulary: V, how many characters there are.
        z_dim: length of a latent.
        width: channels of the blocks.
        blocks: how many there are.
        kernel: how many characters a convolution sees; odd.

    Raises:
        RecipeError: a parameter is out of range.
    """

    def __init__(
        self, *, length: int, vocabulary: int, z_dim: int = 128, width: int = 512, blocks: int = 5, kernel: int = 5
    ) -> None:
        super().__init__()
        require_positive(z_dim=z_dim)
        self.z_dim = z_dim
        body = line_blocks(width, blocks, kernel)
        self.start = nn.Sequential(nn.Linear(z_dim, width * length), nn.Unflatten(1, (width, length)))
        self.body = body
        self.head = nn.Conv1d(width, vocabulary, 1)
        self.apply(init_lines)

    def scores(self, z: Tensor) -> Tensor:
        """``(B, z_dim)`` latents -> ``(B, T, V)``: the logits of the characters at each place."""
        out: Tensor = self.head(self.body(self.start(z)))
        return out.transpose(1, 2)

    def forward(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        """``(B, z_dim)`` latents -> ``(B, T, V)`` distributions over characters; there are no conditions."""
        return self.scores(z).softmax(dim=2)
