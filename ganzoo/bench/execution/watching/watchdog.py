"""Watchdog of the process of runs: notices that nothing goes on in it any more.

Time is counted as the process lives it, a tick of a thread's sleep at a time: while it was stopped by a signal, or its
machine suspended, no tick passed, and on a machine that is overloaded ticks are as slow as the steps are.

The thread of a watchdog does not run while another one holds Python's lock. So it also gives signs of life, and
whoever started the process looks after one that gives none, see ``silence``.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

TICK = 0.5  # seconds between two looks
BEAT_SECONDS = 2.0  # between two signs of life
FACTOR = 20.0  # times what a step usually takes
APART = (
    12.0  # times the patience: for a start, an evaluation, a capture, a checkpoint, which have no usual time at first
)
WARM = 3  # steps after which there is a usual time
STUCK_SECONDS = 6.0  # in which a process that is to stop has to come to the end of its step
STUCK_FACTOR = 2.0  # times what a step usually takes, where that is longer


class Watchdog:
    """Counts the time since the last step.

    The process that plays calls ``stepped`` after each step and enters ``apart`` around all else.

    Args:
        patience: seconds without a step after which the process hangs, whatever a step usually takes.
        hangs: called once when it does, with the seconds that passed; in the watchdog's thread.
        stuck: called once when it was asked to stop and does not come to the end of its step; in the same thread.
        asked: True when the process was asked to stop.
        beat: gives a sign of life, with the seconds that what goes on now may take, and those that it may take once the
            process was asked to stop; in the watchdog's thread, and as soon as it is another time.
    """

    def __init__(
        self,
        patience: float,
        hangs: Callable[[float], None],
        stuck: Callable[[], None] = lambda: None,
        asked: Callable[[], bool] = lambda: False,
        beat: Callable[[float, float], None] = lambda limit, bound: None,
    ) -> None:
        self._patience, self._hangs, self._stuck, self._asked, self._beat = patience, hangs, stuck, asked, beat
        self._beating = threading.Lock()
        self._lived = self._since = self._since_asked = 0.0
        self._steps, self._in_steps = 0, 0.0
        self._apart, self._longest_apart = 0, 0.0
        self._paused = self._told = False

    def start(self) -> None:
        """Watch, in a thread of its own, until the process ends."""
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        before = beaten = time.monotonic()
        self._say()
        while not self._told:
            time.sleep(TICK)
            now = time.monotonic()
            self.tick(min(now - before, 2 * TICK))
            before = now
            if now - beaten >= BEAT_SECONDS:
                beaten = now
                self._say()

    def _say(self) -> None:
        """Give a sign of life; one after the other, so that the last one has what holds."""
        with self._beating:
            self._beat(self.limit, self.bound)

    def tick(self, seconds: float) -> None:
        """Count so many seconds of life, and see how long the last step is ago."""
        if self._paused or self._told:
            return
        self._lived += seconds
        quiet = self._lived - self._since
        if self._asked():
            self._since_asked += seconds
            if min(self._since_asked, quiet) > self.bound and not self._apart:
                self._told = True
                self._stuck()
                return
        if quiet > self.limit:
            self._told = True
            self._hangs(quiet)

    @property
    def limit(self) -> float:
        """The seconds that what goes on now may take."""
        if self._apart or self._steps < WARM:
            return max(APART * self._patience, FACTOR * self._longest_apart)
        return max(self._patience, FACTOR * self.usual)

    @property
    def bound(self) -> float:
        """The seconds that what goes on now may take once the process was asked to stop."""
        return self.limit if self._apart else max(STUCK_SECONDS, STUCK_FACTOR * self.usual)

    @property
    def usual(self) -> float:
        """The usual time of a step, in seconds; 0 while nobody knows."""
        timed = self._steps - WARM
        return self._in_steps / timed if timed > 0 else 0.0

    def stepped(self) -> None:
        """Take note that a step has ended; the first ones, which may compile, are no measure of the others."""
        self._steps += 1
        if self._steps > WARM:
            self._in_steps += self._lived - self._since
        self._since = self._lived
        if self._steps == WARM:
            self._say()

    @contextmanager
    def apart(self) -> Iterator[None]:
        """Around what is no step."""
        self._apart += 1
        began = self._lived
        if self._apart == 1:
            self._since = began
            self._say()
        try:
            yield
        finally:
            self._apart -= 1
            if not self._apart:
                self._longest_apart = max(self._longest_apart, self._lived - began)
                self._since = self._lived
                self._say()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Around a wait for somebody else, such as a bench that was stopped and does not read: no time passes."""
        self._paused = True
        try:
            yield
        finally:
            self._paused = False
