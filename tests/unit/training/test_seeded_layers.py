"""Layers that draw while they are evaluated."""

import pytest
import torch

from ganzoo.seeds import stream
from ganzoo.training.execution.layers import seeded_layers

CPU = torch.device("cpu")


def test_one_seed_gives_the_same_numbers_and_torchs_own_go_on_as_they_were():
    torch.manual_seed(3)
    wanted = torch.randn(4), torch.randn(4)
    torch.manual_seed(3)
    first = torch.randn(4)
    with seeded_layers(7, CPU):
        inside = torch.randn(4)
    assert torch.equal(first, wanted[0]) and torch.equal(torch.randn(4), wanted[1])
    with seeded_layers(7, CPU):
        assert torch.equal(torch.randn(4), inside)
    assert torch.equal(inside, torch.randn(4, generator=torch.Generator().manual_seed(7)))


def test_they_go_on_after_an_error():
    before = torch.get_rng_state()
    with pytest.raises(KeyError), seeded_layers(7, CPU):
        torch.randn(4)
        raise KeyError
    assert torch.equal(torch.get_rng_state(), before)


def test_streams_of_layers_are_nobody_elses():
    """In training, in evaluations, looks and examinations; none is that of the latents beside it."""
    counters = [0, *(1 + counter for counter in (0, 1, 2, 3, 100, 101, 102))]
    layers = {stream(seed, "layers", counter) for seed in (0, 1) for counter in counters}
    latents = {stream(seed, "evaluation", counter) for seed in (0, 1) for counter in (0, 1, 2, 3, 100, 101, 102)}
    assert len(layers) == 16 and not layers & latents
