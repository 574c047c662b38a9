"""The JSON of ``ganzoo report`` and ``ganzoo compare``."""

from typing import ClassVar, Literal

from pydantic import Field

from ..bench_files.bench_results import BenchResults, MetricHeading
from ..written import SCHEMA, Number, Written

Mixed = dict[str, dict[str, list[int]]]
"""Seeds by value by field, of a row whose runs were not made alike."""


class TableHeading(MetricHeading):
    """A metric's column.

    Attributes:
        title: all that stands above the column, such as ``FD[digits]@10k ↓``.
    """

    title: str


class Seeds(Written):
    """Counts of a recipe's runs.

    Attributes:
        done: that finished.
        asked: that were asked for.
    """

    done: int
    asked: int


class MetricSummary(Written):
    """A metric over the runs of a recipe that finished.

    Attributes:
        mean: over the runs.
        half_width: of the 95 % interval over the seeds; null with one seed.
        sampling_half_width: of the 95 % interval over the generated samples of one run; null where it is not known.
        n: runs that have the number.
        min: the least.
        max: the greatest.
        values: one a run, in the order of the seeds.
    """

    mean: Number
    half_width: Number | None
    sampling_half_width: Number | None
    n: int
    min: Number
    max: Number
    values: list[Number]


class RecipeRow(Written):
    """A recipe's row.

    Attributes:
        recipe: as it was asked for.
        seeds: how many of its runs finished.
        rank: in the first metric, such as ``1``, or ``2=`` where another one has the same; null where there is none.
        best: the metrics in which it is better than every other recipe, by the tests.
        metrics: by key; null where no run has the number.
        images_per_second: the median of the runs.
        peak_memory_mb: the highest of the runs, in 10^6 bytes.
        seconds: of training, the mean of the runs.
        mixed: in what its runs were not made alike: seeds by value by field.
    """

    recipe: str
    seeds: Seeds
    rank: str | None
    best: list[str]
    metrics: dict[str, MetricSummary | None]
    images_per_second: Number | None
    peak_memory_mb: Number | None
    seconds: Number | None
    mixed: Mixed


class BaselineRow(Written):
    """The metrics of the real data, without a GAN.

    Attributes:
        name: such as ``real halves @898``.
        values: by metric; null where it says nothing of real data.
    """

    name: str
    values: dict[str, Number | None]


class PairTest(Written):
    """The test of two recipes by a metric.

    Attributes:
        a: the one.
        b: the other.
        test: that was made; ``paired t`` in what older versions printed.
        difference: a's mean minus b's, on the ranking's scale.
        standard_error: of the difference.
        df: degrees of freedom.
        p: of the two-sided test.
        p_holm: corrected after Holm for all pairs.
        told_apart: whether the corrected p is below the ranking's level.
    """

    a: str
    b: str
    test: Literal["moderated t", "Welch", "paired t"]
    difference: Number
    standard_error: Number
    df: Number
    p: Number
    p_holm: Number
    told_apart: bool


class PriorTold(Written):
    """The expected variance of a recipe, from those of all of them.

    Attributes:
        df: degrees of freedom that it counts for; 0 where nothing is known.
        variance: that is expected, on the ranking's scale.
    """

    df: Number
    variance: Number


class NextTold(Written):
    """The two recipes that are nearest to being told apart.

    Attributes:
        a: the one.
        b: the other.
        seeds: of each, that would tell them apart with a probability of 80 %, if they are as far apart as they seem to
            be; null where 10,000 would not.
    """

    a: str
    b: str
    seeds: int | None


class RankingTold(Written):
    """The ranking of the recipes by a metric.

    Attributes:
        ranks: by recipe, such as ``1`` or ``2=``; null without a test.
        best: the recipe that is better than every other; null for a tie.
        scale: ``log`` where the tests compare the logs of the numbers, else ``linear``.
        prior: of the variances.
        far: recipes of more than 100 times the floor, which are no ties of each other, and rank behind one that is ten
            times as near with every seed better, whatever the test says.
        level: of all tests together.
        liberal: whether a recipe has fewer than five seeds, so that the tests may err more often than they say.
        tests: of all pairs.
        next: the pair that more seeds would tell apart; null where all are.
    """

    ranks: dict[str, str | None]
    best: str | None
    scale: Literal["log", "linear"] | None = None
    prior: PriorTold | None = None
    far: list[str] = Field(default_factory=list)
    level: Number | None = None
    liberal: bool | None = None
    next: NextTold | None = None
    tests: list[PairTest]


class TableTold(Written):
    """The table of a bench, unrounded.

    Attributes:
        columns: the metrics, in order.
        rows: one a recipe, in the order asked.
        baselines: the rows of the real data.
        reasons: a sentence for each run that did not finish.
        warnings: a sentence for each thing that went wrong in training, or that the generators were found out by.
        notes: sentences on what the signs in the table mean.
        rankings: by metric.
    """

    columns: list[TableHeading]
    rows: list[RecipeRow]
    baselines: list[BaselineRow]
    reasons: list[str]
    warnings: list[str]
    notes: list[str]
    rankings: dict[str, RankingTold]


class Reported(TableTold):
    """The table of a bench, of several that are joined, or of a suite.

    Attributes:
        schema_version: of this object.
    """

    about: ClassVar[str] = "table of a bench"

    schema_version: int = Field(default=SCHEMA, alias="schema")


class Compared(BenchResults):
    """Benches that are joined: ``results.json`` of all of them, and the tests.

    Attributes:
        rankings: by metric.
        mixed: by recipe, in what its runs were not made alike: seeds by value by field.
    """

    about: ClassVar[str] = "comparison of benches"

    rankings: dict[str, RankingTold]
    mixed: dict[str, Mixed]
