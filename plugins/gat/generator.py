"""The GAT generator."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import rms_norm

from ganzoo.errors import RecipeError
from ganzoo.interfaces import MappedGenerator, Size
from ganzoo.layers import labels_of, require_positive

from .layers import EPS, Attention, GatedPerceptron, heads_of, patches_of, slow_layers, start
from .positions import fixed_table

QUIET = 0.1  # the gain with which layers of styles start


def unit_square(x: Tensor) -> Tensor:
    """Vectors ``(B, N)`` scaled so that the mean of their squares is 1 (arXiv:1710.10196, sec. 4.2)."""
    return x * (x.square().mean(dim=1, keepdim=True) + 1e-8).rsqrt()


def scaled(x: Tensor, scale: Tensor) -> Tensor:
    """Tokens ``(B, T, W)``, each brought to a mean square of 1, times 1 + ``scale`` ``(B, W)``."""
    return rms_norm(x, x.shape[-1:], eps=EPS) * (1 + scale[:, None])


class StyledBlock(nn.Module):
    """Attention and a gated perceptron, each behind a scale and before a gate that the style makes.

    Source: arXiv:2509.24935, fig. 2, and the authors' code; arXiv:2212.09748 has the gates.

    Args:
        width: of a token and of the style.
        heads: of the attention.
        grid: rows and columns of patches.
    """

    def __init__(self, width: int, heads: int, grid: tuple[int, int]) -> None:
        super().__init__()
        self.attention = Attention(width, heads, grid)
        self.perceptron = GatedPerceptron(width)
        self.style = nn.Sequential(nn.SiLU(), nn.Linear(width, 4 * width))

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        """``(B, T, width)`` tokens, ``(B, width)`` style -> the tokens' shape."""
        attended, gate, changed, last = self.style(w).chunk(4, dim=1)
        x = x + gate[:, None] * self.attention(scaled(x, attended))
        out: Tensor = x + last[:, None] * self.perceptron(scaled(x, changed))
        return out


class ToPatches(nn.Module):
    """Tokens to an image: each is scaled by the style, and a dense layer makes its patch.

    Args:
        width: of a token and of the style.
        grid: rows and columns of patches.
        patch: pixels along a patch's sides.
        channels: of the image.
    """

    def __init__(self, width: int, grid: tuple[int, int], patch: int, channels: int) -> None:
        super().__init__()
        self.grid, self.patch, self.channels = grid, patch, channels
        self.style = nn.Sequential(nn.SiLU(), nn.Linear(width, width))
        self.dense = nn.Linear(width, patch * patch * channels)

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        """``(B, T, width)`` tokens, ``(B, width)`` style -> ``(B, C, H, W)``."""
        pixels = self.dense(scaled(x, self.style(w)))
        pixels = pixels.view(-1, *self.grid, self.patch, self.patch, self.channels).permute(0, 5, 1, 3, 2, 4)
        high, wide = (n * self.patch for n in self.grid)
        image: Tensor = pixels.reshape(-1, self.channels, high, wide)
        return image


class GATGenerator(MappedGenerator):
    """A transformer whose tokens begin as the places of patches alone; the latent makes scales and gates of its blocks.

    Two dense layers make one style of the latent, and of a learned vector of the label. After every ``1 / levels`` of
    the blocks a dense layer makes an image of the tokens, and the sum of all so far is that level's; the last is the
    generator's. With the term ``multi-level-noise`` the discriminator sees all of them.

    Source: arXiv:2509.24935, sec. 3, and the authors' code.
    Departs: images pass tanh at every level, where the paper's latents have no bounds; the style of a mean latent, and
        truncation and guidance by it, are not kept.

    Args:
        image_size: height and width of the images: multiples of ``patch``.
        channels: channels of the images.
        num_classes: how many labels there are; 0 for none.
        z_dim: length of a latent, and of a label's vector.
        patch: pixels along a patch's sides; the paper has 2, 4 and 8 on latents of 32x32.
        width: of a token, a multiple of 4; the paper has 384 (S), 768 (B), 1024 (L) and 1152 (XL).
        depth: blocks, a multiple of ``levels``; the paper has 12 (S, B), 24 (L) and 28 (XL).
        heads: of the attention; by default as many as have 64 features, as in the paper's S, B and L.
        levels: how many images are made on the way.

    Raises:
        RecipeError: the image size does not fit, or a parameter is out of range.
    """

    places: Tensor

    def __init__(
        self,
        *,
        image_size: Size,
        channels: int,
        num_classes: int,
        z_dim: int = 64,
        patch: int = 2,
        width: int = 64,
        depth: int = 4,
        heads: int | None = None,
        levels: int = 4,
    ) -> None:
        super().__init__()
        require_positive(z_dim=z_dim, depth=depth, levels=levels)
        if depth % levels:
            raise RecipeError(f"depth is {depth}, and must be a multiple of the {levels} levels")
        grid, heads = patches_of(image_size, patch), heads_of(width, heads)
        self.z_dim, self.levels, self.every = z_dim, levels, depth // levels
        self.label = nn.Embedding(num_classes, z_dim) if num_classes else None
        self.mapping = slow_layers(2 * z_dim if num_classes else z_dim, width)
        self.register_buffer("places", fixed_table(grid, width), persistent=False)
        self.blocks = nn.ModuleList(StyledBlock(width, heads, grid) for _ in range(depth))
        self.images = nn.ModuleList(ToPatches(width, grid, patch, channels) for _ in range(levels))
        start(self)
        for module in (*self.blocks, *self.images):
            nn.init.xavier_uniform_(module.style[1].weight, gain=QUIET)

    def map(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        """``(B, z_dim)`` latents, ``(B,)`` labels or None -> ``(B, depth, width)``, one style for all blocks."""
        given = [unit_square(z)] if self.label is None else [unit_square(self.label(labels_of(y))), unit_square(z)]
        w: Tensor = self.mapping(torch.cat(given, dim=1))
        return w[:, None].expand(-1, len(self.blocks), -1)

    def synthesise(self, w: Tensor) -> Tensor:
        """``(B, depth, width)`` styles -> ``(B, C, H, W)`` images in [-1, 1], those of the last level."""
        return self._all_levels(w)[-1]

    def stacked(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        """``(B, z_dim)`` latents, labels or None -> ``(B, levels * C, H, W)``: the image of each level, early first."""
        return torch.cat(self._all_levels(self.map(z, y)), dim=1)

    def _all_levels(self, w: Tensor) -> list[Tensor]:
        x = self.places.expand(len(w), -1, -1)
        image, found = torch.zeros((), device=w.device), []
        for i, block in enumerate(self.blocks):
            x = block(x, w[:, i])
            if (i + 1) % self.every == 0:
                image = image + self.images[i // self.every](x, w[:, i])
                found.append(image.tanh())
        return found
