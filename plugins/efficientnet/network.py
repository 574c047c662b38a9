"""EfficientNet-Lite, its batch normalisation folded into its convolutions."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

STEM, HEAD, CLASSES = 32, 1280, 1000
STAGES = (  # repeats, side of the kernel, stride, expansion, channels
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
_EPS = 1e-3  # of the batch normalisation
_COUNTS = "num_batches_tracked"  # of the training alone


class _Same(nn.Conv2d):
    """A convolution whose output has the input's sides over the stride, rounded up, as TensorFlow pads ``SAME``."""

    def forward(self, x: Tensor) -> Tensor:
        around: list[int] = []
        for size, kernel, stride in zip(x.shape[:1:-1], self.kernel_size[::-1], self.stride[::-1], strict=True):
            missing = max((-(-size // stride) - 1) * stride + kernel - size, 0)
            around += [missing // 2, missing - missing // 2]
        return super().forward(pad(x, around) if any(around) else x)


class _Block(nn.Module):
    """An inverted residual block without squeeze and excitation: 1x1 wider, depthwise, 1x1 narrower."""

    def __init__(self, channels: int, made: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        wide = channels * expansion
        self.expand = nn.Conv2d(channels, wide, 1) if expansion > 1 else None
        self.depthwise = (
            _Same(wide, wide, kernel, stride, groups=wide)
            if stride > 1
            else nn.Conv2d(wide, wide, kernel, padding=kernel // 2, groups=wide)
        )
        self.project = nn.Conv2d(wide, made, 1)
        self.clip = nn.ReLU6(inplace=True)
        self.residual = stride == 1 and channels == made

    def forward(self, x: Tensor) -> Tensor:
        wide = x if self.expand is None else self.clip(self.expand(x))
        h: Tensor = self.project(self.clip(self.depthwise(wide)))
        return x + h if self.residual else h


class EfficientNetLite(nn.Module):
    """EfficientNet-Lite of width 1: a stem, seven stages of blocks, a head, and a dense layer.

    Lite models have ReLU6 in place of swish and no squeeze and excitation, and neither stem and head nor the first and
    the last stage grow with the depth. Batch normalisation, which is frozen here, is folded into the convolutions.

    Source: arXiv:1905.11946; tensorflow/tpu, models/official/efficientnet/lite, for what makes them lite.

    Args:
        depth: factor of the number of blocks in a stage, rounded up: 1 for lite0, 1.1 for lite1.
    """

    def __init__(self, depth: float) -> None:
        super().__init__()
        self.stem = _Same(3, STEM, 3, 2)
        self.stages = nn.ModuleList()
        channels = STEM
        for i, (repeats, kernel, stride, expansion, made) in enumerate(STAGES):
            n = repeats if i in (0, len(STAGES) - 1) else math.ceil(depth * repeats)
            widths, strides = [channels, *[made] * (n - 1)], [stride, *[1] * (n - 1)]
            blocks = (_Block(c, made, kernel, s, expansion) for c, s in zip(widths, strides, strict=True))
            self.stages.append(nn.Sequential(*blocks))
            channels = made
        self.head = nn.Conv2d(channels, HEAD, 1)
        self.classes = nn.Linear(HEAD, CLASSES)
        self.clip = nn.ReLU6(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        """``(B, 3, H, W)`` -> the pooled activations ``(B, 1280)`` that ``classes`` reads."""
        h = self.clip(self.stem(x))
        for stage in self.stages:
            h = stage(h)
        out: Tensor = self.clip(self.head(h)).mean((2, 3))
        return out

    def names(self) -> Iterator[tuple[str, str, str]]:
        """Name each convolution here, and it and its batch normalisation in the published files."""
        yield "stem", "_conv_stem", "_bn0"
        blocks = [(name, module) for name, module in self.named_modules() if isinstance(module, _Block)]
        for n, (name, block) in enumerate(blocks):
            for i, layer in enumerate(("expand", "depthwise", "project")):
                if getattr(block, layer) is not None:
                    yield f"{name}.{layer}", f"_blocks.{n}._{layer}_conv", f"_blocks.{n}._bn{i}"
        yield "head", "_conv_head", "_bn1"

    def read(self, published: Mapping[str, Tensor]) -> None:
        """Take the tensors of a published file, each batch normalisation folded into the convolution before it.

        Raises:
            KeyError, RuntimeError: they are of another network.
        """
        left = {name: tensor for name, tensor in published.items() if not name.endswith(_COUNTS)}
        state = {f"classes.{name}": left.pop(f"_fc.{name}").float() for name in ("weight", "bias")}
        for own, convolution, norm in self.names():
            gain, bias, mean, variance = (
                left.pop(f"{norm}.{name}").double() for name in ("weight", "bias", "running_mean", "running_var")
            )
            scale = gain / (variance + _EPS).sqrt()
            kernel = left.pop(f"{convolution}.weight").double()
            state[f"{own}.weight"] = (kernel * scale.view(-1, 1, 1, 1)).to(torch.float32)
            state[f"{own}.bias"] = (bias - mean * scale).to(torch.float32)
        if left:
            raise KeyError(next(iter(left)))
        self.load_state_dict(state, assign=True)
