"""Several runs in one process, a step of each by turns.

On a GPU a step of them all is captured as one graph, in which they lie side by side: the host starts it with one
call, and small networks, which leave most of a GPU idle, fill it together. Every run has its own random streams, its
own clock and its own numbers, those that it has alone. What one run does besides training, such as its evaluation, is
in no run's time.
"""

import logging
import math
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import torch

from ...backend.out_of_memory import of_memory
from ...backend.precision import without_tf32
from ...errors import GanzooError, class_and_first_line, first_line
from ...interrupts import Interrupted
from ...storage.room import cannot_write, is_full
from ...text import printable
from ...training.execution.capture import Playing
from ...training.execution.layers import LayersStream
from ...training.execution.replay import CudaGraphs
from ...training.joint import Joint
from ..runs.environment import peak_memory_mb
from ..runs.generating.session import DivergedError
from ..runs.run import Run
from .watching.watchdog import Watchdog

_log = logging.getLogger(__name__)


class StoppedError(Exception):
    """The runs were asked to stop, and have written checkpoints."""


class _Lane:
    """One run, and what its layers draw from.

    Args:
        alone: there is no other, so that nothing needs to be kept apart.
    """

    def __init__(self, make: Callable[[], Run], device: torch.device, *, alone: bool) -> None:
        self.playing: Playing = nullcontext if alone else LayersStream(device).drawn_from
        with self.playing():
            self.run = make()

    def step(self) -> None:
        """Play a step."""
        with self.playing():
            self.run.step()

    def load(self) -> None:
        """Do the part of a step that comes before it is played jointly."""
        self.run.trainer.load()

    def play_loaded(self, *, recorded: bool) -> None:
        """Do the rest of a step, where it is not played jointly."""
        with self.playing():
            self.run.trainer.play_loaded(recorded=recorded)
        self.run.stepped()


class Fail(Protocol):
    """Gives the result of a run that an error ended."""

    def __call__(self, number: int, reason: str, status: str = "failed", **measured: Any) -> dict[str, Any]:
        """Take the run's number, the reason, the status, and what was measured of it."""


