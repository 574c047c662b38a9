"""A guard around the code of a plugin: what it changes of the state of the process is put back, and told."""

import io
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import (
    AbstractContextManager,
    ExitStack,
    contextmanager,
    nullcontext,
    redirect_stderr,
    redirect_stdout,
    suppress,
)
from typing import Any, TextIO

from ...errors import PluginError
from ...interrupts import Interrupted
from ..registry import Entry
from ..sources.installed import STRICT, strict
from .global_state import GlobalState, sentence

_log = logging.getLogger(__name__)

_NUMBERS = {"stdin": 0, "stdout": 1, "stderr": 2}
_told: set[str] = set()  # sentences that this process has logged


@contextmanager
def guarded(plugin: str, doing: str) -> Iterator[None]:
    """Run a plugin's code in the block, put back what it changes, and say so once.

    It cannot close this process's streams, and a ``KeyboardInterrupt`` or a ``SystemExit`` that it raises by itself
    becomes a ``PluginError``.

    Args:
        plugin: as a message calls it, such as ``plugin 'ragan' (ganzoo-ragan 1.2)``.
        doing: such as ``while its loss 'ragan' is imported``.

    Raises:
        PluginError: it raised one of these; or it changed something, and ``GANZOO_STRICT_PLUGINS`` is set.
    """
    state = GlobalState()
    streams: list[str] = []
    whole = False
    try:
        with _own_streams(streams), _interrupts(plugin, doing):
            yield
        whole = True
    finally:
        if found := list(dict.fromkeys(streams + state.put_back())):
            _tell(f"{plugin} changes {sentence(found)} {doing}", refused=whole and strict())


def guarded_parts(entries: Iterable[Entry], doing: str) -> AbstractContextManager[None]:
    """Guard the code of those parts that third parties made; does nothing where none of them did.

    Args:
        entries: of the parts whose code runs in the block.
        doing: such as ``while they are built``.
    """
    origins = list(dict.fromkeys(entry.origin for entry in entries if entry.foreign))
    return guarded(" and ".join(origins), doing) if origins else nullcontext()


class PlayedState:
    """The state of a process in which parts of third parties play; does nothing where none of them do.

    Args:
        entries: of all parts that play.
    """

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._origins = list(dict.fromkeys(entry.origin for entry in entries if entry.foreign))
        self._state = GlobalState().without_random_states() if self._origins else None

    def put_back(self) -> None:
        """Put back what was changed since, and tell it.

        Raises:
            PluginError: something was, and ``GANZOO_STRICT_PLUGINS`` is set.
        """
        if self._state is not None and (found := self._state.put_back()):
            _tell(f"{' and '.join(self._origins)} changes {sentence(found)} while it is played", refused=strict())


def _tell(text: str, *, refused: bool) -> None:
    if refused:
        raise PluginError(f"{text}, and {STRICT} is set")
    if text not in _told:
        _told.add(text)
        _log.warning(f"Warning: {text}; it is put back")


class _Shield(io.TextIOBase):
    """A stream that passes on what is written, and that closing does nothing to."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self.asked_to_close = False

    def write(self, text: str) -> int:
        if self._stream is not None:
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        if self._stream is not None:
            self._stream.flush()

    def close(self) -> None:
        """Do nothing but note it."""
        self.asked_to_close = True

    def fileno(self) -> int:
        if self._stream is None:
            raise io.UnsupportedOperation("fileno")
        return self._stream.fileno()

    def writable(self) -> bool:
        return True

    @property
    def encoding(self) -> str:  # type: ignore[override]  # which a stream in a test may lack
        return getattr(self._stream, "encoding", None) or "utf-8"


@contextmanager
def _own_streams(told: list[str]) -> Iterator[None]:
    """Give standard output and error to the block as streams that it cannot close; both go to standard error.

    Args:
        told: is given a line if it closed or replaced one.
    """
    shields = _Shield(sys.stderr), _Shield(sys.stderr)
    touched = False
    copies = {number: copy for number in (0, 1, 2) if (copy := _copied(number)) is not None}
    streams = {
        name: getattr(sys, name) for name in ("stdin", "stdout", "stderr", "__stdin__", "__stdout__", "__stderr__")
    }
    try:
        with redirect_stdout(shields[0]), redirect_stderr(shields[1]):
            try:
                yield
            finally:
                touched = (sys.stdout, sys.stderr) != shields or any(one.asked_to_close for one in shields)
    finally:
        for number, copy in copies.items():
            if not _same(number, copy):
                touched = True
                os.dup2(copy, number)
            os.close(copy)
        if touched:
            told.append("the standard streams")
        for name, stream in streams.items():
            setattr(sys, name, _reopened(name, stream))


def _reopened(name: str, stream: Any) -> Any:
    """Return the stream; one of Python's own that was closed, made anew."""
    number = _NUMBERS[name.strip("_")]
    if stream is None or not getattr(stream, "closed", False) or not number:
        return stream
    with suppress(OSError):
        return open(number, "w", encoding=stream.encoding, errors=stream.errors, closefd=False)
    return None


def _copied(number: int) -> int | None:
    try:
        return os.dup(number)
    except OSError:  # it was closed before
        return None


def _same(number: int, copy: int) -> bool:
    try:
        return os.path.sameopenfile(number, copy)
    except OSError:
        return False


@contextmanager
def _interrupts(plugin: str, doing: str) -> Iterator[None]:
    """Tell the user's Ctrl-C from a ``KeyboardInterrupt`` that the block raises by itself, and refuse its exits."""
    pressed: list[int] = []
    before: Any = signal.getsignal(signal.SIGINT)

    def heard(number: int, frame: Any) -> None:
        pressed.append(number)
        if callable(before):
            before(number, frame)

    with ExitStack() as undone:
        if threading.current_thread() is threading.main_thread() and callable(before):
            signal.signal(signal.SIGINT, heard)
            undone.callback(_put_signal, heard, before)
        try:
            yield
        except KeyboardInterrupt as error:
            # No Ctrl-C is an exception where the signal is ignored, as in a job of a script's, or ends the process.
            if pressed or before is None or isinstance(error, Interrupted):
                raise
            raise PluginError(f"{plugin} raised KeyboardInterrupt {doing}") from error
        except SystemExit as error:
            raise PluginError(f"{plugin} raised SystemExit({error.code!r}) {doing}") from error


def _put_signal(ours: Callable[..., Any], handler: Callable[..., Any]) -> None:
    if signal.getsignal(signal.SIGINT) is ours:  # else it is told among the changes, and put back with them
        signal.signal(signal.SIGINT, handler)
