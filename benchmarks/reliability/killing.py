"""Processes that are killed at every moment at which they touch the disk.

Python tells of each file that it opens, renames or removes before it does so (PEP 578), and a child process kills
itself at the k-th of those below a folder. Between two such moments the state of the disk does not change, but for the
content of open files.
"""

import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

EVENTS = frozenset({"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.truncate", "os.chmod"})
_READS = ("r", "rb")


def _touches(event: str, args: tuple[Any, ...], below: str) -> bool:
    if event not in EVENTS or (event == "open" and args[1] in _READS):
        return False
    return any(isinstance(arg, str | os.PathLike) and str(arg).startswith(below) for arg in args)


def killed_at(moment: int, below: Path, act: Callable[[], None]) -> bool:
    """Fork a child that acts, and is killed just before its ``moment``-th touch of what lies below a folder.

    Args:
        moment: from 1.
        below: the folder.
        act: what the child does; it must not need threads of this process.

    Returns:
        True if the child came to its end before.

    Raises:
        RuntimeError: it failed.
    """
    pid = os.fork()
    if not pid:
        _act(moment, str(below), act)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if code not in (0, -signal.SIGKILL):
        raise RuntimeError(f"the child ended with {code}")
    return code == 0


def _act(moment: int, below: str, act: Callable[[], None]) -> None:
    left, code = [moment], 1

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if _touches(event, args, below):
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)

    try:
        sys.addaudithook(hook)
        act()
        code = 0
    finally:
        os._exit(code)


def killed_at_every_moment(below: Path, begin: Callable[[], None], act: Callable[[], None]) -> Iterator[bool]:
    """After each kill, at the first touch, the second and so on, give whether the child came to its end.

    Args:
        below: the folder whose touches count; it is removed before each try.
        begin: fills it anew.
        act: what the child does.

    Raises:
        RuntimeError: the child failed.
    """
    moment, ended = 0, False
    while not ended:
        moment += 1
        shutil.rmtree(below, ignore_errors=True)
        begin()
        ended = killed_at(moment, below, act)
        yield ended
