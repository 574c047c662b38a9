"""A rehearsal of metrics on random numbers, before anything is trained."""

from collections.abc import Mapping

import torch
from torch import Tensor

from ganzoo.interfaces import Metric, Modality

from .columns import LABEL, OF_EXTRACTORS, called, looked, own, parts_of
from .judging import judged_of
from .measuring import number

_MOST = 256  # samples: enough for the least that a metric asks for, and cheap


def rehearse(
    metrics: Mapping[str, Metric], title: str, n_samples: int, n_real: int, *, modes: int, modality: Modality | None
) -> None:
    """See whether so many samples are enough: each metric is tried on random numbers.

    A metric that looks itself does so at its modality's example, whose number may be no number; without a modality it
    is not tried.

    Args:
        metrics: by key.
        title: of the extractor.
        n_samples: how many generated samples there will be.
        n_real: how many real ones.
        modes: that the extractor tells apart.
        modality: of the data.

    Raises:
        MetricError: a metric needs more samples than that.
    """
    rng = torch.Generator().manual_seed(0)

    def few(n: int) -> dict[str, Tensor]:
        drawn = torch.randn(n, 8, generator=rng)
        seen = {"features": drawn, "logits": drawn, LABEL: torch.zeros(n, 1)}  # what classes need is seen elsewhere
        if modes:
            seen["mode"] = torch.randint(modes, (n, 1), generator=rng).float()
            seen["quality"] = torch.randint(2, (n, 1), generator=rng).float()
        return seen

    sizes = min(n_samples, _MOST), min(n_real, _MOST)
    seen = [few(n) for n in sizes]
    for key, metric in metrics.items():
        if not own(metric):
            fake, real = (metric.summarise(rows) for rows in seen)
            number(metric, title, fake, real)
        elif modality is not None:
            fake, real = (
                metric.summarise(_columns(key, metric, rows, modality, n)) for rows, n in zip(seen, sizes, strict=True)
            )
            metric.compare(fake, real)


def _columns(key: str, metric: Metric, rows: dict[str, Tensor], modality: Modality, n: int) -> dict[str, Tensor]:
    samples = judged_of(modality, modality.target(modality.example(n)))[parts_of(key)[1]]
    assert isinstance(samples, Tensor)
    own_columns = looked({key: metric}, samples, samples.roll(1, 0) if metric.paired else None)
    given = {called(name): values.float() for name, values in own_columns.items()}
    return {column: rows[column] for column in metric.reads & (OF_EXTRACTORS | {LABEL})} | given
