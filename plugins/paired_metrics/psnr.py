"""Peak signal-to-noise ratio."""

from torch import Tensor

from .per_image import PerImage

_PEAK = 255.0


class PeakSignalToNoise(PerImage):
    """10 log10(255^2 / MSE) in decibels, of each image by itself, and the mean of these over the images.

    The mean square error is over all numbers of an image, all channels alike. The mean is of decibels, not of errors.
    That of two equal images would be infinite: the error is held to at least that of one number that is off by one
    grey level, 1 / (C H W), which for a 32x32 RGB image makes 83.0 dB the highest value there is.

    Source: arXiv:1609.04802, sec. 3.1 (the error behind it, eq. 4).

    Departs: there, and often, it is taken of the luminance alone, and without a border of 4 pixels; here of all pixels.
    """

    title = "PSNR (dB)"

    def of(self, sample: Tensor, target: Tensor) -> Tensor:
        """Return the decibels of each pair, ``(B,)``."""
        apart = (sample - target).square().flatten(1)
        return 10 * (_PEAK**2 / apart.mean(1).clamp(min=1 / apart.shape[1])).log10()
