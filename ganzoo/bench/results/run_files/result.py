"""``result.json``: how a run ended, and all that was measured of it."""

from functools import cached_property
from typing import Any, ClassVar, Literal

from pydantic import Field

from ..formats import number
from ..written import Named, Number, PathText, Several, Written
from .environment import Environment
from .history import RunProcess
from .seal import Digests, digest_of
from .spec import SCHEMA

RESULT = "result.json"
ENDED_WELL = ("done", "reached")  # at the end of the budget, or at goals that the run was to end at
FINAL = (*ENDED_WELL, "diverged", "skipped")
REPEATED = ("failed", "oom")  # runs that are tried again when the bench is repeated
FELL = (*REPEATED, "diverged")  # runs that were played, and have no numbers

ALTERED = "altered"
_CHANGED = "it was changed after the run wrote it, as its digest shows, and does not count; see `ganzoo audit`"

Metrics = dict[str, Number | None]
Scalar = str | int | float | bool | None


class ClassNumber(Written):
    """A metric's number of one class alone.

    Attributes:
        value: the number.
        floor: that of two halves of the class's real samples, which are halves of all; None where they are too few.
        generated: how many generated samples it is of.
        real: how many real ones.
    """

    value: Number
    floor: Number | None = None
    generated: int
    real: int


class Evaluation(Written):
    """One evaluation of the generator.

    Attributes:
        kimg: thousand real images that D had been shown.
        d_steps: turns of D before it.
        seconds: of training before it.
        cpu_seconds: that all threads of the run's process computed in these seconds; None in files from before they
            were counted.
        timed_kimg: those of ``kimg`` that were shown in these seconds, and not in warm-up.
        metrics: the numbers by metric.
        grid: the path of the samples' picture, below the run's folder.
        pictures: those of what metrics drew, by metric.
        told: numbers of the recipe's terms, such as what they have adapted to, by term and name.
        by_class: the numbers of single classes behind those of metrics that take each class by itself, by metric and
            class; of a run's last evaluation alone.
    """

    kimg: Number | None = None
    d_steps: int | None = None
    seconds: Number | None = None
    cpu_seconds: Number | None = None
    timed_kimg: Number | None = None
    metrics: Named[Number | None] = Field(default_factory=dict)
    grid: PathText | None = None
    pictures: Named[PathText] = Field(default_factory=dict)
    told: Named[Number | None] = Field(default_factory=dict)
    by_class: Named[dict[str, ClassNumber]] = Field(default_factory=dict)

    def metric(self, key: str) -> float | None:
        """Return a metric's finite value, None without one."""
        return number(self.metrics.get(key))


class Alarm(Written):
    """A stretch of the training that went wrong.

    Attributes:
        kind: ``collapse``, ``vanishing-gradient`` or ``overfitting``.
        step: where it began.
        kimg: the same in thousand real images shown to D.
        until: the step where it ended; None if it did not.
        until_kimg: the same in thousand real images.
        value: the worst of what was measured.
        text: one sentence on it.
    """

    kind: str
    step: int | None = None
    kimg: Number | None = None
    until: int | None = None
    until_kimg: Number | None = None
    value: Number | None = None
    text: str = ""


class Best(Written):
    """The best evaluation of a run, judged again with fresh noise.

    Attributes:
        metric: by which it is the best.
        kimg: where it was.
        optimistic: the numbers by which it was chosen.
        metrics: those of fresh noise.
    """

    metric: str
    kimg: Number
    optimistic: Metrics
    metrics: Metrics


class Examination(Written):
    """The findings of one examination of a finished run; its values are the keys that are not named here.

    Attributes:
        warnings: a sentence for each thing that was found out.
        skipped: why it could not be done.
    """

    warnings: list[str] = Field(default_factory=list)
    skipped: str | None = None

    @property
    def values(self) -> dict[str, Any]:
        """The findings: numbers and texts by name."""
        return self.model_extra or {}


class RunVerdict(Written):
    """One thing that was found out of a run's generator.

    Attributes:
        kind: a short name, such as ``copies-training`` or ``lacks-class``.
        alarm: it is something to be put right; else it is good news.
        says: what the sentence says of the recipe, without its name and without numbers.
        sentence: the sentence, such as ``dcgan lacks class 4.``.
        why: a sentence with the numbers behind it.
        numbers: the evidence by name.
        next: the next thing to try; empty where nothing is to be put right.
    """

    kind: str
    alarm: bool
    says: str
    sentence: str = ""
    why: str = ""
    numbers: Named[Number | None] = Field(default_factory=dict)
    next: str = ""


