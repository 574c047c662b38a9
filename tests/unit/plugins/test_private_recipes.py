"""Both private recipes on the data that they are for, and what they tell of a run."""

import math

import pytest
import torch
from ganzoo_plugins.digits.dataset import Digits
from ganzoo_plugins.images.images import ImageModality
from ganzoo_plugins.private.accounting import Release, epsilon_by_renyi
from ganzoo_plugins.private.dp_sgd import DPSGD
from ganzoo_plugins.tables.wine import Wine

from ganzoo.errors import RecipeError
from ganzoo.interfaces import RunLength
from ganzoo.recipes.building.build import build_parts
from ganzoo.recipes.recipe import resolve
from ganzoo.registry.discovery import load_zoo
from ganzoo.training import Trainer


def digits():
    return ImageModality(8, 1, 10), {"x": torch.from_numpy(Digits().read({}).pixels)}


def wines():
    rows = Wine().read({})
    return rows.modality, {name: torch.from_numpy(array) for name, array in rows.fields.items()}


@pytest.mark.parametrize(("name", "data"), [("dp-gan", digits), ("dp-rows", wines)])
def test_a_recipe_plays_all_rows_in_a_turn(name, data):
    """Its batch is the number of rows, so that each turn is an epoch; every row comes once."""
    registry = load_zoo(third_party=False).registry
    recipe = resolve(registry, name, ("regularizers.dp-sgd.keep=0.02",))
    modality, fields = data()
    rows = len(fields["x"])
    assert recipe.schedule.batch == rows
    parts = build_parts(recipe, registry, modality=modality, seed=0)
    trainer = Trainer(recipe, parts, fields, modality=modality, seed=0)
    before = [weight.detach().clone() for weight in parts.D.parameters()]
    losses = trainer.step()
    assert all(value.isfinite() for value in losses.values())
    assert all(not torch.equal(a, b) for a, b in zip(before, parts.D.parameters(), strict=True))  # noise reaches all
    (term,) = parts.regularizers
    told = term.told(RunLength(rows, trainer.turns, rows, rows))
    wanted = epsilon_by_renyi([Release(term.noise, 0.02, 1)], 0.999e-5)
    assert told == {"epsilon at delta 1e-05": pytest.approx(wanted)}


def test_every_row_of_a_batch_as_large_as_the_data_comes_once():
    modality, fields = wines()
    deal = modality.deal({"x": fields["x"]}, 0)
    for turn in range(3):
        assert torch.equal(deal.take(178 * turn, 178)["row"].sort().values, torch.arange(178))


def test_a_batch_larger_than_the_data_is_refused_before_training():
    run = RunLength(1000, {"D": 10, "G": 10}, 100, 99)
    for refused in (DPSGD().unreached, DPSGD().told):
        with pytest.raises(RecipeError, match=r"write schedule\.batch=99"):
            refused(run)
    assert DPSGD().unreached(RunLength(1000, {"D": 10, "G": 10}, 100, 100)) is None


def test_without_noise_nothing_is_private():
    told = DPSGD(noise=0).told(RunLength(1000, {"D": 10, "G": 10}, 100, 1000))
    assert list(told.values()) == [math.inf]
