"""``schedule.joint``: in its own turn D sees real images and fakes in one forward pass."""

import copy
import importlib

import pytest
import torch
from pretend_gpu import variables
from replayed import agree
from repository import ROOT
from same_game import CALM, require_same_game
from stand_in_turn import dealt
from tiny_players import MeanLoss, ScalarD, ScalarG, conv_trainer, scalar_trainer
from tiny_recipes import REGISTRY, tiny
from torch import nn

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Discriminator, Regularizer
from ganzoo.recipes.building.build import build_parts
from ganzoo.recipes.building.joint_pass import require_apart
from ganzoo.recipes.recipe import Recipe, Schedule, resolve
from ganzoo.testing.fixtures.partners import noise_images
from ganzoo.training import Trainer

# Without spectral normalisation, which counts passes; with labels, second derivatives, lazy terms and either order.
EQUAL = [
    "gan:discriminator.dropout=0.0",
    "cgan:discriminator.dropout=0.0",
    "ns-gan:discriminator.dropout=0.0",
    "wgan-gp",
    "wgan-div",
    "r1-gan",
    "rpgan-r1r2",
    "r3gan",
    "r3gan:conditional=true",
    "began",
    "cramer-gan",
    "gan:discriminator.packing=2:discriminator.dropout=0.0",
    "gan:schedule.share_fakes=true:discriminator.dropout=0.0",
    "gan:schedule.share_fakes=false:schedule.order=simultaneous:discriminator.dropout=0.0",
    "wgan-gp:schedule.d_steps=1:schedule.order=simultaneous",
]


def trainer(spec, *overrides, **schedule):
    """A tiny one, which is built as a run builds it."""
    name, _, edits = spec.partition(":")
    recipe = tiny(name, *filter(None, edits.split(":")), *overrides)
    recipe = recipe.model_copy(update={"schedule": recipe.schedule.model_copy(update=schedule)})
    parts = build_parts(recipe, REGISTRY, image_size=8, channels=1, num_classes=10, seed=0)
    return Trainer(recipe, parts, noise_images(20, 1, 8), torch.arange(20) % 10, seed=0)


def passes(made):
    """How many forward passes of D each step takes, as they come."""
    made.parts.D.register_forward_hook(lambda *given: made.passes.append(len(given[1][0])))
    made.passes = []
    return made


@pytest.mark.parametrize("spec", EQUAL)
def test_losses_and_gradients_are_those_of_passes_of_their_own(spec):
    """Of the first step, in which every lazy term is due."""
    apart, joint = (passes(trainer(spec, joint=wished)) for wished in (False, True))
    a, b = apart.step(), joint.step()
    assert len(joint.passes) == len(apart.passes) - 1
    for key in a:
        assert b[key].item() == pytest.approx(a[key].item(), rel=1e-4, abs=1e-5), key
    for player in ("D", "G"):
        for v, w in zip(apart.moves[player], joint.moves[player], strict=True):
            assert (v.grad is None) == (w.grad is None)
            if v.grad is not None:
                assert torch.allclose(v.grad, w.grad, rtol=1e-3, atol=1e-5 * max(1.0, v.grad.abs().max().item()))


@pytest.mark.parametrize(
    ("schedule", "seen"),
    [
        ({}, [8, 4]),  # both kinds in D's turn, fakes in G's
        ({"d_steps": 2}, [8, 8, 4]),
        ({"share_fakes": True}, [8, 4]),
        ({"order": "simultaneous"}, [8]),
    ],
)
def test_passes_of_a_step(schedule, seen):
    made = passes(scalar_trainer({"joint": True, **schedule}))
    made.step()
    assert made.passes == seen


def test_spectral_norm_iterates_once_a_turn():
    moved = {}
    for joint in (False, True):
        made = trainer("sngan", joint=joint)
        norm = made.parts.D.head.parametrizations.weight
        W = norm.original.detach().clone()
        layer = made.parts.D.body[0].parametrizations.weight
        W, v = layer.original.detach().flatten(1).clone(), layer[0]._v.clone()
        for _ in range(1 if joint else 2):
            u = nn.functional.normalize(W @ v, dim=0)
            v = nn.functional.normalize(W.T @ u, dim=0)
        made.take_turn("D")
        moved[joint] = layer[0]._v
        assert torch.allclose(layer[0]._v, v, atol=1e-6)
    assert not torch.allclose(moved[False], moved[True], atol=1e-6)


@pytest.mark.parametrize("spec", ["sngan", "wgan-gp", "r3gan"])
def test_a_joint_step_is_replayed(spec):
    assert agree(lambda: trainer(spec, joint=True), 20)


class Shaken(Regularizer):
    """A view that draws once for a batch."""

    def view(self, x):
        return x + torch.rand(())


