"""Tables, CTGAN's players and terms, and what judges rows."""

from collections.abc import Callable

from ganzoo import hookimpl

PAPER = "arXiv:1907.00503"


@hookimpl
def register_modalities(register: Callable[..., None]) -> None:
    """Register tables."""
    register(
        "table", f"{__name__}.modality:Table", summary="rows of numbers and choices, such as a CSV has", paper=PAPER
    )


@hookimpl
def register_generators(register: Callable[..., None]) -> None:
    """Register CTGAN's generator."""
    register(
        "table",
        f"{__name__}.generator:TableGenerator",
        summary="residual dense layers to a row: tanh for values, Gumbel-softmax for modes and choices",
        paper=PAPER,
    )


@hookimpl
def register_discriminators(register: Callable[..., None]) -> None:
    """Register CTGAN's discriminator."""
    register(
        "packed-table",
        f"{__name__}.discriminator:PackedTableDiscriminator",
        summary="dense layers over a pack of rows, with dropout",
        paper=PAPER,
    )


@hookimpl
def register_regularizers(register: Callable[..., None]) -> None:
    """Register CTGAN's two terms."""
    register(
        "condition-loss",
        f"{__name__}.condition_loss:ConditionLoss",
        summary="The generator's cross-entropy of the value that was asked for",
        paper=PAPER,
    )
    register(
        "pack-penalty",
        f"{__name__}.pack_penalty:PackPenalty",
        summary="Gradient penalty of WGAN-GP over whole packs of rows and their conditions",
        paper=PAPER,
    )


@hookimpl
def register_metrics(register: Callable[..., None]) -> None:
    """Register the metrics of rows."""
    register(
        "column-distance",
        f"{__name__}.column_distance:ColumnDistance",
        summary="How far apart the columns are: 1-Wasserstein over the deviation, total variation of choices.",
    )
    register(
        "correlation-distance",
        f"{__name__}.correlation_distance:CorrelationDistance",
        summary="How much the association of two columns differs, over all pairs.",
        paper="arXiv:2102.08369",
    )
    register(
        "tstr",
        f"{__name__}.usefulness:TrainOnSynthetic",
        summary="Per cent of real rows that a classifier trained on generated rows gets right.",
        paper="arXiv:1706.02633",
    )
    register(
        "nearest-record",
        f"{__name__}.nearest_record:NearestRecord",
        summary="How often generated rows are nearer to real ones than these to each other: 50 is new, 100 copies.",
        paper="arXiv:1806.03384",
    )


@hookimpl
def register_datasets(register: Callable[..., None]) -> None:
    """Register both tables."""
    register(
        "wine",
        f"{__name__}.wine:Wine",
        summary="178 wines of three cultivars, 13 numbers each, shipped with the package",
        paper="UCI Wine (S. Aeberhard, M. Forina, 1992), CC BY 4.0",
    )
    register(
        "breast-cancer",
        f"{__name__}.breast_cancer:BreastCancer",
        summary="569 tumours, 30 numbers each, and the diagnosis; comes with scikit-learn",
        paper="UCI Breast Cancer Wisconsin (Diagnostic) (W. Wolberg and others, 1993), CC BY 4.0",
    )
