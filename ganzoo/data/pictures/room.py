"""Memory for decoded images: refused before it is taken, where there is none or no images would take so much."""

from ...errors import DataError
from ...storage.memory import free_memory

LARGEST_SET = 64 * 2**30
# Data that decode to HARMLESS bytes at most may be blank. Larger data decode to MOST_RATIO times their size at most:
# photographs to 2 to 50 times, dSprites' figures, white on black, to some 120 times, a single colour to 1000 times.
HARMLESS = 2**29
MOST_RATIO = 500
_SMALLER = "use fewer images, or make them smaller with --size 64"
_SPARE = 2**28  # for all else that goes on


def require_room(size: int, what: str) -> None:
    """Refuse to decode what takes more memory than there is.

    Args:
        size: of all that is to be decoded, in bytes.
        what: begins the error's sentence, such as ``'photos': 50 images of 64x64 pixels``.

    Raises:
        DataError: with the size and what is free.
    """
    free = free_memory()
    if free is not None and size > max(0, free - _SPARE):
        raise DataError(f"{what} take {_gib(size)} in memory, and {_gib(free)} is free; {_SMALLER}")
    if size > LARGEST_SET:
        raise DataError(f"{what} take {_gib(size)} in memory, and {_gib(LARGEST_SET)} is the most; {_SMALLER}")


def require_images(size: int, encoded: int, what: str) -> None:
    """Refuse what decodes to far more than images do.

    Args:
        size: of what is decoded, in bytes.
        encoded: of the files that hold it, in bytes.
        what: begins the error's sentence.

    Raises:
        DataError: with both sizes.
    """
    if size > HARMLESS and size > MOST_RATIO * encoded:
        raise DataError(
            f"{what} unpacks to far more than images would: {encoded:,} bytes to {_gib(size)}, over {MOST_RATIO} times"
            "; leave out those of a single colour, or make them smaller with --size 64"
        )


def _gib(size: int) -> str:
    return f"{size / 2**30:,.2f} GiB"
