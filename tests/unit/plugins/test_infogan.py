import copy
import math

import pytest
import torch
from feature_players import PlainD, PlainG, drawn, fitted, game, moved, shown, weights_of
from ganzoo_plugins.dcgan.discriminator import DCGANDiscriminator
from ganzoo_plugins.dcgan.generator import DCGANGenerator
from ganzoo_plugins.infogan.codes import CodedLatents, Codes
from ganzoo_plugins.infogan.discriminator import InfoGANDiscriminator
from ganzoo_plugins.infogan.generator import InfoGANGenerator
from ganzoo_plugins.infogan.information import MutualInformation
from stand_in_turn import NoHostSync
from torch import nn

from ganzoo.errors import RecipeError
from ganzoo.training.updates.ema import ExponentialMovingAverage


def seeded(seed):
    return torch.Generator().manual_seed(seed)


# -- codes ------------------------------------------------------------------------------------------------------


def test_codes_are_one_hot_and_uniform_with_the_right_frequencies():
    codes, n = Codes([3, 10], 2), 20000
    assert codes.length == 15
    assert codes.entropies == pytest.approx((math.log(3) + math.log(10), 2 * math.log(2)))
    with NoHostSync():
        drawn = codes.draw(n, device="cpu", rng=seeded(0))
    assert drawn.shape == (n, 15)
    assert drawn.dtype == torch.float32
    for part, k in ((drawn[:, :3], 3), (drawn[:, 3:13], 10)):
        assert set(part.unique().tolist()) == {0.0, 1.0}
        assert (part.sum(1) == 1).all()
        expected, seen = n / k, part.sum(0)
        chi2 = ((seen - expected).square() / expected).sum().item()
        assert chi2 < k - 1 + 5 * math.sqrt(2 * (k - 1))
    # the categories are independent of each other
    joint = drawn[:, :3].T @ drawn[:, 3:13]
    assert ((joint - n / 30).abs() < 5 * math.sqrt(n / 30)).all()
    numbers = drawn[:, 13:]
    assert numbers.min() >= -1
    assert numbers.max() < 1
    assert numbers.mean(0).tolist() == pytest.approx([0, 0], abs=5 / math.sqrt(3 * n))
    assert numbers.var(0).tolist() == pytest.approx([1 / 3, 1 / 3], abs=0.01)
    quarters = torch.histc(numbers[:, 0], 4, -1, 1)
    assert ((quarters - n / 4).abs() < 5 * math.sqrt(n / 4)).all()
    assert abs(torch.corrcoef(numbers.T)[0, 1].item()) < 5 / math.sqrt(n)


def test_a_code_is_read_back_from_the_latent_that_begins_with_it():
    codes = Codes([3, 4], 2)
    z = torch.cat([codes.draw(50, device="cpu", rng=seeded(1)), torch.randn(50, 5)], dim=1)
    (first, second), numbers = codes.read(z)
    assert torch.equal(nn.functional.one_hot(first, 3).float(), z[:, :3])
    assert torch.equal(nn.functional.one_hot(second, 4).float(), z[:, 3:7])
    assert torch.equal(numbers, z[:, 7:9])


class NormalG(PlainG):
    z_dim = 20


@pytest.mark.parametrize("make", [NormalG, lambda: DCGANGenerator(image_size=8, channels=1, num_classes=0, width=2)])
def test_any_generator_draws_codes_first_and_its_own_latents_behind_them(make):
    G = make()
    own = G.sample_z(30, device="cpu", rng=seeded(4))
    term = MutualInformation(categorical=[4], continuous=1)
    term.prepare(G, PlainD())
    z = G.sample_z(30, device="cpu", rng=seeded(4))
    assert z.shape == (30, G.z_dim)
    assert z.dtype == torch.float32
    assert (z[:, :4].sum(1) == 1).all()
    assert (z[:, :4].amax(1) == 1).all()
    assert z[:, 4].abs().max() <= 1
    assert torch.equal(z[:, 5:], own[:, 5:])
    assert torch.equal(z, G.sample_z(30, device="cpu", rng=seeded(4)))
    assert not torch.equal(z, G.sample_z(30, device="cpu", rng=seeded(5)))


