"""Columns that metrics read: an extractor's, the data's labels, and those that a metric looks at by itself."""

from collections.abc import Mapping

from torch import Tensor

from ganzoo.errors import MetricError, PluginError
from ganzoo.interfaces import Metric

OF_EXTRACTORS = frozenset({"features", "logits", "mode", "quality"})
"""The columns that an extractor may give; a metric's own have other names."""
LABEL = "label"
"""The column of the classes: of generated samples those that were asked for, of real ones their own."""


def own(metric: Metric | type[Metric]) -> frozenset[str]:
    """Return the columns, of those that a metric reads, that its ``look`` gives."""
    kind = metric if isinstance(metric, type) else type(metric)
    return frozenset() if kind.look is Metric.look else metric.reads - OF_EXTRACTORS - {LABEL}


def looks_at_pairs(metric: Metric) -> bool:
    """Say whether a metric looks at each generated sample beside the real one of the same row."""
    return metric.paired and bool(own(metric))


def looks_at_labels(metric: Metric | type[Metric]) -> bool:
    """Say whether a metric reads the classes of samples."""
    return LABEL in metric.reads


def needs_extractor(metric: Metric | type[Metric]) -> bool:
    """Say whether a metric reads a column that neither it nor the data give."""
    return bool(metric.reads - own(metric) - {LABEL})


def kept_as(key: str, column: str) -> str:
    """Return the name of a metric's own column among those of all metrics.

    Args:
        key: of the metric, see ``key_of``.
        column: as the metric calls it.
    """
    return f"{key}: {column}"


def called(column: str) -> str:
    """Return the metric's name of a column that ``kept_as`` named."""
    return column.partition(": ")[2]


def key_of(metric: str, judged: str) -> str:
    """Return the key of a metric's number: its name, with that of what is judged where there are several things."""
    return f"{metric}.{judged}" if judged else metric


def parts_of(key: str) -> tuple[str, str]:
    """Return the metric's name and the name of what is judged, of a key; "" where there is one thing."""
    metric, _, judged = key.partition(".")
    return metric, judged


def looked(metrics: Mapping[str, Metric], sample: Tensor, target: Tensor | None) -> dict[str, Tensor]:
    """Return the own columns of metrics, by the names that ``kept_as`` gives.

    Args:
        metrics: by key; of those that look at nothing themselves there is nothing.
        sample: at rest, ``(B, ...)``.
        target: the real samples of the same rows; None where there are none.

    Raises:
        MetricError: a metric of pairs has no pairs.
        PluginError: a metric does not give what it reads, or not as ``(B, k)``.
    """
    found = {}
    for key, metric in metrics.items():
        wanted = own(metric)
        if not wanted:
            continue
        if metric.paired and target is None:
            raise MetricError(
                f"the metric {key} compares each generated sample with the real one of the same row, and these samples "
                "belong to no rows: leave it out of --metrics"
            )
        columns = metric.look(sample, target if metric.paired else None)
        for column in sorted(wanted):
            found[kept_as(key, column)] = _checked(key, column, columns, len(sample))
    return found


def _checked(key: str, column: str, columns: Mapping[str, Tensor], n: int) -> Tensor:
    if column not in columns:
        given = ", ".join(sorted(columns)) or "nothing"
        raise PluginError(f"the metric {key} reads {column}, and its look gives {given}")
    values = columns[column]
    if values.ndim != 2 or len(values) != n:
        raise PluginError(
            f"the metric {key} looks at {n} samples and gives {column} of shape {tuple(values.shape)}, which must be "
            f"({n}, k)"
        )
    return values
