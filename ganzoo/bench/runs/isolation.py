"""Isolation of training from all else: its time, and its random streams."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import torch

from .clock import Clock


class Isolation:
    """Contexts for evaluations, captures, checkpoints and trackers.

    Args:
        clock: of the run.
        device: of the run, whose random stream is put back.

    Attributes:
        around: entered around each of them, by whoever plays several runs at once, to pause the others' clocks.
    """

    def __init__(self, clock: Clock, device: torch.device) -> None:
        self._clock = clock
        self._devices = [device] if device.type == "cuda" else []
        self.around: Callable[[], AbstractContextManager[Any]] = nullcontext

    @contextmanager
    def untimed(self) -> Iterator[None]:
        """Pause the clock; the time inside is counted nowhere."""
        with self.around(), self._clock.paused():
            yield

    @contextmanager
    def untimed_draws(self) -> Iterator[None]:
        """Pause the clock, and put the global random streams back where they were."""
        with self.untimed(), torch.random.fork_rng(devices=self._devices):
            yield

    @contextmanager
    def evaluating(self) -> Iterator[None]:
        """Count the time inside as evaluation, and put the global random streams back where they were."""
        with self.around(), self._clock.evaluating(), torch.random.fork_rng(devices=self._devices):
            yield

    @contextmanager
    def capturing(self) -> Iterator[None]:
        """Count the time inside as the capture of a step."""
        with self.around(), self._clock.capturing():
            yield
