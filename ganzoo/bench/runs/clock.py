"""Training time of a run, apart from warm-up, captures and evaluations."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any


class Clock:
    """Training time, apart from warm-up and evaluation; monotonic, and with the device's work finished.

    Args:
        sync: waits for the device.
        warmup_steps: steps after each start of a process that count as warm-up.

    Attributes:
        seconds: of timed training.
        cpu_seconds: that all threads of the process computed in that time; None in a run that goes on from a
            checkpoint of before they were counted.
        images: real images shown to D in that time.
        warmup_seconds, capture_seconds, evaluation_seconds: what was left out.
    """

    def __init__(self, sync: Callable[[], None], warmup_steps: int = 3) -> None:
        self.sync, self._warm = sync, warmup_steps
        self.seconds = self.warmup_seconds = self.capture_seconds = self.evaluation_seconds = 0.0
        self.cpu_seconds: float | None = 0.0
        self.images = 0
        self._since: float | None = None
        self._cpu_since = 0.0

    def now(self) -> float:
        """Give the timed training up to this moment; on a GPU, up to what was last waited for."""
        running = time.monotonic() - self._since if self._since is not None and not self._warm else 0.0
        return self.seconds + running

    def start(self) -> None:
        """Training goes on."""
        self._since, self._cpu_since = time.monotonic(), time.process_time()

    def stop(self) -> None:
        """Training pauses; the device's work is waited for and counted."""
        if self._since is None:
            return
        self.sync()
        passed = time.monotonic() - self._since
        if self._warm:
            self.warmup_seconds += passed
        else:
            self.seconds += passed
            if self.cpu_seconds is not None:
                self.cpu_seconds += time.process_time() - self._cpu_since
        self._since = None

    def stepped(self, images: int) -> None:
        """Count a step that showed D so many real images."""
        if not self._warm:
            self.images += images
            return
        if self._warm == 1:
            self.stop()
            self._warm = 0
            self.start()
        else:
            self._warm -= 1

    def evaluating(self) -> AbstractContextManager[None]:
        """Training pauses for an evaluation."""
        return self._spent_on("evaluation_seconds")

    def capturing(self) -> AbstractContextManager[None]:
        """Pause training while a step is captured to be replayed."""
        return self._spent_on("capture_seconds")

    @contextmanager
    def _spent_on(self, account: str) -> Iterator[None]:
        with self.paused():
            began = time.monotonic()
            try:
                yield
            finally:
                self.sync()
                setattr(self, account, getattr(self, account) + time.monotonic() - began)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Training pauses for something that is counted nowhere, such as a checkpoint."""
        runs = self._since is not None
        self.stop()
        try:
            yield
        finally:
            if runs:
                self.start()

    @property
    def images_per_second(self) -> float | None:
        """Over all timed training so far."""
        seconds = self.now()
        return self.images / seconds if seconds > 0 and self.images else None

    def told(self) -> dict[str, float | None]:
        """Give what an evaluation tells of the time before it."""
        cpu = None if self.cpu_seconds is None else round(self.cpu_seconds, 3)
        return {"seconds": round(self.seconds, 3), "cpu_seconds": cpu, "timed_kimg": self.images / 1000}

    def state(self) -> dict[str, float | None]:
        """For a checkpoint."""
        return {
            "seconds": self.seconds,
            "cpu_seconds": self.cpu_seconds,
            "images": self.images,
            "warmup_seconds": self.warmup_seconds,
            "capture_seconds": self.capture_seconds,
            "evaluation_seconds": self.evaluation_seconds,
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Go on from ``state()``."""
        self.cpu_seconds = state.get("cpu_seconds")
        self.seconds, self.images = state["seconds"], int(state["images"])
        self.warmup_seconds, self.evaluation_seconds = state["warmup_seconds"], state["evaluation_seconds"]
        self.capture_seconds = state["capture_seconds"]
