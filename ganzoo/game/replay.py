"""Steps that are captured once and replayed."""

from collections.abc import Callable, Hashable, Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol

import torch


class Recorder(Protocol):
    """Plays a step while it writes down what the device does."""

    def record(self, play: Callable[[], Any]) -> tuple[Any, Callable[[], None]]:
        """Play once; gives what ``play`` gave, and what plays it again into the same tensors."""


class CudaGraphs:
    """Writes steps down as CUDA graphs, which share their memory.

    One graph's replay needs nothing of another's: what lasts from step to step lies in buffers that were there before.

    Args:
        device: the GPU.
        generators: whose numbers are drawn inside the steps, anew in each replay; torch's own is among them always.
    """

    def __init__(self, device: torch.device, generators: Iterable[torch.Generator]) -> None:
        self.generators = list(generators)
        # Of its own, because what libraries keep for a stream is written to by every graph captured on it, and
        # the graphs of two games may run at the same time.
        self._stream = torch.cuda.Stream(device)
        self._pool: Any = None

    def record(self, play: Callable[[], Any]) -> tuple[Any, Callable[[], None]]:
        """See ``Recorder.record``."""
        graph = torch.cuda.CUDAGraph()
        for generator in self.generators:
            graph.register_generator_state(generator)
        # Other threads may allocate meanwhile, such as the one that reads the data.
        with torch.cuda.graph(graph, pool=self._pool, stream=self._stream, capture_error_mode="thread_local"):
            given = play()
        self._pool = graph.pool()
        graph.replay()  # capturing plays nothing
        return given, graph.replay


class Replays:
    """Plays a step of each kind eagerly at first, then records it, and from then on replays it.

    A kind is all that decides on the host what a step does, such as which lazy penalties are due. The first step of
    each kind makes what is made once: state of optimizers, workspaces of libraries.

    Attributes:
        around: entered while a step is recorded, which takes longer than playing it.
    """

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.around: Callable[[], AbstractContextManager[Any]] = nullcontext
        self._met: set[Hashable] = set()
        self._kept: dict[Hashable, tuple[Any, Callable[[], None]]] = {}

    @property
    def recorded(self) -> int:
        """How many kinds of steps are recorded."""
        return len(self._kept)

    def met(self, kind: Hashable) -> bool:
        """Whether a step of this kind was played since the last ``forget``."""
        return kind in self._met

    def settled(self, kind: Hashable) -> bool:
        """Whether a step of this kind is replayed when it comes next."""
        return kind in self._kept

    def play(self, kind: Hashable, play: Callable[[], Any]) -> Any:
        """Play one step of this kind; gives what ``play`` gives, in tensors that the next such step overwrites."""
        if kind in self._kept:
            given, again = self._kept[kind]
            again()
            return given
        if kind not in self._met:
            self._met.add(kind)
            return play()
        with self.around():
            self._kept[kind] = self.recorder.record(play)
        return self._kept[kind][0]

    def forget(self) -> None:
        """What was recorded speaks of tensors that are replaced."""
        self._met.clear()
        self._kept.clear()
