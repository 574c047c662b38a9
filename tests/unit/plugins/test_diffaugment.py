"""DiffAugment: what each policy does, how it draws, and what passes through it."""

import math

import numpy as np
import pytest
import torch
from ganzoo_plugins.augmentation import diffaugment_colour as colour
from ganzoo_plugins.augmentation import diffaugment_place as place
from ganzoo_plugins.augmentation.diffaugment import POLICIES, DiffAugment
from stand_in_turn import NoHostSync

from ganzoo.errors import RecipeError


def images(n=6, *, channels=3, size=8, dtype=torch.float64, seed=0):
    return torch.randn(n, channels, size, size, dtype=dtype, generator=torch.Generator().manual_seed(seed))


@pytest.fixture(autouse=True)
def seeded():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield


def share(flags):
    return torch.as_tensor(flags, dtype=torch.float64).mean().item()


def errors(p, n):
    """Four standard errors of a share."""
    return 4 * math.sqrt(p * (1 - p) / n)


# -- colour ----------------------------------------------------------------------------------------------------


def test_brightness_adds_one_number_to_an_image():
    x = images(4000, size=4)
    added = colour.brightened(x) - x
    assert torch.allclose(added, added[:, :1, :1, :1].expand_as(added), atol=1e-12)
    drawn = added[:, 0, 0, 0]
    assert drawn.min() >= -0.5
    assert drawn.max() < 0.5
    assert drawn.mean().item() == pytest.approx(0, abs=4 / math.sqrt(12 * 4000))
    assert drawn.std().item() == pytest.approx(1 / math.sqrt(12), rel=0.05)


def test_saturation_keeps_the_grey_and_scales_the_rest():
    x = images(4000, size=4)
    out = colour.saturated(x)
    grey = x.mean(1, keepdim=True)
    assert torch.allclose(out.mean(1, keepdim=True), grey, atol=1e-12)
    factor = ((out - grey) / (x - grey)).flatten(1)
    assert torch.allclose(factor, factor[:, :1].expand_as(factor), atol=1e-6)
    assert 0 <= factor[:, 0].min() < 0.01
    assert 1.99 < factor[:, 0].max() <= 2
    assert factor[:, 0].mean().item() == pytest.approx(1, abs=4 * 2 / math.sqrt(12 * 4000))


def test_saturation_of_grey_images_is_the_identity():
    x = images(50, channels=1)
    assert torch.equal(colour.saturated(x), x)


def test_contrast_keeps_the_mean_of_an_image_and_scales_the_rest():
    x = images(4000, size=4)
    out = colour.contrasted(x)
    mean = x.mean((1, 2, 3), keepdim=True)
    assert torch.allclose(out.mean((1, 2, 3), keepdim=True), mean, atol=1e-12)
    factor = ((out - mean) / (x - mean)).flatten(1)
    assert torch.allclose(factor, factor[:, :1].expand_as(factor), atol=1e-6)
    assert 0.5 <= factor[:, 0].min() < 0.505
    assert 1.495 < factor[:, 0].max() < 1.5
    assert factor[:, 0].mean().item() == pytest.approx(1, abs=4 / math.sqrt(12 * 4000))


# -- translation and cutout ------------------------------------------------------------------------------------


def shifted(image, down, right):
    """``(C, H, W)`` moved, with zeros where nothing comes from, by slices of a padded copy."""
    size = image.shape[-1]
    padded = np.pad(image, ((0, 0), (size, size), (size, size)))
    return padded[:, size - down : 2 * size - down, size - right : 2 * size - right]


@pytest.mark.parametrize(
    ("size", "ratio", "most"), [(8, 0.125, 1), (28, 0.125, 4), (32, 0.125, 4), (8, 0.3, 2), (8, 0, 0)]
)
def test_translation_is_a_shift_with_zeros_and_every_shift_is_as_frequent(size, ratio, most):
    n = 200 * (2 * most + 1)
    x = images(n, channels=2, size=size) + 10  # no zeros of its own
    out = place.moved(x, ratio).numpy()
    counts = {}
    for before, after in zip(x.numpy(), out, strict=True):
        rows, columns = np.flatnonzero(after[0].any(1)), np.flatnonzero(after[0].any(0))
        down = rows[0] if rows[0] else rows[-1] + 1 - size
        right = columns[0] if columns[0] else columns[-1] + 1 - size
        assert np.array_equal(after, shifted(before, down, right))
        counts[int(down), int(right)] = counts.get((int(down), int(right)), 0) + 1
    steps = range(-most, most + 1)
    assert counts.keys() <= {(down, right) for down in steps for right in steps}
    for axis in (0, 1):
        for step in steps:
            found = sum(count for key, count in counts.items() if key[axis] == step) / n
            p = 1 / (2 * most + 1)
            assert found == pytest.approx(p, abs=errors(p, n) + 1e-12)


