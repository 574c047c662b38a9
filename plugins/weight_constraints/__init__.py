"""Constraints and penalties on weights: clipping, spectral norm, orthogonality, historical averaging."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_regularizers(register: Callable[..., None]) -> None:
    """Register the constraints."""
    register(
        "historical-averaging",
        f"{__name__}.historical_averaging:HistoricalAveraging",
        summary="Historical averaging: holds the weights of both players near the mean of their past",
        paper="arXiv:1606.03498",
    )
    register(
        "orthogonal",
        f"{__name__}.orthogonal:Orthogonal",
        summary="Orthogonal regularization: pulls the filters of each layer towards orthogonal ones",
        paper="arXiv:1809.11096",
    )
    register(
        "spectral-norm",
        f"{__name__}.spectral_norm:SpectralNorm",
        summary="Spectral normalisation: divides every weight of D by its largest singular value",
        paper="arXiv:1802.05957",
    )
    register(
        "spectral-regularisation",
        f"{__name__}.spectral_regularisation:SpectralRegularisation",
        summary="Spectral norm regularization: half the squared largest singular value of each weight",
        paper="arXiv:1705.10941",
    )
    register(
        "weight-clipping",
        f"{__name__}.clipping:WeightClipping",
        summary="Weight clipping: keeps every parameter of the critic in a small box",
        paper="arXiv:1701.07875",
    )
