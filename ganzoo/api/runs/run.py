"""A run that is being played, as its caller sees it."""

import queue
import signal
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from ...bench.live.display import Display, Progress, RunEnd, RunInfo
from ...bench.live.files import Files
from ...bench.results.run_files.record import RECORD, Row
from ...bench.results.run_files.result import RunResult
from ...errors import GanzooError, RunError
from ...interrupts import Interrupted

if TYPE_CHECKING:
    from ...models import Model

    Play = Callable[[Display], tuple[dict[str, Any], Path]]

LOOK_SECONDS = 0.1  # between two looks at the record


class Training(Iterator[Row]):
    """A training: an iterator of the records of a run, in order, with the model at its end.

    A record is a ``TrainRow`` (``kind == "train"``: mean losses and gradient norms since the last one, some 200 over
    the budget), a ``LookRow`` (``kind == "look"``: what the discriminator says of real and generated samples, some 50)
    or an ``EvaluationRow`` (``kind == "evaluation"``: the metrics). Of a run that goes on, those of before come first.

    Leaving a ``for`` loop over it, and ``close``, stop the training in order, with a checkpoint; another loop over it,
    or another ``ganzoo.train`` with the same folder, goes on from there.

    Args:
        play: plays the run to its end, under a display; gives what ``results.json`` holds, and the bench's folder.
        shown: the display that the user sees.
    """

    def __init__(self, play: "Play", shown: Display) -> None:
        self._play, self._shown = play, shown
        self._files, self._told = Files(), 0
        self._folder: Path | None = None
        self._result: RunResult | None = None
        self._begin()

    def _begin(self) -> None:
        """Start to play, and wait until the run begins or has ended."""
        self._player = _Player(self._play, self._shown)
        self._stop_at_end = weakref.finalize(self, self._player.stop)
        self._player.thread.start()
        try:
            self._hear(None)
        except BaseException:
            self._stop_at_end.detach()  # nobody waits for what is being prepared
            self._player.display.stops = self._player.closed = True
            raise

    def __iter__(self) -> Iterator[Row]:
        """Give the records that were not given yet; leaving the loop early stops the training."""
        try:
            while True:
                try:
                    yield next(self)
                except StopIteration:
                    return
        finally:
            self.close()

    def __next__(self) -> Row:
        """Give the next record, when there is one.

        Raises:
            StopIteration: the run has ended.
            RunError: it failed, diverged or was out of memory.
            GanzooError: it could not be played.
        """
        if self._result is None and self._player.closed:
            self._begin()
        while True:
            ended = self._result is not None
            rows = self._files.rows(self.folder / RECORD)
            if len(rows) > self._told:
                self._told += 1
                return rows[self._told - 1]
            if ended:
                self._require_done()
                raise StopIteration
            try:
                self._hear(LOOK_SECONDS)
            except KeyboardInterrupt:
                self.close()
                raise

    def finish(self) -> Self:
        """Play to the end; records that were not given stay to be given.

        Raises:
            RunError: the run failed, diverged or was out of memory.
            GanzooError: it could not be played.
        """
        if self._result is None and self._player.closed:
            self._begin()
        try:
            while self._result is None:
                self._hear(None)
        except KeyboardInterrupt:
            self.close()
            raise
        self._require_done()
        return self

    def close(self) -> None:
        """Stop the training in order, with a checkpoint; nothing where it has ended."""
        if self._result is None and not self._player.closed:
            self._stop_at_end()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def ended(self) -> bool:
        """True once the run has ended, however it did."""
        return self._result is not None

    @property
    def folder(self) -> Path:
        """The folder of the run, with its record, its checkpoints and its pictures."""
        if self._folder is None:
            raise GanzooError("the training has not begun")
        return self._folder

    @property
    def result(self) -> RunResult:
        """The result of the run: its status, final metrics, times and costs.

        Raises:
            GanzooError: it has not ended.
        """
        if self._result is None:
            raise GanzooError("the training has not ended; go on with its records, or call finish()")
        return self._result

    @property
    def model(self) -> "Model":
        """The trained generator, as ``ganzoo.load`` opens it.

        Raises:
            RunError: the run failed, diverged or was out of memory.
            GanzooError: it has not ended.
        """
        self._require_done()
        from ...models import load

        return load(self.folder)

    def _hear(self, seconds: float | None) -> None:
        """Take in what the player tells, or wait so long."""
        with suppress(queue.Empty):
            news = self._player.news.get(timeout=seconds)
            if isinstance(news, BaseException):
                self._player.closed = True
                raise news
            self._folder = news if isinstance(news, Path) else news[0]
            if not isinstance(news, Path):
                self._result = news[1]

    def _require_done(self) -> None:
        result = self.result
        if not result.done:
            raise RunError(f"{result.recipe} seed {result.seed}: {result.outcome}: {result.why}")


class _Player:
    """The thread that plays a run, and what it tells: the folder when it begins, and the folder and the result at its
    end, or an error.
    """

    def __init__(self, play: "Play", shown: Display) -> None:
        self.news: queue.SimpleQueue[Path | tuple[Path, RunResult] | BaseException] = queue.SimpleQueue()
        self.display = _Heard(shown, self.news.put)
        self.closed = False
        self.thread = threading.Thread(target=self._run, args=(play,), name="ganzoo-train", daemon=True)

    def _run(self, play: "Play") -> None:
        try:
            summary, bench = play(self.display)
            (run,) = summary["runs"]
            self.news.put(((bench / run["folder"]).absolute(), RunResult.model_validate(run)))
        except BaseException as error:
            self.news.put(error)

    def stop(self) -> None:
        """Have it stop, and wait until it has."""
        self.closed = True
        self.display.stops = True
        if self.thread is not threading.current_thread():
            self.thread.join()


class _Heard(Display):
    """A display that tells where the run lies when it begins, and shows it on another."""

    def __init__(self, shown: Display, tell: Callable[[Path], None]) -> None:
        self._shown, self._tell = shown, tell

    def begin(self, runs: Sequence[RunInfo]) -> None:
        """Tell of the run; where it is to be stopped by now, it does not begin."""
        if self.stops:
            raise Interrupted(signal.SIGINT)
        self._shown.begin(runs)
        for run in runs:
            if run.folder is not None:
                self._tell(run.folder.absolute())

    def update(self, id: str, progress: Progress) -> None:
        """Show it."""
        self._shown.update(id, progress)

    def finish(self, id: str, end: RunEnd) -> None:
        """Show it."""
        self._shown.finish(id, end)

    def say(self, text: str) -> None:
        """Show it."""
        self._shown.say(text)

    def end(self) -> None:
        """End the other."""
        self._shown.end()
