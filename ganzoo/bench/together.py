"""Several runs in one process, a step of each by turns.

On a GPU each run has a stream of its own, and as its steps are replayed the host only starts them: small networks,
which leave most of a GPU idle, then fill it side by side. Every run has its own random streams, its own clock and
its own numbers, those that it has alone. What one run does besides training, such as its evaluation, is in no
run's time.
"""

import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from functools import partial
from typing import Any

import torch

from ..errors import GanzooError
from ..game.layers import LayersStream
from ..precision import without_tf32
from .fitted import DivergedError
from .run import Run


class StoppedError(Exception):
    """The runs were asked to stop, and have written checkpoints."""


class _Lane:
    """One run, and where it plays.

    Args:
        alone: there is no other, so that nothing needs to be kept apart.
    """

    def __init__(self, make: Callable[[], Run], device: torch.device, *, alone: bool) -> None:
        self.layers = None if alone else LayersStream(device)
        self.stream = None if alone or device.type != "cuda" else torch.cuda.Stream(device)
        with self.playing():
            self.run = make()

    @contextmanager
    def playing(self) -> Iterator[None]:
        """Whatever is computed here is this run's."""
        with (
            nullcontext() if self.layers is None else self.layers.drawn_from(),
            nullcontext() if self.stream is None else torch.cuda.stream(self.stream),
        ):
            yield


class Together:
    """Plays runs by turns.

    Args:
        makers: each builds one run.
        device: of them all.
        stop: whether to write checkpoints and leave.
        tell: takes the number of a run and what is told of it; the last is its result.
        fail: gives the result of a run that an error ended, by its number and the reason.
    """

    def __init__(
        self,
        makers: list[Callable[[], Run]],
        device: torch.device,
        *,
        stop: Callable[[], bool],
        tell: Callable[[int, dict[str, Any]], None],
        fail: Callable[[int, str], dict[str, Any]],
    ) -> None:
        self.makers, self.device, self.stop, self.tell, self.fail = makers, device, stop, tell, fail
        self.lanes: dict[int, _Lane] = {}

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
            for number in list(self.lanes):
                whole &= self._guarded(number, partial(self._step, number))
            for number in list(self.lanes):
                whole &= self._guarded(number, partial(self._look, number))
        return whole

    def _begin(self, number: int, make: Callable[[], Run]) -> None:
        with self._others_paused(number):
            lane = _Lane(make, self.device, alone=len(self.makers) == 1)
        lane.run.apart = partial(self._others_paused, number)
        self.lanes[number] = lane
        lane.run.begin()
        if lane.run.ended:  # its last checkpoint was of the end
            self._end(number)

    def _step(self, number: int) -> None:
        lane = self.lanes[number]
        with lane.playing():
            lane.run.step()

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
            result = lane.run.result("done")
        self._part(number, result)

    def _guarded(self, number: int, act: Callable[[], None]) -> bool:
        try:
            act()
        except DivergedError as error:
            result = self.lanes[number].run.result("diverged", str(error))
        except GanzooError as error:
            print(f"Error: {error}", flush=True)
            result = self.fail(number, str(error))
        except (torch.OutOfMemoryError, MemoryError) as error:
            traceback.print_exc()
            reason = f"out of memory on {self.device}: {_first_line(error)}; try a smaller schedule.batch or width"
            result = self.fail(number, reason)
        except Exception as error:
            traceback.print_exc()
            reason = f"{type(error).__name__}: {_first_line(error)} (see log.txt in the run's folder)"
            result = self.fail(number, reason)
        else:
            return True
        self._part(number, result)
        return result["status"] == "diverged"

    def _part(self, number: int, result: dict[str, Any]) -> None:
        """A run has ended, wherever it was."""
        self.tell(number, {"kind": "result", "result": result})
        if (lane := self.lanes.pop(number, None)) is not None:
            lane.run.leave(result)

    @contextmanager
    def _others_paused(self, number: int) -> Iterator[None]:
        with ExitStack() as pauses:
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


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [""])[0][:300]
