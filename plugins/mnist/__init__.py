"""MNIST, Fashion-MNIST and stacked MNIST, and the extractors that judge MNIST and its stacks."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_datasets(register: Callable[..., None]) -> None:
    """Register the datasets."""
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
    register(
        "stacked-mnist",
        f"{__name__}.stacked:StackedMnist",
        summary="128,000 images of three MNIST digits as channels, 28x28: 1,000 modes",
        paper="arXiv:1611.02163",
    )
    register(
        "stacked-mnist-32",
        f"{__name__}.stacked:StackedMnist32",
        summary="stacked-mnist with 2 pixels of black round each image, 32x32",
        paper="arXiv:1611.02163",
    )


@hookimpl
def register_extractors(register: Callable[..., None]) -> None:
    """Both extractors."""
    register(
        "mnist",
        f"{__name__}.extractor:MnistExtractor",
        summary="a small classifier of MNIST, shipped with the package",
    )
    register(
        "stacked-mnist",
        f"{__name__}.stacked_extractor:StackedMnistExtractor",
        summary="the classifier of MNIST on each channel, and which of the 1,000 modes the three digits are",
    )
