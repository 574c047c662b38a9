"""Class terms on the features of a discriminator: auxiliary classifiers and contrastive losses."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_regularizers(register: Callable[..., None]) -> None:
    """Register the classifiers and the contrastive terms."""
    register(
        "auxiliary-classifier",
        f"{__name__}.auxiliary_classifier:AuxiliaryClassifier",
        summary="D tells the class of an image, and G makes images whose class is told right",
        paper="arXiv:1610.09585",
    )
    register(
        "twin-auxiliary-classifier",
        f"{__name__}.twin_classifier:TwinAuxiliaryClassifier",
        summary="a second classifier, of fakes alone, takes back what the first one costs in variety",
        paper="arXiv:1907.02690",
    )
    register(
        "auxiliary-discriminative-classifier",
        f"{__name__}.discriminative_classifier:AuxiliaryDiscriminativeClassifier",
        summary="D tells the class of an image together with whether it is real: twice as many classes",
        paper="arXiv:2107.10060",
    )
    register(
        "conditional-contrastive",
        f"{__name__}.conditional_contrastive:ConditionalContrastive",
        summary="2C: images of a class are near each other and near their label, in D's features",
        paper="arXiv:2006.12681",
    )
    register(
        "data-to-data-cross-entropy",
        f"{__name__}.data_to_data:DataToDataCrossEntropy",
        summary="D2D-CE: near to the own label, far from images of other classes, each up to a margin",
        paper="arXiv:2111.01118",
    )