def test_codes_go_with_a_copy_of_the_generator_and_with_its_average():
    G = NormalG()
    before = G.state_dict().keys()
    MutualInformation(categorical=[4], continuous=1).prepare(G, PlainD())
    assert G.state_dict().keys() == before
    for twin in (copy.deepcopy(G), ExponentialMovingAverage(G, torch.tensor(0.1)).model):
        assert torch.equal(twin.sample_z(9, device="cpu", rng=seeded(2)), G.sample_z(9, device="cpu", rng=seeded(2)))
        assert isinstance(twin.sample_z, CodedLatents)
        assert twin.sample_z.draw.__self__ is twin  # and not the generator that goes on learning
        twin.z_dim = 30
        assert twin.sample_z(9, device="cpu").shape == (9, 30)
        assert G.sample_z(9, device="cpu").shape == (9, 20)


# -- what Q knows -----------------------------------------------------------------------------------------------


class Reader(nn.Module):
    """A Q that gives part of what it reads, times a factor."""

    def __init__(self, factor, columns):
        super().__init__()
        self.factor, self.columns = factor, columns

    def forward(self, features):
        return self.factor * features[:, self.columns]


def test_a_perfect_q_knows_all_of_a_category_and_no_q_more():
    term = MutualInformation(categorical=[3, 5], continuous=0)
    z = term.codes.draw(200, device="cpu", rng=seeded(0)).double()
    term.Q = Reader(1e4, list(range(8)))
    of_categories, of_numbers = term.known(z, z)
    assert of_categories.item() == pytest.approx(math.log(3) + math.log(5), rel=1e-12)
    assert of_numbers.item() == 0
    for factor in (-1.0, 0.0, 0.5, 2.0, 8.0):
        term.Q = Reader(factor, list(range(8)))
        assert term.known(z, z)[0].item() < math.log(3) + math.log(5)
    # whoever says nothing knows nothing: uniform answers
    term.Q = Reader(0.0, list(range(8)))
    assert term.known(z, z)[0].item() == pytest.approx(0, abs=1e-12)


def test_known_by_hand():
    """-log softmax at the value, and the normal density of each number, in plain arithmetic."""
    term = MutualInformation(categorical=[3], continuous=2)
    answers = drawn(6, 7, seed=2).detach()
    term.Q = Reader(1.0, list(range(7)))
    z = torch.cat([term.codes.draw(6, device="cpu", rng=seeded(3)), torch.ones(6, 4)], dim=1).double()
    of_categories, of_numbers = math.log(3), 2 * math.log(2)
    for row, code in zip(answers.tolist(), z.tolist(), strict=True):
        value = code[:3].index(1.0)
        of_categories += (row[value] - math.log(sum(math.exp(s) for s in row[:3]))) / 6
        for number, mean, log_std in zip(code[3:5], row[3:5], row[5:7], strict=True):
            std = math.exp(log_std)
            of_numbers += (
                math.log(math.exp(-((number - mean) ** 2) / (2 * std**2)) / (std * math.sqrt(2 * math.pi))) / 6
            )
    known = [value.item() for value in term.known(answers, z)]
    assert known == pytest.approx([of_categories, of_numbers], rel=1e-12)
    turn = shown("D", answers, answers, z=z)
    for penalty in (term.d_penalty(turn), term.g_penalty(turn)):
        assert penalty.item() == pytest.approx(-of_categories - 0.1 * of_numbers, rel=1e-12)


