"""The standard streams of a command, made fit to be used whatever a shell, a daemon or a disk has done to them."""

import errno
import io
import os
import sys
from typing import Any, cast

from ..errors import SetupError

_NAMES = ("stdin", "stdout", "stderr")


class _Results(io.FileIO):
    """Standard output: the results go there, so that what it does not take is told."""

    def write(self, data: Any, /) -> int:
        try:
            return super().write(data)
        except OSError as error:
            if error.errno == errno.EPIPE:  # the reader has seen enough
                raise
            _put_aside(self.fileno())
            raise SetupError(f"standard output cannot be written: {error.strerror}; direct it elsewhere") from error


class _Progress(io.FileIO):
    """Standard error: only what goes on is told there, and where nobody can hear it the command goes on in silence."""

    def write(self, data: Any, /) -> int:
        try:
            return super().write(data)
        except OSError:
            _put_aside(self.fileno())
            return len(data)


def open_streams() -> None:
    """Open those that are closed on the null device, and see that the others can fail without a traceback.

    A descriptor that stays closed would be given to the next file that is opened, and what is meant for people would
    end up in it.
    """
    for number, name in enumerate(_NAMES):
        if not _is_open(number):
            _put_aside(number)
        if getattr(sys, name) is None:
            raw = io.FileIO(number, "w" if number else "r", closefd=False)
            buffer = io.BufferedWriter(raw) if number else io.BufferedReader(raw)
            setattr(sys, name, io.TextIOWrapper(buffer, encoding="utf-8", line_buffering=name == "stderr"))
    sys.stdout = _over(sys.stdout, _Results)
    sys.stderr = _over(sys.stderr, _Progress)


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def _put_aside(number: int) -> None:
    """Let a descriptor lead to the null device."""
    nothing = os.open(os.devnull, os.O_RDWR)
    if nothing == number:
        os.set_inheritable(number, True)
    else:
        os.dup2(nothing, number)
        os.close(nothing)


def _over(stream: object, kind: type[io.FileIO]) -> io.TextIOWrapper:
    """Give a text stream on the same descriptor, whose lowest layer is of this kind; a console of Windows stays."""
    if not isinstance(stream, io.TextIOWrapper):
        return cast(io.TextIOWrapper, stream)  # a program's own
    raw = getattr(stream.buffer, "raw", stream.buffer)  # without a buffer under PYTHONUNBUFFERED
    if type(raw) is not io.FileIO:
        stream.reconfigure(errors="backslashreplace")
        return stream
    stream.flush()
    ours = kind(raw.fileno(), "w", closefd=False)
    return io.TextIOWrapper(
        io.BufferedWriter(ours, 1 if raw is stream.buffer else io.DEFAULT_BUFFER_SIZE),
        encoding=stream.encoding,
        errors="backslashreplace",  # a terminal that knows only ASCII is no reason to stop
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
