"""ADA: each transform against a computation of its own, how often each is taken, and where p goes."""

import math

import numpy as np
import pytest
import scipy.linalg
import torch
from ganzoo_plugins.augmentation.ada import ADA
from ganzoo_plugins.augmentation.ada_colour import recoloured
from ganzoo_plugins.augmentation.ada_placement import Placement
from ganzoo_plugins.gradient_penalties.one_centred import GradientPenalty
from ganzoo_plugins.gradient_penalties.r1 import R1
from stand_in_turn import NoHostSync, dealt
from tiny_players import ScalarD, ScalarG, conv_trainer

from ganzoo.errors import RecipeError
from ganzoo.layers import AdaptiveProbability
from ganzoo.training.checkpoints import checkpoint

N = 4000


def images(n=6, *, channels=3, size=8, dtype=torch.float64, seed=0):
    return torch.randn(n, channels, size, size, dtype=dtype, generator=torch.Generator().manual_seed(seed))


@pytest.fixture(autouse=True)
def seeded():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield


def rate(flags, p):
    """A share of the flags is p, within four standard errors."""
    n = flags.numel()
    assert flags.double().mean().item() == pytest.approx(p, abs=4 * math.sqrt(p * (1 - p) / n) + 1e-12)


def column(*values):
    return torch.tensor(values, dtype=torch.float64)


# -- geometry, one step at a time ------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("size", [7, 8, 28, 32])
def test_mirrors_quarter_turns_and_whole_shifts_move_pixels_and_change_none(size, dtype):
    x = images(4, size=size, dtype=dtype)
    place = Placement.unmoved(x)
    assert torch.equal(place.carried_out(x), x)
    sign = torch.tensor([1.0, -1.0, -1.0, 1.0], dtype=dtype)
    mirrored = torch.stack([image if s > 0 else image.flip(-1) for image, s in zip(x, sign, strict=True)])
    assert torch.equal(place.flipped(sign).carried_out(x), mirrored)
    quarters = torch.tensor([0, 1, 2, 3])
    turned = torch.stack([torch.rot90(image, k, (1, 2)) for k, image in enumerate(x)])
    assert torch.equal(place.turned_by_quarters(quarters).carried_out(x), turned)
    shift = torch.tensor([[0, 0], [1, 0], [0, 2], [-3, 1]], dtype=dtype)  # to the right, down
    moved = []
    for image, (right, down) in zip(x.numpy(), shift.int().tolist(), strict=True):
        padded = np.pad(image, ((0, 0), (3, 3), (3, 3)), mode="reflect")
        moved.append(padded[:, 3 - down : 3 - down + size, 3 - right : 3 - right + size])
    assert np.array_equal(place.shifted(shift).carried_out(x).numpy(), np.stack(moved))


def test_far_shifts_go_from_mirror_to_mirror():
    x = images(2, channels=1, size=5)
    for by in (4, 5, 8, 13, -21):
        found = Placement.unmoved(x).shifted(torch.full((2, 2), float(by), dtype=x.dtype)).carried_out(x)
        padded = np.pad(x.numpy(), ((0, 0), (0, 0), (24, 24), (24, 24)), mode="reflect")
        assert np.array_equal(found.numpy(), padded[:, :, 24 - by : 29 - by, 24 - by : 29 - by]), by


def test_one_pixel_is_left_alone():
    x = images(3, channels=2, size=1)
    place = Placement.unmoved(x).rotated(column(1, 2, 3)).shifted(images(3, channels=1, size=1).view(3, 1).expand(3, 2))
    assert torch.allclose(place.carried_out(x), x, atol=1e-12)


def matrix(kind, *values):
    """3x3, of (right, down, 1) from the centre, what the step does to the picture."""
    if kind == "rotated":  # counter-clockwise to the eye, with rows that count downwards
        cos, sin = math.cos(values[0]), math.sin(values[0])
        return np.array([[cos, sin, 0], [-sin, cos, 0], [0, 0, 1]])
    if kind == "scaled":
        return np.diag([values[0], values[1], 1.0])
    return np.array([[1, 0, values[0]], [0, 1, values[1]], [0, 0, 1.0]])


def keys(t):
    """The cubic kernel of a = -1/2, as Keys defines it."""
    t = abs(t)
    if t < 1:
        return 1.5 * t**3 - 2.5 * t**2 + 1
    return -0.5 * t**3 + 2.5 * t**2 - 4 * t + 2 if t < 2 else 0.0


