"""Numbers of a trained generator: those of its evaluation, with what they depend on."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from ..bench.results.run_files.record import EvaluationRow, read_record
from ..bench.results.run_files.result import Metrics, Scalar
from ..bench.results.run_files.result_file import read_result
from ..bench.results.run_files.seal import RECORD
from ..bench.results.run_files.spec import RunSpec
from ..bench.results.written import Number, Written


class Numbers(Written):
    """Metrics of one evaluation.

    Attributes:
        metrics: the numbers by metric.
        spreads: the standard error of each over the generated samples, where it was taken.
        samples: how many generated samples they were taken of.
        extractor: name of the extractor; None without one.
        identity: what the numbers depend on beside data, extractor and metrics, field by field.
        data: name of the data set.
        seed: of the run.
        kimg: thousand real images that D had been shown.
    """

    about: ClassVar[str] = "numbers of a generator"

    metrics: Metrics = Field(default_factory=dict)
    spreads: Metrics | None = None
    samples: int | None = None
    extractor: str | None = None
    identity: dict[str, Scalar] | None = None
    data: str | None = None
    seed: int | None = None
    kimg: Number | None = None


def numbers_of(folder: Path, spec: RunSpec, images_seen: int) -> Numbers | None:
    """Return the numbers of one generator of a run; None where it was not evaluated, or where the result was altered.

    Args:
        folder: of the run.
        spec: of the run.
        images_seen: real images that D had been shown when the generator was kept; an older one has other numbers.

    Raises:
        DataError: the run's record cannot be read.
    """
    known: dict[str, Any] = {
        "samples": spec.samples,
        "extractor": spec.extractor,
        "data": str(spec.images.get("name")),
        "seed": spec.seed,
    }
    result = read_result(folder)
    if result is not None and result.altered:
        return None

    def taken_of_it(kimg: float | None) -> bool:
        return kimg is not None and round(1000 * kimg) == images_seen

    if result is not None and result.metrics and taken_of_it(result.kimg):
        taken: dict[str, Any] = {"spreads": result.spreads, "identity": result.identity, "kimg": result.kimg}
        return Numbers(metrics=result.metrics, **known, **taken)
    evaluated = [row for row in read_record(folder / RECORD) if isinstance(row, EvaluationRow) and row.metrics]
    rows = [row for row in evaluated if taken_of_it(row.kimg)]
    if not rows:
        return None
    identity: dict[str, Scalar] = {
        key: value for key, value in spec.identity.items() if isinstance(value, str | int | float | bool)
    }
    return Numbers(metrics=rows[-1].metrics, kimg=rows[-1].kimg, identity=identity, **known)