class Engine(Written):
    """The engine that played the steps of a run.

    Attributes:
        replayed: captured once and replayed, as on a GPU.
        why_eager: why they were not, where they could have been.
        compiled: the networks were compiled.
        autotuned: cuDNN chose its algorithms by trial.
        together: how many runs shared the process.
        ranks: how many processes played the run.
        batch_stats: ``synced`` or ``local``, where several played it.
    """

    replayed: bool = False
    why_eager: str | None = None
    compiled: bool = False
    autotuned: bool = False
    together: int = 1
    ranks: int = 1
    batch_stats: str | None = None


class RunResult(Written):
    """A run as it ended. What was not measured is None: there are no sentinel numbers.

    Attributes:
        schema_version: of the file.
        key: sha256 of all that the result depends on.
        recipe: its name, variants included.
        seed: the run's seed.
        status: how it ended; ``reached`` is at goals that it was to end at, before its budget was used up, and ``oom``
            is out of memory.
        reason: why, where it is not ``done``.
        metrics: the final numbers by metric; None unless it is ``done``.
        spreads: the standard error of each over the generated samples.
        identity: what the numbers depend on beside data, extractor and metrics, field by field.
        best: the best evaluation, judged again.
        evaluations: in order; the last one of a run that is ``done`` has its final numbers.
        examinations: what was found at its end, by examination.
        verdicts: what was found out of its generator: cheats, mistakes, and what is well; empty of runs that were not
            examined, and of those from before there were any.
        pictures: paths of what was drawn at its end, below the run's folder.
        alarms: where the training went wrong.
        samples: how many images each evaluation generated.
        kimg: thousand real images shown to D.
        d_steps: turns of D.
        g_steps: turns of G.
        seconds: of training, without warm-up, capture and evaluation.
        cpu_seconds: that all threads of the run's process computed in these seconds.
        warmup_seconds: before the first step.
        capture_seconds: that capturing steps for replay took.
        evaluation_seconds: that evaluations took.
        images_per_second: real images shown to D in a second of training.
        peak_memory_mb: of the GPU where there is one, else of the process; in MB (10^6 bytes).
        parameters: how many G and D have.
        engine: how its steps were played.
        environment: where it ran, of the last process that played it.
        history: every process that played it, in order; empty of runs from before it was kept.
        digests: by which later changes are noticed; None in files from before there were any.
        folder: of the run, below that of its bench; in ``results.json`` alone.
    """

    about: ClassVar[str] = "result of a run"

    schema_version: int = Field(default=SCHEMA, alias="schema")
    key: str | None = None
    recipe: str
    seed: int
    status: Literal["done", "reached", "diverged", "failed", "oom", "skipped"]
    reason: str | None = None
    metrics: Metrics | None = None
    spreads: Metrics | None = None
    identity: dict[str, Scalar] | None = None
    best: Best | None = None
    evaluations: Several[Evaluation] = Field(default_factory=list)
    examinations: dict[str, Examination] | None = None
    verdicts: Several[RunVerdict] = Field(default_factory=list)
    pictures: dict[str, PathText] | None = None
    alarms: Several[Alarm] = Field(default_factory=list)
    samples: int | None = None
    kimg: Number | None = None
    d_steps: int | None = None
    g_steps: int | None = None
    seconds: Number | None = None
    cpu_seconds: Number | None = None
    warmup_seconds: Number | None = None
    capture_seconds: Number | None = None
    evaluation_seconds: Number | None = None
    images_per_second: Number | None = None
    peak_memory_mb: Number | None = None
    parameters: dict[str, int] | None = None
    engine: Engine | None = None
    environment: Environment | None = None
    history: Several[RunProcess] = Field(default_factory=list)
    digests: Digests | None = None
    folder: PathText | None = None

    @cached_property
    def altered(self) -> bool:
        """True if it is not as the run wrote it; without a digest that is not known, and False."""
        known = self.digests.result if self.digests else None
        return known is not None and known != digest_of(self.to_json())

    @property
    def done(self) -> bool:
        """True if it was played to its end, and is as the run wrote it."""
        return self.status == "done" and not self.altered

    @property
    def outcome(self) -> str:
        """The status, or ``altered``: what an altered result says of itself, its status among it, is not believed."""
        return ALTERED if self.altered else self.status

    @property
    def why(self) -> str | None:
        """The reason of its outcome; None where there is none to tell."""
        return _CHANGED if self.altered else self.reason

    @property
    def machine(self) -> Environment:
        """The environment; an empty one where that is not known."""
        return self.environment or Environment()

    def metric(self, key: str) -> float | None:
        """Return a metric's finite final value, None without one."""
        return number((self.metrics or {}).get(key))

    def spread(self, key: str) -> float | None:
        """Its finite standard error over the samples, None without one."""
        return number((self.spreads or {}).get(key))