def resampled(image, M):
    """``(H, W)`` transformed by the 3x3 matrix of the picture, pixel by pixel."""
    size = len(image)
    middle, inverse = (size - 1) / 2, np.linalg.inv(M)
    out = np.zeros_like(image)
    margin = 40
    padded = np.pad(image, margin, mode="reflect")
    for row in range(size):
        for col in range(size):
            right, down, _ = inverse @ (col - middle, row - middle, 1)
            right, down = right + middle, down + middle
            for i in range(math.floor(down) - 1, math.floor(down) + 3):
                for j in range(math.floor(right) - 1, math.floor(right) + 3):
                    out[row, col] += keys(down - i) * keys(right - j) * padded[i + margin, j + margin]
    return out


CHAINS = [
    [("rotated", 0.4)],
    [("scaled", 1.3, 1.3)],
    [("scaled", 0.7, 1.2)],
    [("shifted", 0.4, -1.7)],
    [("shifted", 2.0, 1.0), ("rotated", 0.9), ("scaled", 1.2, 1.2)],
    [("scaled", 1.1, 1.1), ("rotated", -2.0), ("scaled", 1.25, 0.8), ("rotated", 0.7), ("shifted", -0.3, 0.6)],
]


@pytest.mark.parametrize("chain", CHAINS, ids=lambda c: "-".join(step[0] for step in c))
def test_a_chain_of_steps_is_the_product_of_their_matrices(chain):
    """Against a resampling pixel by pixel, from the matrices of the picture and the kernel's definition."""
    x = images(2, channels=2, size=7)
    place, M = Placement.unmoved(x), np.eye(3)
    for kind, *values in chain:
        arguments = (
            [torch.tensor(values, dtype=x.dtype).expand(2, 2)]
            if kind == "shifted"
            else [torch.full((2,), v, dtype=x.dtype) for v in values]
        )
        place, M = getattr(place, kind)(*arguments), matrix(kind, *values) @ M
    wanted = [[resampled(channel, M) for channel in image] for image in x.numpy()]
    assert np.allclose(place.carried_out(x).numpy(), wanted, atol=1e-11)


def test_a_parabola_is_moved_without_an_error():
    """The kernel is exact for polynomials of second degree: inside, the picture is the formula at the inverse point."""
    size, middle = 21, 10.0
    row, col = torch.meshgrid(*[torch.arange(size, dtype=torch.float64) - middle] * 2, indexing="ij")

    def formula(right, down):
        return 0.3 * right**2 - 0.2 * right * down + 0.1 * down**2 + right - 2 * down + 4

    x = formula(col, row)[None, None]
    M = matrix("shifted", 0.6, -0.8) @ matrix("rotated", 0.5) @ matrix("scaled", 1.5, 1.2)
    place = Placement.unmoved(x).scaled(column(1.5), column(1.2)).rotated(column(0.5)).shifted(column(0.6, -0.8)[None])
    inverse = np.linalg.inv(M)
    right = inverse[0, 0] * col + inverse[0, 1] * row + inverse[0, 2]
    down = inverse[1, 0] * col + inverse[1, 1] * row + inverse[1, 2]
    inside = (right.abs() < middle - 2) & (down.abs() < middle - 2)
    assert inside.sum() > 200
    assert torch.allclose(place.carried_out(x)[0, 0][inside], formula(right, down)[inside], atol=1e-10)


def test_a_rotation_by_a_quarter_is_a_quarter_turn():
    x = images(3, size=8)
    angle = torch.full((3,), math.pi / 2, dtype=x.dtype)
    found = Placement.unmoved(x).rotated(angle).carried_out(x)
    assert torch.allclose(found, torch.rot90(x, 1, (2, 3)), atol=1e-11)


# -- colour ----------------------------------------------------------------------------------------------------


def by_matrices(pixel, brightness, contrast, luma, hue, saturation):
    """The paper's chain of 4x4 matrices on (r, g, b, 1)."""
    v = np.ones(3) / math.sqrt(3)
    grey = np.outer(v, v)
    spin = scipy.linalg.expm(hue * np.array([[0, -v[2], v[1]], [v[2], 0, -v[0]], [-v[1], v[0], 0]]))

    def whole(C, offset=0.0):
        M = np.eye(4)
        M[:3, :3], M[:3, 3] = C, offset
        return M

    chain = [
        whole(np.eye(3), brightness),
        whole(contrast * np.eye(3)),
        whole(np.eye(3) - (1 - luma) * grey),
        whole(spin),
        whole(grey + saturation * (np.eye(3) - grey)),
    ]
    out = np.append(pixel, 1.0)
    for M in chain:
        out = M @ out
    return out[:3]