def test_of_an_image_that_says_nothing_nothing_is_known():
    """The bound of no information is below 0; the best normal guess at a uniform number loses 0.176 nats."""
    term = MutualInformation(categorical=[4], continuous=1)
    z = torch.cat([term.codes.draw(40000, device="cpu", rng=seeded(0)), torch.zeros(40000, 1)], dim=1).double()
    best = torch.tensor([0.0, 0.0, 0.0, 0.0, 0.0, 0.5 * math.log(1 / 3)], dtype=torch.float64)
    term.Q = Reader(1.0, list(range(6)))
    of_categories, of_numbers = (value.item() for value in term.known(best.expand(40000, 6), z))
    assert of_categories == pytest.approx(0, abs=1e-9)
    assert of_numbers == pytest.approx(math.log(2) - 0.5 * math.log(2 * math.pi * math.e / 3), abs=5e-3)
    for seed in range(3):
        other = best + 0.3 * drawn(6, seed=seed).detach()
        assert all(value.item() < 5e-3 for value in term.known(other.expand(40000, 6), z))


def test_numbers_weigh_what_they_are_given():
    values = []
    for weight in (0.0, 1.0):
        term, *_ = fitted(MutualInformation(categorical=[2], continuous=1, continuous_weight=weight, hidden=3))
        term.eval()
        z = torch.cat([term.codes.draw(6, device="cpu", rng=seeded(3)), torch.ones(6, 1)], dim=1).double()
        values.append(term.d_penalty(shown("D", drawn(6, 4), drawn(6, 4), z=z)).item())
    assert values[1] - values[0] == pytest.approx(-term.known(drawn(6, 4), z)[1].item(), rel=1e-10)


def test_gradients():
    term, *_ = fitted(MutualInformation(categorical=[2], continuous=1, hidden=3))
    z = torch.cat([term.codes.draw(6, device="cpu", rng=seeded(3)), torch.ones(6, 1)], dim=1).double()
    features = drawn(6, 4, seed=5)
    for player in "DG":
        penalty = term.d_penalty if player == "D" else term.g_penalty
        assert torch.autograd.gradcheck(lambda f, p=player, take=penalty: take(shown(p, f, f, z=z)), (features,))
        with NoHostSync():
            assert penalty(shown(player, features, features, z=z)).shape == ()


# -- the game ---------------------------------------------------------------------------------------------------

SHAPE = {"image_size": 8, "channels": 1, "num_classes": 0, "width": 4}


def players(z_dim=9):
    torch.manual_seed(3)
    return InfoGANGenerator(**SHAPE, z_dim=z_dim), InfoGANDiscriminator(**SHAPE)


def test_q_and_features_move_in_the_turn_of_d_and_g_in_its_own():
    term, (G, D) = MutualInformation(categorical=[3], continuous=2, hidden=8), players()
    trainer = game(term, G, D)
    assert moved(trainer, "D") == weights_of(term, "regularizer.0") | weights_of(D, "D", without=["head"])
    assert moved(trainer, "G") == weights_of(G, "G")


@pytest.mark.parametrize("order", ["alternating", "simultaneous"])
def test_both_raise_what_is_known_and_images_come_to_tell_the_code(order):
    term, (G, D) = MutualInformation(categorical=[3], continuous=1, hidden=16), players()
    trainer = game(term, G, D, lr=3e-3, optimizer="adam", batch=32, order=order, ema=0.5)
    for _ in range(150):
        trainer.step()
    z = trainer.average.model.sample_z(300, device="cpu", rng=seeded(0))
    with torch.no_grad():
        of_categories, of_numbers = term.known(D(trainer.generate(z, None))["features"], z)
    assert of_categories.item() > 0.9 * math.log(3)
    assert of_numbers.item() > 0.2


def test_any_pair_can_have_codes():
    term = MutualInformation()
    shape = {**SHAPE, "num_classes": 3}
    G, D = DCGANGenerator(**shape), DCGANDiscriminator(**shape)
    trainer = game(term, G, D, classes=3)
    assert all(torch.isfinite(value) for value in trainer.step().values())
    assert (trainer.dealer.z()[:, :10].sum(1) == 1).all()


