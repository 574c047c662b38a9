"""Class terms on the features of a discriminator: auxiliary classifiers and contrastive losses."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_regularizers(register: Callable[..., None]) -> None:
    """Register the classifiers and the contrastive terms."""
    register(
        "auxiliary-classifier",
        f"{__name__}.auxiliary_classifier:AuxiliaryClassifier",
        summary="Auxiliary classifier of D's features, which both players want to be right",
        paper="arXiv:1610.09585",
    )
    register(
        "twin-auxiliary-classifier",
        f"{__name__}.twin_classifier:TwinAuxiliaryClassifier",
        summary="Twin auxiliary classifier: a second one, of fakes alone, gives back the variety that the first costs",
        paper="arXiv:1907.02690",
    )
    register(
        "auxiliary-discriminative-classifier",
        f"{__name__}.discriminative_classifier:AuxiliaryDiscriminativeClassifier",
        summary="Auxiliary discriminative classifier of class and real or fake: twice as many classes",
        paper="arXiv:2107.10060",
    )
    register(
        "conditional-contrastive",
        f"{__name__}.conditional_contrastive:ConditionalContrastive",
        revision=2,
        summary="Conditional contrastive loss (2C): images of a class near each other and near their label",
        paper="arXiv:2006.12681",
    )
    register(
        "data-to-data-cross-entropy",
        f"{__name__}.data_to_data:DataToDataCrossEntropy",
        revision=2,
        summary="Data-to-data cross-entropy (D2D-CE): near to the own label, far from other classes, up to margins",
        paper="arXiv:2111.01118",
    )