NEUTRAL = {"brightness": 0.0, "contrast": 1.0, "luma": 1.0, "hue": 0.0, "saturation": 1.0}
CHANGES = [
    {"brightness": 0.3},
    {"contrast": 1.7},
    {"luma": -1.0},
    {"hue": 2.0},
    {"saturation": 0.4},
    {"brightness": -0.2, "contrast": 0.6, "luma": -1.0, "hue": -1.1, "saturation": 2.5},
]


def tensors(n, values):
    return {name: torch.full((n,), value, dtype=torch.float64) for name, value in values.items()}


@pytest.mark.parametrize("changes", CHANGES, ids=lambda c: "-".join(c))
def test_colours_are_those_of_the_matrices(changes):
    x = images(2, size=3)
    values = NEUTRAL | changes
    found = recoloured(x, **tensors(2, values)).numpy()
    wanted = np.apply_along_axis(lambda pixel: by_matrices(pixel, **values), 1, x.numpy())
    assert np.allclose(found, wanted, atol=1e-13)


def test_grey_images_are_recoloured_like_three_equal_channels():
    x = images(2, channels=1, size=3)
    values = CHANGES[-1]
    found = recoloured(x, **tensors(2, values))
    assert torch.allclose(found.expand(2, 3, 3, 3), recoloured(x.expand(2, 3, 3, 3), **tensors(2, values)), atol=1e-13)
    assert torch.allclose(found, values["contrast"] * -(x + values["brightness"]), atol=1e-13)


def test_a_third_of_a_circle_of_hue_moves_every_channel_on():
    x = images(2, size=3)
    found = recoloured(x, **tensors(2, NEUTRAL | {"hue": 2 * math.pi / 3}))
    assert torch.allclose(found, x.roll(1, dims=1), atol=1e-13)  # red to green to blue to red


def test_every_image_has_its_own_colours():
    x = images(2, size=3)
    both = recoloured(x, **{name: column(value, CHANGES[-1][name]) for name, value in NEUTRAL.items()})
    assert torch.allclose(both[:1], x[:1], atol=1e-13)
    assert torch.allclose(both[1:], recoloured(x[1:], **tensors(1, CHANGES[-1])), atol=1e-13)


# -- how often -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("p", [0.0, 0.3, 0.8, 1.0])
def test_how_often_pixels_are_blitted(p):
    x = images(N, channels=1, size=16)
    place = ADA(p=p).blitted(Placement.unmoved(x), x)
    A, b = place.A, place.b
    assert torch.equal(A, A.round())
    assert torch.equal(b, b.round())
    assert b.abs().max() <= 2  # 1/8 of 16
    mirrored = torch.linalg.det(A) < 0
    rate(mirrored, p / 2)  # either side, once drawn
    turns = A[:, 0, 0] * torch.where(mirrored, -1.0, 1.0), A[:, 1, 0]  # cos and sin of what is left
    for cos, sin in [(0, 1), (-1, 0), (0, -1)]:
        rate((turns[0] == cos) & (turns[1] == sin), p / 4)
    for axis in (0, 1):  # uniform on (-2, 2), rounded: 1/8, 1/4, 1/4, 1/4, 1/8
        at = torch.einsum("bij,bj->bi", A.inverse(), b)[:, axis]
        for shift, of in [(-2, 1 / 8), (-1, 1 / 4), (1, 1 / 4), (2, 1 / 8)]:
            rate(at == shift, p * of)


@pytest.mark.parametrize("p", [0.0, 0.3, 0.8, 1.0])
def test_how_often_the_image_is_deformed(p):
    x = images(N, channels=1, size=16)
    place = ADA(p=p).deformed(Placement.unmoved(x), x)
    A, b = place.A, place.b
    area = torch.linalg.det(A)  # of the inverse: 1 / scale^2
    rate((area - 1).abs() > 1e-9, p)
    narrow, wide = torch.linalg.svdvals(A).unbind(1)
    rate((narrow / wide - 1).abs() > 1e-9, p)
    rate(A[:, 0, 1].abs() > 1e-9, p)  # one of the two rotations, or both
    rate((b.abs() > 1e-9).all(1), p)
    if p == 1:
        scale = -area.log2() / 2  # normal, 0.2
        stretch = (narrow / wide).log2() / 2  # the absolute value of such a number
        shift = torch.einsum("bij,bj->bi", A.inverse(), -b) / 16  # normal, 1/8
        for found, deviation in [(scale, 0.2), (shift.flatten(), 0.125)]:
            assert found.mean().item() == pytest.approx(0, abs=4 * deviation / math.sqrt(found.numel()))
            assert found.std().item() == pytest.approx(deviation, rel=4 / math.sqrt(2 * found.numel()))
        assert stretch.square().mean().sqrt().item() == pytest.approx(0.2, rel=4 / math.sqrt(2 * N))


