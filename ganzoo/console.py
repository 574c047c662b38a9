"""The console that everything drawn by rich goes through. Importing it imports rich."""

from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.segment import Segment

from .text import written_out


class SafeConsole(Console):
    """A console that shows text, and never obeys it.

    Names, reasons and titles come from files and plugins that others made. Control characters and terminal escapes in
    them are written out, whatever drew them; what rich itself says to the terminal passes. Nothing in them is markup.
    What is drawn goes to its file, in a notebook, too.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"highlight": False, "markup": False, "emoji": False, "force_jupyter": False, **options})

    def render(self, renderable: Any, options: Any = None) -> Iterable[Segment]:
        """Give the segments of what is drawn."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=written_out(segment.text))
