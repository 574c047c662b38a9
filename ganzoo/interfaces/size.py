"""Sizes of images."""

Size = int | tuple[int, int]
"""Height and width in pixels: one number for a square, ``(height, width)`` for any other rectangle."""


def size_of(height: int, width: int) -> Size:
    """Return the size of images of this height and width: one number for squares, always."""
    return height if height == width else (height, width)


def sides(size: Size) -> tuple[int, int]:
    """Return height and width."""
    return (size, size) if isinstance(size, int) else size


def as_text(size: Size) -> str:
    """Write a size for people: ``32`` of a square, ``64x32`` of a rectangle."""
    return str(size) if isinstance(size, int) else "x".join(map(str, size))
