"""Contrastive terms for labels: an image's embedding against its class's and against those of other images."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_regularizers(register: Callable[..., None]) -> None:
    """The terms of ContraGAN and of ReACGAN."""
    register(
        "conditional-contrastive",
        f"{__name__}.conditional:ConditionalContrastive",
        summary="2C: images of a class are near each other and near their label, in D's features",
        paper="arXiv:2006.12681",
    )
    register(
        "data-to-data-cross-entropy",
        f"{__name__}.data_to_data:DataToDataCrossEntropy",
        summary="D2D-CE: near to the own label, far from images of other classes, each up to a margin",
        paper="arXiv:2111.01118",
    )
