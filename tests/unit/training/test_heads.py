"""Discriminators of several heads of unlike sizes: the loss is taken of each head, and the mean descended."""

import sys
import types

import pytest
import torch
from replayed import agree
from resuming import goes_on_bit_for_bit
from stand_in_turn import dealt
from tiny_players import ConvD, ConvG, MeanLoss, ScalarD, ScalarG, SoftLoss, recipe
from tiny_recipes import REGISTRY

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Loss
from ganzoo.layers import FunctionalDiscriminator
from ganzoo.recipes.building.build import Parts, build_parts
from ganzoo.recipes.building.heads import require_heads
from ganzoo.recipes.connecting import connections
from ganzoo.recipes.explaining import explained
from ganzoo.recipes.recipe import resolve
from ganzoo.registry.registry import KINDS, Entry, Registry
from ganzoo.training import Trainer
from ganzoo.training.ranks.pretended import played_by

ORDERS = [{}, {"share_fakes": True}, {"order": "simultaneous"}, {"d_steps": 2}, {"joint": True}]


class TwoHeads(ScalarD):
    """One verdict, v times the image's mean, and three of twice that."""

    outputs = frozenset({"logits", "one", "three"})
    heads = ("one", "three")

    def forward(self, x, y=None):
        one = super().forward(x, y)["logits"][:, None]
        heads = {"one": one, "three": (2 * one).expand(-1, 3)}
        return {"logits": torch.cat(list(heads.values()), dim=1), **heads}


class ConvHeads(ConvD):
    """A head for all of an image beside one of patches."""

    outputs = frozenset({"logits", "whole", "patches"})
    heads = ("whole", "patches")

    def forward(self, x, y=None):
        verdict = super().forward(x, y)
        heads = {"whole": verdict["logits"][:, None], "patches": verdict["features"].view(len(x), 4, 4, 4).mean(1)}
        return {"logits": torch.cat([head.flatten(1) for head in heads.values()], dim=1), **heads}


def images(n=4, seed=0):
    return torch.randn(n, 1, 4, 4, generator=torch.Generator().manual_seed(seed))


def turn_of(D, player="D", loss=None, **given):
    return dealt(player, ScalarG(), D, images(), loss=loss or MeanLoss(), **given)


def trainer(schedule=None, lr=0.1, loss=MeanLoss, **how):
    sgd = {"name": "sgd", "lr": lr}
    pixels = torch.randint(0, 256, (32, 1, 4, 4), dtype=torch.uint8, generator=torch.Generator().manual_seed(7))
    return Trainer(recipe(schedule, sgd, sgd), Parts(ScalarG(), TwoHeads(), loss(), []), pixels, None, seed=0, **how)


def test_a_turn_of_a_discriminator_without_heads_is_its_own():
    turn = turn_of(ScalarD())
    assert turn.by_head() == [turn]
    assert turn.d_loss().item() == turn.loss.d_loss(turn).item()


@pytest.mark.parametrize("joint", [False, True])
def test_in_the_turn_of_a_head_logits_are_those_of_the_head(joint):
    turn = turn_of(TwoHeads(), joint=joint)
    one, three = turn.by_head()
    assert one.on_real["logits"].shape == (4, 1) and three.on_fake["logits"].shape == (4, 3)
    assert torch.equal(three.on_real["logits"][:, 0], 2 * one.on_real["logits"][:, 0])
    assert turn.on_real["logits"].shape == (4, 4)
    assert one.judge(one.real, None)["logits"].shape == (4, 1)
    assert one.by_head() == [one]
    assert one.real is three.real is turn.real and one.fake is turn.fake


@pytest.mark.parametrize(("joint", "passes"), [(False, 2), (True, 1)])
def test_all_heads_share_one_look_at_each_batch(joint, passes):
    turn = turn_of(TwoHeads(), joint=joint)
    turn.d_loss()
    assert turn.D.calls == passes and turn.G.calls == 1


def test_the_loss_is_the_mean_over_heads_whatever_their_sizes():
    """D: v (f - r) of one head, 2 v (f - r) of the other; all verdicts together would count the second three times."""
    turn = turn_of(TwoHeads(2.0))
    r, f = turn.real.mean().item(), turn.fake.mean().item()
    assert turn.d_loss().item() == pytest.approx(1.5 * 2.0 * (f - r), rel=1e-5)
    assert turn.g_loss().item() == pytest.approx(-((2 * f) ** 2 + (4 * f) ** 2) / 2, rel=1e-5)


@pytest.mark.parametrize("schedule", ORDERS, ids=str)
def test_the_players_move_along_the_mean(schedule):
    """D: v <- v - lr 1.5 (f - r); G: w <- w + lr (1 + 4) v^2 w z^2, with the v that it faces."""
    t = trainer(schedule)
    turn, _ = t.take_turn("D", keeps_graph=schedule.get("share_fakes", False))
    r, f = turn.real.mean().item(), turn.fake.mean().item()
    v = 2.0 - 0.1 * 1.5 * (f - r)
    assert t.parts.D.v.item() == pytest.approx(v, rel=1e-5)
    turn, _ = t.take_turn("G", turn.played_on())
    assert t.parts.G.w.item() == pytest.approx(0.5 + 0.1 * 5 * v**2 * 0.5 * turn.z.mean().item() ** 2, rel=1e-5)
    trainer(schedule).step()


