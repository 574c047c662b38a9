"""Changes to the dynamics of training: consensus optimisation, unrolling and latent optimisation."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_regularizers(register: Callable[..., None]) -> None:
    """Register the changes."""
    register(
        "consensus",
        f"{__name__}.consensus:Consensus",
        summary="Consensus optimisation: both players lower the squared gradients of both losses",
        paper="arXiv:1705.10461",
    )
    register(
        "latent-optimisation",
        f"{__name__}.latent_optimisation:LatentOptimisation",
        summary="Latent optimisation: moves each latent a step towards a better verdict before either player looks",
        paper="arXiv:1912.00953",
    )
    register(
        "unrolled",
        f"{__name__}.unrolled:Unrolled",
        summary="Unrolled discriminator: the generator faces D as it will be some steps later",
        paper="arXiv:1611.02163",
    )
