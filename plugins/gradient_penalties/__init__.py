"""Gradient penalties on the discriminator, at real images, at fakes, around and between them."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_regularizers(register: Callable[..., None]) -> None:
    """Register the penalties."""
    register(
        "dragan",
        f"{__name__}.dragan:DRAGAN",
        summary="Gradient penalty around real images: pulls the norm of D's gradient to 1",
        paper="arXiv:1705.07215",
    )
    register(
        "max-gradient",
        f"{__name__}.max_gradient:MaxGradient",
        summary="Maximum gradient penalty: the largest squared gradient of D between real and fake images",
        paper="arXiv:1902.05687",
    )
    register(
        "r1",
        f"{__name__}.r1:R1",
        summary="R1 penalty: half the squared gradient of D at real images",
        paper="arXiv:1801.04406",
    )
    register(
        "r2",
        f"{__name__}.r2:R2",
        summary="R2 penalty: half the squared gradient of D at fakes",
        paper="arXiv:1801.04406",
    )
    register(
        "approximate-r1",
        f"{__name__}.approximate:ApproximateR1",
        summary="R1 by noise: the squared change of D's verdict where real samples are moved a little",
        paper="arXiv:2501.08316",
    )
    register(
        "approximate-r2",
        f"{__name__}.approximate:ApproximateR2",
        summary="R2 by noise: the squared change of D's verdict where fakes are moved a little",
        paper="arXiv:2509.24935",
    )
    register(
        "wgan-div",
        f"{__name__}.wasserstein_divergence:WassersteinDivergence",
        summary="Wasserstein divergence: a power of the critic's gradient norm between real and fake images",
        paper="arXiv:1712.01026",
    )
    register(
        "gradient-penalty",
        f"{__name__}.one_centred:GradientPenalty",
        summary="Gradient penalty of WGAN-GP: pulls the critic's gradient norm to 1 between real and fake images",
        paper="arXiv:1704.00028",
    )
    register(
        "zero-centred",
        f"{__name__}.zero_centred:ZeroCentred",
        summary="Zero-centred gradient penalty: the squared gradient of D between real and fake images",
        paper="arXiv:1902.03984",
    )
