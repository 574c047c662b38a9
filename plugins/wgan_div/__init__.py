"""The penalty of the Wasserstein divergence of arXiv:1712.01026."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_regularizers(register: Callable[..., None]) -> None:
    """The penalty that makes a divergence of the critic's objective."""
    register(
        "wgan-div",
        f"{__name__}.penalty:WassersteinDivergence",
        summary="a high power of the critic's slope between real and fake images",
        paper="arXiv:1712.01026",
    )