def test_a_verdict_that_is_put_into_the_turn_of_a_head_is_the_heads():
    one, three = turn_of(TwoHeads()).by_head()
    nines = torch.full((4, 1), 9.0)
    other = one.replace(on_fake={**one.on_fake, "logits": nines})
    assert torch.equal(other.on_fake["logits"], nines)
    assert torch.equal(three.on_fake["logits"][:, :1], 2 * one.on_fake["logits"])
    assert one.replace(fake=torch.zeros(4, 1, 4, 4)).on_fake["logits"].tolist() == [[0.0]] * 4


def test_a_discriminator_of_other_weights_has_the_same_heads():
    turn = turn_of(TwoHeads(2.0))
    loss = turn.d_loss().item()
    ahead = turn.replace(D=FunctionalDiscriminator(turn.D, {"v": torch.tensor(6.0)}))
    assert ahead.d_loss().item() == pytest.approx(3 * loss, rel=1e-5)


class Energies(Loss):
    """A loss that counts how often it is asked, of a verdict that is no head."""

    reads = frozenset({"three"})
    asked = 0

    def d_loss(self, turn):
        self.asked += 1
        return turn.on_real["three"].mean()

    g_loss = d_loss


def test_a_loss_that_reads_no_logits_is_taken_once():
    turn = turn_of(TwoHeads(), loss=Energies())
    turn.d_loss()
    assert turn.loss.asked == 1


def test_ranks_play_the_game_of_one_process():
    straight = _stepped(trainer(loss=SoftLoss))
    for weights in played_by(2, lambda ranks: _stepped(trainer(loss=SoftLoss, ranks=ranks))):
        assert weights == pytest.approx(straight, rel=1e-5)


def _stepped(made):
    made.step()
    return made.parts.D.v.item(), made.parts.G.w.item()


def conv(schedule=None):
    pixels = torch.randint(0, 256, (40, 1, 8, 8), dtype=torch.uint8, generator=torch.Generator().manual_seed(7))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        parts = Parts(ConvG(), ConvHeads(), SoftLoss(), [])
    return Trainer(recipe(schedule), parts, pixels, None, seed=0)


@pytest.mark.parametrize("schedule", ORDERS[:3], ids=str)
def test_heads_survive_a_checkpoint_and_are_replayed(tmp_path, schedule):
    goes_on_bit_for_bit(tmp_path, lambda: conv(schedule))
    assert agree(lambda: conv(schedule), steps=6)


@pytest.mark.parametrize(
    ("heads", "outputs", "message"),
    [
        (
            ("one", "thre"),
            {"logits", "one", "three"},
            "has a head 'thre', and beside 'logits' its outputs declare 'one'",
        ),
        (("logits",), {"logits"}, "has a head 'logits', and beside 'logits' its outputs declare nothing"),
        (["one"], {"logits", "one"}, r"has the heads \['one'\], and must have a tuple of names"),
        (("one",), {"one"}, "but no output 'logits', which are all of them side by side"),
    ],
    ids=("unknown", "logits itself", "a list", "no logits"),  # sets have no order to name a test by
)
def test_heads_must_be_among_the_outputs(heads, outputs, message):
    D = ScalarD()
    D.heads, D.outputs = heads, frozenset(outputs)
    with pytest.raises(RecipeError, match=f"discriminator 'odd' .*{message}"):
        require_heads(D, "discriminator 'odd'")


SHAPE = {"image_size": 8, "channels": 1, "num_classes": 0}
SPEC = "ns-gan:discriminator=headed:generator.width=8"


class Built(TwoHeads):
    """As a plugin has it."""

    def __init__(self, *, image_size, channels, num_classes):
        super().__init__()


class Unheaded(Built):
    """One of its heads is no output."""

    heads = ("one", "third")


def registry_with(monkeypatch, cls):
    module = types.ModuleType("headed_parts")
    module.Headed = cls
    monkeypatch.setitem(sys.modules, "headed_parts", module)
    whole = Registry()
    whole.add([entry for kind in KINDS for entry in REGISTRY.all(kind)])
    whole.add([Entry("discriminator", "headed", "headed_parts:Headed", "stranger")])
    return whole


def test_a_recipe_with_a_head_that_is_no_output_is_refused(monkeypatch):
    registry = registry_with(monkeypatch, Unheaded)
    with pytest.raises(RecipeError, match=r"discriminator 'headed' has a head 'third', and .* declare 'one', 'three'"):
        build_parts(resolve(registry, SPEC), registry, seed=0, **SHAPE)


def test_the_graph_of_a_recipe_has_heads_and_its_program_is_refused(monkeypatch):
    registry = registry_with(monkeypatch, Built)
    asked = resolve(registry, SPEC)
    (say,) = connections(asked, build_parts(asked, registry, seed=0, **SHAPE)).turns["G"]
    assert say.reads == ("D(fake).logits",)
    with pytest.raises(
        RecipeError,
        match="discriminator 'headed' of plugin 'stranger' has several heads, and the loss is taken of each",
    ):
        explained(asked, build_parts(asked, registry, seed=0, **SHAPE), SPEC, **SHAPE)
