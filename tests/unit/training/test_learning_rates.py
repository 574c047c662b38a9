"""``scale`` of an optimizer: weights learn at multiples of the learning rate, by the beginning of their names."""

import copy

import pytest
import torch
from replayed import agree
from resuming import goes_on_bit_for_bit, plays_without_a_look_at_values
from tiny_players import ConvD, ConvG, MeanLoss, ScalarD, ScalarG, SoftLoss, recipe
from torch import nn

from ganzoo.errors import CheckpointError, RecipeError
from ganzoo.interfaces import Regularizer
from ganzoo.recipes.building.build import Parts, build_parts
from ganzoo.recipes.building.learning import groups, learning
from ganzoo.recipes.explaining import explained
from ganzoo.recipes.recipe import Optimizer, resolve
from ganzoo.registry.discovery import load_zoo
from ganzoo.testing.fixtures.partners import noise_images
from ganzoo.training import Trainer
from ganzoo.training.ranks.pretended import played_by

REGISTRY = load_zoo(third_party=False).registry
FALLS = {"shape": "linear", "start": 0.1, "end": 0.0, "over": 0.08}  # kimg, 20 steps of 4 images
RISES = [0.5, {"shape": "linear", "start": 0.5, "end": 0.99, "over": 0.08}]


class TwoG(ScalarG):
    """``(w + v) z`` in every pixel: both weights have one gradient."""

    def __init__(self):
        super().__init__()
        self.v = nn.Parameter(torch.tensor(0.25))

    def forward(self, z, y=None):
        return ((self.w + self.v) * z)[:, :, None, None].expand(-1, 1, 4, 4)


class Learned(Regularizer):
    """Guesses 3 from the fakes' mean."""

    def __init__(self):
        super().__init__()
        self.b = nn.Parameter(torch.tensor(0.5))

    def d_penalty(self, turn):
        return (self.b * turn.fake.mean() - 3.0).square()


class Scaled(MeanLoss):
    """It has a number that is learned."""

    def __init__(self):
        super().__init__()
        self.a = nn.Parameter(torch.tensor(1.0))

    def d_loss(self, turn):
        return self.a * super().d_loss(turn)


def scalar(g=None, d=None, regularizers=(), loss=MeanLoss, **changes):
    pixels = torch.randint(0, 256, (32, 1, 4, 4), dtype=torch.uint8, generator=torch.Generator().manual_seed(7))
    sgd = {"name": "sgd", "lr": 0.1}
    names = [{"name": type(term).__name__.lower()} for term in regularizers]
    made = recipe(None, sgd | (g or {}), sgd | (d or {}), regularizers=names, **changes)
    return Trainer(made, Parts(TwoG(), ScalarD(), loss(), list(regularizers)), pixels, None, seed=0)


def conv(g=None, d=None, **how):
    images = torch.randint(0, 256, (40, 1, 8, 8), dtype=torch.uint8, generator=torch.Generator().manual_seed(7))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        parts = Parts(ConvG(), ConvD(), SoftLoss(), [])
    adam = {"name": "adam", "lr": 1e-2}
    return Trainer(recipe(None, adam | (g or {}), adam | (d or {})), parts, images, None, seed=0, **how)


def test_a_weight_moves_by_its_multiple_of_the_rate():
    """G: d loss / d w = d loss / d v = -2 D^2 (w + v) mean(z)^2, of which w takes 0.1 and v a hundredth of that."""
    t = scalar(g={"scale": {"v": 0.01}})
    turn, _ = t.take_turn("G")
    slope = 2 * 2.0**2 * 0.75 * turn.z.mean().item() ** 2
    assert t.parts.G.w.item() == pytest.approx(0.5 + 0.1 * slope, rel=1e-5)
    assert t.parts.G.v.item() == pytest.approx(0.25 + 0.001 * slope, rel=1e-5)


def test_what_terms_learn_is_named_by_them():
    """D: d/da = D f - D r, d/db = 2 (b f - 3) f, d/dD = a (f - r); f and r are the means."""
    t = scalar(d={"scale": {"loss": 2.0, "regularizers.learned": 0.5}}, regularizers=[Learned()], loss=Scaled)
    turn, _ = t.take_turn("D")
    f, r = turn.fake.mean().item(), turn.real.mean().item()
    assert t.parts.D.v.item() == pytest.approx(2.0 - 0.1 * (f - r), rel=1e-5)
    assert t.parts.loss.a.item() == pytest.approx(1.0 - 0.2 * 2.0 * (f - r), rel=1e-5)
    assert t.parts.regularizers[0].b.item() == pytest.approx(0.5 - 0.05 * 2 * (0.5 * f - 3) * f, rel=1e-5)


