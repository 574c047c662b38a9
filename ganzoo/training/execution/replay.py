"""Steps that are captured once and replayed."""

import weakref
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, Protocol

import torch

from ...backend.streams import own_stream
from .layers import default_generator, revive

# From 2.14 on a graph finds out by itself whose numbers are drawn in it, and to tell it is deprecated.
_IS_TOLD = tuple(int(part) for part in torch.__version__.split("+")[0].split(".")[:2]) < (2, 14)


@dataclass(frozen=True)
class Branch:
    """One game's part of what is recorded.

    Attributes:
        play: plays its step.
        generators: whose numbers are drawn in it, beside torch's own.
        playing: entered around whatever the game computes.
    """

    play: Callable[[], Any]
    generators: Iterable[torch.Generator] = ()
    playing: Callable[[], AbstractContextManager[Any]] = nullcontext


class Recorder(Protocol):
    """Plays steps while it writes down what the device does."""

    def record(self, branches: Sequence[Branch]) -> tuple[list[Any], Callable[[], None]]:
        """Play each branch once; gives what each ``play`` gave, and what plays all again into the same tensors."""


class CudaGraphs:
    """Writes steps down as CUDA graphs, which share their memory.

    One graph's replay needs nothing of another's: what lasts from step to step lies in buffers that were there before.
    Graphs of one game, or of games that are played together, are replayed one after the other. Several branches lie
    side by side in one graph, so that the device may play them at the same time.

    Args:
        device: the GPU.
        branches: how many there are at most.

    Raises:
        SetupError: there are no streams for so many.
    """

    def __init__(self, device: torch.device, branches: int = 1) -> None:
        self.device = device
        # Of their own, because what libraries keep for a stream is written to by every graph captured on it, and
        # the graphs of two recorders may run at the same time, as do the branches of one graph.
        self._trunk: torch.cuda.Stream | None = None
        self._beside = [own_stream(device, self) for _ in range(branches)] if branches > 1 else []
        self._last: Callable[[], torch.cuda.CUDAGraph | None] = lambda: None

    def record(self, branches: Sequence[Branch]) -> tuple[list[Any], Callable[[], None]]:
        """See ``Recorder.record``."""
        if self._trunk is None:
            self._trunk = own_stream(self.device, self)
        last = self._last()  # whose memory is shared, unless it was given up with its graph
        graph = torch.cuda.CUDAGraph()
        if _IS_TOLD:
            for branch in branches:
                with branch.playing():  # which has a state of torch's own generator
                    for generator in (*branch.generators, default_generator(self.device)):
                        graph.register_generator_state(generator)
        # Other threads may allocate meanwhile, such as the one that reads the data.
        pool, mode = last.pool() if last else None, "thread_local"
        with (
            self._undone_if_broken(),
            torch.cuda.graph(graph, pool=pool, stream=self._trunk, capture_error_mode=mode),
        ):
            given = self._side_by_side(self._trunk, branches)
        self._last = weakref.ref(graph)
        graph.replay()  # capturing plays nothing
        return given, graph.replay

    @contextmanager
    def _undone_if_broken(self) -> Iterator[None]:
        """If a capture breaks off inside, the current stream, and torch's own generator, are what they were before."""
        shared = default_generator(self.device)
        state = shared.get_state()
        with torch.cuda.stream(torch.cuda.current_stream(self.device)):
            try:
                yield
            except BaseException:
                revive(shared, state)
                raise

    def _side_by_side(self, trunk: torch.cuda.Stream, branches: Sequence[Branch]) -> list[Any]:
        if len(branches) == 1:
            with branches[0].playing():
                return [branches[0].play()]
        fork, given = trunk.record_event(), []
        for branch, stream in zip(branches, self._beside, strict=False):
            stream.wait_event(fork)
            with torch.cuda.stream(stream), branch.playing():
                given.append(branch.play())
            trunk.wait_event(stream.record_event())
        return given


class Replays:
    """The recordings of one game, or of several that are played together, by the kind of the step.

    A kind is all that decides on the host what a step does, such as which lazy penalties are due. The first step of
    each kind is played eagerly, which makes what is made once: state of optimizers, workspaces of libraries.

    Attributes:
        around: entered while a step is recorded, which takes longer than playing it.
        recording: whether a step is being recorded.
    """

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.around: Callable[[], AbstractContextManager[Any]] = nullcontext
        self.recording = False
        self._met: set[Hashable] = set()
        self._kept: dict[Hashable, tuple[list[Any], Callable[[], None]]] = {}

    @property
    def recorded(self) -> int:
        """Number of kinds of steps that are recorded."""
        return len(self._kept)

    def met(self, kind: Hashable) -> bool:
        """Return whether a step of this kind was played since the last ``forget``."""
        return kind in self._met

    def holds(self, kinds: Iterable[Hashable]) -> bool:
        """Return whether steps of all these kinds are recorded."""
        return self._kept.keys() >= set(kinds)

    def meet(self, kind: Hashable) -> None:
        """Play steps of this kind eagerly."""
        self._met.add(kind)

    def again(self, kind: Hashable) -> list[Any] | None:
        """Replay a step of this kind; gives what each game's step gave when it was recorded, in the same tensors.

        None where no such step is recorded.
        """
        kept = self._kept.get(kind)
        if kept is None:
            return None
        kept[1]()
        return kept[0]

    def record(self, kind: Hashable, branches: Sequence[Branch]) -> list[Any]:
        """Record a step of this kind, and play it; gives what each game's step gives."""
        self.recording = True
        try:
            with self.around():
                self._kept[kind] = self.recorder.record(branches)
        finally:
            self.recording = False
        return self._kept[kind][0]

    def forget(self) -> None:
        """Drop what was recorded, which speaks of tensors that are replaced."""
        self._met.clear()
        self._kept.clear()
