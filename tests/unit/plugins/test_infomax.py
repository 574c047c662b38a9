import math

import pytest
import torch
from feature_players import PlainD, PlainG, drawn, game, moved, weights_of
from ganzoo_plugins.self_supervision.infomax import ContrastProjection, InfoMax, info_nce
from ganzoo_plugins.sngan.discriminator import SNGANDiscriminator
from ganzoo_plugins.sngan.generator import SNGANGenerator
from stand_in_turn import NoHostSync, dealt
from torch import nn

from ganzoo.errors import RecipeError
from ganzoo.recipes.building.build import check_recipe
from ganzoo.recipes.recipe import resolve
from ganzoo.registry.discovery import load_zoo


def loop(local, whole):
    B, _, A = local.shape

    def score(i, j, a):
        return math.exp(sum(x * y for x, y in zip(whole[i].tolist(), local[j, :, a].tolist(), strict=True)))

    total = 0.0
    for i in range(B):
        others = sum(score(i, j, b) for j in range(B) if j != i for b in range(A))
        for a in range(A):
            total -= math.log(score(i, i, a) / (score(i, i, a) + others))
    return total / (B * A)


@pytest.mark.parametrize(("B", "R", "A"), [(2, 1, 1), (3, 4, 2), (5, 3, 4)])
def test_info_nce_against_a_loop(B, R, A):
    local, whole = drawn(B, R, A, seed=1), drawn(B, R, seed=2)
    with NoHostSync():
        value = info_nce(local, whole)
    assert value.item() == pytest.approx(loop(local, whole), rel=1e-12)
    assert torch.autograd.gradcheck(info_nce, (local, whole))


def test_info_nce_of_what_says_nothing_and_of_what_says_all():
    B, A = 5, 3
    nothing = info_nce(torch.zeros(B, 2, A, dtype=torch.float64), torch.zeros(B, 2, dtype=torch.float64))
    assert nothing.item() == pytest.approx(math.log(1 + (B - 1) * A), rel=1e-12)
    whole = 10 * torch.eye(B, dtype=torch.float64)
    assert info_nce(whole[:, :, None].expand(B, B, A), whole).item() < 1e-12


def test_an_image_alone_has_nothing_to_be_told_from():
    local, whole = drawn(1, 3, 2), drawn(1, 3)
    value = info_nce(local, whole)
    value.backward()
    assert value.item() == 0
    assert torch.isfinite(local.grad).all()
    assert torch.isfinite(whole.grad).all()


@pytest.mark.parametrize("layer", [nn.Linear, nn.Conv1d])
def test_projections_are_a_hidden_layer_and_a_way_past_it_normalised(layer):
    torch.manual_seed(0)
    project = ContrastProjection(layer, 6, 5, 7)
    x = torch.randn(4, 6) if layer is nn.Linear else torch.randn(4, 6, 3)
    project.train()
    for _ in range(200):  # one power iteration each
        project(x)
    project.eval()
    first, second, past = (getattr(project, name) for name in ("first", "second", "past"))
    for made, shape in ((first, (5, 6)), (second, (7, 5)), (past, (7, 6))):
        matrix = made.weight.detach().flatten(1)
        assert matrix.shape == shape
        assert torch.linalg.matrix_norm(matrix, 2).item() == pytest.approx(1, abs=1e-4)
    assert torch.allclose(project(x), second(first(x).relu()) + past(x))
    if layer is nn.Conv1d:  # place by place
        assert torch.allclose(project(x)[:, :, 1:2], project(x[:, :, 1:2]), atol=1e-6)


def prepared(**options):
    torch.manual_seed(1)
    term, G, D = InfoMax(dim=3, **options), PlainG(0), PlainD(0)
    term.prepare(G, D)
    return term.double().eval(), G, D


def test_by_hand():
    """Real images in D's turn, fakes in G's, with 0.2 each."""
    term, G, D = prepared()
    real, fake = drawn(4, 1, 2, 2, seed=1).detach(), drawn(4, 1, 2, 2, seed=2).detach()
    values = []
    for player, x in (("D", real), ("G", fake)):
        turn = dealt(player, G, D, real, fake=fake)
        penalty = term.d_penalty(turn) if player == "D" else term.g_penalty(turn)
        values.append(penalty.item())
        wanted = loop(term.local(x.flatten(2)), term.whole(x.flatten(1)))
        assert values[-1] == pytest.approx(0.2 * wanted, rel=1e-12)
    assert values[0] != values[1]
    term.d_weight, term.g_weight = 0.6, 0.0
    assert term.d_penalty(dealt("D", G, D, real, fake=fake)).item() == pytest.approx(3 * values[0], rel=1e-12)
    assert term.g_penalty(dealt("G", G, D, real, fake=fake)).item() == 0


def test_gradients():
    term, G, D = prepared()
    x = drawn(4, 1, 2, 2, seed=3)
    other = drawn(4, 1, 2, 2, seed=4).detach()
    assert torch.autograd.gradcheck(lambda r: term.d_penalty(dealt("D", G, D, r, fake=other)), (x,))
    assert torch.autograd.gradcheck(lambda f: term.g_penalty(dealt("G", G, D, other, fake=f)), (x,))


def players(classes=0):
    torch.manual_seed(3)
    shape = {"image_size": 8, "channels": 1, "num_classes": classes, "width": 4}
    return SNGANGenerator(**shape, z_dim=6), SNGANDiscriminator(**shape)


@pytest.mark.parametrize("classes", [0, 3])
def test_the_projections_and_features_move_in_the_turn_of_d_and_g_in_its_own(classes):
    term, (G, D) = InfoMax(dim=8), players(classes)
    trainer = game(term, G, D, classes=classes, optimizer="adam")
    # what is added to every place alike tells none from another
    learning = weights_of(term, "regularizer.0", without=["local.second.bias"]) | weights_of(D, "D", without=["head"])
    assert moved(trainer, "D") - {"regularizer.0.local.second.bias"} == learning
    assert moved(trainer, "G") == weights_of(G, "G")


def test_either_player_descends_its_own_term():
    term, (G, D) = InfoMax(dim=16), players()
    trainer = game(term, G, D, lr=3e-3, optimizer="adam", batch=16)
    for player in "DG":
        values = [trainer.take_turn(player)[1].item() for _ in range(60)]
        assert sum(values[-10:]) < sum(values[:10])


def test_refusals():
    with pytest.raises(RecipeError, match=r"^dim is 0"):
        InfoMax(dim=0)
    for name in ("d_weight", "g_weight"):
        with pytest.raises(RecipeError, match=f"^{name} is -1"):
            InfoMax(**{name: -1.0})
    registry = load_zoo(third_party=False).registry
    without = ["generator=dcgan", "discriminator=dcgan", "regularizers=[infomax]"]
    with pytest.raises(RecipeError, match="regularizer 'infomax' reads 'maps', which discriminator 'dcgan'"):
        check_recipe(resolve(registry, "infomax-gan", without), registry)
