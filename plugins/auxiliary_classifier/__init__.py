"""Classifiers beside the verdict: the auxiliary classifier, its twin, and the discriminative one."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_regularizers(register: Callable[..., None]) -> None:
    """Three ways in which a class is asked of D's features."""
    register(
        "auxiliary-classifier",
        f"{__name__}.classifier:AuxiliaryClassifier",
        summary="D tells the class of an image, and G makes images whose class is told right",
        paper="arXiv:1610.09585",
    )
    register(
        "twin-auxiliary-classifier",
        f"{__name__}.twin:TwinAuxiliaryClassifier",
        summary="a second classifier, of fakes alone, takes back what the first one costs in variety",
        paper="arXiv:1907.02690",
    )
    register(
        "auxiliary-discriminative-classifier",
        f"{__name__}.discriminative:AuxiliaryDiscriminativeClassifier",
        summary="D tells the class of an image together with whether it is real: twice as many classes",
        paper="arXiv:2107.10060",
    )
