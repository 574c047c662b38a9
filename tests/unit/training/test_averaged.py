"""Terms that learn from the averaged generator."""

import sys
import types

import pytest
import torch
from replayed import agree
from resuming import goes_on_bit_for_bit, plays_without_a_look_at_values
from tiny_players import conv_trainer, scalar_trainer
from tiny_recipes import REGISTRY

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Regularizer
from ganzoo.recipes.building.build import build_parts, check_recipe
from ganzoo.recipes.explaining import explained
from ganzoo.recipes.recipe import resolve
from ganzoo.registry.registry import KINDS, Entry, Registry
from ganzoo.testing.kinds.terms import game_of

ORDERS = [{}, {"share_fakes": True}, {"order": "simultaneous"}, {"d_steps": 2}]


class Teacher(Regularizer):
    """The squared distance of G's images from the average's, of the same latents."""

    reads_average = True

    def g_penalty(self, turn):
        return (turn.fake - turn.averaged(turn.z, turn.y_fake)).square().mean()


class Looks(Regularizer):
    """Notes the average's weight in every turn, and whether it is in training mode."""

    reads_average = True

    def __init__(self):
        super().__init__()
        self.seen = []

    def recast(self, turn):
        average = turn.averaged
        self.seen.append((average.w.item(), average.training, average.w.requires_grad))
        return turn


@pytest.mark.parametrize("schedule", ORDERS, ids=str)
def test_it_is_as_it_was_after_the_last_step(schedule):
    """The decay of the first step is 1/10: 0.1 of the weight at the beginning and 0.9 of that after the step."""
    term = Looks()
    t = scalar_trainer(schedule | {"ema": 0.5}, [term])
    t.step()
    moved = 0.1 * 0.5 + 0.9 * t.parts.G.w.item()
    t.step()
    turns = schedule.get("d_steps", 1) + 1
    weights = [w for w, _, _ in term.seen]
    assert weights == pytest.approx([0.5] * turns + [moved] * turns, rel=1e-6)
    assert {(training, grad) for _, training, grad in term.seen} == {(False, False)}


def test_the_generator_learns_from_it_and_it_does_not_from_the_generator():
    """G: w <- w - lr (-2 v^2 w z^2 + 2 (w - a) mean(z^2)), with a the average's weight."""
    t = scalar_trainer({"ema": 0.5}, [Teacher()])
    with torch.no_grad():
        t.average.model.w.fill_(0.2)
    turn, _ = t.take_turn("G")
    z, squares = turn.z.mean().item(), turn.z.square().mean().item()
    wanted = 0.5 - 0.1 * (-2 * 2.0**2 * 0.5 * z**2 + 2 * (0.5 - 0.2) * squares)
    assert t.parts.G.w.item() == pytest.approx(wanted, rel=1e-5)
    assert t.average.model.w.item() == pytest.approx(0.2) and t.average.model.w.grad is None


@pytest.mark.parametrize("schedule", ORDERS, ids=str)
def test_it_survives_a_checkpoint_is_replayed_and_looks_at_no_value(tmp_path, schedule):
    def fresh():
        return conv_trainer({**schedule, "ema": 0.9}, [Teacher()], classes=3)

    goes_on_bit_for_bit(tmp_path, fresh)
    assert agree(fresh, steps=6)
    plays_without_a_look_at_values(fresh())


def test_without_an_average_there_is_nothing_to_read():
    with pytest.raises(RecipeError, match=r"a term reads turn.averaged, and schedule.ema: 0 keeps no averaged"):
        scalar_trainer(regularizers=[Teacher()]).step()


@pytest.fixture
def registry(monkeypatch):
    """The zoo with the teacher."""
    module = types.ModuleType("averaged_teacher")
    module.Teacher = Teacher
    monkeypatch.setitem(sys.modules, "averaged_teacher", module)
    whole = Registry()
    whole.add([entry for kind in KINDS for entry in REGISTRY.all(kind)])
    whole.add([Entry("regularizer", "teacher", "averaged_teacher:Teacher", "stranger")])
    return whole


def test_a_recipe_that_keeps_none_is_refused(registry):
    recipe = resolve(registry, "gan:regularizers=[teacher]", ["schedule.ema=0"])
    with pytest.raises(
        RecipeError, match=r"'teacher' learns from the averaged generator, .*; write schedule.ema=0.999"
    ):
        check_recipe(recipe, registry)
    check_recipe(resolve(registry, "gan:regularizers=[teacher]", ["schedule.ema={halflife: 10}"]), registry)


def test_it_is_checked_in_a_game_that_keeps_one(registry):
    assert game_of(registry, "regularizer", "teacher").recipe.schedule.ema == 0.9


def test_it_is_written_out_in_plain_pytorch(registry):
    spec = "gan:regularizers=[teacher]:schedule.ema=0.9:generator.width=8:discriminator.width=8"
    recipe = resolve(registry, spec)
    shape = {"image_size": 8, "channels": 1, "num_classes": 0}
    text = explained(recipe, build_parts(recipe, registry, seed=0, **shape), spec, **shape)
    assert "(fake - average(z, None)).square().mean()" in text
