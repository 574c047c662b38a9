"""CTGAN's game: it goes on where it stopped, looks at no value, and learns what it is asked for."""

import pytest
import torch
from ganzoo_plugins.losses.wasserstein import Wasserstein
from ganzoo_plugins.tables.condition_loss import ConditionLoss
from ganzoo_plugins.tables.discriminator import PackedTableDiscriminator
from ganzoo_plugins.tables.generator import TableGenerator
from ganzoo_plugins.tables.modality import Table
from ganzoo_plugins.tables.pack_penalty import PackPenalty
from ganzoo_plugins.tables.sampling import BySampling
from ganzoo_plugins.tables.wine import Wine
from resuming import goes_on_bit_for_bit, plays_without_a_look_at_values

from ganzoo.interfaces import Shuffled
from ganzoo.recipes.building.build import Parts
from ganzoo.recipes.recipe import Recipe
from ganzoo.training import Trainer

ADAM = {"name": "adam", "lr": 1e-3, "betas": [0.5, 0.9]}


def wines():
    rows = Wine().read({})
    return rows.modality, {name: torch.from_numpy(array) for name, array in rows.fields.items()}


def trainer(conditional=True, labels="paired", packing=5):
    modality, fields = wines()
    torch.manual_seed(0)
    offered = modality.offers(conditional=conditional)
    G = TableGenerator(**offered, z_dim=8, width=16)
    D = PackedTableDiscriminator(**offered, packing=packing, width=16)
    G.modality = D.modality = modality
    terms = [PackPenalty(), ConditionLoss()] if conditional else [PackPenalty()]
    schedule = {"batch": 20, "d_steps": 1, "ema": 0.9, "labels": labels if conditional else "independent"}
    recipe = Recipe.from_dict(
        {
            "name": "tiny",
            "generator": {"name": "table"},
            "discriminator": {"name": "packed-table"},
            "loss": {"name": "wasserstein"},
            "regularizers": [],
            "conditional": conditional,
            "flips": False,
            "g_optimizer": ADAM,
            "d_optimizer": ADAM,
            "schedule": {**schedule, "order": "alternating", "share_fakes": False},
        }
    )
    return Trainer(recipe, Parts(G, D, Wasserstein(), terms), fields, modality=modality, seed=0)


@pytest.mark.parametrize("conditional", [True, False])
def test_survives_a_checkpoint_and_looks_at_no_value(tmp_path, conditional):
    goes_on_bit_for_bit(tmp_path, lambda: trainer(conditional))
    plays_without_a_look_at_values(trainer(conditional))


def test_independent_conditions():
    plays_without_a_look_at_values(trainer(labels="independent"))


def test_rows_come_as_asked():
    played = trainer()
    for _ in range(150):
        played.step()
    modality, G = played.modality, played.parts.G
    assert isinstance(modality, Table)
    y = torch.arange(300) % 3
    rows = modality.rest(G(torch.randn(300, 8), y))
    assert (rows[:, 13] == y).float().mean() > 0.6  # 1 in 3 by chance


def test_without_conditions_rows_come_as_often_as_in_the_table():
    assert isinstance(trainer(conditional=False).feed.deals["D"], Shuffled)
    assert isinstance(trainer().feed.deals["D"], BySampling)
