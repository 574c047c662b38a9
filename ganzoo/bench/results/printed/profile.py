"""The JSON of ``ganzoo profile``."""

from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field

from ..run_files.environment import Environment
from ..written import SCHEMA, Number, Written

Range = Annotated[list[Number], BeforeValidator(lambda value: list(value) if isinstance(value, tuple) else value)]


class ProfiledData(Written):
    """The data that steps were measured on.

    Attributes:
        name: of the dataset.
        hash: sha256 of its contents.
        n: how many images it has.
    """

    name: str
    hash: str
    n: int


class MatrixRate(Written):
    """The rate of a large matrix product on the device.

    Attributes:
        flops: operations a second, the best of several products.
        side: of the square matrices.
        dtype: of their elements.
    """

    flops: Number
    side: int
    dtype: str


class ProfiledStep(Written):
    """A recipe's step with one batch size.

    Attributes:
        recipe: variants included.
        batch: images in it.
        status: ``done``, ``skipped``, ``out of memory`` or ``failed``; the numbers are there if it is done.
        reason: why it is not done.
        parameters: of each player.
        steps: that were timed.
        period: steps after which the same lazy terms are due again.
        captured: whether steps are replayed as CUDA graphs.
        why_eager: why they are not on a device that can; empty otherwise.
        ms_per_step: the median of the stretches, of a step as a run plays it.
        ms_per_step_range: the fastest stretch and the slowest.
        eager_ms_per_step: of a step that is not replayed, to which the shares belong.
        images_per_second: real images shown to D.
        turns: of each player in a step.
        passes: forward passes of each player in a step, whoever asked for them.
        shares: of the eager step's time, by phase; their sum is 1.
        flops_per_image: operations of matrix products and convolutions in a step, over the real images shown to D.
        flops_per_second: that times ``images_per_second``.
        matrix_share: that over the device's measured matrix rate.
        peak_memory_mb: of the GPU, or of the process, in 10^6 bytes; null where the system does not tell.
    """

    recipe: str
    batch: int
    status: str
    reason: str | None
    parameters: dict[str, int] | None
    steps: int
    period: int
    captured: bool
    why_eager: str
    ms_per_step: Number | None
    ms_per_step_range: Range | None
    eager_ms_per_step: Number | None
    images_per_second: Number | None
    turns: dict[str, int]
    passes: dict[str, Number]
    shares: dict[str, Number]
    flops_per_image: Number | None
    flops_per_second: Number | None
    matrix_share: Number | None
    peak_memory_mb: Number | None


class Profiled(Written):
    """The time of training steps, and its shares.

    Attributes:
        schema_version: of this object.
        command: as written.
        environment: where the steps ran.
        dataset: on which.
        matrix_rate: of the device; null where nothing was measured.
        rows: of each recipe one a batch size.
    """

    about: ClassVar[str] = "profile"

    schema_version: int = Field(default=SCHEMA, alias="schema")
    command: str | None
    environment: Environment
    dataset: ProfiledData
    matrix_rate: MatrixRate | None
    rows: list[ProfiledStep]
