"""``bench.json`` and ``results.json``: the terms of a bench, and with them all of its runs."""

from typing import Any, ClassVar, Literal

from pydantic import Field

from ..run_files.environment import Environment, ExtractorIdentity
from ..run_files.result import Metrics, RunResult
from ..terms.budget_data import BudgetData
from ..terms.track import AS_SHIPPED, RENAMED
from ..written import SCHEMA, Number, Several, Written

RESULTS = "results.json"


class ModalityFacts(Written):
    """The modality of the data.

    Attributes:
        name: that it is registered by.
        values: plain values that it is made of.
    """

    name: str
    values: dict[str, Any] = Field(default_factory=dict)


class DatasetFacts(Written):
    """The data of a bench.

    Attributes:
        name: of the dataset.
        hash: sha256 of its contents.
        n: how many images it has, or others.
        channels: 1 for grey, 3 for RGB; of points, how many numbers each has; 0 of all other modalities.
        height: in pixels; 0 likewise.
        width: in pixels; 0 likewise.
        classes: names of the classes by index; empty without labels.
        source: where it came from, in words.
        skipped: the bad images that were left out, each with the reason.
        points: these are points, not images.
        counts: how many images each class has, by index.
        notes: sentences on how the data were read, such as what folders were taken for.
        left_out: sentences on what of the source was not read, with counts.
        modality: of the data; None for images and for points, whose records are those of version 1.
        described: number and shape of the data of another modality, for people.
    """

    name: str
    hash: str | None = None
    n: int
    channels: int = 0
    height: int = 0
    width: int = 0
    classes: list[str] = Field(default_factory=list)
    source: str | None = None
    skipped: list[str] = Field(default_factory=list)
    points: bool = False
    counts: list[int] = Field(default_factory=list)
    notes: list[str] = Field(default_factory=list)
    left_out: list[str] = Field(default_factory=list)
    modality: ModalityFacts | None = None
    described: str | None = None

    @property
    def samples(self) -> str:
        """The name of their modality: ``images``, ``points`` or another."""
        if self.modality is not None:
            return self.modality.name
        return "points" if self.points else "images"

    @property
    def told(self) -> str:
        """Number and shape, for people."""
        return self.described or f"{self.n:,} {'points' if self.points else self._images}"

    @property
    def _images(self) -> str:
        return f"images of {self.height}x{self.width}x{self.channels}"


class MetricHeading(Written):
    """A metric as tables name it.

    Attributes:
        key: its name.
        label: its title, such as ``FD[digits]``.
        better: the good end of it.
        positive: whether its numbers are above zero, so that recipes are compared on the log; None in older files.
    """

    key: str
    label: str
    better: Literal["lower", "higher"]
    positive: bool | None = None

    def names(self, other: "MetricHeading") -> bool:
        """Return whether this is the same metric as another file's."""
        return (self.key, self.label, self.better) == (other.key, other.label, other.better)


class HeldOut(Written):
    """Images that nothing was trained on.

    Attributes:
        n: how many.
        baseline: what the metrics say of them against the training images.
    """

    n: int | None = None
    baseline: Metrics | None = None


class RecipeFacts(Written):
    """A recipe as it was played.

    Attributes:
        title: the method's name in print.
        year: of publication.
        paper: such as ``arXiv:1704.00028``.
        departs: where it differs from the paper.
        text: the whole recipe as YAML.
        revisions: those above 1 of its parts, such as ``{"discriminator sndcgan": 2}``.
        origins: distribution, version and digest of the source of each part that a third party registers, such as
            ``{"loss evil": "evilplug 1.0 (source 0123456789ab)"}``.
        unreached: sentences on what of it cannot take effect in this budget.
        otherwise: phrases on how a published form was played shorter, or on other data, than it was published.
    """

    title: str | None = None
    year: int | None = None
    paper: str | None = None
    departs: str | None = None
    text: str | None = None
    revisions: dict[str, int] = Field(default_factory=dict)
    origins: dict[str, str] = Field(default_factory=dict)
    unreached: Several[str] = Field(default_factory=list)
    otherwise: Several[str] = Field(default_factory=list)


class Trial(Written):
    """One trial of ``--tune``.

    Attributes:
        changes: values by dotted key of the recipe.
        status: how it ended, as of a run.
        reason: why, where it is not ``done``.
        metrics: its final numbers.
        seconds: of training.
    """

    changes: dict[str, Any]
    status: str
    reason: str | None = None
    metrics: Metrics | None = None
    seconds: Number


