import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ganzoo.interfaces.order import Order


def run(n, seed, sizes):
    order, position, pieces = Order(n, seed), 0, []
    for size in sizes:
        pieces.append(order.take(position, size))
        position += size
    return torch.cat(pieces)


def test_each_epoch_is_a_permutation_of_its_own():
    n = 37
    epochs = Order(n, 3).take(0, 4 * n).view(4, n)
    for epoch in epochs:
        assert epoch.sort().values.tolist() == [*range(n)]
    assert len({tuple(epoch.tolist()) for epoch in epochs}) == 4


@pytest.mark.parametrize("size", [1, 5, 37, 40, 111])
def test_every_batch_size_sees_the_same_sequence(size):
    whole = Order(37, 5).take(0, 222)
    assert torch.equal(run(37, 5, [size] * (222 // size)), whole[: size * (222 // size)])


@given(st.integers(1, 50), st.integers(0, 300), st.integers(0, 200))
def test_it_goes_on_at_any_position(n, position, count):
    assert torch.equal(Order(n, 7).take(position, count), Order(n, 7).take(0, position + count)[position:])


def test_an_order_can_be_asked_backwards():
    order = Order(20, 1)
    late = order.take(90, 20)
    early = order.take(0, 20)
    assert torch.equal(order.take(90, 20), late)
    assert torch.equal(order.take(0, 20), early)


def test_seeds_differ_and_global_randomness_does_not_matter():
    torch.manual_seed(0)
    first = Order(100, 1).take(0, 100)
    torch.manual_seed(1)
    assert torch.equal(Order(100, 1).take(0, 100), first)
    assert not torch.equal(Order(100, 2).take(0, 100), first)


def test_indices_are_int64_on_the_cpu():
    indices = Order(3, 0).take(0, 8)
    assert indices.dtype == torch.int64 and indices.device.type == "cpu" and indices.shape == (8,)
