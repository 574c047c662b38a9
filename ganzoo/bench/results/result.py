"""``result.json``: how a run ended, and all that was measured of it."""

import json
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field

from ...errors import DataError
from ...storage.atomic import write_file
from .environment import Environment
from .formats import number
from .spec import SCHEMA, RunSpec
from .stored import read_stored
from .written import Named, Number, Several, Written

RESULT = "result.json"
FINAL = ("done", "diverged", "skipped")  # a failed run is tried again when the bench is repeated

Metrics = dict[str, Number | None]
Scalar = str | int | float | bool | None


class Evaluation(Written):
    """One evaluation of the generator.

    Attributes:
        kimg: thousand real images that D had been shown.
        d_steps: turns of D before it.
        seconds: of training before it.
        metrics: the numbers by metric.
        grid: the path of the samples' picture, below the run's folder.
        pictures: those of what metrics drew, by metric.
    """

    kimg: Number | None = None
    d_steps: int | None = None
    seconds: Number | None = None
    metrics: Named[Number | None] = Field(default_factory=dict)
    grid: str | None = None
    pictures: Named[str] = Field(default_factory=dict)

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
        status: how it ended.
        reason: why, where it is not ``done``.
        metrics: the final numbers by metric; None unless it is ``done``.
        spreads: the standard error of each over the generated samples.
        identity: what the numbers depend on beside data, extractor and metrics, field by field.
        best: the best evaluation, judged again.
        evaluations: in order; the last one of a run that is ``done`` has its final numbers.
        examinations: what was found at its end, by examination.
        pictures: paths of what was drawn at its end, below the run's folder.
        alarms: where the training went wrong.
        samples: how many images each evaluation generated.
        kimg: thousand real images shown to D.
        d_steps: turns of D.
        g_steps: turns of G.
        seconds: of training, without warm-up, capture and evaluation.
        warmup_seconds: before the first step.
        capture_seconds: that capturing steps for replay took.
        evaluation_seconds: that evaluations took.
        images_per_second: real images shown to D in a second of training.
        peak_memory_mb: of the GPU where there is one, else of the process; in MB (10^6 bytes).
        parameters: how many G and D have.
        engine: how its steps were played.
        environment: where it ran.
        folder: of the run, below that of its bench; in ``results.json`` alone.
    """

    about: ClassVar[str] = "result of a run"

    schema_version: int = Field(default=SCHEMA, alias="schema")
    key: str | None = None
    recipe: str
    seed: int
    status: Literal["done", "diverged", "failed", "skipped"]
    reason: str | None = None
    metrics: Metrics | None = None
    spreads: Metrics | None = None
    identity: dict[str, Scalar] | None = None
    best: Best | None = None
    evaluations: Several[Evaluation] = Field(default_factory=list)
    examinations: dict[str, Examination] | None = None
    pictures: dict[str, str] | None = None
    alarms: Several[Alarm] = Field(default_factory=list)
    samples: int | None = None
    kimg: Number | None = None
    d_steps: int | None = None
    g_steps: int | None = None
    seconds: Number | None = None
    warmup_seconds: Number | None = None
    capture_seconds: Number | None = None
    evaluation_seconds: Number | None = None
    images_per_second: Number | None = None
    peak_memory_mb: Number | None = None
    parameters: dict[str, int] | None = None
    engine: Engine | None = None
    environment: Environment | None = None
    folder: str | None = None

    @property
    def done(self) -> bool:
        """True if it was played to its end."""
        return self.status == "done"

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


def result_of(spec: RunSpec, status: str, reason: str | None, **measured: Any) -> dict[str, Any]:
    """Every field of a result as plain data; what was not measured is None, 0 or empty.

    Args:
        spec: the run.
        status: ``done``, ``diverged``, ``failed`` or ``skipped``.
        reason: why, where it is not ``done``.
        measured: any field of ``RunResult``.
    """
    fields: dict[str, Any] = {
        "schema": SCHEMA,
        "key": spec.key,
        "recipe": spec.name,
        "seed": spec.seed,
        "status": status,
        "reason": reason,
        "metrics": None,
        "spreads": None,
        "identity": None,
        "best": None,
        "evaluations": [],
        "examinations": None,
        "pictures": None,
        "alarms": [],
        "samples": spec.samples,
        "kimg": 0.0,
        "d_steps": 0,
        "g_steps": 0,
        "seconds": 0.0,
        "warmup_seconds": 0.0,
        "capture_seconds": 0.0,
        "evaluation_seconds": 0.0,
        "images_per_second": None,
        "peak_memory_mb": None,
        "parameters": None,
        "engine": None,
        "environment": None,
    }
    unknown = measured.keys() - fields.keys()
    if unknown:
        raise KeyError(f"a result has no field {unknown}")
    return fields | measured


def write_result(folder: Path, result: dict[str, Any]) -> None:
    """Put it into the run's folder, as long as it is what ``read_result`` reads."""
    RunResult.model_validate(result)
    write_file(folder / RESULT, json.dumps(result, indent=2, allow_nan=False) + "\n")


def read_result(folder: Path) -> RunResult | None:
    """Return the result in a run's folder, None where there is none that can be read."""
    try:
        return read_stored(RunResult, folder / RESULT)
    except DataError:
        return None