def test_each_kind_has_a_view_of_its_own():
    """Real images first, as in passes of their own; a draw for a batch is not the same for both."""
    found = []
    for joint in (False, True):
        torch.manual_seed(5)
        real, fake = torch.zeros(4, 1, 4, 4), torch.zeros(4, 1, 4, 4)
        turn = dealt("D", ScalarG(), ScalarD(), real, None, fake=fake, view=Shaken().view, joint=joint)
        found.append(torch.cat([turn.on_real["logits"], turn.on_fake["logits"]]))
    assert torch.equal(*found)
    assert not torch.equal(found[1][:4], found[1][4:])


def both(joint=True, **given):
    rng = torch.Generator().manual_seed(0)
    real, fake = (torch.randn(4, 1, 4, 4, generator=rng) for _ in range(2))
    return dealt("D", ScalarG(), ScalarD(), real, given.pop("y", None), fake=fake, joint=joint, **given)


def test_what_is_replaced_is_judged_anew_and_the_rest_is_kept():
    turn = both()
    assert turn.D.calls == 0
    before = turn.on_real, turn.on_fake
    assert turn.D.calls == 1
    other = turn.replace(real=turn.real + 1)
    assert other.on_fake is before[1]
    assert torch.allclose(other.on_real["logits"], turn.D(turn.real + 1)["logits"])
    assert turn.on_real is before[0]
    moved = ScalarD(7.0)
    other = turn.replace(D=moved)
    assert torch.allclose(other.on_real["logits"], moved(turn.real)["logits"])
    assert torch.allclose(other.on_fake["logits"], moved(turn.fake)["logits"])
    assert moved.calls == 3  # one for both, and those two


def test_a_verdict_that_is_given_is_not_judged():
    turn = both().replace(on_real={"logits": torch.full((4,), 9.0)})
    assert torch.equal(turn.on_real["logits"], torch.full((4,), 9.0))
    assert torch.allclose(turn.on_fake["logits"], turn.D(turn.fake)["logits"])


class Labelled(ScalarD):
    """The verdict is the label, where there is one."""

    def forward(self, x, y=None):
        self.calls += 1
        return {"logits": x.mean((1, 2, 3)) * 0 + (-1.0 if y is None else y)}


@pytest.mark.parametrize("there", [(True, True), (False, False), (True, False), (False, True)])
def test_labels_go_with_their_images(there):
    y, y_fake = (torch.arange(4) + 10 * i if given else None for i, given in enumerate(there))
    turn = both(y=y, y_fake=y_fake)
    turn.D = Labelled()
    for verdict, label in ((turn.on_real, y), (turn.on_fake, y_fake)):
        assert verdict["logits"].tolist() == ([-1.0] * 4 if label is None else label.tolist())
    assert turn.D.calls == (1 if there[0] == there[1] else 2)


def test_the_generators_turn_is_as_ever():
    turn = dealt("G", ScalarG(), ScalarD(), torch.zeros(4, 1, 4, 4), None, joint=True)
    assert len(turn.on_fake["logits"]) == 4 and turn.D.calls == 1


@pytest.mark.slow
def test_a_joint_step_is_captured_by_the_rules_and_is_fewer_kernels(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    kernels = importlib.import_module("kernels")
    names = ["sngan-resnet", "wgan-gp", "r3gan"]
    asked = [*names, *(f"{name}:schedule.joint=true" for name in names)]
    told = {row["recipe"]: row for row in kernels.play(asked, "tf32", variables())}
    assert {name: list(kernels.faults(row)) for name, row in told.items()} == {name: [] for name in asked}
    for name in names:
        apart, joint = kernels.counted(told[name]), kernels.counted(told[f"{name}:schedule.joint=true"])
        assert apart.keys() == joint.keys()
        assert all(joint[kind] < apart[kind] for kind in apart), name


# -- who is refused --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spec", "by"),
    [
        ("dcgan", "BatchNorm2d"),
        ("stylegan2", "batch statistics, packs that it fills up or the like"),
        ("gan:discriminator.packing=3", "batch statistics, packs that it fills up or the like"),
    ],
)
def test_a_discriminator_that_mixes_is_refused_in_a_sentence(spec, by):
    name = spec.partition(":")[0]
    called = resolve(REGISTRY, name).discriminator.name
    with pytest.raises(RecipeError) as refusal:
        trainer(spec, joint=True)
    assert str(refusal.value) == (
        f"recipe {name!r}: schedule.joint shows real images and fakes to D in one pass, and discriminator {called!r} "
        f"mixes the images of a batch ({by}): leave joint out, or take another discriminator"
    )


class Foreign(Discriminator):
    """A third party's, which no list of modules knows."""

    image_size, channels, num_classes = 8, 1, 0
    mixes = staticmethod(lambda x: x)

    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Flatten(), nn.Linear(64, 1))

    def forward(self, x, y=None):
        return {"logits": self.net(type(self).mixes(x)).squeeze(1)}