class TunedRecipe(Written):
    """The trials of a recipe.

    Attributes:
        chosen: the number of the best one.
        changes: that it made.
        trials: all of them, in order.
        seconds: of training in all.
    """

    chosen: int
    changes: dict[str, Any]
    trials: list[Trial]
    seconds: Number


class TuningFacts(Written):
    """The trials of ``--tune``, which came before the runs.

    Attributes:
        trials: how many a recipe had at most.
        seed: of the trials.
        metric: by which they were judged.
        recipes: the trials of each.
    """

    trials: int
    seed: int
    metric: str
    recipes: dict[str, TunedRecipe]


class JoinedSource(Written):
    """A bench that was joined with others.

    Attributes:
        folder: where it lay.
        command: as written.
        started: in ISO 8601.
        finished: in ISO 8601.
        ganzoo: the version that played it.
        environment: where it ran.
    """

    folder: str
    command: str | None = None
    started: str | None = None
    finished: str | None = None
    ganzoo: str | None = None
    environment: Environment | None = None


class SequentialTerms(Written):
    """The rule by which ``--until-decided`` adds seeds, fixed before the first run.

    Attributes:
        until: ``best``: one recipe is better than every other; ``all``: every two are told apart.
        counts: how many seeds each recipe has at each look, as far as it comes to it.
        level: of all tests of one look together: 5 % divided by the number of looks.
    """

    until: Literal["best", "all"]
    counts: list[int]
    level: Number


class BenchTerms(Written):
    """``bench.json``: what a bench plays, and on what terms; written before its first run begins.

    Attributes:
        schema_version: of the file.
        ganzoo: the version that plays it.
        command: as written.
        started: in ISO 8601.
        dataset: the data.
        track: ``as-shipped`` (``as-published`` in older files), ``published`` or ``controlled``; None, in still older
            files, is the first.
        backbone: whose networks all recipes of the controlled track play with.
        budget: of each run: ``kimg``, ``steps`` or ``minutes``.
        seeds: of each recipe.
        sequential: how they were added in rounds; None where they were not.
        samples: how many images an evaluation generates.
        extractor: what the numbers are taken with; empty without one.
        columns: the metrics, in order.
        floor: each metric between two halves of the real data.
        floor_n: how many images each half has.
        real: each metric of the real data itself.
        held_out: images that nothing is trained on.
        states: sentences on what of the metrics could not be as usual.
        recipes: in the order asked.
        environment: where it runs.
    """

    about: ClassVar[str] = "bench"

    schema_version: int = Field(default=SCHEMA, alias="schema")
    ganzoo: str | None = None
    command: str | None = None
    started: str | None = None
    dataset: DatasetFacts
    track: str | None = None
    backbone: str | None = None
    budget: BudgetData
    seeds: list[int]
    sequential: SequentialTerms | None = None
    samples: int
    extractor: ExtractorIdentity | None = None
    columns: list[MetricHeading]
    floor: Metrics | None = None
    floor_n: int | None = None
    real: Metrics | None = None
    held_out: HeldOut | None = None
    states: Several[str] = Field(default_factory=list)
    recipes: dict[str, RecipeFacts]
    environment: Environment | None = None

    @property
    def played_track(self) -> str:
        """The track, by its name of now; older files, which name none, are of recipes as shipped."""
        return RENAMED.get(self.track, self.track) if self.track else AS_SHIPPED

    @property
    def evaluated_with(self) -> ExtractorIdentity:
        """The extractor; an empty one where there was none."""
        return self.extractor or ExtractorIdentity()

    @property
    def machine(self) -> Environment:
        """The environment; an empty one where that is not known."""
        return self.environment or Environment()


class BenchResults(BenchTerms):
    """``results.json``: a bench that has ended.

    Attributes:
        finished: in ISO 8601.
        tuning: what ``--tune`` did before the runs; None without.
        runs: every recipe with every seed.
        joined: the benches that this one was joined from; None of one that was played.
        left_out: labels of the metrics that not all of them have.
    """

    about: ClassVar[str] = "result of a bench"

    finished: str | None = None
    tuning: TuningFacts | None = None
    runs: list[RunResult]
    joined: list[JoinedSource] | None = None
    left_out: list[str] = Field(default_factory=list)

    def runs_of(self, recipe: str) -> list[RunResult]:
        """Return the runs of one recipe, in order."""
        return [run for run in self.runs if run.recipe == recipe]

    @property
    def recipe_names(self) -> list[str]:
        """The recipes in the order asked, and after them those that runs alone name."""
        return list(dict.fromkeys([*self.recipes, *(run.recipe for run in self.runs)]))

    @property
    def trials(self) -> int:
        """The number of trials of ``--tune`` a recipe had; 0 without."""
        return self.tuning.trials if self.tuning else 0
