"""One run: one recipe, one seed, from its specification to its result, step by step."""

import json
import logging
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import torch

from ...recipes.provenance.used import entries_used
from ...registry.discovery import Zoo
from ...registry.guarding.guard import PlayedState
from ...storage.atomic import write_file
from ...storage.cache import Cache
from ...training.checkpoints.checkpoint import save
from ...training.checkpoints.digest import tensors_digest
from ..results.run_files.history import ENVIRONMENT, begin_history, in_short
from ..results.run_files.record import RECORD, Record
from ..results.run_files.result_file import result_of, write_result
from ..results.run_files.spec import RunSpec
from ..results.terms.goal import parse_goal
from .clock import Clock
from .environment import environment, peak_memory_mb
from .evaluation.best import Best
from .evaluation.evaluate import evaluate, examine_at_end
from .intervals import Intervals
from .isolation import Isolation
from .keeping.finite import require_finite_weights
from .keeping.pace import CheckpointPace
from .monitoring.alarms import Alarms
from .monitoring.diagnostics import Probe
from .monitoring.log import RunLog
from .monitoring.progress import Progress
from .monitoring.tracking import Tracking
from .origins import require_origins
from .ranks.going_on import go_on, mended
from .ranks.others import Others
from .session import TrainingSession

_log = logging.getLogger(__name__)