@pytest.mark.parametrize(
    ("name", "factor"),
    [("to_a.0.weight", 1.0), ("to_b.0.weight", 0.5), ("to_b.1.weight", 0.1), ("to_b.10.weight", 0.5), ("to_bc", 1.0)],
)
def test_the_longest_beginning_decides_and_ends_at_a_dot(name, factor):
    spec = Optimizer(lr=1.0, scale={"to_b.1": 0.1, "to_b": 0.5})
    assert spec.factor(name) == factor


def test_groups_are_shared_out_in_the_order_of_their_first_weights():
    weights = [nn.Parameter(torch.tensor(float(i))) for i in range(5)]
    named = list(zip(["a.x", "b.x", "c", "b.y", "d.z"], weights, strict=True))
    found = groups("g_optimizer", Optimizer(lr=1.0, scale={"b": 2.0, "d": 2.0}), named)
    assert [(factor, [w.item() for w in held]) for factor, held in found] == [(1.0, [0, 2]), (2.0, [1, 3, 4])]


def test_without_it_there_is_one_group_as_before():
    t = conv()
    for player, optimizer in t.optimizers.items():
        (group,) = optimizer.param_groups
        assert group["lr"] == 1e-2 and all(a is b for a, b in zip(group["params"], t.moves[player], strict=True))
    spec = {"name": "adam", "lr": 1e-3}
    assert recipe(None, spec).to_dict()["g_optimizer"] == spec


@pytest.mark.parametrize("factor", [1.0, 0.25])
@pytest.mark.parametrize("name", ["adam", "rmsprop", "sgd"])
def test_a_factor_for_all_is_another_rate(name, factor):
    scaled = conv(*({"name": name, "scale": dict.fromkeys(tops, factor)} for tops in (("net",), ("net", "head"))))
    for _ in range(3):
        scaled.step()
    plain = conv({"name": name, "lr": 1e-2 * factor}, {"name": name, "lr": 1e-2 * factor})  # seeds the layers' stream
    for _ in range(3):
        plain.step()
    for player in "GD":
        for a, b in zip(scaled.moves[player], plain.moves[player], strict=True):
            torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("betas", [[0.5, 0.9], RISES], ids=["steady betas", "changing betas"])
def test_multiples_of_a_rate_that_changes_change_with_it(betas):
    how = {"lr": FALLS, "betas": betas, "scale": {"net.0": 0.5, "net": 0.25}}
    t = conv(how, budget=None)
    for step in range(6):
        t.step()
        rate = 0.1 * (1 - step / 20)
        assert [float(group["lr"]) for group in t.optimizers["G"].param_groups] == [
            pytest.approx(0.5 * rate, rel=1e-6),
            pytest.approx(0.25 * rate, rel=1e-6),
        ]
    assert t.changing.read({"g_optimizer.lr"}) == {"g_optimizer.lr": pytest.approx(0.1 * (1 - 5 / 20))}


HOWS = {
    "steady": {"scale": {"net.0": 0.1}},
    "changing rate": {"lr": FALLS, "scale": {"net.0": 0.1}},
    "changing betas": {"betas": RISES, "scale": {"net.0": 0.1}},
    "all changing": {"lr": FALLS, "betas": RISES, "scale": {"net.0": 0.1}},
    "rmsprop": {"name": "rmsprop", "scale": {"net.0": 0.1}},
}


@pytest.mark.parametrize("how", HOWS)
def test_it_survives_a_checkpoint_is_replayed_and_looks_at_no_value(tmp_path, how):
    given = HOWS[how]

    def fresh():
        return conv(given, given)

    resumed = goes_on_bit_for_bit(tmp_path, fresh)
    factors = [float(group["lr"]) / 0.1 for group in resumed.optimizers["G"].param_groups]
    assert factors[0] == pytest.approx(0.1 * factors[1], rel=1e-5)
    assert agree(fresh, steps=6)
    plays_without_a_look_at_values(fresh())


