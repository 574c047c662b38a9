"""CIFAR-10 and CIFAR-100."""

from collections.abc import Callable

from ganzoo import hookimpl

_PAPER = "A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009"


@hookimpl
def register_datasets(register: Callable[..., None]) -> None:
    """Both datasets."""
    register(
        "cifar10",
        f"{__name__}.dataset:Cifar10",
        summary="50,000 photographs in 10 classes, 32x32 RGB",
        paper=_PAPER,
    )
    register(
        "cifar100",
        f"{__name__}.dataset:Cifar100",
        summary="50,000 photographs in 100 classes, 32x32 RGB",
        paper=_PAPER,
    )
