"""Summaries of a set of images and of parts of it, gathered while an extractor sees each image once."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from ganzoo.errors import MetricError, PluginError
from ganzoo.interfaces import Metric

from .columns import LABEL, kept_as, looks_at_labels, own

_ROOM = 8  # times a table's size that a GPU must have free to keep it: comparing takes some as well


class _Table:
    """All that was seen of a set under one key: on the GPU that it comes from if there is room, else on the CPU.

    Batches from a GPU arrive on the CPU while it works on.
    """

    def __init__(self, n: int) -> None:
        self._n = n
        self._rows: Tensor | None = None

    def add(self, rows: Tensor, start: int) -> None:
        on_gpu = rows.device.type == "cuda"
        if self._rows is None:
            size = self._n * rows[0].numel() * rows.element_size() if len(rows) else 0
            device = rows.device if on_gpu and torch.cuda.mem_get_info(rows.device)[0] > _ROOM * size else None
            pinned = on_gpu and device is None
            self._rows = torch.empty(self._n, *rows.shape[1:], dtype=rows.dtype, device=device, pin_memory=pinned)
        self._rows[start : start + len(rows)].copy_(rows, non_blocking=on_gpu)

    def rows(self) -> Tensor:
        """``(N, ...)``; to be read once the GPU has been waited for."""
        assert self._rows is not None
        return self._rows


class Gathering:
    """One set of ``n`` images, seen batch by batch, from the first to the last.

    A metric that gathers takes in each batch where the extractor left it. For the others there is one table.
    Whether all values are finite is counted on the device, and looked at once, at the end.

    Args:
        metrics: by key; each reads the extractor's columns, and its own.
        n: number of images.
        parts: positions of images, ``(P,)`` int64 on the CPU, that are summarised for themselves too; in their order.
        extractor: its title, for errors.
    """

    def __init__(self, metrics: Mapping[str, Metric], n: int, *, parts: Sequence[Tensor] = (), extractor: str) -> None:
        self._metrics = metrics
        self._n = n
        self._parts = parts
        self._extractor = extractor
        self._seen = 0
        self._bad: dict[str, Tensor] = {}
        self._columns = {name: _columns(name, metric) for name, metric in metrics.items()}
        self._reads = sorted({column for columns in self._columns.values() for column in columns.values()})
        sizes = (n, *map(len, parts))
        streams = {name: [metric.gather(size) for size in sizes] for name, metric in metrics.items()}
        self._streams = {name: [g for g in found if g] for name, found in streams.items() if all(found)}
        tables = {key for name, held in self._columns.items() if name not in self._streams for key in held.values()}
        self._tables = {key: _Table(n) for key in sorted(tables)}
        self._cut: tuple[int, dict[str, Tensor]] | None = None
        # Where in a part an image of the set is; -1 where it is not.
        self._places = [torch.full((n,), -1).index_copy(0, part, torch.arange(len(part))) for part in parts]

    def add(self, seen: Mapping[str, Tensor]) -> None:
        """Take in what the extractor saw of the next images.

        Raises:
            PluginError: the extractor does not give what a metric reads.
            MetricError: a metric reads the classes of samples that have none.
        """
        rows = {}
        for key in self._reads:
            if key == LABEL and key not in seen:
                name = next(name for name, metric in self._metrics.items() if looks_at_labels(metric))
                raise MetricError(
                    f"the metric {name} compares samples class by class, and these have no classes: leave it out of "
                    "--metrics"
                )
            if key not in seen:
                says = "; one that knows no classes says `classifies = False`" if key == "logits" else ""
                given = ", ".join(sorted(seen))
                raise PluginError(f"the extractor {self._extractor} gives no {key}, only {given}{says}")
            rows[key] = seen[key].float()
        start = self._seen
        self._seen += len(next(iter(seen.values())))
        for key, values in rows.items():
            bad = (~values.isfinite()).any(dim=1).sum()
            self._bad[key] = self._bad[key] + bad if key in self._bad else bad
            if key in self._tables:
                self._tables[key].add(values, start)
        if not self._streams:
            return
        whole = torch.arange(start, self._seen, device=values.device)
        batches = [(rows, whole)]
        for places in self._places:
            inside = places[start : self._seen]
            chosen = (inside >= 0).nonzero().squeeze(1)
            on_device = chosen.to(values.device)
            batches.append(
                ({key: each[on_device] for key, each in rows.items()}, inside[chosen].to(values.device)),
            )
        for name, gatherers in self._streams.items():
            for gatherer, (batch, places) in zip(gatherers, batches, strict=True):
                if len(places):
                    gatherer.add({key: batch[held] for key, held in self._columns[name].items()}, places)

    def check(self) -> None:
        """Wait for the device, and look at what was counted there; before any summary is asked for.

        Raises:
            MetricError: there were no images, or the extractor gave values that are not finite.
        """
        if not self._seen:
            raise MetricError("there are no images to judge")
        for key, count in self._bad.items():
            if bad := int(count):
                raise MetricError(f"{self._giver(key)} for {bad} of {self._seen} images")

    def summary(self, name: str) -> dict[str, Tensor]:
        """Summarise the set for a metric; to be asked for once."""
        return self._summary(name, 0)

    def part(self, name: str, which: int) -> dict[str, Tensor]:
        """Summarise a part of the set for a metric; to be asked for once."""
        return self._summary(name, 1 + which)

    def _summary(self, name: str, which: int) -> dict[str, Tensor]:
        if name in self._streams:
            return self._streams[name][which].summary()
        columns = self._columns[name]
        return self._metrics[name].summarise({key: self._rows_of(held, which) for key, held in columns.items()})

    def _giver(self, key: str) -> str:
        """Say who gives values that are no numbers, of a column as it is kept."""
        for name, columns in self._columns.items():
            for column, held in columns.items():
                if held == key and held != column:
                    return f"the metric {name} looks at samples and gives NaN or infinite {column}"
        return f"the extractor {self._extractor} gives NaN or infinite {key}"

    def _rows_of(self, key: str, which: int) -> Tensor:
        """Those of the set or of a part; the part that was asked for last is kept, for the metrics to share it."""
        rows = self._tables[key].rows()
        if not which:
            return rows
        if self._cut is None or self._cut[0] != which:
            self._cut = which, {}
        cut = self._cut[1]
        if key not in cut:
            cut[key] = rows[self._parts[which - 1].to(rows.device)]
        return cut[key]


def _columns(name: str, metric: Metric) -> dict[str, str]:
    """Return the columns that a metric reads, in order, each with the name that it is kept by."""
    of_metric = own(metric)
    return {key: kept_as(name, key) if key in of_metric else key for key in sorted(metric.reads)}
