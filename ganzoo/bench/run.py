"""One run: one recipe, one seed, from its specification to its result, in this process."""

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from ..cache import Cache
from ..discovery import Zoo
from ..files import write_file
from ..game.checkpoint import newest, save
from ..precision import without_tf32
from .clock import Clock
from .environment import environment
from .fitted import DivergedError, Fitted
from .grid import grid_png
from .record import Record
from .result import result_of, write_result
from .spec import RunSpec

ROWS = 200  # of the training record, over the budget
GRID = 64  # images of a sample grid
TELL_SECONDS = 0.3  # between two lines to whoever watches


class StoppedError(Exception):
    """The run was asked to stop, and has written a checkpoint."""


class Run:
    """A run that can be stopped and gone on with.

    Args:
        folder: of the run; everything is written below it.
        tell: is told how the run goes, with a dict a time.
        stop: whether to write a checkpoint and leave.
        say: takes a line for the log.
    """

    def __init__(
        self,
        folder: Path,
        spec: RunSpec,
        zoo: Zoo,
        *,
        tell: Callable[[dict[str, Any]], None],
        stop: Callable[[], bool],
        say: Callable[[str], None],
    ) -> None:
        self.folder, self.spec, self.tell, self.stop, self.say = folder, spec, tell, stop, say
        self.began = time.monotonic()
        self.budget = spec.resolved_budget()
        self.fitted = Fitted(spec, zoo, Cache.open(say), say)
        self.trainer = self.fitted.trainer
        self.environment = {"seed": spec.seed, **environment(spec.device, spec.threads, zoo.plugins)}
        write_file(folder / "environment.json", json.dumps(self.environment, indent=2) + "\n")
        self.clock = Clock(self._sync)
        self.evaluations: list[dict[str, Any]] = []
        self.row = 0
        self.sums = torch.zeros(3, device=self.trainer.device)  # d_loss, g_loss, steps
        self.last: dict[str, Any] = {"d_loss": None, "g_loss": None}
        self.told = 0.0
        self.record = Record(folder / "metrics.jsonl", self._resume())
        self.saved = time.monotonic()

    # -- going on --------------------------------------------------------------------------------------------

    def _resume(self) -> int:
        """Take up the newest checkpoint; gives the size of the record that belongs to it."""
        found = newest(self.folder / "checkpoints", self.say)
        if found is None:
            return 0
        tensors, values = found
        run = values["run"]
        self.trainer.load_state(tensors, values["trainer"])
        self.sums.copy_(tensors["run.sums"])
        self.clock.load_state(run["clock"])
        self.evaluations, self.row = run["evaluations"], run["row"]
        self.say(f"goes on from step {self.trainer.steps}")
        return run["record"]

    def _checkpoint(self) -> None:
        with self.clock.paused():
            self._require_numbers()
            tensors, values = self.trainer.state()
            run = {
                "clock": self.clock.state(),
                "evaluations": self.evaluations,
                "row": self.row,
                "record": self.record.size,
            }
            save(
                self.folder / "checkpoints",
                self.trainer.steps,
                tensors | {"run.sums": self.sums},
                {"trainer": values, "run": run},
            )
        self.saved = time.monotonic()

    def _sync(self) -> None:
        if self.trainer.device.type == "cuda":
            torch.cuda.synchronize(self.trainer.device)

    # -- the budget ------------------------------------------------------------------------------------------

    @property
    def kimg(self) -> float:
        """Thousand real images shown to D."""
        return self.trainer.images_seen / 1000

    def _used(self) -> float:
        return self.budget.used(kimg=self.kimg, seconds=self.clock.now())

    # -- playing ---------------------------------------------------------------------------------------------

    def play(self) -> dict[str, Any]:
        """Train to the end of the budget and give the result, which is also written.

        Raises:
            StoppedError: ``stop`` said so; repeating goes on from here.
        """
        try:
            with without_tf32():  # what environment() calls fp32
                self._train()
            status, reason = "done", None
        except DivergedError as error:
            status, reason = "diverged", str(error)
        result = self.result(status, reason)
        write_result(self.folder, result)
        return result

    def _train(self) -> None:
        self._tell("training", at_once=True)
        startup = time.monotonic() - self.began
        self.clock.warmup_seconds += startup
        self.clock.start()
        while self._used() < 1:
            if self.stop():
                self._checkpoint()
                raise StoppedError
            before = self.trainer.images_seen
            losses = self.trainer.step()
            self.sums += torch.stack((losses["d_loss"], losses["g_loss"], torch.ones_like(losses["d_loss"])))
            self.clock.stepped(self.trainer.images_seen - before)
            used = self._used()
            if used * ROWS >= self.row + 1:
                self._write_row(used)
            self._tell("training")
            if used * self.spec.evaluations >= len(self.evaluations) + 1 and used < 1:
                self._evaluate()
                self._checkpoint()
            elif time.monotonic() - self.saved > self.spec.checkpoint_seconds:
                self._checkpoint()
        if len(self.evaluations) < self.spec.evaluations:
            self._evaluate()
        self.clock.stop()
        self._checkpoint()
        self.clock.stop()

    def _require_numbers(self) -> None:
        if not bool(self.sums.isfinite().all()):
            d_loss, g_loss, _ = self.sums.tolist()
            raise DivergedError(
                f"the losses became {'NaN' if d_loss != d_loss or g_loss != g_loss else 'infinite'} "
                f"by step {self.trainer.steps} ({self.kimg:.1f} kimg)"
            )

    def _write_row(self, used: float) -> None:
        self._require_numbers()
        d_loss, g_loss, steps = self.sums.tolist()
        self.sums.zero_()
        self.row = int(used * ROWS)
        self.last = {"d_loss": d_loss / steps, "g_loss": g_loss / steps}
        rate = self.clock.images_per_second
        self.record.add(
            {
                "kind": "train",
                "step": self.trainer.steps,
                "kimg": self.kimg,
                **self.last,
                "seconds": round(self.clock.now(), 3),
                "images_per_second": rate and round(rate, 1),
            }
        )

    # -- evaluating ------------------------------------------------------------------------------------------

    def _evaluate(self) -> None:
        self._tell("evaluating", at_once=True)
        forked = [self.trainer.device] if self.trainer.device.type == "cuda" else []
        with self.clock.evaluating(), torch.random.fork_rng(devices=forked):
            self._require_numbers()
            name = f"samples/kimg-{self.kimg:010.3f}.png"
            write_file(self.folder / name, grid_png(self.fitted.pictures(GRID).numpy()))
            metrics = self.fitted.score(self.spec.samples)
        row = {"kimg": self.kimg, "seconds": round(self.clock.seconds, 3), "metrics": metrics, "grid": name}
        self.record.add({"kind": "evaluation", "step": self.trainer.steps, **row})
        self.evaluations.append(row)
        self.tell({"kind": "evaluation", **row})

    # -- telling ---------------------------------------------------------------------------------------------

    def _tell(self, phase: str, *, at_once: bool = False) -> None:
        if not at_once and time.monotonic() - self.told < TELL_SECONDS:
            return
        self.told = time.monotonic()
        used, seconds = min(1.0, self._used()), self.clock.now()
        rate = self.clock.images_per_second
        if self.budget.kimg is not None:
            left = (self.budget.kimg - self.kimg) * 1000 / rate if rate else None
        else:
            left = (1 - used) * seconds / used if used else None
        self.tell(
            {
                "kind": "progress",
                "fraction": used,
                "kimg": self.kimg,
                "images_per_second": rate,
                "seconds_left": left,
                "phase": phase,
                **self.last,
            }
        )

    def result(self, status: str, reason: str | None) -> dict[str, Any]:
        """The run's result as it stands."""
        return result_of(
            self.spec,
            status,
            reason,
            metrics=self.evaluations[-1]["metrics"] if status == "done" else None,
            evaluations=self.evaluations,
            kimg=self.kimg,
            d_steps=self.trainer.turns["D"],
            g_steps=self.trainer.turns["G"],
            seconds=self.clock.seconds,
            warmup_seconds=self.clock.warmup_seconds,
            evaluation_seconds=self.clock.evaluation_seconds,
            images_per_second=self.clock.images_per_second,
            peak_memory_mb=_peak_memory(self.trainer.device),
            parameters=self.fitted.parameters,
            environment=self.environment,
        )


def _peak_memory(device: torch.device) -> float:
    """Of the GPU where there is one, else of this process; in MB (10^6 bytes)."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 1e6
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
