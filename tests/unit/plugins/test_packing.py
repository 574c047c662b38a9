import pytest
import torch
from ganzoo_plugins.dcgan.discriminator import DCGANDiscriminator
from ganzoo_plugins.dcgan.packed_discriminator import PacDCGANDiscriminator
from ganzoo_plugins.gradient_penalties.r1 import R1
from resuming import goes_on_bit_for_bit, plays_without_a_look_at_values
from stand_in_turn import Constant, dealt
from tiny_players import conv_trainer

from ganzoo.errors import RecipeError
from ganzoo.layers import pack, unpack


def critic(packing=2, num_classes=0, size=8, channels=1, seed=0, **more):
    torch.manual_seed(seed)
    D = PacDCGANDiscriminator(
        image_size=size, channels=channels, num_classes=num_classes, packing=packing, width=4, **more
    )
    with torch.no_grad():
        for parameter in D.parameters():
            parameter.mul_(10)  # verdicts that differ
    return D.double()


def images(n, channels=1, size=8, seed=0):
    rng = torch.Generator().manual_seed(seed)
    return torch.randn(n, channels, size, size, dtype=torch.float64, generator=rng)


def test_neighbours_are_stacked_along_their_channels():
    x = images(6, channels=2)
    packs = pack(x, 3)
    assert packs.shape == (2, 6, 8, 8)
    assert torch.equal(packs[0], torch.cat([x[0], x[1], x[2]]))
    assert torch.equal(packs[1], torch.cat([x[3], x[4], x[5]]))


def test_the_last_pack_is_filled_with_the_first_images():
    x = images(5)
    packs = pack(x, 3)
    assert packs.shape == (2, 3, 8, 8)
    assert torch.equal(packs[1], torch.cat([x[3], x[4], x[0]]))
    verdict = unpack(torch.tensor([1.0, 2.0]), 3, 5)
    assert verdict.tolist() == [1, 1, 1, 2, 2]


def test_a_pack_has_one_verdict():
    verdict = critic()(images(8))
    assert {name: tuple(output.shape) for name, output in verdict.items()} == {"logits": (8,), "features": (8, 128)}
    for output in verdict.values():
        assert torch.equal(output[0::2], output[1::2])
    assert verdict["logits"].unique().numel() == 4


def test_packs_can_be_permuted_and_their_images_cannot():
    D, x = critic(packing=2).eval(), images(8)
    logits = D(x)["logits"]
    order = torch.tensor([4, 5, 0, 1, 6, 7, 2, 3])
    assert torch.allclose(D(x[order])["logits"], logits[order])
    within = torch.tensor([1, 0, 2, 3, 4, 5, 6, 7])
    changed = D(x[within])["logits"] - logits
    assert changed[:2].abs().min() > 1e-6
    assert changed[2:].abs().max() < 1e-12


@pytest.mark.parametrize("n", [9, 8])
def test_an_image_counts_in_its_own_pack_only(n):
    """The first images of a batch that does not fill its packs count in the last one, too."""
    D, x = critic(packing=3).eval(), images(n).requires_grad_()
    logits = D(x)["logits"]
    for i in range(n):
        (slope,) = torch.autograd.grad(logits[i], x, retain_graph=True)
        seen = slope.abs().amax((1, 2, 3)) > 0
        wanted = [j // 3 == i // 3 for j in range(n)]
        if n == 8 and i // 3 == 2:
            wanted[0] = True
        assert seen.tolist() == wanted


def test_a_pack_of_one_is_dcgan():
    torch.manual_seed(0)
    mine = PacDCGANDiscriminator(image_size=16, channels=3, num_classes=5, packing=1)
    torch.manual_seed(0)
    theirs = DCGANDiscriminator(image_size=16, channels=3, num_classes=5)
    x, y = images(4, 3, 16).float(), torch.tensor([0, 4, 2, 2])
    a, b = mine(x, y), theirs(x, y)
    assert torch.equal(a["logits"], b["logits"])
    assert torch.equal(a["features"], b["features"])


def test_only_the_first_layer_grows():
    shapes = [[tuple(p.shape) for p in critic(packing=m, channels=3).parameters()] for m in (1, 4)]
    assert shapes[0][0] == (4, 3, 5, 5)
    assert shapes[1][0] == (4, 12, 5, 5)
    assert shapes[0][1:] == shapes[1][1:]


def test_labels_belong_to_their_images():
    D, x = critic(num_classes=3).eval(), images(4)
    logits = D(x, torch.tensor([0, 1, 2, 0]))["logits"]
    other = D(x, torch.tensor([0, 2, 2, 0]))["logits"]
    swapped = D(x, torch.tensor([1, 0, 2, 0]))["logits"]
    assert (logits[:2] != other[:2]).all() and (logits[:2] != swapped[:2]).all()
    assert torch.equal(logits[2:], other[2:]) and torch.equal(logits[2:], swapped[2:])


def test_a_mean_over_images_is_one_over_packs():
    D, x = critic(packing=4), images(8)
    assert D(x)["logits"].mean().item() == pytest.approx(D(x)["logits"][::4].mean().item(), rel=1e-12)


@pytest.mark.parametrize("m", [1, 2, 4])
def test_the_squared_slope_of_a_pack_counts_m_times(m):
    """What ``r1`` finds is the packs' mean squared slope, times m."""
    D, real = critic(packing=m).eval(), images(8).requires_grad_()
    found = R1().d_penalty(dealt("D", Constant(), D, real))
    packs = pack(real.detach(), m).requires_grad_()
    (slope,) = torch.autograd.grad(D.head(D.body(packs)).sum(), packs)
    assert found.item() == pytest.approx(m * 0.5 * slope.square().sum((1, 2, 3)).mean().item(), rel=1e-9)


def test_a_batch_that_fills_no_pack_is_refused_in_training():
    D = critic(packing=3)
    with pytest.raises(RecipeError, match=r"packing is 3, and a batch of 2 fills no pack: give schedule\.batch at"):
        D(images(2))
    assert D.eval()(images(2))["logits"].shape == (2,)  # where somebody only asks for shapes


@pytest.mark.parametrize(
    ("values", "message"),
    [({"packing": 0}, "packing is 0"), ({"kernel": 3}, "kernel is 3"), ({"size": 9}, "image size 9")],
    ids=str,
)
def test_values_that_are_refused(values, message):
    with pytest.raises(RecipeError, match=message):
        critic(**values)


@pytest.mark.parametrize("packing", [2, 3])
@pytest.mark.parametrize("classes", [0, 3])
def test_survives_a_checkpoint_and_looks_at_no_value(tmp_path, packing, classes):
    def packed(parts):
        parts.D = critic(packing, classes).float()
        return parts

    def fresh():
        return conv_trainer(classes=classes, prepare=packed)

    goes_on_bit_for_bit(tmp_path, fresh)
    plays_without_a_look_at_values(fresh())
