"""``dequantize``: uniform noise of one grey level on real images, from streams of the run's own."""

import copy

import pytest
import tiny_players as tiny
import torch
from ganzoo_plugins.images.pixels import dequantized
from same_game import CALM, require_same_game
from tiny_players import conv_trainer

from ganzoo.interfaces.order import Order
from ganzoo.layers import to_bytes
from ganzoo.recipes.recipe import load_recipe
from ganzoo.registry.discovery import load_zoo
from ganzoo.training import Trainer

REGISTRY = load_zoo(third_party=False).registry


def test_bytes_are_spread_over_their_levels_as_in_the_authors_code():
    every = torch.arange(256, dtype=torch.uint8).view(1, 1, 16, 16)
    low, high = dequantized(every, torch.zeros(1, 1, 16, 16)), dequantized(every, torch.ones(1, 1, 16, 16))
    theirs = every.double() / 128.0 - 1.0
    assert torch.equal(low.double(), theirs)
    assert torch.equal(high.double(), theirs + 1.0 / 128)  # the levels touch: nothing between 0 and 255 is left out
    middle = dequantized(every, torch.full((1, 1, 16, 16), 0.5))
    assert int((to_bytes(middle).int() - every.int()).abs().max()) <= 1


def dealt(game, player="D", turn=0):
    game.feed.load(game.turns)
    game.feed.begin(game.turns)
    return game.dealer.real(player, turn)[0]


def test_the_noise_is_uniform_new_in_each_turn_and_of_the_seed():
    games = [conv_trainer({"batch": 40}, seed=seed, dequantize=True) for seed in (0, 0, 1)]
    first, again, other = (dealt(game) for game in games)
    bytes_of = games[0].feed.fields["x"][Order(40, 0).take(0, 40)]
    share = (first + 1) * 128 - bytes_of
    assert float(share.min()) >= -1e-4
    assert float(share.max()) <= 1 + 1e-4
    assert abs(float(share.mean()) - 0.5) < 6 * 12**-0.5 / share.numel() ** 0.5
    assert abs(float(share.var()) - 1 / 12) < 0.01
    assert torch.equal(first, again)
    assert not torch.equal(share, (other + 1) * 128 - games[2].feed.fields["x"][Order(40, 1).take(0, 40)])
    assert not torch.equal(dealt(games[0]), dealt(games[0]))


def test_resuming_is_exact():
    whole = conv_trainer(dequantize=True, flips=True)
    for _ in range(6):
        want = whole.step()
    stopped = conv_trainer(dequantize=True, flips=True)
    for _ in range(3):
        stopped.step()
    kept = copy.deepcopy(stopped.state())
    resumed = conv_trainer(dequantize=True, flips=True)
    resumed.load_state(*kept)
    for _ in range(3):
        found = resumed.step()
    assert {key: float(value) for key, value in want.items()} == {key: float(value) for key, value in found.items()}


def test_a_streamed_feed_deals_the_same():
    plain = conv_trainer(dequantize=True)
    streamed = Trainer(plain.recipe, plain.parts, plain.feed.fields["x"], None, seed=0, streamed=True)
    assert torch.equal(dealt(plain), dealt(streamed))


def test_other_games_keep_their_streams_and_points_are_left_alone():
    assert not any("dequantize" in name for name in conv_trainer().state()[0])
    assert any("dequantize" in name for name in conv_trainer(dequantize=True).state()[0])
    parts = conv_trainer().parts
    game = Trainer(tiny.recipe(dequantize=True), parts, torch.zeros(8, 2, 1, 1), None, seed=0)
    assert game.dealer.dequantize is False


def test_ranks_play_the_game_of_one():
    edits = (*CALM, "dequantize=true", "generator.width=4", "discriminator.width=4")
    require_same_game(REGISTRY, "dcgan", 2, steps=2, edits=edits)


@pytest.mark.parametrize("name", ["sngan-resnet", "cgan-pd", "wgan-gp-resnet"])
def test_recipes_whose_authors_dequantise_do(name):
    recipe = load_recipe(REGISTRY.get("recipe", name).target)
    assert recipe.dequantize
    assert recipe.to_dict()["dequantize"] is True
    assert "dequantize" not in load_recipe(REGISTRY.get("recipe", "sngan").target).to_dict()
