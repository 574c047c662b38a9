"""Contexts that are entered around all that the device does in a step."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

import torch

from ...backend.precision import products_in
from .autotune import by_trial

if TYPE_CHECKING:
    from ..trainer import Trainer


@contextmanager
def surroundings(game: "Trainer") -> Iterator[None]:
    """Set the precision of products, the choice of algorithms and the sharing of draws for a step of a game."""
    cuda = game.device.type == "cuda"
    # On a CPU nothing is rounded unless the process asks for it, and each step would pay for making sure.
    with (
        products_in(game.precision) if cuda else nullcontext(),
        by_trial(not _is_captured(game, cuda)) if game.autotuned else nullcontext(),
        nullcontext() if game.shared is None else game.shared.draws.of_step(game.kind()),
    ):
        yield


def _is_captured(game: "Trainer", cuda: bool) -> bool:
    recording = game.replays is not None and game.replays.recording
    return recording or (cuda and torch.cuda.is_current_stream_capturing())  # whoever does so
