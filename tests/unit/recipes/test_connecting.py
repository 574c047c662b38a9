"""Connections of a recipe's parts: what each reads, replaces and moves while one turn of each player is played."""

import pytest
import torch
from tiny_players import MeanLoss, ScalarD, ScalarG
from torch import nn

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Loss, Regularizer
from ganzoo.recipes.building.build import Parts, build_parts, load_class
from ganzoo.recipes.connecting import connections
from ganzoo.recipes.recipe import Recipe, resolve
from ganzoo.registry.discovery import load_zoo

REGISTRY = load_zoo(third_party=False).registry
SMALL = ":schedule.batch=4"


def found(spec, **shape):
    recipe = resolve(REGISTRY, spec)
    shape = {"image_size": 8, "channels": 1, "num_classes": 3, **shape}
    return connections(recipe, build_parts(recipe, REGISTRY, seed=0, **shape))


def said(spec, player, does):
    """Give what each term reads where it does so, by its name."""
    return {say.term: set(say.reads) for say in found(spec).turns[player] if say.does == does}


def test_a_penalty_on_points_between_reads_both_batches_and_judges_its_own():
    """WGAN-GP, arXiv:1704.00028, alg. 1: D's loss is D(fake) - D(real), the penalty is at mixtures of both."""
    assert said("wgan-gp" + SMALL, "D", "descends") == {
        "loss wasserstein": {"D(real).logits", "D(fake).logits"},
        "regularizer gradient-penalty": {"real", "fake", "D(others).logits"},
    }
    assert said("wgan-gp" + SMALL, "G", "descends") == {"loss wasserstein": {"D(fake).logits"}}


def test_a_lazy_penalty_has_its_factor_and_its_turns():
    """R1 is at real images alone, arXiv:1801.04406, eq. 9; lazily, arXiv:1912.04958, sec. 3.1."""
    (r1,) = [say for say in found("r1-gan:regularizers.r1.every=16" + SMALL).turns["D"] if say.term == "regularizer r1"]
    weight = next(part for part in resolve(REGISTRY, "r1-gan").regularizers if part.name == "r1").params.get("weight")
    assert (r1.factor, r1.every, r1.derivative) == (1.0 if weight is None else weight, 16, True)
    assert set(r1.reads) == {"real", "D(real).logits"}


@pytest.mark.parametrize(
    ("spec", "player", "does", "term", "held"),
    [
        ("wgan", "D", "follows", "regularizer weight-clipping", {"moves": ("D",), "remembers": False}),
        ("ada", "D", "follows", "regularizer ada", {"moves": (), "remembers": True}),
        ("ada", "G", "shows", "regularizer ada", {}),
        ("unrolled-gan", "G", "recasts", "regularizer unrolled", {"replaces": ("D",)}),
        ("lecam", "D", "descends", "regularizer lecam", {"remembers": True}),
        ("logan", "D", "recasts", "regularizer latent-optimisation", {"derivative": True}),
    ],
)
def test_what_terms_do_beside_penalties(spec, player, does, term, held):
    (say,) = [one for one in found(spec + SMALL).turns[player] if (one.term, one.does) == (term, does)]
    assert {key: getattr(say, key) for key in held} == held


@pytest.mark.parametrize(
    "spec", ["infogan", "acgan", "biggan", "cramer-gan", "feature-matching-gan", "icr-gan", "topk-gan"]
)
def test_no_term_reads_an_output_that_its_class_does_not_name(spec):
    """By the contract of ``reads``, on which the check of a recipe relies."""
    recipe = resolve(REGISTRY, spec + SMALL)
    classes = {f"loss {recipe.loss.name}": load_class(REGISTRY, "loss", recipe.loss.name)}
    classes |= {
        f"regularizer {part.name}": load_class(REGISTRY, "regularizer", part.name) for part in recipe.regularizers
    }
    outputs = load_class(REGISTRY, "discriminator", recipe.discriminator.name).outputs
    for says in found(spec + SMALL).turns.values():
        for say in says:
            read = {name.partition(").")[2] for name in say.reads if name.startswith("D(")}
            assert say.does == "recasts" or read <= classes[say.term].reads <= outputs


