"""One run: one recipe, one seed, from its specification to its result, step by step."""

import json
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import torch

from ...registry.discovery import Zoo
from ...storage.atomic import write_file
from ...storage.cache import Cache
from ...training.checkpoint import save
from ..results.record import Record, read_record
from ..results.result import result_of, write_result
from ..results.spec import RunSpec
from .clock import Clock
from .environment import environment
from .evaluation.best import Best
from .evaluation.evaluate import evaluate, look_closer
from .monitoring.alarms import Alarms
from .monitoring.diagnostics import Probe
from .monitoring.tracking import Tracking, described
from .ranks.going_on import go_on
from .ranks.others import Others
from .session import DivergedError, TrainingSession

ROWS = 200  # of the training record, over the budget
LOOKS = 50  # at what the players have come to, over the budget
TELL_SECONDS = 0.3  # between two lines to whoever watches


class Run:
    """A run that can be stopped and gone on with.

    Whoever plays it calls ``begin``, then ``step`` and ``look`` by turns until it has ``ended``, then ``finish``; while
    it is ``quiet``, ``look`` may be left out.

    Args:
        folder: of the run; everything is written below it.
        tell: is told how the run goes, with a dict a time.
        say: takes a line for the log.
        together: how many runs this process plays at once.
        others: the other ranks, where several processes play this run together.

    Attributes:
        apart: entered around all that is not training, such as an evaluation.
    """

    def __init__(
        self,
        folder: Path,
        spec: RunSpec,
        zoo: Zoo,
        *,
        tell: Callable[[dict[str, Any]], None],
        say: Callable[[str], None],
        together: int = 1,
        others: Others | None = None,
    ) -> None:
        self.folder, self.spec, self.tell, self.say, self.together = folder, spec, tell, say, together
        self.apart: Callable[[], AbstractContextManager[Any]] = nullcontext
        self.began = time.monotonic()
        self.budget = spec.resolved_budget()
        self.others = others
        self.ranks = None if others is None else others.join(torch.device(spec.device))
        self.session = TrainingSession(spec, zoo, Cache.open(say), say, self.ranks)
        self.trainer = self.session.trainer
        schedule = self.trainer.recipe.schedule
        self._images = schedule.d_steps * schedule.batch  # that a step shows to D
        self.environment = {
            "seed": spec.seed,
            **environment(spec.device, spec.threads, zoo.plugins, spec.precision, ranks=spec.ranks),
        }
        write_file(folder / "environment.json", json.dumps(self.environment, indent=2) + "\n")
        self.clock = Clock(self._sync)
        self.evaluations: list[dict[str, Any]] = []
        self.best = Best(self.session.columns[0]) if spec.keeps_best and self.session.columns else None
        self.final: dict[str, Any] = {}  # what only the end of a run has: fields of its result
        self.probe, self.alarms = Probe(self.session), Alarms()
        self.row = self.looked = 0
        if self.trainer.replays is not None:
            self.trainer.replays.around = self._capturing
        self.last: dict[str, Any] = {"d_loss": None, "g_loss": None}
        self.told = 0.0
        self._quiet_turns, self._quiet_until = 0.0, 0.0  # of D; as time.monotonic() counts
        self.record = Record(folder / "metrics.jsonl", self._resume())
        self.tracking = Tracking(spec.trackers, zoo.registry, folder, say)
        if self.tracking:
            self._begin_tracking()
        self.saved = time.monotonic()

    # -- going on --------------------------------------------------------------------------------------------

    def _resume(self) -> int:
        """Take up the newest checkpoint; gives the size of the record that belongs to it."""
        with nullcontext() if self.others is None else self.others.needed():
            found = go_on(self.trainer, self.folder, self.say, self.ranks)
        if found is None:
            return 0
        tensors, values = found
        run = values["run"]
        self.clock.load_state(run["clock"])
        self.evaluations, self.row, self.final = run["evaluations"], run["row"], run["final"]
        if self.best is not None:
            self.best.load_state(tensors, run["best"])
        self.looked = run["looked"]
        self.alarms.load_state(run["alarms"])
        self.say(f"goes on from step {self.trainer.steps}")
        size: int = run["record"]
        return size

    def checkpoint(self) -> None:
        """Write down where the run is."""
        with self.apart(), self.clock.paused():
            self._require_numbers()
            tensors, values = self.trainer.state()
            kept, found = self.best.state() if self.best is not None else ({}, None)
            run = {
                "clock": self.clock.state(),
                "evaluations": self.evaluations,
                "final": self.final,
                "best": found,
                "row": self.row,
                "looked": self.looked,
                "alarms": self.alarms.state(),
                "record": self.record.size,
            }
            save(
                self.folder / "checkpoints",
                self.trainer.steps,
                tensors | kept,
                {"trainer": values, "run": run},
            )
        self.saved = time.monotonic()

    @contextmanager
    def _capturing(self) -> Iterator[None]:
        with self.apart(), self.clock.capturing():
            yield

    @contextmanager
    def _aside(self) -> Iterator[None]:
        """In no run's time, and drawing from no random stream of the training."""
        forked = [self.trainer.device] if self.trainer.device.type == "cuda" else []
        with self.apart(), self.clock.paused(), torch.random.fork_rng(devices=forked):
            yield

    def _sync(self) -> None:
        if self.trainer.device.type == "cuda":
            torch.cuda.current_stream(self.trainer.device).synchronize()

    # -- the budget ------------------------------------------------------------------------------------------

    @property
    def kimg(self) -> float:
        """Thousand real images shown to D."""
        return self.trainer.images_seen / 1000

    def _used(self) -> float:
        return self.budget.used(kimg=self.kimg, d_steps=self.trainer.turns["D"], seconds=self.clock.now())

    # -- playing ---------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Start the clock; what was done so far is warm-up."""
        self._tell("training", at_once=True)
        self.clock.warmup_seconds += time.monotonic() - self.began
        self.clock.start()

    @property
    def ended(self) -> bool:
        """Whether the budget is used up."""
        return self._used() >= 1

    def step(self) -> None:
        """Play one step; on a GPU, tell it to."""
        with nullcontext() if self.others is None else self.others.step():
            self.trainer.step()
        self.stepped()

    def stepped(self) -> None:
        """Count a step that was played."""
        self.clock.stepped(self._images)

    @property
    def quiet(self) -> bool:
        """Whether it is surely not time yet for ``look`` to do anything, nor for the end."""
        return self.trainer.turns["D"] < self._quiet_turns and time.monotonic() < self._quiet_until

    def _foresee(self) -> None:
        """Until when all is quiet: a turn less than the budget's arithmetic says, so that its rounding is no matter."""
        counts = ((self.row, ROWS), (self.looked, LOOKS), (len(self.evaluations), self.spec.evaluations))
        share = min([1.0, *((done + 1) / wanted for done, wanted in counts if wanted)]) - self._used()
        if share <= 0:
            self._quiet_turns = 0.0
            return
        self._quiet_turns = self.trainer.turns["D"] + share * self.budget.turns(self.trainer.recipe.schedule.batch) - 1
        self._quiet_until = min(
            time.monotonic() + share * self.budget.seconds,
            self.told + TELL_SECONDS,
            self.saved + self.spec.checkpoint_seconds,
        )

    def look(self) -> None:
        """After a step: write down, evaluate and keep a checkpoint where it is time to.

        Raises:
            DivergedError: losses or images are no longer numbers.
        """
        used = self._used()
        if used * ROWS >= self.row + 1:
            self._write_row(used)
        if used * LOOKS >= self.looked + 1:
            self._write_look(used)
        self._tell("training")
        if used * self.spec.evaluations >= len(self.evaluations) + 1 and used < 1:
            self._evaluate()
            self.checkpoint()
        elif time.monotonic() - self.saved > self.spec.checkpoint_seconds:
            self.checkpoint()
        self._foresee()

    def finish(self) -> None:
        """The last evaluation, which is the result, and the last checkpoint.

        Raises:
            DivergedError: losses or images are no longer numbers.
        """
        if len(self.evaluations) < self.spec.evaluations:
            spreads: dict[str, float] = {}
            self._evaluate(spreads)
            self._tell("examining", at_once=True)
            with self._apart_from_training():
                self.final = {"spreads": spreads, **look_closer(self.session, self.folder, self.best)}
        self.clock.stop()
        self.checkpoint()

    def _require_numbers(self) -> None:
        sums = self.trainer.sums
        if not bool(sums.isfinite().all()):
            d_loss, g_loss, _ = sums.tolist()
            raise DivergedError(
                f"the losses became {'NaN' if d_loss != d_loss or g_loss != g_loss else 'infinite'} "
                f"by step {self.trainer.steps} ({self.kimg:.1f} kimg)"
            )

    def _write_row(self, used: float) -> None:
        self._require_numbers()
        d_loss, g_loss, steps = self.trainer.sums.tolist()
        self.trainer.sums.zero_()
        self.row = int(used * ROWS)
        self.last = {"d_loss": d_loss / steps, "g_loss": g_loss / steps}
        rate = self.clock.images_per_second
        row = {
            "kind": "train",
            "step": self.trainer.steps,
            "kimg": self.kimg,
            **self.last,
            **self.trainer.norms.read(),
            "seconds": round(self.clock.now(), 3),
            "images_per_second": rate and round(rate, 1),
        }
        self._note(row)
        self.alarms.row(row, used)

    def _write_look(self, used: float) -> None:
        with self._aside():
            seen = self.probe.look()
        self.looked = int(used * LOOKS)
        row = {"kind": "look", "step": self.trainer.steps, "kimg": self.kimg, **seen}
        self._note(row)
        self.alarms.look(row, used)

    def _begin_tracking(self) -> None:
        reached = {"step": self.trainer.steps, "kimg": self.kimg, "seconds": self.clock.seconds}
        made = {"parameters": self.session.parameters, "environment": self.environment}
        with self._aside():
            self.tracking.begin({**described(self.spec, self.folder), **reached, **made}, read_record(self.record.path))

    def _note(self, row: dict[str, Any]) -> None:
        """Put a row into the record, and tell it to the trackers."""
        self.record.add(row)
        if self.tracking:
            with self._aside():
                self.tracking.row(row)

    # -- evaluating ------------------------------------------------------------------------------------------

    @contextmanager
    def _apart_from_training(self) -> Iterator[None]:
        """Timed as evaluation, and drawing from no random stream of the training."""
        forked = [self.trainer.device] if self.trainer.device.type == "cuda" else []
        with self.apart(), self.clock.evaluating(), torch.random.fork_rng(devices=forked):
            yield

    def _evaluate(self, spreads: dict[str, float] | None = None) -> None:
        """Judge the generator as it stands; ``spreads`` is given each number's standard error."""
        self._tell("evaluating", at_once=True)
        with self._apart_from_training():
            self._require_numbers()
            seen = evaluate(self.session, self.folder, self.kimg, spreads)
        reached = {"kimg": self.kimg, "d_steps": self.trainer.turns["D"], "seconds": round(self.clock.seconds, 3)}
        row = {**reached, **seen}
        self._note({"kind": "evaluation", "step": self.trainer.steps, **row})
        self.evaluations.append(row)
        if self.best is not None:
            self.best.look(self.session, row)
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

    def leave(self, result: dict[str, Any] | None) -> None:
        """Let the trackers go, with the run's result; with None where it stops, to be gone on with."""
        if self.tracking:
            with self.apart():
                self.tracking.end(result)

    def result(self, status: str, reason: str | None = None) -> dict[str, Any]:
        """The run's result as it stands, which is also written."""
        trainer = self.trainer
        result = result_of(
            self.spec,
            status,
            reason,
            metrics=self.evaluations[-1]["metrics"] if status == "done" else None,
            identity=self.session.identity(),
            **(self.final if status == "done" else {}),
            evaluations=self.evaluations,
            alarms=self.alarms.found,
            kimg=self.kimg,
            d_steps=trainer.turns["D"],
            g_steps=trainer.turns["G"],
            seconds=self.clock.seconds,
            warmup_seconds=self.clock.warmup_seconds,
            capture_seconds=self.clock.capture_seconds,
            evaluation_seconds=self.clock.evaluation_seconds,
            images_per_second=self.clock.images_per_second,
            peak_memory_mb=_peak_memory(trainer.device),
            parameters=self.session.parameters,
            engine={
                "replayed": trainer.replays is not None,
                "why_eager": trainer.why_eager or None,
                "compiled": self.spec.compiled,
                "autotuned": self.spec.autotuned,
                "together": self.together,
                "ranks": self.spec.ranks,
                "batch_stats": trainer.shared.batch_stats if trainer.shared is not None else None,
            },
            environment=self.environment,
        )
        write_result(self.folder, result)
        return result


def _peak_memory(device: torch.device) -> float:
    """Of the GPU where there is one, else of this process; in MB (10^6 bytes)."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 1e6
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