RECIPE = resolve(REGISTRY, "gan", ["schedule.joint=true"])


@pytest.mark.parametrize(
    "mixes",
    [
        lambda x: x - x.mean(0),
        lambda x: x - x.flip(0) / 2,
        lambda x: x * x.std(0).clamp_min(0.1),
        lambda x: x - x.mean(0).detach(),
        lambda x: x * (x.flatten(1).sum(1).argsort().argsort() < len(x) // 2).view(-1, 1, 1, 1),
    ],
    ids=["mean", "other", "spread", "mean without a gradient", "rank"],
)
def test_a_third_partys_is_asked_and_not_looked_up(monkeypatch, mixes):
    D = Foreign()
    before = copy.deepcopy(D.state_dict())
    require_apart(RECIPE, D)
    assert all(torch.equal(before[key], value) for key, value in D.state_dict().items())
    monkeypatch.setattr(Foreign, "mixes", staticmethod(mixes))
    with pytest.raises(RecipeError, match="mixes the images of a batch"):
        require_apart(RECIPE, D)


class Residual(Foreign):
    """Begins as if its branch with batch statistics were not there."""

    def __init__(self):
        super().__init__()
        self.branch = nn.BatchNorm2d(1)
        nn.init.zeros_(self.branch.weight)

    def forward(self, x, y=None):
        return super().forward(x + self.branch(x))


def test_weights_that_begin_at_zero_hide_no_mixture():
    with pytest.raises(RecipeError, match=r"mixes the images of a batch \(BatchNorm2d\)"):
        require_apart(RECIPE, Residual())


@pytest.mark.parametrize(("batch", "group"), [(64, 2), (64, 16), (64, 64), (50, 25)])
def test_groups_may_be_as_large_as_the_batch_that_they_divide(monkeypatch, batch, group):
    def normalised(x):
        return torch.cat([part - part.mean(0) for part in x.split(group)])

    monkeypatch.setattr(Foreign, "mixes", staticmethod(normalised))
    recipe = RECIPE.model_copy(update={"schedule": RECIPE.schedule.model_copy(update={"batch": batch})})
    require_apart(recipe, Foreign())
    larger = RECIPE.model_copy(update={"schedule": RECIPE.schedule.model_copy(update={"batch": batch + 1})})
    with pytest.raises(RecipeError, match="mixes the images of a batch"):
        require_apart(larger, Foreign())


def test_groups_within_a_kind_are_no_mixture(monkeypatch):
    def paired(x):
        return x - x.unflatten(0, (-1, 2)).flip(1).flatten(0, 1) / 2

    monkeypatch.setattr(Foreign, "mixes", staticmethod(paired))
    require_apart(RECIPE, Foreign())
    odd = RECIPE.model_copy(update={"schedule": RECIPE.schedule.model_copy(update={"batch": 7})})
    with pytest.raises(RecipeError, match="mixes the images of a batch"):
        require_apart(odd, Foreign())


def test_an_output_without_a_place_for_each_image_is_refused(monkeypatch):
    monkeypatch.setattr(Foreign, "forward", lambda self, x, y=None: {"logits": x.mean((1, 2, 3)), "scale": x.mean()})
    with pytest.raises(RecipeError, match=r"gives 'scale' of shape \(\) for 16 images: leave joint out"):
        require_apart(RECIPE, Foreign())


# -- how it is written -----------------------------------------------------------------------------------------


def test_recipes_without_it_are_written_as_they_were():
    plain = resolve(REGISTRY, "gan")
    assert "joint" not in plain.to_dict()["schedule"]
    assert Recipe.from_dict(RECIPE.to_dict()) == RECIPE and RECIPE.to_dict()["schedule"]["joint"] is True
    assert Schedule().joint is False
    with pytest.raises(RecipeError, match=r"schedule\.joint: must be true or false, not 1"):
        resolve(REGISTRY, "gan", ["schedule.joint=1"])


def test_dropout_and_batch_norm_play_it_too_where_nobody_builds():
    """What a trainer is given it plays: the build is what refuses."""
    made = passes(conv_trainer({"batch": 4, "joint": True}))
    assert all(bool(value.isfinite()) for value in made.step().values())
    assert made.passes == [8, 4]
    assert isinstance(made.parts.loss, nn.Module) and not isinstance(made.parts.loss, MeanLoss)


@pytest.mark.parametrize("name", ["gan", "cgan", "tutorial-dcgan", "r3gan", "sngan"])
def test_ranks_play_the_joint_game_of_one(name):
    """Each its share of either kind; dropout and labels of the whole batch are drawn in the order of one process."""
    edits = (*CALM, "schedule.joint=true")
    require_same_game(REGISTRY, name, 2, steps=3, edits=edits)
