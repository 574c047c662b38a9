import math

import numpy as np
import pytest
import torch
from feature_players import PlainD, PlainG, drawn, game, moved, weights_of
from ganzoo_plugins.self_supervision.rotation import Rotation, turned
from ganzoo_plugins.sngan.discriminator import SNGANDiscriminator
from ganzoo_plugins.sngan.generator import SNGANGenerator
from stand_in_turn import NoHostSync, dealt
from torch import nn
from torch.nn.functional import cross_entropy

from ganzoo.errors import RecipeError


def test_each_image_is_turned_by_what_its_label_says():
    x = drawn(3, 2, 5, 5).detach()
    images, angles = turned(x)
    assert images.shape == (12, 2, 5, 5)
    assert angles.tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]
    for i, (image, k) in enumerate(zip(images, angles.tolist(), strict=True)):
        assert np.array_equal(image.numpy(), np.rot90(x[i % 3].numpy(), k, axes=(1, 2)))
        assert torch.equal(torch.rot90(image, 4 - k, (1, 2)), x[i % 3])  # and back


class Compass(nn.Module):
    """The direction in which the brightest pixel of a 2x2 image lies, as logits."""

    def forward(self, features):
        # a corner moves counter-clockwise, from top left: 0 -> 2 -> 3 -> 1 in reading order
        return 200 * features[:, [0, 2, 3, 1]]


def corner(n):
    x = torch.zeros(n, 1, 2, 2, dtype=torch.float64)
    x[:, 0, 0, 0] = 1
    return x


def prepared(**options):
    G, D = PlainG(0), PlainD(0)
    term = Rotation(**options)
    term.prepare(G, D)
    D.shown.clear()
    return term.double(), G, D


def test_a_classifier_that_knows_costs_nothing_and_one_that_does_not_log_4():
    term, G, D = prepared()
    term.head = Compass()
    turn = dealt("D", G, D, corner(8), fake=corner(8))
    assert term.d_penalty(turn).item() == pytest.approx(0, abs=1e-12)
    term, G, D = prepared()
    nn.init.zeros_(term.head.weight)
    nn.init.zeros_(term.head.bias)
    d, g = (dealt(player, G, D, corner(8), fake=corner(8)) for player in "DG")
    assert term.d_penalty(d).item() == pytest.approx(math.log(4), rel=1e-12)
    assert term.g_penalty(g).item() == pytest.approx(0.2 * math.log(4), rel=1e-12)


def test_by_hand():
    """Real images in D's turn with weight 1, fakes in G's with 0.2, a quarter of each in all directions."""
    term, G, D = prepared()
    real, fake = drawn(9, 1, 2, 2, seed=1).detach(), drawn(9, 1, 2, 2, seed=2).detach()
    for player, x, weight in (("D", real, 1.0), ("G", fake, 0.2)):
        D.shown.clear()
        turn = dealt(player, G, D, real, fake=fake)
        with NoHostSync():
            penalty = term.d_penalty(turn) if player == "D" else term.g_penalty(turn)
        ((images, y),) = D.shown
        assert images.shape == (8, 1, 2, 2)  # two of the nine
        assert y is None
        total = 0.0
        for k in range(4):
            for image in x[:2]:
                logits = term.head(torch.rot90(image, k, (1, 2)).flatten())
                total += cross_entropy(logits, torch.tensor(k)).item()
        assert penalty.item() == pytest.approx(weight * total / 8, rel=1e-12)
    twice = term.d_penalty(dealt("D", G, D, real, fake=fake)).item()
    term.d_weight, term.g_weight = 3.0, 0.0
    assert term.d_penalty(dealt("D", G, D, real, fake=fake)).item() == pytest.approx(3 * twice, rel=1e-12)
    assert term.g_penalty(dealt("G", G, D, real, fake=fake)).item() == 0


def test_labels_go_with_their_images_and_what_is_shown_is_what_d_sees():
    term, G, D = prepared()
    real, y = drawn(8, 1, 2, 2).detach(), torch.arange(8) % 3
    turn = dealt("D", G, D, real, y, y_fake=y, fake=real, view=lambda x: -x)
    term.d_penalty(turn)
    ((images, labels),) = D.shown
    assert torch.equal(images, -turned(real[:2])[0])
    assert labels.tolist() == [0, 1] * 4


def test_the_smallest_batch_has_an_image_to_turn():
    term, G, D = prepared()
    term.d_penalty(dealt("D", G, D, corner(1), fake=corner(1)))
    assert D.shown[0][0].shape == (4, 1, 2, 2)


def test_gradients():
    term, G, D = prepared()
    x = drawn(8, 1, 2, 2, seed=3)
    real = x.detach()
    assert torch.autograd.gradcheck(lambda f: term.d_penalty(dealt("D", G, D, f, fake=real)), (x,))
    assert torch.autograd.gradcheck(lambda f: term.g_penalty(dealt("G", G, D, real, fake=f)), (x,))


def players(classes=0):
    torch.manual_seed(3)
    shape = {"image_size": 8, "channels": 1, "num_classes": classes, "width": 4}
    return SNGANGenerator(**shape, z_dim=6), SNGANDiscriminator(**shape)


@pytest.mark.parametrize("classes", [0, 3])
def test_the_head_and_features_move_in_the_turn_of_d_and_g_in_its_own(classes):
    term, (G, D) = Rotation(), players(classes)
    trainer = game(term, G, D, classes=classes, optimizer="adam")
    assert moved(trainer, "D") == weights_of(term, "regularizer.0") | weights_of(D, "D", without=["head"])
    assert moved(trainer, "G") == weights_of(G, "G")


def test_either_player_descends_its_own_term():
    """On images with a bright corner, D's turns end in a head that knows every direction."""
    term, (G, D) = Rotation(), players()
    trainer = game(term, G, D, lr=3e-3, optimizer="adam", batch=32)
    trainer.feed.fields["x"][:] = 0
    trainer.feed.fields["x"][:, :, :4, :4] = 255
    values = [trainer.take_turn("D")[1].item() for _ in range(60)]
    assert values[0] > 1
    assert values[-1] < 0.1
    values = [trainer.take_turn("G")[1].item() for _ in range(60)]
    assert sum(values[-10:]) < sum(values[:10])


@pytest.mark.parametrize("name", ["d_weight", "g_weight"])
def test_refusals(name):
    with pytest.raises(RecipeError, match=f"^{name} is -1"):
        Rotation(**{name: -1.0})
