"""Augmentations and resampling of images that are not square."""

import math
from functools import partial

import numpy as np
import pytest
import torch
from ganzoo_plugins.augmentation.ada import ADA
from ganzoo_plugins.augmentation.ada_placement import Placement
from ganzoo_plugins.augmentation.diffaugment_place import covered, moved
from scipy.signal import upfirdn as scipy_upfirdn

from ganzoo.layers import Doubled, Halved, Jitter, upfirdn

N = 4000
HIGH, WIDE = (40, 24), (24, 40)


def from_centre(height, width):
    """Each pixel's distance to the right of the centre, and below it, in pixels."""
    right = (torch.arange(width, dtype=torch.float64) - (width - 1) / 2).expand(height, width)
    down = (torch.arange(height, dtype=torch.float64) - (height - 1) / 2)[:, None].expand(height, width)
    return right, down


@pytest.mark.parametrize("size", [HIGH, WIDE])
@pytest.mark.parametrize("angle", [0.3, math.pi / 2, 2.0])
def test_a_circle_stays_a_circle(size, angle):
    """The squared distance to the centre is a bowl whose level lines are circles in pixels; cubic kernels keep it."""
    right, down = from_centre(*size)
    bowl = right**2 + down**2
    turned = (
        Placement.unmoved(bowl[None, None])
        .rotated(torch.tensor([angle], dtype=bowl.dtype))
        .carried_out(bowl[None, None])[0, 0]
    )
    inside = bowl.sqrt() < min(size) / 2 - 2.5
    assert inside.sum() > 150
    assert torch.allclose(turned[inside], bowl[inside], atol=1e-9)


@pytest.mark.parametrize("size", [HIGH, WIDE])
@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_quarter_turn_turns_the_square_in_the_middle(size, quarters):
    x = torch.rand(1, 2, *size, dtype=torch.float64)
    found = Placement.unmoved(x).turned_by_quarters(torch.tensor([quarters])).carried_out(x)[0]
    short, (top, left) = min(size), ((side - min(size)) // 2 for side in size)
    middle = (slice(None), slice(top, top + short), slice(left, left + short))
    assert np.array_equal(found[middle].numpy(), np.rot90(x[0][middle].numpy(), quarters, (1, 2)))
    assert found.shape == x[0].shape


@pytest.mark.parametrize("size", [(16, 64), (64, 16)])
def test_ada_shifts_by_shares_of_height_and_of_width(size):
    """Whole shifts reach an eighth of each side, and the others have a standard deviation of an eighth (app. B)."""
    torch.manual_seed(0)
    x = torch.zeros(N, 1, *size, dtype=torch.float64)
    ada = ADA(p=1.0)
    still = Placement.unmoved(x)
    height, width = size
    turned = ada.blitted(still, x)
    shift = torch.einsum("bij,bj->bi", turned.A.inverse(), -turned.b).abs()
    assert shift.amax(dim=0).tolist() == [width / 8, height / 8]
    deformed = ada.deformed(still, x)
    shift = torch.einsum("bij,bj->bi", deformed.A.inverse(), -deformed.b)
    error = 5 / math.sqrt(2 * N)
    assert torch.allclose(
        shift.std(dim=0) / torch.tensor([width, height]), torch.full((2,), 0.125).double(), rtol=error
    )


def test_diffaugment_moves_and_covers_shares_of_height_and_of_width():
    torch.manual_seed(0)
    height, width = 8, 32
    ones = torch.ones(N, 1, height, width)
    gone = moved(ones, 0.125)[:, 0] == 0  # by 1 row and 4 columns at most
    assert gone.all(dim=2).sum(dim=1).max() == 1 and gone.all(dim=1).sum(dim=1).max() == 4
    hidden = covered(ones, 0.5)[:, 0] == 0
    rows, columns = hidden.any(dim=2).sum(dim=1), hidden.any(dim=1).sum(dim=1)
    assert (rows.max(), columns.max()) == (4, 16)
    assert torch.equal(hidden.sum(dim=(1, 2)), rows * columns)


def test_jitter_moves_by_pixels_in_proportion_to_each_side():
    """Shifts are of pixels of a 32x32 image: 4 of them are 2 of 16 rows and 8 of 64 columns."""
    rows = torch.arange(16.0)[:, None].expand(16, 64).expand(N, 1, 16, 64)
    columns = torch.arange(64.0).expand(16, 64).expand(N, 1, 16, 64)
    jitter = Jitter(flip=False, shift=4)
    for picture, most, at in ((rows, 2, (8, 32)), (columns, 8, (8, 32))):
        seen = jitter(picture, torch.Generator().manual_seed(0))
        apart = (seen - picture)[:, 0, *at]
        assert (int(apart.min()), int(apart.max())) == (-most, most)


@pytest.mark.parametrize("size", [(5, 8), (8, 5)])
@pytest.mark.parametrize(("up", "down", "padding"), [(1, 1, (2, 1)), (2, 1, (2, 1)), (1, 2, (1, 1)), (2, 3, (3, 2))])
def test_filters_take_images_of_two_sides(size, up, down, padding):
    """As scipy's along each axis; gradients of both orders are those of differences."""
    rng = torch.Generator().manual_seed(0)
    x = torch.randn(1, 1, *size, dtype=torch.float64, generator=rng, requires_grad=True)
    taps = torch.tensor([1.0, 3.0, 2.0, 0.5], dtype=torch.float64)
    found = upfirdn(x, taps, up=up, down=down, padding=padding)
    wanted = x.detach().numpy()
    for axis in (2, 3):
        whole = np.repeat(np.zeros_like(wanted), up, axis=axis)
        whole[(slice(None),) * axis + (slice(None, None, up),)] = wanted
        pads = [(0, 0)] * 4
        pads[axis] = padding
        whole = np.pad(whole, pads)
        full = np.apply_along_axis(lambda line: scipy_upfirdn(taps.numpy(), line), axis, whole)
        kept = np.take(full, range(len(taps) - 1, whole.shape[axis]), axis=axis)
        wanted = np.take(kept, range(0, kept.shape[axis], down), axis=axis)
    assert found.shape == wanted.shape and np.allclose(found.detach().numpy(), wanted, atol=1e-12)
    filtered = partial(upfirdn, taps=taps, up=up, down=down, padding=padding)
    assert torch.autograd.gradcheck(filtered, x, fast_mode=True)
    assert torch.autograd.gradgradcheck(filtered, x, fast_mode=True)


def test_doubling_and_halving_keep_proportions():
    x = torch.ones(1, 1, 6, 10)
    assert Doubled()(x).shape == (1, 1, 12, 20) and Halved()(x).shape == (1, 1, 3, 5)