@pytest.mark.parametrize("p", [0.0, 0.3, 0.8, 1.0])
def test_how_often_colours_change_and_how_much(p):
    x = images(N, size=2)
    drawn = ADA(p=p).colours(x)
    rate(drawn["luma"] == -1, p / 2)
    for name in ("brightness", "contrast", "hue", "saturation"):
        rate(drawn[name] != NEUTRAL[name], p)
    if p == 1:
        for found, deviation in [
            (drawn["brightness"], 0.2),
            (drawn["contrast"].log2(), 0.5),
            (drawn["saturation"].log2(), 1.0),
            (drawn["hue"], math.pi / math.sqrt(3)),
        ]:
            assert found.mean().item() == pytest.approx(0, abs=4 * deviation / math.sqrt(N))
            assert found.std().item() == pytest.approx(deviation, rel=0.05)


# -- the view --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("channels", [1, 3])
def test_at_p_0_nothing_happens(channels):
    x = images(9, channels=channels, dtype=torch.float32)
    assert torch.allclose(ADA().view(x), x, atol=1e-6)
    assert torch.equal(ADA(color=False).view(x), x)


def test_each_group_is_taken_alone_when_told_so():
    x = images(5)
    for group in ("blit", "geometry", "color"):
        ada = ADA(**{other: other == group for other in ("blit", "geometry", "color")}, p=1.0)
        torch.manual_seed(2)
        found = ada.view(x)
        torch.manual_seed(2)
        place = Placement.unmoved(x)
        wanted = {
            "blit": lambda a=ada, q=place: a.blitted(q, x).carried_out(x),
            "geometry": lambda a=ada, q=place: a.deformed(q, x).carried_out(x),
            "color": lambda a=ada: recoloured(x, **a.colours(x)),
        }[group]()
        assert torch.equal(found, wanted), group
        assert not torch.allclose(found, x, atol=0.1)


def test_blits_alone_are_a_rearrangement():
    x = torch.arange(64.0).view(1, 1, 8, 8).expand(50, 1, 8, 8)
    assert torch.equal(ADA(geometry=False, color=False, p=1.0).view(x).unique(), torch.arange(64.0))


def test_every_image_has_draws_of_its_own():
    x = images(1).expand(30, 3, 8, 8)
    out = ADA(p=1.0).view(x)
    assert len(torch.unique(out.flatten(1), dim=0)) == 30


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", [8, 28, 32])
def test_shape_dtype_and_no_look_at_values(channels, size):
    x = images(3, channels=channels, size=size, dtype=torch.float32).contiguous(memory_format=torch.channels_last)
    with NoHostSync():
        out = ADA(p=0.9).view(x)
    assert out.shape == x.shape
    assert out.dtype == x.dtype
    assert torch.isfinite(out).all()


@pytest.mark.parametrize("channels", [1, 3])
def test_gradients(channels):
    ada = ADA(p=0.9)
    x = images(1, channels=channels, size=3).requires_grad_()

    def view(x):
        torch.manual_seed(5)
        return ada.view(x)

    assert torch.autograd.gradcheck(view, (x,))
    assert torch.autograd.gradgradcheck(lambda x: view(x.tanh()).square(), (x,))


def test_penalties_on_slopes_differentiate_through_it():
    """What a sampler without second derivatives cannot give: R1 and the gradient penalty beside ADA, two steps."""
    trainer = conv_trainer(regularizers=[ADA(p=0.5), R1(), GradientPenalty()])
    for _ in range(2):
        losses = trainer.step()
    assert all(torch.isfinite(loss) for loss in losses.values())


# -- p ---------------------------------------------------------------------------------------------------------


def follow(adaptive, *batches):
    for batch in batches:
        adaptive.follow(torch.tensor(batch))


def test_p_moves_once_in_so_many_batches_by_exactly_its_step():
    adaptive = AdaptiveProbability(p=0.5, target=0.6, interval=4, kimg=0.1)  # 8 images of 100: 0.08
    sure, unsure = [3.0, 0.1], [-2.0, 5.0]
    seen = []
    for batch in [sure] * 4 + [unsure] * 4 + [sure] * 3:
        follow(adaptive, batch)
        seen.append(adaptive.p.item())
    assert seen == pytest.approx([0.5] * 3 + [0.58] * 4 + [0.5] * 4, abs=1e-7)


