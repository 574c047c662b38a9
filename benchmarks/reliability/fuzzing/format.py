"""A format of input, and the reader that it goes through."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any


@dataclass(frozen=True)
class Format:
    """A format of input.

    Attributes:
        name: of the format.
        make: gives an input, decided by the random stream alone.
        read: reads it through the public reader, in a folder that is empty; raises what the reader raises.
        seconds: of processor time that an input may take.
        megabytes: that reading an input may add to the process.
    """

    name: str
    make: Callable[[Random], Any]
    read: Callable[[Any, Path], object]
    seconds: float = 10.0
    megabytes: int = 256
