"""Noise inside a generator: fresh for each image, or held."""

import pytest
import torch

from ganzoo.layers import PixelNoise, held_noise


def made(size=8):
    torch.manual_seed(0)
    return PixelNoise(size)


@pytest.mark.parametrize("mode", ["train", "eval"])
def test_noise_is_fresh_for_each_image_in_both_modes(mode):
    layer = getattr(made(), mode)()
    x = torch.zeros(3, 5, 8, 8)
    torch.manual_seed(1)
    one, two = layer(x), layer(x)
    torch.manual_seed(1)
    assert torch.equal(one, torch.randn(3, 1, 8, 8)), "from torch's own stream"
    values = [*one, *two]
    assert len({value.sum().item() for value in values}) == 6


def test_noise_is_standard_normal():
    drawn = made(64)(torch.zeros(20, 1, 64, 64))
    n = drawn.numel()
    assert abs(drawn.mean().item()) < 5 / n**0.5
    assert drawn.var().item() == pytest.approx(1, abs=5 * (2 / n) ** 0.5)


def test_held_noise_is_one_picture_and_draws_nothing():
    layers = torch.nn.ModuleList([made(), PixelNoise(4)])
    x = torch.zeros(3, 5, 8, 8)
    before = torch.get_rng_state()
    with held_noise(layers):
        assert torch.equal(layers[0](x), layers[0](x))
        assert torch.equal(layers[0](x), layers[0].picture)
        with held_noise(layers[0]):
            pass
        assert layers[0].held, "what was held before stays so"
    assert torch.equal(torch.get_rng_state(), before)
    assert not any(layer.held for layer in layers)
    assert not torch.equal(layers[0](x), layers[0](x))


def test_noise_is_let_go_after_an_error():
    layer = made()
    with pytest.raises(KeyError), held_noise(layer):
        raise KeyError
    assert not layer.held


def test_the_picture_is_part_of_the_state():
    one = made()
    torch.manual_seed(7)
    other = PixelNoise(8)
    assert not torch.equal(one.picture, other.picture)
    other.load_state_dict(one.state_dict())
    assert torch.equal(one.picture, other.picture)
