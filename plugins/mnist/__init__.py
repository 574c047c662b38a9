"""MNIST and Fashion-MNIST, and the extractor that judges MNIST."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_datasets(register: Callable[..., None]) -> None:
    """Both datasets."""
    register(
        "mnist",
        f"{__name__}.dataset:Mnist",
        summary="60,000 handwritten digits, 28x28 grey",
        paper="Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, Proc. IEEE 86(11), 1998",
    )
    register(
        "fashion-mnist",
        f"{__name__}.dataset:FashionMnist",
        summary="60,000 pieces of clothing, 28x28 grey",
        paper="arXiv:1708.07747",
    )


@hookimpl
def register_extractors(register: Callable[..., None]) -> None:
    """The extractor."""
    register(
        "mnist",
        f"{__name__}.extractor:MnistExtractor",
        summary="a small classifier of MNIST, shipped with the package",
    )
