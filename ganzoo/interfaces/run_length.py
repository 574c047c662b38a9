"""The length of a run, as parts are told of it before it begins, and as far as it was played."""

from collections.abc import Mapping
from dataclasses import dataclass

from .turn import Player


@dataclass(frozen=True)
class RunLength:
    """The length of a run.

    Attributes:
        images: real images that the discriminator is shown.
        turns: of each player.
        batch: real images in a turn.
        rows: of the data that it is trained on; those of the shortest field, where they are dealt apart.
    """

    images: int
    turns: Mapping[Player, int]
    batch: int
    rows: int