class InterleavedRuns:
    """Plays runs by turns.

    Args:
        makers: each builds one run.
        device: of them all.
        stop: whether to write checkpoints and leave.
        tell: takes the number of a run and what is told of it; the last is its result.
        fail: gives the result of a run that an error ended, by its number, the reason and the status, with what was
            measured of it.
        watch: is told of each step, and of what is none.
        blame: gives the part in whose code a run's error arose, by its number and the error; empty for none.
    """

    def __init__(
        self,
        makers: Sequence[Callable[[], Run]],
        device: torch.device,
        *,
        stop: Callable[[], bool],
        tell: Callable[[int, dict[str, Any]], None],
        fail: Fail,
        watch: Watchdog | None = None,
        blame: Callable[[int, BaseException], str] = lambda number, error: "",
    ) -> None:
        self.makers, self.device, self.stop, self.tell, self.fail = makers, device, stop, tell, fail
        self.watch = watch or Watchdog(math.inf, lambda seconds: None)
        self.blame = blame
        self.lanes: dict[int, _Lane] = {}
        self.joint: Joint | None = None
        self._of_joint: list[_Lane] = []

    def play(self) -> bool:
        """Play them all to their end; gives whether none failed. One that fails does not take the others down.

        Raises:
            StoppedError: ``stop`` said so; repeating goes on from there.
        """
        with without_tf32() if self.device.type == "cpu" else nullcontext():  # on a GPU it is the trainer's affair
            return self._play()

    def _play(self) -> bool:
        whole = True
        for number, make in enumerate(self.makers):
            whole &= self._guarded(number, partial(self._begin, number, make))
        while self.lanes:
            if self.stop():
                self._leave()
            whole &= self._step_apart() if self.joint is None else self._step_jointly(self.joint)
            self.watch.stepped()
            for number in [number for number, lane in self.lanes.items() if not lane.run.quiet]:
                whole &= self._guarded(number, partial(self._look, number))
        return whole

    def _begin(self, number: int, make: Callable[[], Run]) -> None:
        if self.joint is None and len(self.makers) > 1:
            self.joint = self._made_joint()
        with self._others_paused(number):
            lane = _Lane(make, self.device, alone=len(self.makers) == 1)
        lane.run.isolation.around = partial(self._others_paused, number)
        self.lanes[number] = lane
        with lane.playing():
            lane.run.begin()
        if lane.run.ended:  # its last checkpoint was of the end
            self._end(number)

    def _made_joint(self) -> Joint | None:
        if self.device.type != "cuda":
            return None
        joint = Joint(CudaGraphs(self.device, branches=len(self.makers)))
        joint.replays.around = self._all_capturing
        return joint

    def _step_apart(self) -> bool:
        whole = True
        for number, lane in list(self.lanes.items()):
            whole &= self._guarded(number, lane.step)
        return whole

    def _step_jointly(self, joint: Joint) -> bool:
        whole = True
        for number, lane in list(self.lanes.items()):
            whole &= self._guarded(number, lane.load)
        lanes = list(self.lanes.values())
        if lanes != self._of_joint:
            joint.of([(lane.run.trainer, lane.playing) for lane in lanes])
            self._of_joint = lanes
        try:
            if joint.step():
                for lane in lanes:
                    lane.run.stepped()
                return whole
        except Exception as error:  # it is everybody's
            for number in list(self.lanes):
                whole &= self._guarded(number, partial(_fail_with, error))
            return whole
        if joint.why_apart:
            self.joint = None
            _log.info(f"these runs are not played at once: {joint.why_apart}")
        for number, lane in list(self.lanes.items()):
            whole &= self._guarded(number, partial(lane.play_loaded, recorded=self.joint is None))
        return whole

    def _look(self, number: int) -> None:
        lane = self.lanes[number]
        with lane.playing():
            lane.run.look()
        if lane.run.ended:
            self._end(number)

    def _end(self, number: int) -> None:
        lane = self.lanes[number]
        with lane.playing():
            lane.run.finish()
            result = lane.run.result(*lane.run.end)
        self._part(number, result)

    def _guarded(self, number: int, act: Callable[[], None]) -> bool:
        try:
            act()
        except Interrupted:
            raise
        except BaseException as error:  # a part may raise SystemExit, too, and end the runs beside it
            result = self._fallen(number, error)
        else:
            return True
        self._part(number, result)
        return bool(result["status"] == "diverged")

    def _fallen(self, number: int, error: BaseException) -> dict[str, Any]:
        """Give the result of a run that an error ended."""
        if isinstance(error, DivergedError):
            return self.lanes[number].run.result("diverged", str(error))
        if of_memory(error):
            traceback.print_exception(error)
            return self._out_of_memory(number, error)
        if isinstance(error, GanzooError):
            print(printable(f"Error: {error}"), flush=True)
            return self.fail(number, str(error))
        traceback.print_exception(error)
        if isinstance(error, OSError) and is_full(error):
            lane = self.lanes.get(number)
            place = error.filename or (lane.run.folder if lane is not None else Path.cwd())
            return self.fail(number, cannot_write(Path(place), error))
        part = self.blame(number, error)
        said = f"{part}: {class_and_first_line(error, 300)}" if part else class_and_first_line(error, 300)
        return self.fail(number, f"{said} (see log.txt in the run's folder)")

    def _out_of_memory(self, number: int, error: BaseException) -> dict[str, Any]:
        """Give the result of a run that lacked memory: as far as it came, with its peak."""
        peak = peak_memory_mb(self.device)
        reason = (
            f"out of memory on {self.device}{f' after a peak of {peak:,.0f} MB' if peak is not None else ''}: "
            f"{first_line(error, 300)}; try a smaller schedule.batch or width"
        )
        if (lane := self.lanes.get(number)) is not None:
            with suppress(Exception):  # memory may be lacking for that, too
                return lane.run.result("oom", reason)
        return self.fail(number, reason, "oom", peak_memory_mb=peak)

    def _part(self, number: int, result: dict[str, Any]) -> None:
        """Take note that a run has ended, wherever it was."""
        self.tell(number, {"kind": "result", "result": result})
        if (lane := self.lanes.pop(number, None)) is not None:
            lane.run.leave(result)

    @contextmanager
    def _all_capturing(self) -> Iterator[None]:
        with self.watch.apart(), ExitStack() as captures:
            for lane in self.lanes.values():
                captures.enter_context(lane.run.clock.capturing())
            yield

    @contextmanager
    def _others_paused(self, number: int) -> Iterator[None]:
        with self.watch.apart(), ExitStack() as pauses:
            for other, lane in self.lanes.items():
                if other != number:
                    pauses.enter_context(lane.run.clock.paused())
            yield

    def _leave(self) -> None:
        for number in list(self.lanes):
            self._guarded(number, partial(self._keep, number))  # one that diverged keeps no other from its checkpoint
        raise StoppedError

    def _keep(self, number: int) -> None:
        lane = self.lanes[number]
        with lane.playing():
            lane.run.checkpoint()
        lane.run.leave(None)


def _fail_with(error: Exception) -> None:
    raise error