def test_the_mean_of_all_batches_of_an_interval_counts():
    """Signs 1, 1, 0 and 0.5: r = 0.625; one sign less, 0.5."""
    batches = [[1.0, 2.0, 1.0, 3.0], [1.0, 4.0, 1.0, 1.0], [-1.0, -9.0, 1.0, 1.0], [0.0, 0.1, -0.0, 0.2]]
    adaptive = AdaptiveProbability(p=0.5, target=0.6, interval=4, kimg=1)
    follow(adaptive, *batches)
    assert adaptive.p.item() == pytest.approx(0.516, abs=1e-7)
    batches[1][0] = -1.0
    adaptive = AdaptiveProbability(p=0.5, target=0.6, interval=4, kimg=1)
    follow(adaptive, *batches)
    assert adaptive.p.item() == pytest.approx(0.484, abs=1e-7)


def test_p_stays_where_the_target_is_met():
    adaptive = AdaptiveProbability(p=0.5, target=0.5, interval=1, kimg=1)
    follow(adaptive, [1.0, 1.0, 1.0, -1.0])
    assert adaptive.p.item() == 0.5


@pytest.mark.parametrize(("p", "logit", "end"), [(0.95, 1.0, 1.0), (0.05, -1.0, 0.0)])
def test_p_never_leaves_its_range(p, logit, end):
    adaptive = AdaptiveProbability(p=p, target=0.6, interval=2, kimg=0.05)
    for _ in range(20):
        follow(adaptive, [logit, logit])
        assert 0 <= adaptive.p.item() <= 1
    assert adaptive.p.item() == end


def test_500_kimg_take_p_from_0_to_1():
    adaptive = AdaptiveProbability(p=0.0, target=0.6, interval=4, kimg=500)
    logits = torch.ones(2000)
    for batch in range(1, 251):
        adaptive.follow(logits)
        assert adaptive.p.item() == pytest.approx(batch // 4 * 4 / 250, abs=1e-5)


def turn_of(player, on_real):
    return dealt(player, ScalarG(), ScalarD(), torch.zeros(2, 1, 4, 4)).replace(
        on_real={"logits": torch.tensor(on_real, requires_grad=True)}
    )


def test_p_follows_the_verdicts_of_the_discriminators_turns_only():
    ada = ADA(p=0.5, interval=1, kimg=0.02)  # 2 images of 20
    with NoHostSync():
        ada.after_step(turn_of("D", [1.0, 2.0]))
        ada.after_step(turn_of("G", [1.0, 2.0]))
    assert ada.p.item() == pytest.approx(0.6)
    ada.after_step(turn_of("D", [-1.0, 2.0]))
    assert ada.p.item() == pytest.approx(0.5)
    assert not ada.p.requires_grad
    assert ada.reads == {"logits"}


def test_a_game_moves_p_and_going_on_from_a_checkpoint_is_the_same(tmp_path):
    def fresh():
        return conv_trainer(regularizers=[ADA(p=0.4, target=-1.0, interval=2, kimg=0.1)])  # 4 images a turn

    straight = fresh()
    for _ in range(5):
        straight.step()
    assert straight.parts.regularizers[0].p.item() == pytest.approx(0.4 + 2 * 0.08, abs=1e-6)
    first = fresh()
    for _ in range(3):  # in the middle of an interval
        first.step()
    checkpoint.save(tmp_path, first.steps, *first.state())
    second = fresh()
    second.load_state(*checkpoint.newest(tmp_path))
    for _ in range(2):
        second.step()
    wanted, found = straight.state()[0], second.state()[0]
    assert wanted.keys() == found.keys()
    assert all(torch.equal(wanted[name], found[name]) for name in wanted)
    assert {"regularizer.0.adaptive.p", "regularizer.0.adaptive.signs"} <= wanted.keys()


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({"blit": False, "geometry": False, "color": False}, "do nothing"),
        ({"p": -0.1}, "p is -0.1"),
        ({"p": 1.5}, "p is 1.5"),
        ({"interval": 0}, "interval is 0"),
        ({"kimg": 0}, "kimg is 0"),
        ({"target": 2}, "target is 2"),
        ({"target": -2}, "target is -2"),
    ],
)
def test_what_cannot_be_is_refused(params, told):
    with pytest.raises(RecipeError, match=told):
        ADA(**params)
