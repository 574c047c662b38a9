"""Numbers of single metrics, and what one keeps of the real images."""

import math
from collections.abc import Callable

from torch import Tensor
from torch.utils.weak import WeakTensorKeyDictionary

from ganzoo.errors import MetricError
from ganzoo.interfaces import Metric

from .columns import looks_at_pairs
from .gathering import Gathering
from .reference import Measured

Summary = dict[str, Tensor]


def number(metric: Metric, extractor: str, fake: Summary, real: Summary) -> float:
    """Compare two summaries.

    Args:
        metric: that compares.
        extractor: its title, for the error.
        fake: of generated images.
        real: of real ones.

    Raises:
        MetricError: there are too few images, or the number is not finite.
    """
    value = float(metric.compare(fake, real))
    if not math.isfinite(value):
        raise MetricError(
            f"{metric.label(extractor)} is {value}: `compare` of {type(metric).__module__}.{type(metric).__qualname__} "
            "must give a finite number, or raise MetricError with the reason"
        )
    return value


def measure(
    name: str, metric: Metric, extractor: str, gathering: Gathering, moved: WeakTensorKeyDictionary
) -> Measured:
    """Summarise the real images for a metric, and take its floor and its number on the real images themselves.

    Args:
        name: the metric's.
        metric: that is asked.
        extractor: its title.
        gathering: of all real images, with two halves as its parts.
        moved: tensors by those that they are copies of on the CPU, for metrics to share; it is added to.
    """
    summary = gathering.summary(name)
    kept = _on_cpu(summary, moved)

    def or_none(fake: Callable[[], Summary], real: Callable[[], Summary]) -> float | None:
        try:
            halves[:] = fake(), real()
            return number(metric, extractor, *halves)
        except MetricError:
            return None

    halves: list[Summary] = []
    floor = or_none(lambda: gathering.part(name, 0), lambda: _on_cpu(gathering.part(name, 1), moved))
    classes = {} if floor is None else {label: one.value for label, one in metric.by_class(*halves).items()}
    if looks_at_pairs(metric):  # each beside another real one, and beside itself it says nothing of the data
        return Measured(kept, floor=floor, real=None, floor_by_class=classes)
    return Measured(kept, floor=floor, real=or_none(lambda: summary, lambda: kept), floor_by_class=classes)


def _on_cpu(summary: dict[str, Tensor], moved: WeakTensorKeyDictionary) -> dict[str, Tensor]:
    """Return a summary on the CPU, where what several metrics keep is there once: ``moved`` knows it."""
    for values in summary.values():
        if values not in moved:
            moved[values] = values.cpu()
    return {key: moved[values] for key, values in summary.items()}
