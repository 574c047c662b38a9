"""What ganzoo tells its user, by ``logging``: every module logs to one below ``ganzoo``, and nothing is printed until
somebody shows it, be it the command line, the process of a run, or a program that imports ganzoo.
"""

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

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
    """Print a line on standard error, at once."""
    print(line, file=sys.stderr, flush=True)


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