def test_the_numbers_of_parameters_are_those_by_hand():
    """LSGAN's networks for points, arXiv:1611.04076: two layers of 128 in each."""
    players = found("mlp-lsgan@published:schedule.batch=4", image_size=1, channels=2).players
    assert players["G"].parameters == 256 * 128 + 128 + 128 * 128 + 128 + 128 * 2 + 2
    assert players["D"].parameters == 2 * 128 + 128 + 128 * 128 + 128 + 128 + 1
    assert (players["G"].takes, players["G"].gives, players["D"].takes) == ((256,), {"images": (2, 1, 1)}, (2, 1, 1))
    assert players["D"].gives["logits"] == ()


def test_a_term_that_changes_layers_is_told_with_the_player():
    players = found("sngan" + SMALL).players
    assert (players["G"].changed_by, players["D"].changed_by) == ((), ("regularizer spectral-norm",))
    learned = found("acgan" + SMALL)
    features = learned.players["D"].gives["features"][0]
    assert learned.learned == {"regularizer auxiliary-classifier": (features + 1) * 3}


class Silent(Regularizer):
    def prepare(self, G, D):
        with torch.no_grad():
            next(D.parameters()).zero_()


class Fails(Loss):
    def d_loss(self, turn):
        raise ZeroDivisionError("nothing to divide by")

    g_loss = d_loss


def stranger(loss, *regularizers):
    G, D = ScalarG(), ScalarD()
    G.num_classes = D.num_classes = 0
    D.channels, D.image_size = 1, 4
    names = [{"name": type(one).__name__.lower()} for one in regularizers]
    optimizer = {"lr": 1e-4}
    written = {"name": "x", "generator": "g", "discriminator": "d", "loss": "l", "regularizers": names}
    recipe = Recipe.from_dict({**written, "g_optimizer": optimizer, "d_optimizer": optimizer})
    return connections(recipe, Parts(G, D, loss, list(regularizers)))


def test_a_term_that_acts_only_when_it_is_prepared_is_not_forgotten():
    assert stranger(MeanLoss(), Silent()).silent == ("regularizer silent",)


def test_a_term_that_changes_gradients_is_told_before_the_step():
    class Clips(Regularizer):
        def before_step(self, turn, weights):
            raise AssertionError("there are no gradients here")

    found = stranger(MeanLoss(), Clips())
    assert found.silent == ()
    for player in "DG":
        assert [(say.term, say.does) for say in found.turns[player]] == [
            ("loss l", "descends"),
            ("regularizer clips", "alters"),
        ]


def test_a_term_that_learns_from_the_average_is_seen():
    class Teacher(Regularizer):
        reads_average = True

        def g_penalty(self, turn):
            return (turn.averaged(turn.z) - turn.fake).abs().mean()

    (say,) = [say for say in stranger(MeanLoss(), Teacher()).turns["G"] if say.term == "regularizer teacher"]
    assert say.reads == ("averaged", "z", "fake")


def test_a_part_that_fails_is_named():
    with pytest.raises(RecipeError, match="loss l cannot be played on noise: nothing to divide by"):
        stranger(Fails())


def test_a_term_that_asks_the_players_itself_is_seen():
    class Asks(Regularizer):
        reads = frozenset({"logits"})

        def g_penalty(self, turn):
            images = turn.G(torch.zeros(2, 1), None)
            return nn.functional.relu(turn.D(images, None)["logits"]).mean() + turn.judge(images, None)["logits"].mean()

    says = stranger(MeanLoss(), Asks()).turns["G"]
    assert [(say.term, say.reads) for say in says] == [
        ("loss l", ("D(fake).logits",)),
        ("regularizer asks", ("G(others)", "D(others).logits")),
    ]


def test_nothing_global_is_drawn_from():
    torch.manual_seed(3)
    before = torch.get_rng_state()
    found("infogan" + SMALL)
    assert torch.equal(before, torch.get_rng_state())