class Run:
    """A run that can be stopped and gone on with.

    Whoever plays it calls ``begin``, then ``step`` and ``look`` by turns until it has ``ended``, then ``finish``; while
    it is ``quiet``, ``look`` may be left out.

    Args:
        folder: of the run; everything is written below it.
        tell: takes an event, a dict, each time that there is news of the run.
        together: how many runs this process plays at once.
        others: the other ranks, where several processes play this run together.
    """

    def __init__(
        self,
        folder: Path,
        spec: RunSpec,
        zoo: Zoo,
        *,
        tell: Callable[[dict[str, Any]], None],
        together: int = 1,
        others: Others | None = None,
    ) -> None:
        self.folder, self.spec, self.tell, self.together = folder, spec, tell, together
        self.began = time.monotonic()
        self.budget, self.goals = spec.resolved_budget(), tuple(map(parse_goal, spec.goals))
        self.others = others
        self.ranks = None if others is None else others.join(torch.device(spec.device))
        self.session = TrainingSession(spec, zoo, Cache.open(), self.ranks)
        require_origins(self.session, zoo.registry)
        self.trainer = self.session.trainer
        schedule = self.trainer.recipe.schedule
        self._images = schedule.d_steps * schedule.batch  # that a step shows to D
        self.environment = {
            "seed": spec.seed,
            **environment(spec.device, spec.threads, zoo.plugins, spec.precision, ranks=spec.ranks),
        }
        self.clock = Clock(self._sync)
        self.isolation = Isolation(self.clock, self.trainer.device)
        self.intervals = Intervals(spec.evaluations)
        self.progress = Progress(tell, self.budget, self.clock)
        self.evaluations: list[dict[str, Any]] = []
        self.best = Best(self.session.columns[0]) if spec.keeps_best and self.session.columns else None
        self.final: dict[str, Any] = {}  # what only the end of a run has: fields of its result
        probe, self.alarms = Probe(self.session), Alarms()
        if self.trainer.replays is not None:
            self.trainer.replays.around = self.isolation.capturing
        self.pace = CheckpointPace(spec.checkpoint_seconds)
        size = self._resume()
        self.history = begin_history(
            folder, self.trainer.steps, self.environment, ranks=spec.ranks, origins=spec.origins
        )
        write_file(folder / ENVIRONMENT, json.dumps(self.environment, indent=2) + "\n")
        self.record = Record(folder / RECORD, size)
        self.log = RunLog(
            self.session,
            self.clock,
            self.isolation,
            probe=probe,
            alarms=self.alarms,
            record=self.record,
            tracking=Tracking(spec.trackers, zoo.registry, folder, self._warn),
        )
        self.log.begin(self.environment)
        self._state = PlayedState(entries_used(zoo.registry, self.session.recipe, spec.beside_recipe))

    def _sync(self) -> None:
        if self.trainer.device.type == "cuda":
            torch.cuda.current_stream(self.trainer.device).synchronize()
        elif self.trainer.device.type == "mps":
            torch.mps.synchronize()

    def _warn(self, sentence: str) -> None:
        """Write a sentence into the run's log, and tell it to whoever watches the bench."""
        _log.warning(sentence)
        self.tell({"kind": "warning", "text": sentence})

    # -- checkpoints -----------------------------------------------------------------------------------------

    def _resume(self) -> int:
        """Take up the newest checkpoint that fits; gives the size of the record that belongs to it."""
        with nullcontext() if self.others is None else self.others.needed():
            found = go_on(self.trainer, self.folder, self.ranks)
        if found is None:
            return 0
        run, size = found.run, found.state.record
        for sentence in (*found.told, *mended(found, self.folder, self.trainer.steps)):
            self._warn(sentence)
        self.clock.load_state(run["clock"])
        self.evaluations, self.final = run["evaluations"], run["final"]
        if self.best is not None:
            self.best.load_state(found.tensors, run["best"])
        self.intervals["row"], self.intervals["look"] = run["row"], run["looked"]
        self.intervals["evaluation"] = len(self.evaluations)
        self.alarms.load_state(run["alarms"])
        _log.info(f"goes on from step {self.trainer.steps}")
        if self.trainer.steps:
            self.pace.resumed()
        return size

    def checkpoint(self) -> None:
        """Write down where the run is.

        Raises:
            DivergedError: the losses or the weights are no longer numbers.
        """
        with self.isolation.untimed(), self.pace.writing():
            if self.trainer.steps:  # before the first there are no losses
                self.session.require_finite_losses()
            require_finite_weights(self.trainer)
            tensors, values = self.trainer.state()
            kept, found = self.best.state() if self.best is not None else ({}, None)
            run = {
                "clock": self.clock.state(),
                "evaluations": self.evaluations,
                "final": self.final,
                "best": found,
                "row": self.intervals["row"],
                "looked": self.intervals["look"],
                "alarms": self.alarms.state(),
                **self.record.kept(),
            }
            save(self.folder / "checkpoints", self.trainer.steps, tensors | kept, {"trainer": values, "run": run})

    # -- training --------------------------------------------------------------------------------------------

    def _used(self) -> float:
        """Give the share of the budget that is used."""
        turns = self.trainer.turns["D"]
        return self.budget.used(kimg=self.session.kimg, d_steps=turns, seconds=self.clock.now())

    def begin(self) -> None:
        """Start the clock; what was done so far is warm-up. A run that is new begins with a checkpoint.

        Raises:
            DivergedError: the weights are no numbers.
        """
        self._report("training", at_once=True)
        self.clock.warmup_seconds += time.monotonic() - self.began
        if not self.trainer.steps:
            self.checkpoint()
        self.clock.start()

    @property
    def _reached(self) -> bool:
        """True once an evaluation, which is the last, meets all goals; without goals never.

        One of warm-up alone has no time that could be told, and ends no run.
        """
        if not self.goals or not self.evaluations or not self.evaluations[-1].get("timed_kimg"):
            return False
        return all(goal.met(self.evaluations[-1]["metrics"]) for goal in self.goals)

    @property
    def ended(self) -> bool:
        """True once the budget is used up, or the goals are reached."""
        return self._used() >= 1 or self._reached

    @property
    def end(self) -> tuple[str, str | None]:
        """Status of a run that has ended well, and the reason where its budget is not used up."""
        if self._used() >= 1:
            return "done", None
        aim = " and ".join(map(str, self.goals))
        return "reached", f"{aim} after {self.session.kimg:g} kimg, where it was to end; its budget is {self.budget}"

    def step(self) -> None:
        """Play one step; on a GPU, launch it."""
        with nullcontext() if self.others is None else self.others.step():
            self.trainer.step()
        self.stepped()

    def stepped(self) -> None:
        """Count a step that was played."""
        self.clock.stepped(self._images)

    @property
    def quiet(self) -> bool:
        """True while it is surely not time yet for ``look`` to do anything, nor for the end."""
        return self.intervals.quiet(self.trainer.turns["D"])

    def look(self) -> None:
        """After a step: write down, evaluate and keep a checkpoint where it is time to.

        Raises:
            DivergedError: losses or images are no longer numbers.
        """
        used = self._used()
        if self.intervals.due("row", used):
            self.log.train(used)
            self.intervals.done("row", used)
        if self.intervals.due("look", used):
            self.log.look(used)
            self.intervals.done("look", used)
        self._report("training")
        if self.intervals.due("evaluation", used) and used < 1:
            self._evaluate()
            self.checkpoint()
        elif time.monotonic() > self.pace.next:
            self.checkpoint()
        until = min(self.progress.next, self.pace.next)
        batch = self.trainer.recipe.schedule.batch
        self.intervals.foresee(self._used(), self.trainer.turns["D"], self.budget, batch, until)

    def _report(self, phase: str, *, at_once: bool = False) -> None:
        self.progress.report(phase, self._used(), self.session.kimg, self.log.losses, at_once=at_once)

    # -- evaluation and the end ------------------------------------------------------------------------------

    def _evaluate(self, spreads: dict[str, float] | None = None) -> None:
        """Evaluate the generator as it stands; ``spreads`` is given each number's standard error."""
        self._report("evaluating", at_once=True)
        kimg = self.session.kimg
        with self.isolation.evaluating():
            self._state.put_back()
            self.session.require_finite_losses()
            seen = evaluate(self.session, self.folder, kimg, spreads)
        row = {"kimg": kimg, "d_steps": self.trainer.turns["D"], **self.clock.told(), **seen}
        self.log.evaluation(row)
        self.evaluations.append(row)
        self.intervals["evaluation"] = len(self.evaluations)
        if self.best is not None:
            self.best.look(self.session, row)
        self.tell({"kind": "evaluation", **row})

    def finish(self) -> None:
        """Make the last evaluation, which is the result, and the last checkpoint.

        A run that reached its goals has made it.

        Raises:
            DivergedError: losses or images are no longer numbers.
        """
        if self.intervals.missing("evaluation") and not self._reached:
            spreads: dict[str, float] = {}
            self._evaluate(spreads)
            self._report("examining", at_once=True)
            with self.isolation.evaluating():
                self.final = {"spreads": spreads, **examine_at_end(self.session, self.folder, self.best)}
        self.clock.stop()
        self.checkpoint()

    def leave(self, result: dict[str, Any] | None) -> None:
        """Let the trackers go, with the run's result; with None where it stops, to be gone on with."""
        self.log.end(result)

    def result(self, status: str, reason: str | None = None) -> dict[str, Any]:
        """Write the run's result as it stands, and give it."""
        trainer, clock = self.trainer, self.clock
        result = result_of(
            self.spec,
            status,
            reason,
            metrics=self.evaluations[-1]["metrics"] if status == "done" else None,
            identity=self.session.identity(),
            **(self.final if status == "done" else {}),
            evaluations=self.evaluations,
            alarms=self.alarms.found,
            kimg=self.session.kimg,
            d_steps=trainer.turns["D"],
            g_steps=trainer.turns["G"],
            seconds=clock.seconds,
            cpu_seconds=clock.cpu_seconds,
            warmup_seconds=clock.warmup_seconds,
            capture_seconds=clock.capture_seconds,
            evaluation_seconds=clock.evaluation_seconds,
            images_per_second=clock.images_per_second,
            peak_memory_mb=peak_memory_mb(trainer.device),
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
            history=in_short(self.history),
        )
        state = tensors_digest(trainer.average.model.state_dict()) if status == "done" else None
        return write_result(self.folder, result, state)
