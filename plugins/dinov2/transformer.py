"""The vision transformer of DINOv2."""

import torch
from torch import Tensor, nn

PATCH = 14  # pixels along a patch's side
_HEAD = 64  # width of an attention head, in every size of the network
_EPS = 1e-6
_OFFSET = 0.1  # added to the number of patches where the scale of the position table is taken


class _Attention(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        batch, tokens, width = x.shape
        q, k, v = self.qkv(x).view(batch, tokens, 3, width // _HEAD, _HEAD).permute(2, 0, 3, 1, 4)
        mixed = nn.functional.scaled_dot_product_attention(q, k, v)
        out: Tensor = self.proj(mixed.transpose(1, 2).reshape(batch, tokens, width))
        return out


class _Scale(nn.Module):
    """A factor for each channel."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.gamma


class _Perceptron(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(width, 4 * width)
        self.fc2 = nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.fc2(nn.functional.gelu(self.fc1(x)))
        return out


class _Block(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width, eps=_EPS)
        self.attn = _Attention(width)
        self.ls1 = _Scale(width)
        self.norm2 = nn.LayerNorm(width, eps=_EPS)
        self.mlp = _Perceptron(width)
        self.ls2 = _Scale(width)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.ls1(self.attn(self.norm1(x)))
        out: Tensor = x + self.ls2(self.mlp(self.norm2(x)))
        return out


class _Patches(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(3, width, PATCH, PATCH)

    def forward(self, images: Tensor) -> Tensor:
        out: Tensor = self.proj(images).flatten(2).transpose(1, 2)
        return out


class VisionTransformer(nn.Module):
    """``(B, 3, H, W)`` -> the normalised class token ``(B, width)``; sides are multiples of 14 pixels.

    Its parameters have the names of the published files, so that these load as they are. The table of positions, which
    was learnt for ``grid`` x ``grid`` patches, is resized bicubically for images of another size; the scale is that of
    a tenth of a patch more than there are, as where the weights were published.

    Source: arXiv:2304.07193; arXiv:2010.11929, sec. 3.1, for the transformer; arXiv:2103.17239 (LayerScale) for the
    factors of the channels.

    Args:
        width: of a token.
        depth: number of blocks.
        grid: patches along the side of the images that it was trained on at last.
    """

    def __init__(self, width: int, depth: int, grid: int = 37) -> None:
        super().__init__()
        self.grid = grid
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        self.pos_embed = nn.Parameter(torch.zeros(1, 1 + grid * grid, width))
        self.mask_token = nn.Parameter(torch.zeros(1, width))  # of the training alone
        self.patch_embed = _Patches(width)
        self.blocks = nn.ModuleList(_Block(width) for _ in range(depth))
        self.norm = nn.LayerNorm(width, eps=_EPS)

    def _positions(self, high: int, wide: int) -> Tensor:
        if high == wide == self.grid:
            return self.pos_embed
        of_class, of_patches = self.pos_embed.tensor_split([1], dim=1)
        table = of_patches.unflatten(1, (self.grid, self.grid)).permute(0, 3, 1, 2)
        scales = tuple((n + _OFFSET) / self.grid for n in (high, wide))
        resized = nn.functional.interpolate(table, scale_factor=scales, mode="bicubic")
        return torch.cat([of_class, resized.flatten(2).transpose(1, 2)], dim=1)

    def forward(self, images: Tensor) -> Tensor:
        """Give the class token after the last block and its norm."""
        patches = self.patch_embed(images)
        tokens = torch.cat([self.cls_token.expand(len(images), -1, -1), patches], dim=1)
        tokens = tokens + self._positions(images.shape[2] // PATCH, images.shape[3] // PATCH)
        for block in self.blocks:
            tokens = block(tokens)
        out: Tensor = self.norm(tokens[:, 0])
        return out
