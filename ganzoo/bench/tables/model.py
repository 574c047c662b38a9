"""The parts of a bench's table, before anything is drawn."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..results.formats import NONE, duration, fixed, memory, whole
from ..stats.ranking import Ranking
from ..stats.statistics import Summary
from .mixed import Differing

COSTS = ("images/s", "memory", "time")  # the titles of the last columns
FEW = "†"  # behind what fewer than five seeds are behind
ARROWS = {"lower": "↓", "higher": "↑"}


@dataclass(frozen=True)
class TableColumn:
    """A metric's column.

    Attributes:
        key: the metric's name.
        label: its title, e.g. ``FD[digits]``.
        sample: the number of generated images behind it, as in ``@10k``; with the arrow of the good end.
        better: ``lower`` or ``higher``.
        digits: the decimals that all of the column is written with.
    """

    key: str
    label: str
    sample: str
    better: str
    digits: int

    @property
    def title(self) -> str:
        """The whole title, e.g. ``FD[digits]@10k ↓``."""
        return self.label + self.sample


@dataclass(frozen=True)
class TableRow:
    """A recipe's row.

    Attributes:
        recipe: the recipe as it was asked for.
        done: how many of its seeds finished.
        asked: how many were asked for.
        metrics: a summary over the finished seeds by metric; None where no seed has the number.
        best: the metrics in which it is better than every other recipe, by the tests.
        rank: in the first metric, ``2=`` where another one has the same; empty where there is none.
        images_per_second: the median of the finished seeds.
        peak_memory_mb: the highest of the finished seeds.
        seconds: training time of a run, the mean of the finished seeds.
        mark: a sign behind the seeds that a note explains.
        mixed: in what its runs were not made alike: seeds by value by field.
        done_by_column: how many seeds finished, where the columns are of benches of their own.
    """

    recipe: str
    done: int
    asked: int
    metrics: Mapping[str, Summary | None]
    best: frozenset[str]
    rank: str
    images_per_second: float | None
    peak_memory_mb: float | None
    seconds: float | None
    mark: str = ""
    mixed: Differing = field(default_factory=dict)
    done_by_column: Mapping[str, int] = field(default_factory=dict)

    @property
    def seeds(self) -> str:
        """The seeds column: ``2/3``, with its mark."""
        return f"{self.done}/{self.asked} {self.mark}".rstrip()


@dataclass(frozen=True)
class Baseline:
    """A row without a GAN: what the metric says of the real data.

    Attributes:
        name: ``held-out`` or ``real halves``, with the sample count, or ``real data``.
        values: the number by metric.
    """

    name: str
    values: Mapping[str, float | None]


@dataclass(frozen=True)
class Table:
    """All that a bench's table shows, before anything is drawn.

    Attributes:
        columns: the metrics' columns, in order.
        rows: one a recipe, in the order asked.
        baselines: the rows of the real data.
        reasons: one line for each run that did not finish.
        warnings: a line for each thing that went wrong in training, or that the generators were found out by.
        notes: what the signs in the table mean.
        rankings: who is better than whom, by metric.
        with_costs: whether there are columns of speed, memory and time.
    """

    columns: tuple[TableColumn, ...]
    rows: tuple[TableRow, ...]
    baselines: tuple[Baseline, ...]
    reasons: tuple[str, ...]
    warnings: tuple[str, ...]
    notes: tuple[str, ...]
    rankings: Mapping[str, Ranking]
    with_costs: bool = True

    @property
    def ranked(self) -> bool:
        """True if there is anything to show in a column of ranks."""
        return any(row.rank for row in self.rows)

    @property
    def rank_title(self) -> str:
        """The title of the ranks, with a mark where they are of few seeds."""
        return f"rank{FEW}" if any(ranking.liberal for ranking in self.rankings.values()) else "rank"

    @property
    def first_titles(self) -> tuple[str, ...]:
        """The titles of the columns before those of the metrics."""
        return ("recipe", "seeds", self.rank_title) if self.ranked else ("recipe", "seeds")


def cell(row: TableRow, column: TableColumn) -> str:
    """Return a metric of a recipe as text: ``10.12 ± 0.45``; a dash where no seed has the number.

    With one seed it is ``10.12``, or ``10.12 (± 0.45)`` where the spread over the samples is known.
    """
    summary = row.metrics[column.key]
    if summary is None:
        return NONE
    text = fixed(summary.mean, column.digits)
    if summary.half_width is not None:
        text += f" ± {fixed(summary.half_width, column.digits)}"
    elif summary.sampling is not None:
        text += f" (± {fixed(summary.sampling, column.digits)})"
    return text if summary.n == row.done_by_column.get(column.key, row.done) else f"{text} (n={summary.n})"


def costs(row: TableRow) -> list[str]:
    """Return the columns after those of the metrics, as text."""
    return [whole(row.images_per_second), memory(row.peak_memory_mb), duration(row.seconds)]
