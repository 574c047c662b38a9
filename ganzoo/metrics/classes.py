"""Requirements that metrics which compare samples class by class have of data, and of the number of samples."""

import math
from collections.abc import Mapping, Sequence

from ganzoo.errors import MetricError
from ganzoo.interfaces import Metric

from .columns import looks_at_labels

EXPECTED = 16
"""Samples of a class to be expected where labels are drawn: fewer than 2 are then drawn in 2 of a million cases."""


def require_of_each_class(
    metrics: Mapping[str, Metric], data: str, classes: Sequence[str], counts: Sequence[int], n_samples: int
) -> None:
    """Require enough samples of each class, before any training: real ones, and generated ones of drawn labels.

    Args:
        metrics: by name.
        data: their name.
        classes: the names of the classes, by index.
        counts: how many real samples each class has, likewise.
        n_samples: how many generated samples there will be, with labels as frequent as the real ones.

    Raises:
        MetricError: a class has too few.
    """
    wanting = {name: metric for name, metric in metrics.items() if looks_at_labels(metric)}
    for name, metric in wanting.items():
        least = metric.least_of_class
        few = [place for place, count in enumerate(counts) if count < least]
        if few:
            named = f"class {classes[few[0]]}" + (f" and {len(few) - 1:,} more" if len(few) > 1 else "")
            raise MetricError(
                f"the metric {name} takes each class by itself and needs {least} real samples of it or more, and "
                f"{named} of {data} {'have' if len(few) > 1 else 'has'} fewer ({counts[few[0]]:,}): leave it out of "
                "--metrics"
            )
        place = min(range(len(counts)), key=counts.__getitem__)
        share = counts[place] / sum(counts)
        if share * n_samples < max(EXPECTED, least):
            wanted = math.ceil(max(EXPECTED, least) / share)
            raise MetricError(
                f"the metric {name} takes each class by itself, and {n_samples:,} samples make about "
                f"{share * n_samples:.3g} of class {classes[place]} of {data}: ask for --samples {wanted} or more, or "
                "leave it out of --metrics"
            )
