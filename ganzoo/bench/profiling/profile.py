"""Where a step's time goes: ``ganzoo bench --profile``.

Each recipe is built as its first run would be, and plays a few steps with its own batch, then with four and with
sixteen times as large ones. Speed and memory are of steps that nobody watches; what the time is spent on, of as
many more steps that are followed (``places``). On a CPU the shares are of this process's time. On CUDA they are of
the time of an eager step, since a replayed one cannot be looked into: how long the device worked for each place
(``device_trace``), and as the host's share how long it had nothing to do.
"""

import gc
import math
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import torch

from ...errors import GanzooError
from ...interfaces import Regularizer
from ...registry.discovery import Zoo
from ...storage.cache import Cache
from ...training import Trainer
from ..plan import Plan, Request, prepare
from ..results.formats import memory
from ..results.spec import RunSpec
from ..runs.environment import environment
from ..runs.session import TrainingSession
from .device_trace import Marks, device_seconds, trace
from .flops import FlopCounter
from .matrix_rate import matrix_rate, synchronize
from .memory import forget_peak, free_memory, peak_memory, resident_memory
from .step_phases import TITLES, StepPhases, Stopwatch

SCHEMA = 1
FACTORS = (1, 4, 16)  # of the recipe's own batch
SECONDS = 2.0  # that the steps of one measurement shall take, or one whole period if that is more
MOST_STEPS = 500
MOST_TRACED = 20  # steps; a trace grows by some thousand events with each
STRETCHES = 5  # of steps, each with a time of its own


@dataclass
class Row:
    """One recipe with one batch size.

    Attributes:
        status: ``done``, ``skipped``, ``out of memory`` or ``failed``; the numbers are there if it is done.
        steps: that were timed; as many more were followed.
        period: steps after which the same lazy terms are due again.
        captured: whether steps are replayed.
        why_eager: why they are not on a device that can.
        ms_per_step: the median of the stretches, of a step as a run plays it.
        ms_per_step_range: the fastest stretch and the slowest.
        eager_ms_per_step: the same of a step that is not replayed: what the shares are of.
        images_per_second: real images shown to D.
        turns: of each player in a step.
        passes: forward passes of each player in a step, whoever asked for them.
        shares: of the eager step's time, by place; their sum is 1.
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


def run_profile(
    request: Request, zoo: Zoo, cache: Cache, say: Callable[[str], None], *, steps: int | None = None
) -> dict[str, Any]:
    """Measure every recipe of a bench with its first seed; trains nothing to an end, and writes nothing.

    Args:
        request: the bench, as it would be run; budget, metrics and folder do not matter.
        zoo: what is installed.
        cache: for the images.
        say: is told how far it is.
        steps: to measure with each batch size, rounded up to whole periods; None for as many as take some seconds.

    Raises:
        GanzooError: what was asked for cannot be done.
    """
    plan = prepare(replace(request, extractor="none"), zoo, cache, say)
    images = plan.images
    say(f"{images.name}: {images.described}; steps are measured on {plan.devices[0]}")
    bench = _Profile(plan, zoo, cache, say, steps)
    rows = [row for spec in plan.specs if spec.seed == request.seeds[0] for row in bench.rows(spec)]
    rate = max(bench.rates, key=lambda measured: measured["flops"], default=None)
    for row in rows:
        if row.status == "done":
            row.matrix_share = row.flops_per_second / rate["flops"]
    return {
        "schema": SCHEMA,
        "command": request.command,
        "environment": environment(bench.device, plan.threads, zoo.plugins, plan.specs[0].precision),
        "dataset": {"name": images.name, "hash": images.hash, "n": images.n},
        "matrix_rate": rate,
        "rows": [asdict(row) for row in rows],
    }


class _Profile:
    """Measures row after row, each with a trainer of its own.

    Attributes:
        rates: of the device, as ``matrix_rate`` gives them; one beside each row, since a machine may be busier now than
            then, and the best of them is the device's.
    """

    def __init__(self, plan: Plan, zoo: Zoo, cache: Cache, say: Callable[[str], None], steps: int | None) -> None:
        self.plan, self.zoo, self.cache, self.say, self.steps = plan, zoo, cache, say, steps
        self.device = plan.devices[0]
        self.rates: list[dict[str, Any]] = []
        self._needed = 0.0  # MB that the last row took beyond what the process held

    def rows(self, spec: RunSpec) -> Iterator[Row]:
        """A recipe's rows, up to the first that cannot be measured."""
        own = spec.resolved_recipe().schedule.batch
        self._needed = 0.0
        for factor in FACTORS:
            row = Row(spec.name, own * factor)
            self._fill(row, spec, grown=factor > 1)
            yield row
            if row.status != "done":
                return

    def _fill(self, row: Row, spec: RunSpec, *, grown: bool) -> None:
        self.say(f"{row.recipe}: batch {row.batch:,}")
        if row.recipe in self.plan.skipped:
            row.status, row.reason = "skipped", self.plan.skipped[row.recipe]
        elif grown and row.batch > self.plan.images.n:
            row.status, row.reason = "skipped", f"there are only {self.plan.images.n:,} images"
        elif grown and (lack := self._lack()):
            row.status, row.reason = "out of memory", lack
        else:
            try:
                self._measure(row, spec)
            except GanzooError as error:
                row.status, row.reason = "failed", str(error)
            except Exception as error:
                row.status = "out of memory" if _of_memory(error) else "failed"
                row.reason = f"{type(error).__name__}: {(str(error).strip().splitlines() or [''])[0][:300]}"
        gc.collect()
        if self.device != "cpu":
            torch.cuda.empty_cache()

    def _lack(self) -> str | None:
        """Why four times what the last row took is more than a CPU's machine has: it would end the process."""
        free = free_memory() if self.device == "cpu" else None
        if free is None or 4 * self._needed < free:
            return None
        return f"it would take about {memory(4 * self._needed)}, and {memory(free)} are free"

    def _measure(self, row: Row, spec: RunSpec) -> None:
        recipe = {**spec.recipe, "schedule": {**spec.recipe["schedule"], "batch": row.batch}}
        held = resident_memory() or 0.0
        session = TrainingSession(replace(spec, recipe=recipe, device=self.device), self.zoo, self.cache, self.say)
        trainer = session.trainer
        self.rates.append(matrix_rate(self.device, trainer.precision))
        row.parameters, row.period = session.parameters, period_of(trainer)
        forget_peak(trainer.device)
        with torch.compiler.set_stance("force_eager") if spec.compiled else nullcontext():
            count_flops(row, trainer)
        time_steps(row, trainer, self.steps)
        row.peak_memory_mb = peak_memory(trainer.device)
        self._needed = max(0.0, (row.peak_memory_mb or 0.0) - held)
        find_shares(row, trainer)


