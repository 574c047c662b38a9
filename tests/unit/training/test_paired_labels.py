"""``schedule.labels: paired``: a fake has the label of the real image beside it, and terms of pairs ask for that."""

import pytest
import torch
from tiny_players import conv_trainer

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Regularizer
from ganzoo.recipes import safeyaml
from ganzoo.recipes.building.build import check_recipe
from ganzoo.recipes.differences.stale import changes_since
from ganzoo.recipes.recipe import resolve
from ganzoo.registry.discovery import load_zoo

REGISTRY = load_zoo(third_party=False).registry
RHYTHMS = [
    {},
    {"d_steps": 3},
    {"share_fakes": True},
    {"share_fakes": True, "d_steps": 2},
    {"order": "simultaneous"},
    {"joint": True},
]


class Witness(Regularizer):
    """Sees the labels and the images of both players' turns, whatever the loss reads."""

    def __init__(self):
        super().__init__()
        self.met, self.reals = [], []

    def _look(self, turn):
        turn.on_real, turn.on_fake  # noqa: B018
        self.met.append((turn.player, turn.y.clone(), turn.y_fake.clone()))
        self.reals.append(turn.real.detach().clone())

    d_penalty = g_penalty = _look


def labels_met(schedule, steps=6):
    witness = Witness()
    game = conv_trainer(schedule, [witness], classes=5)
    for _ in range(steps):
        game.step()
    return witness


@pytest.mark.parametrize("rhythm", RHYTHMS, ids=str)
def test_real_and_fake_of_a_pair_carry_one_label_in_both_turns(rhythm):
    met = labels_met({**rhythm, "labels": "paired"}).met
    assert {player for player, *_ in met} == {"D", "G"}
    assert all(torch.equal(y, y_fake) for _, y, y_fake in met)
    drawn = torch.cat([y for player, y, _ in met if player == "D"])
    assert len(drawn.unique()) == 5


def test_independent_labels_agree_as_often_as_chance_has_it():
    met = labels_met({"batch": 20}, steps=40).met
    same = torch.cat([y == y_fake for _, y, y_fake in met]).double().mean()
    assert 0.14 < float(same) < 0.26  # of 1,600 pairs: 6 standard deviations about 1/5


def test_fakes_that_are_played_on_with_stay_beside_their_real_images():
    witness = labels_met({"share_fakes": True, "labels": "paired"})
    for of_d, of_g in zip(witness.reals[::2], witness.reals[1::2], strict=True):
        assert torch.equal(of_d, of_g)


@pytest.mark.parametrize("rhythm", RHYTHMS, ids=str)
def test_without_labels_nothing_changes(rhythm):
    def losses(labels):
        game = conv_trainer({**rhythm, "labels": labels})  # which seeds what dropout draws from
        return torch.stack([torch.stack(list(game.step().values())) for _ in range(3)])

    assert torch.equal(losses("paired"), losses("independent"))


def test_a_loss_of_pairs_asks_for_one_label():
    recipe = resolve(REGISTRY, "r3gan:conditional=true:schedule.labels=independent")
    with pytest.raises(RecipeError, match="loss 'relativistic-pairing' compares each fake with the real"):
        check_recipe(recipe, REGISTRY)
    check_recipe(resolve(REGISTRY, "r3gan:conditional=true"), REGISTRY)  # as its file has it
    check_recipe(resolve(REGISTRY, "r3gan:schedule.labels=independent"), REGISTRY)  # no labels


def test_only_paired_labels_are_written_and_without_labels_they_make_nothing_stale():
    rsgan = resolve(REGISTRY, "rsgan")
    assert rsgan.to_dict()["schedule"]["labels"] == "paired"
    then = rsgan.to_dict()
    del then["schedule"]["labels"]
    assert changes_since(safeyaml.dump(then), "rsgan", REGISTRY) == []
    assert changes_since(safeyaml.dump(then), "rsgan:conditional=true", REGISTRY) == [
        "conditional False, now True",
        "schedule.labels independent, now paired",
    ]
    assert "labels" not in resolve(REGISTRY, "cgan").to_dict()["schedule"]
