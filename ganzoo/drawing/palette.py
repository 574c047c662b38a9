"""Colours of the pictures: red, green and blue from 0 to 255, as the report's pages have them."""

Colour = tuple[int, int, int]

PAPER: Colour = (255, 255, 255)
"""Background."""

INK: Colour = (27, 29, 32)
"""Text that is read first."""

SOFT: Colour = (86, 91, 99)
"""Text that is read second, and axes."""

FRAME: Colour = (200, 204, 210)
"""Border of a plot."""

RULE: Colour = (228, 230, 234)
"""Grid line at a value of an axis."""

GENERATED: Colour = (0, 82, 140)
"""Generated samples."""

REAL: Colour = (166, 175, 186)
"""Real samples, and whatever generated ones are compared with."""