def test_refusals():
    with pytest.raises(
        RecipeError,
        match=r"^regularizer 'mutual-information' puts a code of 12 values into the latents of PlainG, "
        "which have 4: give the generator a z_dim of at least 12$",
    ):
        MutualInformation().prepare(PlainG(), PlainD())
    G = NormalG()
    MutualInformation().prepare(G, PlainD())
    with pytest.raises(RecipeError, match=r"^regularizer 'mutual-information' is there twice"):
        MutualInformation().prepare(G, PlainD())
    for wrong, message in [
        ({"categorical": 10}, "^categorical is 10, and must be a list"),
        ({"categorical": "10"}, "^categorical is '10', and must be a list"),
        ({"categorical": [1]}, "^categorical has a category of 1 values"),
        ({"categorical": [2.5]}, "^categorical has a category of 2.5 values"),
        ({"categorical": [True]}, "^categorical has a category of True values"),
        ({"continuous": -1}, "^continuous is -1"),
        ({"continuous": 0.5}, "^continuous is 0.5"),
        ({"categorical": [], "continuous": 0}, "^mutual-information has no code"),
        ({"continuous_weight": -1.0}, "^continuous_weight is -1"),
        ({"hidden": 0}, "^hidden is 0"),
    ]:
        with pytest.raises(RecipeError, match=message):
            MutualInformation(**wrong)


# -- the networks -----------------------------------------------------------------------------------------------


def layers(module):
    """Each layer with weights, as its kind and its shape."""
    kinds = (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)
    return [(type(m).__name__, tuple(m.weight.shape)) for m in module.modules() if isinstance(m, kinds)]


def test_the_table_of_the_paper():
    shape = {"image_size": 28, "channels": 1, "num_classes": 0}
    assert layers(InfoGANGenerator(**shape)) == [
        ("Linear", (1024, 74)),
        ("Linear", (7 * 7 * 128, 1024)),
        ("ConvTranspose2d", (128, 64, 4, 4)),
        ("ConvTranspose2d", (64, 1, 4, 4)),
    ]
    D = InfoGANDiscriminator(**shape)
    assert layers(D) == [
        ("Conv2d", (64, 1, 4, 4)),
        ("Conv2d", (128, 64, 4, 4)),
        ("Linear", (1024, 128 * 7 * 7)),
        ("Linear", (1, 1024)),
    ]
    assert {m.negative_slope for m in D.modules() if isinstance(m, nn.LeakyReLU)} == {0.1}
    term = MutualInformation()
    D.image_size, D.channels, D.num_classes = 28, 1, 0
    term.prepare(InfoGANGenerator(**shape), D)
    assert layers(term.Q) == [("Linear", (128, 1024)), ("Linear", (14, 128))]  # 10 logits, 2 means, 2 deviations


@pytest.mark.parametrize("size", [8, 14, 28, 32])
@pytest.mark.parametrize(("channels", "classes"), [(1, 0), (3, 0), (1, 5)])
def test_networks_of_any_size(size, channels, classes):
    torch.manual_seed(0)
    shape = {"image_size": size, "channels": channels, "num_classes": classes, "width": 2}
    y = torch.tensor([0, 4, 2]) if classes else None
    x = InfoGANGenerator(**shape)(torch.randn(3, 74), y)
    assert x.shape == (3, channels, size, size)
    assert x.abs().max() <= 1
    for conditioning in ("concat", "projection", "none"):
        verdict = InfoGANDiscriminator(**shape, conditioning=conditioning)(x, y)
        assert verdict["logits"].shape == (3,)
        assert verdict["features"].shape == (3, 32)
    with pytest.raises(RecipeError, match=r"^conditioning is 'label'"):
        InfoGANDiscriminator(**shape, conditioning="label")