@pytest.mark.parametrize(("size", "ratio"), [(8, 0.5), (7, 0.5), (9, 1 / 3), (32, 0.5), (8, 1.0)])
def test_cutout_hides_one_square_of_the_said_side_anywhere(size, ratio):
    x = images(600, channels=2, size=size) + 10
    out = place.covered(x, ratio)
    hidden = out == 0
    assert torch.equal(hidden[:, 0], hidden[:, 1])
    assert torch.equal(out[~hidden], x[~hidden])
    side = int(size * ratio + 0.5)
    places = size + 1 - side % 2
    rows, columns = hidden[:, 0].any(2), hidden[:, 0].any(1)
    assert torch.equal(hidden[:, 0], rows[:, :, None] & columns[:, None, :])  # a rectangle
    for along in (rows, columns):
        wanted = set()
        for first in range(-(side // 2), places - side // 2):
            wanted.add(tuple(first <= i < first + side for i in range(size)))
        assert {tuple(flags.tolist()) for flags in along} == wanted


def test_cutout_of_nothing_is_the_identity():
    x = images(20)
    assert torch.equal(place.covered(x, 0), x)


def test_how_often_a_pixel_is_hidden():
    """Side 4 of 8, nine places: the corner is in those of the first three rows and columns, the middle in four."""
    n = 20000
    hidden = place.covered(torch.ones(n, 1, 8, 8), 0.5)[:, 0] == 0
    for row, column, p in [(0, 0, 9 / 81), (3, 4, 16 / 81), (7, 7, 9 / 81), (1, 4, 16 / 81), (0, 4, 12 / 81)]:
        assert share(hidden[:, row, column]) == pytest.approx(p, abs=errors(p, n)), (row, column)


# -- the view --------------------------------------------------------------------------------------------------


def test_the_policies_are_carried_out_in_their_order():
    x = images(5)
    for policy in (["color"], ["translation"], ["cutout"], ["color", "translation", "cutout"], ["cutout", "color"]):
        torch.manual_seed(3)
        found = DiffAugment(policy=policy, translation=0.25, cutout=0.4).view(x)
        torch.manual_seed(3)
        wanted = x
        for name in policy:
            wanted = {
                "color": lambda v: colour.contrasted(colour.saturated(colour.brightened(v))),
                "translation": lambda v: place.moved(v, 0.25),
                "cutout": lambda v: place.covered(v, 0.4),
            }[name](wanted)
        assert torch.equal(found, wanted)
        assert not torch.equal(found, x)


def test_every_image_has_draws_of_its_own():
    x = images(1).expand(40, 3, 8, 8)
    for policy in POLICIES:
        different = torch.unique(DiffAugment(policy=[policy]).view(x).flatten(1), dim=0)
        assert len(different) > 7, policy  # of nine shifts; of 81 squares; of any number of colours


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", [8, 28, 32])
def test_shape_dtype_and_no_look_at_values(channels, size):
    x = images(3, channels=channels, size=size, dtype=torch.float32)
    with NoHostSync():
        out = DiffAugment().view(x)
    assert out.shape == x.shape
    assert out.dtype == x.dtype
    assert torch.isfinite(out).all()


@pytest.mark.parametrize("channels", [1, 3])
def test_gradients(channels):
    augment = DiffAugment(translation=0.3)
    x = images(1, channels=channels, size=3).requires_grad_()

    def view(x):
        torch.manual_seed(5)
        return augment.view(x)

    assert torch.autograd.gradcheck(view, (x,))
    assert torch.autograd.gradgradcheck(lambda x: view(x.tanh()).square(), (x,))


@pytest.mark.parametrize("policy", [[], "color", ["colour"], ["color", "flip"]])
def test_a_policy_that_nobody_knows_is_refused(policy):
    with pytest.raises(RecipeError, match="policy"):
        DiffAugment(policy=policy)


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan"), True, "much"])
@pytest.mark.parametrize("name", ["translation", "cutout"])
def test_a_share_outside_the_image_is_refused(name, value):
    with pytest.raises(RecipeError, match=name):
        DiffAugment(**{name: value})
