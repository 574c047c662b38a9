"""An extractor, the metrics that look through it or by themselves, and the columns that they fill."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import torch

from ganzoo.errors import MetricError
from ganzoo.interfaces import Extractor, Metric, Modality
from ganzoo.storage.cache import Cache

from .columns import key_of, looks_at_labels, looks_at_pairs, needs_extractor, parts_of
from .judging import names_judged
from .rehearsal import rehearse
from .seeing import Viewer


@dataclass(frozen=True)
class MetricColumn:
    """A metric as the column of a table.

    Attributes:
        key: the metric's key in results: its registered name, such as ``fid``; ``fid.a`` where several things are
            judged of a sample.
        label: its title, e.g. ``FID`` or ``FD[digits]``.
        better: which end is the good one.
        positive: whether its numbers are above zero, see ``Metric.positive``; two columns that differ in it alone are
            one, as older files do not tell it.
    """

    key: str
    label: str
    better: Literal["lower", "higher"]
    positive: bool = field(default=False, compare=False)


class Panel:
    """An extractor, and metrics that look through it or by themselves, for data of one modality.

    Attributes:
        extractor: None where no metric needs one.
        metrics: by registered name.
        title: of the extractor; with other weights than its own followed by the first digits of their sha256.
        identity: all that a number depends on beside the data, as JSON has it.
        device: where the extractor is.
        cache: for what metrics keep of real samples, and for fetched weights.
        modality: of the data; None for images and points that nothing else tells of.
        judged: the names of what is judged of a sample, each for itself; one, "", unless the modality has several.
        keyed: the metrics by the key of their numbers, see ``MetricColumn``.
        note: a sentence on an extractor that took another one's place; empty where none did.
    """

    def __init__(
        self,
        extractor: Extractor | None,
        metrics: dict[str, Metric],
        *,
        title: str,
        identity: dict[str, Any],
        device: torch.device,
        cache: Cache,
        modality: Modality | None = None,
        note: str = "",
    ) -> None:
        self.extractor = extractor
        self.metrics = metrics
        self.title = title
        self.identity = identity
        self.device = device
        self.cache = cache
        self.modality = modality
        self.note = note
        self.judged = names_judged(modality)
        self.keyed = {
            key_of(name, part): metric
            for name, metric in metrics.items()
            for part in self.judged
            if modality is None or modality.judges(part, paired=metric.paired)
        }

    @property
    def columns(self) -> list[MetricColumn]:
        """One column a metric and a thing that is judged, in the order asked for.

        A title that a metric before it has, as of a class derived from one of ours, is told apart by its key.
        """
        found: list[MetricColumn] = []
        for key, metric in self.keyed.items():
            title = f"{metric.label(self.title)} {parts_of(key)[1]}".rstrip()
            told = f"{title} ({key})" if title in [column.label for column in found] else title
            found.append(MetricColumn(key, told, metric.better, metric.positive))
        return found

    @property
    def pairs(self) -> list[str]:
        """The metrics, by name, that look at each sample beside the real one of the same row."""
        return [name for name, metric in self.metrics.items() if looks_at_pairs(metric)]

    @property
    def labelled(self) -> list[str]:
        """The metrics, by name, that compare samples class by class."""
        return [name for name, metric in self.metrics.items() if looks_at_labels(metric)]

    @property
    def sight(self) -> dict[str, Any]:
        """The part of the identity that what the extractor sees depends on: no metrics, and no name of a file."""
        return {key: value for key, value in self.identity.items() if key not in ("metrics", "weights")}

    def check(self, n_samples: int, n_real: int) -> None:
        """See, before any training, whether so many images are enough: each metric is tried on random numbers.

        Raises:
            MetricError: a metric needs more images than that, or does not say what is better.
        """
        for column in self.columns:
            if column.better not in ("lower", "higher"):
                raise MetricError(
                    f"the metric {column.key!r} has better = {column.better!r:.40}; write 'lower' or 'higher'"
                )
        modes = 0 if self.extractor is None else self.extractor.modes
        rehearse(self.keyed, self.title, n_samples, n_real, modes=modes, modality=self.modality)

    def states(self, n_fake: int, n_real: int) -> list[str]:
        """State what a reader must know of the numbers, a line for all metrics of which the same is to be said.

        Args:
            n_fake: how many generated images there are.
            n_real: how many real ones.
        """
        said: dict[str, list[str]] = {}
        for metric in self.metrics.values():
            if words := metric.states(n_fake, n_real):
                said.setdefault(words, []).append(metric.label(self.title))
        return [f"{', '.join(labels)}: {words}" for words, labels in said.items()]

    def _viewer(self, metrics: Mapping[str, Metric], *, watched: bool) -> Viewer:
        """Return what sees samples for some metrics: without the extractor, where nobody reads what it sees."""
        needed = watched or any(needs_extractor(metric) for metric in metrics.values())
        extractor = self.extractor if needed else None
        return Viewer(extractor, self.title, self.device, metrics, checked=self.modality is None)
