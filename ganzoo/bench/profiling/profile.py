"""The time of a training step, by what it is spent on: ``ganzoo profile``.

Each recipe is built as its first run would be, and plays a few steps with its own batch, then with four and with
sixteen times as large ones. Speed and memory are of steps that nobody watches; what the time is spent on, of more
steps in a trace of the profiler, where the trainer leaves labels (``step_phases``). On a CPU the shares are of this
process's time. On CUDA they are of the time of an eager step, since a replayed one cannot be looked into: how long the
device worked for each phase (``device_trace``), and as the host's share how long it had nothing to do.
"""

import gc
import logging
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from dataclasses import asdict
from typing import Any

import torch

from ...backend.out_of_memory import of_memory
from ...errors import GanzooError, class_and_first_line
from ...registry.discovery import Zoo
from ...storage.cache import Cache
from ..plan import Plan, prepare
from ..results.formats import memory
from ..results.run_files.spec import RunSpec
from ..results.terms.settings import RunSettings
from ..runs.environment import environment
from ..runs.session import TrainingSession
from .matrix_rate import matrix_rate
from .measurements import Row, count_flops, find_shares, period_of, time_steps
from .memory import forget_peak, free_memory, peak_memory, resident_memory

_log = logging.getLogger(__name__)

SCHEMA = 1
FACTORS = (1, 4, 16)  # of the recipe's own batch


def run_profile(settings: RunSettings, zoo: Zoo, cache: Cache, *, steps: int | None = None) -> dict[str, Any]:
    """Measure every recipe of a bench with its first seed; trains nothing to an end, and writes nothing.

    Args:
        settings: of the bench, as it would be run; budget, metrics and folder do not matter.
        zoo: what is installed.
        cache: for the images.
        steps: to measure with each batch size, rounded up to whole periods; None for as many as take some seconds.

    Raises:
        GanzooError: what was asked for cannot be done.
    """
    plan = prepare(settings.changed(extractor="none"), zoo, cache)
    images = plan.images
    _log.info(f"{images.name}: {images.described}; steps are measured on {plan.devices[0]}")
    bench = _Profile(plan, zoo, cache, steps)
    rows = [row for spec in plan.specs if spec.seed == settings.seeds[0] for row in bench.rows(spec)]
    rate = max(bench.rates, key=lambda measured: measured["flops"], default=None)
    for row in rows:
        if rate is not None and row.flops_per_second is not None:
            row.matrix_share = row.flops_per_second / rate["flops"]
    return {
        "schema": SCHEMA,
        "command": settings.command,
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

    def __init__(self, plan: Plan, zoo: Zoo, cache: Cache, steps: int | None) -> None:
        self.plan, self.zoo, self.cache, self.steps = plan, zoo, cache, steps
        self.device = plan.devices[0]
        self.rates: list[dict[str, Any]] = []
        self._needed = 0.0  # MB that the last row took beyond what the process held

    def rows(self, spec: RunSpec) -> Iterator[Row]:
        """Yield a recipe's rows, up to the first that cannot be measured."""
        own = spec.resolved_recipe().schedule.batch
        self._needed = 0.0
        for factor in FACTORS:
            row = Row(spec.name, own * factor)
            self._fill(row, spec, grown=factor > 1)
            yield row
            if row.status != "done":
                return

    def _fill(self, row: Row, spec: RunSpec, *, grown: bool) -> None:
        _log.info(f"{row.recipe}: batch {row.batch:,}")
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
                row.status = "out of memory" if of_memory(error) else "failed"
                row.reason = class_and_first_line(error, 300)
        gc.collect()
        if self.device != "cpu":
            torch.cuda.empty_cache()

    def _lack(self) -> str | None:
        """Give the reason to stop where four times the last row's memory is more than a CPU's machine has."""
        free = free_memory() if self.device == "cpu" else None
        if free is None or 4 * self._needed < free:
            return None
        return f"it would take about {memory(4 * self._needed)}, and {memory(free)} are free"

    def _measure(self, row: Row, spec: RunSpec) -> None:
        recipe = {**spec.recipe, "schedule": {**spec.recipe["schedule"], "batch": row.batch}}
        held = resident_memory() or 0.0
        session = TrainingSession(spec.changed(recipe=recipe, device=self.device), self.zoo, self.cache)
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


def exit_code(profile: Mapping[str, Any]) -> int:
    """0 where every row was measured, or could not be for want of memory or images; 1 where one failed."""
    return int(any(row["status"] == "failed" for row in profile["rows"]))
