"""Measurements of one recipe with one batch size."""

import math
import statistics
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from ...interfaces import Regularizer
from ...training import Trainer
from .device_trace import device_seconds, trace
from .flops import FlopCounter
from .matrix_rate import synchronize
from .step_phases import TITLES, StepPhases

SECONDS = 2.0  # that the steps of one measurement shall take, or one whole period if that is more
MOST_STEPS = 500
MOST_TRACED = 20  # steps; a trace grows by some thousand events with each
STRETCHES = 5  # of steps, each with a time of its own


@dataclass
class Row:
    """One recipe with one batch size.

    Attributes:
        status: ``done``, ``skipped``, ``out of memory`` or ``failed``; the numbers are there if it is done.
        steps: that were timed; as many more were traced, but at most ``MOST_TRACED`` or one period.
        period: steps after which the same lazy terms are due again.
        captured: whether steps are replayed.
        why_eager: why they are not on a device that can.
        ms_per_step: the median of the stretches, of a step as a run plays it.
        ms_per_step_range: the fastest stretch and the slowest.
        eager_ms_per_step: the same of a step that is not replayed: what the shares are of.
        images_per_second: real images shown to D.
        turns: of each player in a step.
        passes: forward passes of each player in a step, whoever asked for them.
        shares: of the eager step's time, by phase; their sum is 1.
        flops_per_image: operations of matrix products and convolutions in a step, over the real images shown to D.
        flops_per_second: that times ``images_per_second``.
        matrix_share: that over the device's measured matrix rate.
        peak_memory_mb: of the GPU, or of the process; None where the system does not tell.
    """

    recipe: str
    batch: int
    status: str = "done"
    reason: str | None = None
    parameters: dict[str, int] | None = None
    steps: int = 0
    period: int = 1
    captured: bool = False
    why_eager: str = ""
    ms_per_step: float | None = None
    ms_per_step_range: tuple[float, float] | None = None
    eager_ms_per_step: float | None = None
    images_per_second: float | None = None
    turns: dict[str, int] = field(default_factory=dict)
    passes: dict[str, float] = field(default_factory=dict)
    shares: dict[str, float] = field(default_factory=dict)
    flops_per_image: float | None = None
    flops_per_second: float | None = None
    matrix_share: float | None = None
    peak_memory_mb: float | None = None


def period_of(trainer: Trainer) -> int:
    """Return the steps after which the same lazy terms are due again."""
    d_steps, period = trainer.recipe.schedule.d_steps, 1
    for regularizer in trainer.parts.regularizers:
        period = math.lcm(period, math.lcm(regularizer.every, d_steps) // d_steps)
        if type(regularizer).g_penalty is not Regularizer.g_penalty:
            period = math.lcm(period, regularizer.every)
    return period


@contextmanager
def _eagerly(trainer: Trainer) -> Iterator[None]:
    """While the block runs no step is replayed."""
    replays, trainer.replays = trainer.replays, None
    try:
        yield
    finally:
        trainer.replays = replays


def _play(trainer: Trainer, steps: int) -> None:
    for _ in range(steps):
        trainer.step()


def count_flops(row: Row, trainer: Trainer) -> None:
    """Play one whole period, so that lazy terms have their weight, and count what it takes."""
    before, seen = dict(trainer.turns), trainer.images_seen
    with _eagerly(trainer), FlopCounter() as counter:
        _play(trainer, row.period)
    row.flops_per_image = counter.total / (trainer.images_seen - seen)
    row.turns = {player: (turns - before[player]) // row.period for player, turns in trainer.turns.items()}


def time_steps(row: Row, trainer: Trainer, steps: int | None) -> None:
    """Play and time steps that nobody watches, as a run plays them, and eager ones where that is another thing."""
    trainer.norms.every = 0  # a measured step is a kind of its own, and would be recorded in the midst of the timing
    _play(trainer, 2 * row.period)  # a kind of step is played, then recorded, then replayed
    row.captured, row.why_eager = trainer.replays is not None, trainer.why_eager
    if steps is None:
        passed = _seconds(trainer, row.period) / row.period
        steps = min(MOST_STEPS, math.ceil(SECONDS / passed))
    periods = math.ceil(steps / row.period)
    row.steps = periods * row.period
    times = _stretches(trainer, row.period, periods)
    row.ms_per_step, row.ms_per_step_range = statistics.median(times), (min(times), max(times))
    row.eager_ms_per_step = row.ms_per_step
    if row.captured:
        with _eagerly(trainer):
            _play(trainer, row.period)
            row.eager_ms_per_step = statistics.median(_stretches(trainer, row.period, periods))
    row.images_per_second = row.batch * row.turns["D"] / row.ms_per_step * 1000
    row.flops_per_second = (row.flops_per_image or 0.0) * row.images_per_second


def _seconds(trainer: Trainer, steps: int) -> float:
    synchronize(trainer.device)
    began = time.perf_counter()
    _play(trainer, steps)
    synchronize(trainer.device)
    return time.perf_counter() - began


def _stretches(trainer: Trainer, period: int, periods: int) -> list[float]:
    """Milliseconds of a step, for each of some stretches of whole periods."""
    count = min(STRETCHES, periods)
    lengths = [(periods * (i + 1) // count - periods * i // count) * period for i in range(count)]
    return [_seconds(trainer, steps) * 1000 / steps for steps in lengths]


def find_shares(row: Row, trainer: Trainer) -> None:
    """Trace as many eager steps as were timed, but some at the most, and say what their time is spent on.

    Args:
        row: is told.
        trainer: whose steps are played.
    """
    steps = min(row.steps, max(row.period, MOST_TRACED // row.period * row.period))
    with _eagerly(trainer):
        events = trace(lambda: _play(trainer, steps), trainer.device)
    phases = StepPhases(events)
    row.passes = {player: count / steps for player, count in phases.passes.items()}
    if trainer.device.type == "cuda":
        row.shares = shares_of(device_seconds(events, phases), (row.eager_ms_per_step or 0.0) / 1000 * steps)
    else:
        seconds = phases.seconds()
        row.shares = shares_of(seconds, sum(seconds.values()))


def shares_of(seconds: Mapping[str, float], whole: float) -> dict[str, float]:
    """Divide the whole among the phases; the host has what no other phase has."""
    found = {phase: seconds.get(phase, 0.0) for phase in TITLES if phase != "host"}
    found["host"] = max(0.0, whole - sum(found.values()))
    whole = sum(found.values())
    return {phase: value / whole for phase, value in found.items()}
