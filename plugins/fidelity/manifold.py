"""Improved precision and recall."""

from typing import ClassVar

from torch import Tensor

from ganzoo.errors import MetricError
from ganzoo.interfaces import Metric

from .library import torch_fidelity
from .naming import label

_WHOLE = 10_000  # images up to which the table of all distances is held at once, as torch-fidelity does by default
_ROWS = 1_000  # of that table at a time, beyond


class _Manifold(Metric):
    better = "higher"
    _name: ClassVar[str]  # of the metric, and in what torch-fidelity gives

    def __init__(self) -> None:
        torch_fidelity()
        self.neighborhood = 3

    def summarise(self, seen: dict[str, Tensor]) -> dict[str, Tensor]:
        """The features themselves, ``(N, F)``."""
        return {"features": seen["features"]}

    def _both(self, fake: dict[str, Tensor], real: dict[str, Tensor]) -> dict[str, float]:
        least = min(len(fake["features"]), len(real["features"]))
        if least <= self.neighborhood:
            raise MetricError(
                f"precision and recall need at least {self.neighborhood + 1} images in each set, not {least}"
            )
        many = max(len(fake["features"]), len(real["features"])) > _WHOLE
        return torch_fidelity().metric_prc.prc_features_to_metric(
            fake["features"],
            real["features"],
            prc_neighborhood=self.neighborhood,
            prc_batch_size=_ROWS if many else _WHOLE,
            save_cpu_ram=many,
            verbose=False,
        )

    def label(self, extractor: str) -> str:
        """The metric's name, with the extractor in brackets where it is not the canonical one."""
        return label(self._name, extractor)

    def compare(self, fake: dict[str, Tensor], real: dict[str, Tensor]) -> float:
        """Between 0 and 1.

        Raises:
            MetricError: one of the sets is too small to have such neighbours.
        """
        return float(self._both(fake, real)[self._name])


class Precision(_Manifold):
    """Share of the generated images that lie within reach of a real one: its third nearest real neighbour.

    Computed by torch-fidelity, on the same features as the other metrics.

    Source: arXiv:1904.06991, eq. 1 and 2.

    Departs: the paper takes VGG-16 features.

    Attributes:
        neighborhood: which neighbour sets an image's reach.
    """

    _name = "precision"


class Recall(_Manifold):
    """Share of the real images that lie within reach of a generated one: its third nearest generated neighbour.

    Computed by torch-fidelity, on the same features as the other metrics.

    Source: arXiv:1904.06991, eq. 1 and 2.

    Departs: the paper takes VGG-16 features.

    Attributes:
        neighborhood: which neighbour sets an image's reach.
    """

    _name = "recall"
