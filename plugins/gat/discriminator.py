"""The GAT discriminator."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ganzoo.interfaces import Discriminator, Size
from ganzoo.layers import labels_of, require_choice, require_positive

from .layers import EPS, Attention, GatedPerceptron, RootMeanSquare, heads_of, patches_of, slow_layers, start
from .positions import fixed_table

CONDITIONED = ("projection", "none")
QUIET = 0.1  # the factors that the branches start with
LARGEST = 2048  # features that meet a label's vector, in the paper's networks of any width


class ScaledBlock(nn.Module):
    """Attention and a gated perceptron, each behind a normalisation and times a learned factor of each feature.

    Source: arXiv:2509.24935, fig. 2, and the authors' code; the factors are those of arXiv:2103.17239 (LayerScale).

    Args:
        width: of a token.
        heads: of the attention.
        grid: rows and columns of patches.
    """

    def __init__(self, width: int, heads: int, grid: tuple[int, int]) -> None:
        super().__init__()
        self.first, self.second = RootMeanSquare(width, eps=EPS), RootMeanSquare(width, eps=EPS)
        self.attention, self.perceptron = Attention(width, heads, grid), GatedPerceptron(width)
        self.attended, self.changed = (nn.Parameter(torch.full((width,), QUIET)) for _ in range(2))

    def forward(self, x: Tensor) -> Tensor:
        """``(B, T, width)`` tokens -> the same shape."""
        x = x + self.attended * self.attention(self.first(x))
        out: Tensor = x + self.changed * self.perceptron(self.second(x))
        return out


class GATDiscriminator(Discriminator):
    """A transformer over the patches of an image, whose class token is the verdict.

    It sees the levels of an image side by side, ``levels * C`` channels, as the term ``multi-level-noise`` shows them.
    An image of C channels is seen as if all its levels were this image.

    Source: arXiv:2509.24935, sec. 3, and the authors' code.
    Departs: features of a pretrained network, which the authors' discriminator learns to foretell beside its verdict,
        are left out. Without labels, a dense layer makes the verdict.

    Args:
        image_size: height and width of the images: multiples of ``patch``.
        channels: channels of the images.
        num_classes: how many labels there are; 0 for none.
        patch: pixels along a patch's sides; the paper has 2, 4 and 8 on latents of 32x32.
        width: of a token, a multiple of 4; the paper has 384 (S), 768 (B), 1024 (L) and 1152 (XL).
        depth: blocks; the paper has 12 (S, B), 24 (L) and 28 (XL).
        heads: of the attention; by default as many as have 64 features, as in the paper's S, B and L.
        levels: how many images it sees side by side: as many as the generator makes.
        embedding: features that meet the label's vector; by default 4 times the width, and at most the paper's 2048.
        conditioning: how a label counts: ``projection``, the inner product of these features and what two dense layers
            make of the label's learned vector is the verdict; ``none``, it does not.

    Attributes:
        outputs: ``logits`` ``(B,)`` and ``features`` ``(B, width)``, the normalised class token.

    Raises:
        RecipeError: the image size does not fit, or a parameter is out of range.
    """

    outputs = frozenset({"logits", "features"})

    places: Tensor

    def __init__(
        self,
        *,
        image_size: Size,
        channels: int,
        num_classes: int,
        patch: int = 2,
        width: int = 64,
        depth: int = 4,
        heads: int | None = None,
        levels: int = 4,
        embedding: int | None = None,
        conditioning: str = "projection",
    ) -> None:
        super().__init__()
        require_choice(CONDITIONED, conditioning=conditioning)
        grid, heads = patches_of(image_size, patch), heads_of(width, heads)
        embedding = min(LARGEST, 4 * width) if embedding is None else embedding
        require_positive(depth=depth, levels=levels, embedding=embedding)
        projected = bool(num_classes) and conditioning == "projection"
        self.levels, self.seen = levels, levels * channels
        self.patches = nn.Conv2d(self.seen, width, patch, stride=patch)
        self.register_buffer("places", fixed_table(grid, width), persistent=False)
        self.verdict_token = nn.Parameter(0.02 * torch.randn(1, 1, width))
        self.blocks = nn.ModuleList(ScaledBlock(width, heads, grid) for _ in range(depth))
        self.norm = RootMeanSquare(width, eps=EPS)
        self.head = nn.Linear(width, embedding if projected else 1)
        self.label = nn.Embedding(num_classes, embedding) if projected else None
        self.direction = slow_layers(embedding, embedding) if projected else None
        start(self)
        nn.init.xavier_uniform_(self.patches.weight.data.flatten(1))
        assert self.patches.bias is not None
        nn.init.zeros_(self.patches.bias)

    def forward(self, x: Tensor, y: Tensor | None = None) -> dict[str, Tensor]:
        """``(B, C, H, W)`` or ``(B, levels * C, H, W)`` images, ``(B,)`` labels or None -> verdict and features."""
        if x.shape[1] != self.seen:
            x = x.repeat(1, self.levels, 1, 1)
        tokens = self.patches(x).flatten(2).transpose(1, 2) + self.places
        h = torch.cat([self.verdict_token.expand(len(x), -1, -1).to(tokens.dtype), tokens], dim=1)
        for block in self.blocks:
            h = block(h)
        features = self.norm(h[:, 0])
        verdict = self.head(features)
        if self.label is None or self.direction is None:
            return {"logits": verdict.squeeze(1), "features": features}
        return {"logits": (verdict * self.direction(self.label(labels_of(y)))).sum(dim=1), "features": features}
