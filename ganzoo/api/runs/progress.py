"""The display of what is played from Python."""

import io
import sys

from ...bench.live.display import Display, QuietDisplay, make_display
from ...bench.live.notebook import NotebookDisplay, in_notebook


def display_for(progress: bool | None) -> Display:
    """Make the display of a call.

    Args:
        progress: show how it goes; None in a notebook alone.
    """
    if progress is False or (progress is None and not in_notebook()):
        return QuietDisplay(io.StringIO())
    return NotebookDisplay() if in_notebook() else make_display(sys.stderr)
