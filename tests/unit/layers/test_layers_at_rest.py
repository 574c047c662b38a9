"""Pictures between bytes at rest and numbers at play."""

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from ganzoo.layers import coins, mirrored, to_bytes, to_unit


def flip(pictures, rng):
    """Mirror about half of them."""
    return mirrored(pictures, coins(len(pictures), rng))


def test_the_round_trip_is_exact():
    every = torch.arange(256, dtype=torch.uint8).view(1, 1, 16, 16)
    unit = to_unit(every)
    assert unit.dtype == torch.float32
    assert unit.min() == -1 and unit.max() == 1
    assert torch.equal(to_bytes(unit), every)


def test_the_round_trip_survives_small_errors():
    every = torch.arange(256, dtype=torch.uint8)
    noise = torch.empty(256).uniform_(-0.49, 0.49, generator=torch.Generator().manual_seed(0)) / 127.5
    assert torch.equal(to_bytes(to_unit(every) + noise), every)


def test_what_lies_outside_is_clamped():
    assert to_bytes(torch.tensor([-7.0, -1.001, 1.001, 7.0])).tolist() == [0, 0, 255, 255]


def test_the_argument_is_left_alone():
    images = torch.rand(2, 1, 4, 4)
    before = images.clone()
    to_bytes(images)
    assert torch.equal(images, before)


def test_flip_mirrors_about_half_of_the_images_left_to_right():
    images = torch.arange(2000 * 2 * 3, dtype=torch.int32).view(2000, 1, 2, 3)
    out = flip(images, torch.Generator().manual_seed(0))
    turned = (out == images.flip(3)).flatten(1).all(1)
    same = (out == images).flatten(1).all(1)
    assert torch.all(turned ^ same)
    assert 900 < turned.sum() < 1100


def test_flip_is_the_generators():
    images = torch.rand(64, 1, 4, 4)
    first = flip(images, torch.Generator().manual_seed(1))
    torch.manual_seed(99)
    assert torch.equal(flip(images, torch.Generator().manual_seed(1)), first)
    assert not torch.equal(flip(images, torch.Generator().manual_seed(2)), first)


class NoHost(TorchDispatchMode):
    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        if "_local_scalar_dense" in str(func) or "nonzero" in str(func):
            raise AssertionError(f"{func} waits for the device")
        return func(*args, **(kwargs or {}))


def test_nothing_waits_for_the_device():
    images = torch.randint(0, 256, (8, 3, 4, 4), dtype=torch.uint8)
    with NoHost():
        flip(to_unit(images), torch.Generator().manual_seed(0))
        to_bytes(torch.rand(8, 3, 4, 4))
        with pytest.raises(AssertionError):
            torch.rand(1).item()


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")
def test_on_a_gpu_the_round_trip_is_exact_and_flips_stay_there():
    every = torch.arange(256, dtype=torch.uint8, device="cuda").view(256, 1, 1, 1)
    assert torch.equal(to_bytes(to_unit(every)), every)
    assert flip(every, torch.Generator("cuda").manual_seed(0)).device.type == "cuda"
