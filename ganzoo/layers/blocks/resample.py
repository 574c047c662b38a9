"""Images resampled through a small filter, so that doubling and halving their size leaves no grid of pixels behind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd import Function
from torch.nn.functional import conv2d, pad

from ...errors import RecipeError


def _spread(x: Tensor, up: int) -> Tensor:
    """``up - 1`` zeros behind each pixel, along both axes."""
    if up == 1:
        return x
    n, c, h, w = x.shape
    wide = x.new_zeros(n, h * up, w * up, c).permute(0, 3, 1, 2)
    wide[:, :, ::up, ::up] = x
    return wide


def _kernels(taps: Tensor) -> tuple[Tensor, Tensor]:
    """Return a filter of both axes as conv2d takes it, which correlates, and the same turned round; ``(K, K)`` each."""
    turned = torch.outer(taps, taps)
    return turned.flip(0, 1), turned


def _filtered(x: Tensor, kernel: Tensor, up: int, down: int, before: int, after: tuple[int, int]) -> Tensor:
    """Zeros put in, padding put on, a depthwise convolution, pixels left out; in the dtype of ``x``.

    ``after`` is the padding below and that on the right, which differ where one of two sides is odd.
    """
    channels = x.shape[1]
    kernel = kernel.to(x.dtype).expand(channels, 1, -1, -1)
    x = _spread(x, up)
    below, right = after
    padding = before if before == below == right >= 0 else 0
    if not padding == before == below == right:
        x = pad(x, (before, right, before, below))
    with torch.autocast(x.device.type, enabled=False):  # which is on in a forward pass, and off in most backward ones
        return conv2d(x, kernel, stride=down, padding=padding, groups=channels)


class _UpFirDn(Function):
    """The operation with a derivative of its own kind, so that derivatives of any order cost as little as it does.

    Its transpose is the same with the filter turned round, and with what is put in and what is left out exchanged.

    A gradient has the dtype of what it is the gradient of, which need not be that of the filter that was kept: each
    pass takes it in the dtype of what it filters.
    """

    @staticmethod
    def forward(
        x: Tensor, kernel: Tensor, turned: Tensor, up: int, down: int, before: int, after: tuple[int, int]
    ) -> Tensor:
        return _filtered(x, kernel, up, down, before, after)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        x, kernel, turned, up, down, before, _ = inputs
        ctx.save_for_backward(kernel, turned)
        ctx.sizes = up, down, before, x.shape[2:], output.shape[2:]

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None, None, None, None, None]:
        kernel, turned = ctx.saved_tensors
        up, down, before, sizes, made = ctx.sizes
        ahead = len(kernel) - 1 - before
        behind = tuple(
            size * up - filtered * down + before - up + 1 for size, filtered in zip(sizes, made, strict=True)
        )
        x = _UpFirDn.apply(gradients[0], turned, kernel, down, up, ahead, behind)
        return x, None, None, None, None, None, None


def upfirdn(x: Tensor, taps: Tensor, *, up: int = 1, down: int = 1, padding: tuple[int, int] = (0, 0)) -> Tensor:
    """Put zeros between pixels, filter along both axes, leave pixels out.

    As ``scipy.signal.upfirdn`` along each axis in turn, but that each pixel has ``up - 1`` zeros behind it, the last
    one too, and that only such places are kept at which the whole filter lies on the padded image.

    It keeps the dtype of ``x``, under autocast too, as ``torch.nn.functional.interpolate`` does.

    Args:
        x: ``(B, C, H, W)`` images.
        taps: ``(K,)``, the filter along one axis; it is a constant, to which no gradient flows.
        up: one more than how many zeros follow each pixel.
        down: of so many pixels the first is kept.
        padding: how many zeros are put before and behind the image along each axis, negative to cut off.

    Returns:
        ``(B, C, H', W')`` with ``H' = (H * up + sum(padding) - K) // down + 1``, and likewise ``W'``.
    """
    before, after = padding
    filtered: Tensor = _UpFirDn.apply(x, *_kernels(taps), up, down, before, (after, after))
    return filtered


class Filter(nn.Module):
    """``upfirdn`` by one filter, which is kept with the module and is no part of its state.

    Args:
        taps: the filter along one axis, in any proportion.
        gain: what the taps sum to.
    """

    kernel: Tensor
    turned: Tensor

    def __init__(self, taps: Sequence[float] = (1.0, 3.0, 3.0, 1.0), gain: float = 1.0) -> None:
        super().__init__()
        values = torch.tensor(taps, dtype=torch.float32)
        for name, kernel in zip(("kernel", "turned"), _kernels(gain * (values / values.sum())), strict=True):
            self.register_buffer(name, kernel, persistent=False)

    def forward(self, x: Tensor, *, up: int = 1, down: int = 1, padding: tuple[int, int] = (0, 0)) -> Tensor:
        """See ``upfirdn``."""
        before, after = padding
        filtered: Tensor = _UpFirDn.apply(x, self.kernel, self.turned, up, down, before, (after, after))
        return filtered


def _require_even(taps: Sequence[float]) -> None:
    """See that a filter can double or halve images without moving them.

    Raises:
        RecipeError: it has an odd number of taps, whose middle one lies upon a pixel: of two images, one twice the size
            of the other, no pixel's centre lies upon another's.
    """
    if len(taps) % 2:
        raise RecipeError(
            f"a filter of {len(taps)} taps, {list(taps)}, moves what it doubles or halves by half a pixel: give an "
            "even number of them, such as [1, 3, 3, 1]"
        )


class Doubled(nn.Module):
    """Images of twice the height and width, interpolated by a filter; a constant image keeps its value but at the edge.

    ``(1, 3, 3, 1)`` is bilinear interpolation with the new pixels beside the old ones. The middle of an image stays
    where it is, and with the same taps in both directions a mirrored image gives the mirrored result.

    Args:
        taps: the filter along one axis, in any proportion; even and odd taps must sum to the same.

    Raises:
        RecipeError: the number of taps is odd.
    """

    def __init__(self, taps: Sequence[float] = (1.0, 3.0, 3.0, 1.0)) -> None:
        super().__init__()
        _require_even(taps)
        self.filter, size = Filter(taps, gain=2.0), len(taps)
        self.padding = (size + 1) // 2, (size - 2) // 2

    def forward(self, x: Tensor) -> Tensor:
        """``(B, C, H, W)`` -> ``(B, C, 2H, 2W)``."""
        doubled: Tensor = self.filter(x, up=2, padding=self.padding)
        return doubled


class Halved(nn.Module):
    """Images of half the height and width, of which every second pixel is taken after a filter.

    The middle of an image stays where it is, and with the same taps in both directions a mirrored image gives the
    mirrored result.

    Args:
        taps: the filter along one axis, in any proportion.

    Raises:
        RecipeError: the number of taps is odd.
    """

    def __init__(self, taps: Sequence[float] = (1.0, 3.0, 3.0, 1.0)) -> None:
        super().__init__()
        _require_even(taps)
        self.filter, size = Filter(taps), len(taps)
        self.padding = (size - 1) // 2, (size - 2) // 2

    def forward(self, x: Tensor) -> Tensor:
        """``(B, C, 2H, 2W)`` -> ``(B, C, H, W)``."""
        halved: Tensor = self.filter(x, down=2, padding=self.padding)
        return halved
