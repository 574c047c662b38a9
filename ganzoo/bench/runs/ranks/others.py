"""The other ranks of a run, as its first one sees them, which is the run's own process.

They are forks of it, made before it has imported torch or started a thread, so that any device may be used in each.
Down a pipe each is ordered to play a step, and waits for that as long as it takes: an evaluation, which the first rank
does alone, tries nobody's patience. When the first rank is gone, so is the other end of a second pipe, and they leave.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from ....errors import GanzooError, first_line

if TYPE_CHECKING:
    import torch

    from ....training.ranks import ProcessRanks

STEP, END = b"s", b"e"
GRACE_SECONDS = 20.0  # for the first rank to notice that another is gone, and for the others to leave
LEAVE_SECONDS = 5.0  # after which a rank whose first one is gone leaves wherever it is


class RankLostError(GanzooError):
    """Another rank is gone, or does not answer."""


class Others:
    """The ranks from 1 on.

    Args:
        folder: of the run.
        count: how many ranks there are with the first.
        follow: what each of them does, given its number, their count, the run's folder and the pipe of its orders; its
            process ends with it.
    """

    def __init__(self, folder: Path, count: int, follow: Callable[[int, int, Path, int], None]) -> None:
        self.count = count
        self.lost = ""
        self.on_lost: Callable[[str], None] = lambda why: None
        self._seen = threading.Event()  # that one is lost, by who plays
        self._closing = False
        self._orders: dict[int, int] = {}
        self._ended: dict[int, threading.Event] = {}
        life, self._life = os.pipe()
        pids = {number: self._fork(number, folder, life, follow) for number in range(1, count)}
        os.close(life)
        for number, pid in pids.items():
            self._ended[number] = threading.Event()
            threading.Thread(target=self._watch, args=(number, pid), daemon=True).start()
        self._pids = pids

    def _fork(self, number: int, folder: Path, life: int, follow: Callable[[int, int, Path, int], None]) -> int:
        reads, self._orders[number] = os.pipe()
        pid = os.fork()
        if not pid:
            for other in (self._life, *self._orders.values()):
                os.close(other)
            _be(number, self.count, folder, reads, life, follow)
        os.close(reads)
        return pid

    def join(self, device: torch.device) -> ProcessRanks:
        """Meet them, as their first."""
        import torch.distributed as dist

        from ....training.ranks import ProcessRanks

        with self.needed():
            store = dist.TCPStore("127.0.0.1", 0, self.count, is_master=True, wait_for_workers=False)  # type: ignore[attr-defined]  # torch exports it, and tells no type checker
            self._order(f"{store.port}\n".encode())
            return ProcessRanks(0, self.count, store, device)

    @contextmanager
    def step(self) -> Iterator[None]:
        """Around a step of the first rank: the others play it as well.

        Raises:
            RankLostError: one of them is gone, or does not answer.
        """
        with self.needed():
            self._order(STEP)
            yield

    @contextmanager
    def needed(self) -> Iterator[None]:
        """Around what all ranks have to take part in.

        Raises:
            RankLostError: one of them is gone, or does not answer.
        """
        if self.lost:
            self._raise(None)
        try:
            yield
        except (RuntimeError, OSError) as error:
            self._raise(error)

    def _raise(self, error: Exception | None) -> None:
        """Say which rank is lost, if one is; a moment may pass between its end and the news of it."""
        gone = error is None or isinstance(error, OSError) or _of_ranks(error)
        end = time.monotonic() + (2.0 if gone else 0.0)
        while not self.lost and time.monotonic() < end:
            time.sleep(0.02)
        self._seen.set()
        if self.lost:
            raise RankLostError(self.lost) from error
        if error is not None and gone:
            raise RankLostError(
                f"the {self.count} ranks of the run lost each other: {first_line(error, 300)}"
            ) from error
        if error is not None:
            raise error
        return

    def _order(self, order: bytes) -> None:
        for pipe in self._orders.values():
            os.write(pipe, order)

    def _watch(self, number: int, pid: int) -> None:
        """Wait for the end of a rank; one that ends by itself ends the run, wherever the first rank is."""
        _, status = os.waitpid(pid, 0)
        self._ended[number].set()
        if self._closing:
            return
        self.lost = self.lost or (
            f"rank {number} of {self.count} {_how(os.waitstatus_to_exitcode(status))}, and the run ended with it; the "
            "same command goes on from the last checkpoint"
        )
        if not self._seen.wait(GRACE_SECONDS) and not self._closing:
            self.on_lost(self.lost)
            os._exit(1)  # the first rank waits for an answer that cannot come

    def abort(self) -> None:
        """End them where they are, each with its stacks in the log."""
        self._closing = True
        for number, pid in self._pids.items():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGABRT)
            self._ended[number].wait(LEAVE_SECONDS)

    def close(self) -> None:
        """Let them go, and see to it that they are gone."""
        self._closing = True
        for pipe in self._orders.values():
            with suppress(OSError):
                os.write(pipe, END)
            os.close(pipe)
        os.close(self._life)
        end = time.monotonic() + GRACE_SECONDS
        for number, ended in self._ended.items():
            if not ended.wait(max(0.0, end - time.monotonic())):
                with suppress(ProcessLookupError):
                    os.kill(self._pids[number], signal.SIGKILL)
                ended.wait()


def _be(
    number: int, count: int, folder: Path, orders: int, life: int, follow: Callable[[int, int, Path, int], None]
) -> NoReturn:
    """In the fork: be a rank, and end."""
    code = 1
    try:
        # Whoever stops a run signals its first rank, which ends the others when it has written its checkpoint.
        for ignored in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(ignored, signal.SIG_IGN)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        os.dup2(2, 1)
        threading.Thread(target=_leave_with_the_first, args=(life,), daemon=True).start()
        follow(number, count, folder, orders)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _leave_with_the_first(life: int) -> None:
    while os.read(life, 1):
        pass
    time.sleep(LEAVE_SECONDS)
    os._exit(1)


def _of_ranks(error: Exception) -> bool:
    """Recognise an error of torch's exchange between ranks, which has no type of its own everywhere."""
    import torch.distributed as dist

    said = str(error).lower()
    return isinstance(error, dist.DistError) or any(word in said for word in ("gloo", "nccl", "connection", "peer"))


def _how(code: int) -> str:
    if code == -signal.SIGKILL:
        return "was killed (SIGKILL; the system may have been out of memory)"
    if code < 0:
        return f"died of {signal.Signals(-code).name}"
    return f"ended with code {code} (see log.txt in the run's folder)"
