"""Drawing for reports and plugins: grids and columns of images, scatters, and a canvas for charts, as bytes of PNGs.

The same input gives the same bytes, so that a picture can be compared and cached by its contents. Pillow is imported
when something is drawn, and not before.
"""

from .canvas import blank, legend, round_step
from .columns import columns
from .grid import grid_png, shown_channels
from .palette import FRAME, GENERATED, INK, PAPER, REAL, RULE, SOFT
from .png import description_of, png_bytes
from .scatter import scatter_png, shown_numbers

__all__ = [
    "FRAME",
    "GENERATED",
    "INK",
    "PAPER",
    "REAL",
    "RULE",
    "SOFT",
    "blank",
    "columns",
    "description_of",
    "grid_png",
    "legend",
    "png_bytes",
    "round_step",
    "scatter_png",
    "shown_channels",
    "shown_numbers",
]
