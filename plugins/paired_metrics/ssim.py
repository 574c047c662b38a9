"""Structural similarity."""

import torch
from torch import Tensor
from torch.nn.functional import conv2d

from ganzoo.errors import MetricError

from .per_image import PerImage

SIDE, SIGMA = 11, 1.5
K1, K2, PEAK = 0.01, 0.03, 255.0


class StructuralSimilarity(PerImage):
    """The mean of the SSIM map, from -1 to 1, of each image by itself, and the mean of these over the images.

    At each place of an 11x11 Gaussian window (sigma 1.5, weights of sum 1) that lies within the image:
    (2 mx my + C1)(2 sxy + C2) / ((mx^2 + my^2 + C1)(sx^2 + sy^2 + C2)), of weighted means, variances and covariance,
    C1 = (0.01 * 255)^2 and C2 = (0.03 * 255)^2. Each channel has a map of its own, and all of them count alike.

    Source: Wang, Bovik, Sheikh, Simoncelli, "Image quality assessment: from error visibility to structural
        similarity", IEEE Transactions on Image Processing 13 (2004), eq. 13 to 17 and sec. III-C.

    Departs: there images are grey. The authors' later code also averages over squares of f x f pixels and keeps each
        f-th, with f the shorter side over 256, rounded; here neither.
    """

    title = "SSIM"

    def of(self, sample: Tensor, target: Tensor) -> Tensor:
        """Return the similarity of each pair, ``(B,)``.

        Raises:
            MetricError: the window does not fit into the images.
        """
        height, width = sample.shape[2:]
        if min(height, width) < SIDE:
            raise MetricError(
                f"SSIM looks through a window of {SIDE}x{SIDE} pixels, and these images are {width}x{height}: leave "
                "ssim out of --metrics"
            )
        x, y = sample.flatten(0, 1)[:, None], target.flatten(0, 1)[:, None]
        mean_x, mean_y = _blurred(x), _blurred(y)
        var_x = _blurred(x * x) - mean_x**2
        var_y = _blurred(y * y) - mean_y**2
        both = _blurred(x * y) - mean_x * mean_y
        c1, c2 = (K1 * PEAK) ** 2, (K2 * PEAK) ** 2
        alike = (2 * mean_x * mean_y + c1) * (2 * both + c2)
        found = alike / ((mean_x**2 + mean_y**2 + c1) * (var_x + var_y + c2))
        return found.view(len(sample), -1).mean(1)


def _blurred(images: Tensor) -> Tensor:
    """Weighted means of all windows that lie within images ``(N, 1, H, W)``."""
    places = torch.arange(SIDE, dtype=images.dtype, device=images.device) - SIDE // 2
    weights = (-places.square() / (2 * SIGMA**2)).exp()
    weights = weights / weights.sum()  # the window is their outer product
    return conv2d(conv2d(images, weights.view(1, 1, -1, 1)), weights.view(1, 1, 1, -1))