def _of_memory(error: Exception) -> bool:
    words = ("DefaultCPUAllocator", "ALLOC_FAILED")  # of torch on a CPU, and of CUDA's libraries
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or any(word in str(error) for word in words)


def period_of(trainer: Trainer) -> int:
    """The steps after which the same lazy terms are due again."""
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
    row.flops_per_second = row.flops_per_image * row.images_per_second


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
    """Follow as many eager steps as were timed, fewer on a GPU, and say what their time is spent on."""
    with _eagerly(trainer):
        if trainer.device.type == "cuda":
            steps = min(row.steps, max(row.period, MOST_TRACED // row.period * row.period))
            shares, places = shares_by_trace(trainer, steps, row.eager_ms_per_step / 1000 * steps)
        else:
            steps = row.steps
            shares, places = shares_by_clock(trainer, steps)
    row.shares = shares
    row.passes = {player: count / steps for player, count in places.passes.items()}


def shares_by_clock(trainer: Trainer, steps: int) -> tuple[dict[str, float], StepPhases]:
    """What this process's time in so many steps is spent on, and what followed them."""
    watch = Stopwatch()
    places = StepPhases(trainer, watch)
    with places.followed():
        _play(trainer, steps)
    seconds = {place: passed for place, passed in watch.seconds.items() if place is not None}
    return shares_of(seconds, sum(seconds.values())), places


def shares_by_trace(
    trainer: Trainer, steps: int, whole: float, look: Callable = trace
) -> tuple[dict[str, float], StepPhases]:
    """What the GPU's time in so many steps is spent on, and what followed them.

    Args:
        trainer: whose steps are played eagerly.
        steps: to play.
        whole: seconds that so many steps take if nobody watches.
        look: gives the events of a trace.
    """
    places = StepPhases(trainer, Marks())

    def play() -> None:
        with places.followed():
            _play(trainer, steps)

    return shares_of(device_seconds(look(play, trainer.device)), whole), places


def shares_of(seconds: Mapping[str, float], whole: float) -> dict[str, float]:
    """What part of the whole each place has; the host has what no other place has."""
    found = {place: seconds.get(place, 0.0) for place in TITLES if place != "host"}
    found["host"] = max(0.0, whole - sum(found.values()))
    whole = sum(found.values())
    return {place: value / whole for place, value in found.items()}


def exit_code(profile: Mapping[str, Any]) -> int:
    """0 where every row was measured, or could not be for want of memory or images; 1 where one failed."""
    return int(any(row["status"] == "failed" for row in profile["rows"]))
