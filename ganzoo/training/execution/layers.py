"""Torch's global stream of random numbers, one for each of several games in one process."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor


def default_generator(device: torch.device) -> torch.Generator:
    """Return what layers draw from on a device, such as dropout: torch's own generator, of which there is one to a
    device.
    """
    if device.type != "cuda":
        return torch.default_generator
    torch.cuda.init()  # there are none before it
    return torch.cuda.default_generators[torch.cuda.current_device() if device.index is None else device.index]


def revive(generator: torch.Generator, state: Tensor) -> None:
    """Let a generator draw on from a state that it had, though a capture broke off that drew from it.

    On a GPU such a generator is left waiting for the end of the capture, and refuses to draw; so it gets another state,
    and not other numbers in the same one.
    """
    if generator.device.type != "cuda":
        generator.set_state(state)
        return
    fresh = torch.Generator(generator.device)
    fresh.set_state(state)
    generator.graphsafe_set_state(fresh.graphsafe_get_state())


@contextmanager
def seeded_layers(seed: int, device: torch.device) -> Iterator[None]:
    """Let layers that draw do so from one stream until the block ends; torch's generators then go on as they were.

    Args:
        seed: of the stream, which must be no other's: layers that drew the same numbers as, say, the latents would add
            noise that depends on them.
        device: where the layers are.
    """
    generators = {id(it): it for it in (torch.default_generator, default_generator(device))}.values()
    before = [generator.get_state() for generator in generators]
    for generator in generators:
        generator.manual_seed(seed)
    try:
        yield
    finally:
        for generator, state in zip(generators, before, strict=True):
            generator.set_state(state)


class LayersStream:
    """The random stream that the layers of one game draw from.

    While a game plays inside ``drawn_from`` torch's generator has this stream, wherever it was before.
    """

    def __init__(self, device: torch.device) -> None:
        self._shared = default_generator(device)
        self._cuda = device.type == "cuda"
        self._own = self._shared.clone_state().graphsafe_get_state() if self._cuda else self._shared.get_state()

    @contextmanager
    def drawn_from(self) -> Iterator[None]:
        """Let torch's generator be this stream."""
        # On a GPU it is the state itself and not a copy, so that it moves with its use, and with replayed graphs.
        get: Callable[[], Any] = self._shared.graphsafe_get_state if self._cuda else self._shared.get_state
        put: Callable[[Any], object] = self._shared.graphsafe_set_state if self._cuda else self._shared.set_state
        before = get()
        put(self._own)
        try:
            yield
        finally:
            self._own = get()  # which may be another one since a capture broke off
            put(before)
