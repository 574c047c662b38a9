"""The StyleSwin generator."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from ganzoo.errors import RecipeError
from ganzoo.interfaces import MappedGenerator, Size
from ganzoo.layers import Doubled, LabelledLatent, doublings, labels_of, require_positive, shorter

from .dense import EqualisedLinear, Mapping
from .windows import DoubleAttention, sinusoids

MOST = 512  # channels of a map
HEAD = 32  # channels of a head, if there are enough for 4 heads
FEWEST = 4
SPREAD = 0.02


def heads_of(channels: int) -> int:
    """Give an even number of heads of 32 channels, or the next smaller one that divides the channels; at least 4."""
    most = max(FEWEST, channels // HEAD)
    return next(heads for heads in range(most, 0, -1) if heads == FEWEST or heads % 2 == channels % heads == 0)


class StyledNorm(nn.Module):
    """Each channel of a map brought to mean 0 and variance 1, times a gain and with a shift that the style makes.

    Source: arXiv:1703.06868, as arXiv:2112.10762, sec. 3.1 has it (AdaIN).

    Args:
        channels: of the map.
        style: length of a style.
    """

    def __init__(self, channels: int, style: int) -> None:
        super().__init__()
        self.affine = EqualisedLinear(style, 2 * channels)

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        """``(B, H, W, channels)``, ``(B, style)`` -> the shape of the former."""
        gain, shift = self.affine(w)[:, None, None].chunk(2, dim=3)
        variance, mean = torch.var_mean(x, dim=(1, 2), correction=0, keepdim=True)
        out: Tensor = gain * (x - mean) * (variance + 1e-5).rsqrt() + shift
        return out


class StyleSwinBlock(nn.Module):
    """Double attention and a perceptron with GELU, each behind a styled normalisation and added to what comes.

    Source: arXiv:2112.10762, fig. 2.

    Args:
        channels: of the map.
        style: length of a style.
        size: height and width of the map.
        most: pixels along a window's sides at most.
        ratio: how much wider the perceptron is inside.
    """

    def __init__(self, channels: int, style: int, size: tuple[int, int], most: int, ratio: int) -> None:
        super().__init__()
        self.first, self.second = StyledNorm(channels, style), StyledNorm(channels, style)
        self.attention = DoubleAttention(channels, heads_of(channels), size, most)
        self.perceptron = nn.Sequential(
            nn.Linear(channels, ratio * channels), nn.GELU(), nn.Linear(ratio * channels, channels)
        )

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        """``(B, H, W, channels)``, ``(B, style)`` -> the shape of the former."""
        x = x + self.attention(self.first(x, w))
        out: Tensor = x + self.perceptron(self.second(x, w))
        return out


class Larger(nn.Module):
    """A map of twice the size, bilinearly; layer normalisation, a dense layer, and sinusoids of the places.

    The sinusoids count by a learned factor that starts at 0.

    Source: arXiv:2112.10762, sec. 3.3, and the authors' code.

    Args:
        channels: that it takes.
        made: that it gives.
        size: height and width of what it gives.
    """

    places: Tensor

    def __init__(self, channels: int, made: int, size: tuple[int, int]) -> None:
        super().__init__()
        self.norm, self.dense = nn.LayerNorm(channels), nn.Linear(channels, made, bias=False)
        self.strength = nn.Parameter(torch.zeros(1))
        self.register_buffer("places", sinusoids(size, made), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """``(B, H, W, channels)`` -> ``(B, 2H, 2W, made)``."""
        doubled = interpolate(x.permute(0, 3, 1, 2), scale_factor=2, mode="bilinear").permute(0, 2, 3, 1)
        out: Tensor = self.dense(self.norm(doubled)) + self.strength * self.places
        return out


class ToImage(nn.Module):
    """A 1x1 convolution, whose two biases are those of the authors' code.

    Args:
        channels: of the map.
        made: of the image.
    """

    def __init__(self, channels: int, made: int) -> None:
        super().__init__()
        self.dense, self.bias = nn.Conv2d(channels, made, 1), nn.Parameter(torch.zeros(1, made, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        """``(B, H, W, channels)`` -> ``(B, made, H, W)``."""
        out: Tensor = self.dense(x.permute(0, 3, 1, 2)) + self.bias
        return out


class StyleSwinGenerator(MappedGenerator):
    """A style-based transformer: a learned constant grows to an image, through two blocks of window attention a size.

    The constant is 4 to 7 pixels wide. An image is made of every map, the sum of all, each doubled with a filter to the
    next, is the result. Windows have up to ``window`` pixels along a side, or the largest number of pixels that divides
    it.

    Source: arXiv:2112.10762, sec. 3 and fig. 2, and the authors' code.
    Departs: the images pass tanh, where the paper's have no bounds; sizes other than 4 doubled; with labels, a learned
        vector of the label stands behind the latent.

    Args:
        image_size: height and width of the images: the shorter is 4 to 7 doubled one or more times, the other a number
            doubled as often.
        channels: channels of the images.
        num_classes: how many labels there are; 0 for none.
        z_dim: length of a latent; the paper has 512.
        w_dim: length of a style; the paper has 512.
        depth: layers of the mapping network; the paper has 8.
        width: channels at the size of the images, a multiple of 4, and twice as many with each halving, up to 512; by
            default twice the shorter side, and at most 512. The paper has 16 at 1024 pixels and 32 at 256.
        window: pixels along a window's sides at most; the paper has 8.
        ratio: how much wider the perceptrons are inside; the paper has 4.

    Raises:
        RecipeError: the image size does not fit, or a parameter is out of range.
    """

    def __init__(
        self,
        *,
        image_size: Size,
        channels: int,
        num_classes: int,
        z_dim: int = 128,
        w_dim: int = 128,
        depth: int = 2,
        width: int | None = None,
        window: int = 8,
        ratio: int = 4,
    ) -> None:
        super().__init__()
        width = min(MOST, 2 * shorter(image_size)) // 4 * 4 if width is None else width
        require_positive(z_dim=z_dim, w_dim=w_dim, depth=depth, width=width, window=window, ratio=ratio)
        if width % FEWEST:
            raise RecipeError(f"width is {width}, and must be a multiple of {FEWEST}, whose heads share it")
        base, times = doublings(image_size)
        sizes = [(base[0] << i, base[1] << i) for i in range(times + 1)]
        widths = [max(width, min(MOST, width << (times - i))) for i in range(times + 1)]
        self.z_dim, self.layers = z_dim, 2 * len(sizes)
        self.label = LabelledLatent(num_classes, z_dim) if num_classes else None
        self.mapping = Mapping(2 * z_dim if num_classes else z_dim, w_dim, depth)
        self.constant = nn.Parameter(torch.randn(1, *base, widths[0]))
        self.blocks = nn.ModuleList(
            StyleSwinBlock(made, w_dim, size, window, ratio)
            for made, size in zip(widths, sizes, strict=True)
            for _ in range(2)
        )
        grown = [*widths[1:], widths[-1]]  # channels that images are made of
        steps = zip(pairwise(widths), sizes[1:], strict=True)
        self.larger = nn.ModuleList(Larger(narrow, made, size) for (narrow, made), size in steps)
        self.images = nn.ModuleList(ToImage(made, channels) for made in grown)
        self.doubled = Doubled()
        _start(self)

    def map(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        """``(B, z_dim)`` latents, ``(B,)`` labels or None -> ``(B, layers, w_dim)``, one style for all blocks."""
        w: Tensor = self.mapping(z if self.label is None else self.label(z, labels_of(y)))
        return w[:, None].expand(-1, self.layers, -1)

    def synthesise(self, w: Tensor) -> Tensor:
        """``(B, layers, w_dim)`` styles -> ``(B, C, H, W)`` images in [-1, 1]."""
        x = self.constant.expand(len(w), -1, -1, -1)
        image: Tensor | None = None
        for i, to_image in enumerate(self.images):
            for j in (2 * i, 2 * i + 1):
                x = self.blocks[j](x, w[:, j])
            last = i == len(self.larger)
            x = x if last else self.larger[i](x)
            made = to_image(x)
            image = made if image is None else (image if last else self.doubled(image)) + made
        assert image is not None
        return image.tanh()


def _start(network: nn.Module) -> None:
    """Draw weights as the authors do: dense ones and biases of windows from a normal cut off, those of images tiny."""
    for name, module in network.named_modules():
        if isinstance(module, nn.Linear):
            nn.init.trunc_normal_(module.weight, std=SPREAD)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, ToImage):
            nn.init.xavier_normal_(module.dense.weight, gain=SPREAD)
            assert module.dense.bias is not None
            nn.init.zeros_(module.dense.bias)
        elif name.endswith(("halves.0", "halves.1")):
            nn.init.trunc_normal_(module.bias, std=SPREAD)
