"""Messages to the user, by ``logging``: every module logs to one below ``ganzoo``, and nothing is printed until
somebody shows it, be it the command line, the process of a run, or a program that imports ganzoo.
"""

import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO

from .text import printable

NAME = "ganzoo"


class LineHandler(logging.Handler):
    """Gives the text of each record to a function that shows lines.

    Attributes:
        say: shows one line; may be replaced at any time.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        super().__init__()
        self.say = say

    def emit(self, record: logging.LogRecord) -> None:
        """Show a record's text; what the function raises passes through."""
        self.say(record.getMessage())


def to_stderr(line: str) -> None:
    """Print a line on standard error, at once; what a terminal would obey is written out."""
    print(printable(line), file=sys.stderr, flush=True)


def redraws(stream: IO[str]) -> bool:
    """Say whether a stream is a terminal that lets what was drawn be drawn over.

    The shell commands of a notebook, ``!ganzoo bench``, are given a pseudo-terminal too, whose every picture the
    notebook keeps. Their kernel is told by ``JPY_PARENT_PID``, which Jupyter gives to it, and by the pagers and the
    terminal that IPython's kernel sets, whoever has started it.
    """
    pagers = {os.environ.get(name) for name in ("PAGER", "GIT_PAGER")}
    kernel = pagers == {"cat"} and os.environ.get("TERM") == "xterm-color"
    return stream.isatty() and not kernel and "JPY_PARENT_PID" not in os.environ


@contextmanager
def logged_to(say: Callable[[str], None], level: int = logging.INFO) -> Iterator[LineHandler]:
    """Show what ganzoo logs until the block ends, by this alone: no handler of the root sees it meanwhile.

    Args:
        say: shows one line.
        level: of the least records that are shown.
    """
    logger = logging.getLogger(NAME)
    before = logger.level, logger.propagate, logger.handlers[:]
    handler = LineHandler(say)
    logger.setLevel(level)
    logger.propagate, logger.handlers[:] = False, [handler]
    try:
        yield handler
    finally:
        logger.setLevel(before[0])
        logger.propagate, logger.handlers[:] = before[1], before[2]
