"""Torch's global stream of random numbers, one for each of several games in one process."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


class LayersStream:
    """What layers draw from, such as dropout: torch's own generator, of which there is one to a device.

    While a game plays inside ``drawn_from`` it has this stream, wherever it was before.
    """

    def __init__(self, device: torch.device) -> None:
        self._cuda = device.type == "cuda"
        if self._cuda:
            index = torch.cuda.current_device() if device.index is None else device.index
            self._shared = torch.cuda.default_generators[index]
            self._own = self._shared.clone_state().graphsafe_get_state()
        else:
            self._own = torch.get_rng_state()

    @contextmanager
    def drawn_from(self) -> Iterator[None]:
        """Let torch's generator be this stream."""
        if self._cuda:
            before = self._shared.graphsafe_get_state()
            self._shared.graphsafe_set_state(self._own)  # the state itself and not a copy, so it moves with its use
            try:
                yield
            finally:
                self._shared.graphsafe_set_state(before)
            return
        before = torch.get_rng_state()
        torch.set_rng_state(self._own)
        try:
            yield
        finally:
            self._own = torch.get_rng_state()
            torch.set_rng_state(before)