def test_a_changing_beta_and_a_scale_are_torchs_adam_with_groups():
    """Against torch's own, whose rates and betas are set by hand before each step."""
    t = conv({"lr": FALLS, "betas": RISES, "scale": {"net.0": 0.1}})
    twin = [nn.Parameter(w.detach().clone()) for w in t.moves["G"]]
    first = len(list(t.parts.G.net[0].parameters()))
    adam = torch.optim.Adam([{"params": twin[:first]}, {"params": twin[first:]}], lr=0.1, betas=(0.5, 0.5))
    for step in range(5):
        t.step()
        rate = 0.1 * (1 - step / 20)
        for group, factor in zip(adam.param_groups, (0.1, 1.0), strict=True):
            group["lr"], group["betas"] = factor * rate, (0.5, 0.5 + 0.49 * step / 20)
        for mine, theirs in zip(twin, t.moves["G"], strict=True):
            mine.grad = theirs.grad.clone()
        adam.step()
    for mine, theirs in zip(twin, t.moves["G"], strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("precision", ["fp16", "bf16"])
def test_it_plays_in_low_precision(precision):
    t = conv({"scale": {"net.0": 0.1}}, {"name": "rmsprop", "scale": {"head": 0.1}}, precision=precision)
    losses = [t.step() for _ in range(2)]
    assert all(value.isfinite() for step in losses for value in step.values())


def test_a_checkpoint_of_other_groups_is_refused():
    scaled, plain = conv({"scale": {"net.0": 0.1}}), conv()
    plain.step()
    with pytest.raises(CheckpointError, match="moves other weights"):
        scaled.load_state(*copy.deepcopy(plain.state()))


def test_ranks_play_the_game_of_one_process():
    def stepped(ranks=None):
        t = _soft(ranks)
        t.step()
        return [weight.item() for weights in t.moves.values() for weight in weights]

    straight = stepped()
    for weights in played_by(2, stepped):
        assert weights == pytest.approx(straight, rel=1e-5)


def _soft(ranks):
    pixels = torch.randint(0, 256, (32, 1, 4, 4), dtype=torch.uint8, generator=torch.Generator().manual_seed(7))
    sgd = {"name": "sgd", "lr": 0.1}
    parts = Parts(TwoG(), ScalarD(), SoftLoss(), [])
    return Trainer(recipe(None, sgd | {"scale": {"v": 0.1}}, sgd), parts, pixels, None, seed=0, ranks=ranks)


def test_frozen_weights_have_no_rate():
    G = TwoG()
    G.v.requires_grad_(False)
    modules = {"G": G, "D": ScalarD(), "loss": MeanLoss()}
    made = recipe(None, {"lr": 1.0, "scale": {"v": 0.5}})
    assert [name for name, _ in learning(made, modules)["G"]] == ["w"]
    with pytest.raises(RecipeError, match="no weight that learns has a name that begins with 'v'; they begin with: w"):
        groups("g_optimizer", made.g_optimizer, learning(made, modules)["G"])


def test_a_name_that_fits_nothing_is_refused_before_training():
    asked = resolve(REGISTRY, "dcgan:d_optimizer.scale.heed=0.5")
    with pytest.raises(RecipeError, match=r"d_optimizer.scale: .* begins with 'heed'; they begin with: body, head"):
        build_parts(asked, REGISTRY, image_size=8, channels=1, num_classes=0, seed=0)


def test_the_program_that_is_written_out_has_the_rates():
    spec = "acgan:g_optimizer.scale={net.0: 0.5}:d_optimizer.scale.body=0.25:generator.width=8:discriminator.width=8"
    asked = resolve(REGISTRY, spec)
    shape = {"image_size": 8, "channels": 1, "num_classes": 3}
    text = explained(asked, build_parts(asked, REGISTRY, seed=0, **shape), spec, **shape)
    names: dict = {}
    exec(compile(text, "explained.py", "exec"), names)
    parts = build_parts(asked, REGISTRY, seed=0, **shape)
    trainer = Trainer(asked, parts, noise_images(100, 1, 8), torch.arange(100) % 3, seed=0)
    for player, optimizer in (("G", names["g_optimizer"]), ("D", names["d_optimizer"])):
        theirs = [(tuple(w.shape), group["lr"]) for group in optimizer.param_groups for w in group["params"]]
        ours = [(tuple(w.shape), g["lr"]) for g in trainer.optimizers[player].param_groups for w in g["params"]]
        assert sorted(theirs) == sorted(ours)
