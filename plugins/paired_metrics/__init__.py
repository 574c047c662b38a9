"""Numbers of each generated image beside the real one of its row: PSNR and SSIM. They need no extractor."""

from collections.abc import Callable

import ganzoo


@ganzoo.hookimpl
def register_metrics(register: Callable[..., None]) -> None:
    """Register both."""
    register(
        "psnr",
        f"{__name__}.psnr:PeakSignalToNoise",
        summary="Peak signal-to-noise ratio of each generated image beside the real one of its row, in dB.",
        paper="arXiv:1609.04802",
    )
    register(
        "ssim",
        f"{__name__}.ssim:StructuralSimilarity",
        summary="Structural similarity of each generated image to the real one of its row; 1 for the same image.",
        paper="doi:10.1109/TIP.2003.819861",
    )
