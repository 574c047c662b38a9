import pytest
import torch
from feature_players import CLASSES, PlainD, PlainG, drawn, fitted, game, moved, shown, weights_of
from ganzoo_plugins.dcgan.discriminator import DCGANDiscriminator
from ganzoo_plugins.dcgan.generator import DCGANGenerator
from ganzoo_plugins.losses.multi_hinge import MultiHinge, crammer_singer
from stand_in_turn import NoHostSync

from ganzoo.errors import RecipeError

Y, Y_FAKE = torch.tensor([0, 2, 1, 1, 2]), torch.tensor([2, 0, 1, 0, 2])


def loop(scores, y):
    total = 0.0
    for row, k in zip(scores.tolist(), y.tolist(), strict=True):
        rival = max(s for j, s in enumerate(row) if j != k)
        total += max(0.0, 1 - row[k] + rival)
    return total / len(y)


def test_crammer_singer_by_hand():
    scores = torch.tensor([[2.0, 0.5, -1.0], [0.0, 0.25, 0.0], [3.0, -1.0, 1.0]], dtype=torch.float64)
    # leads by 1.5: nothing; leads by 0.25: 0.75; trails by 2: 3
    assert crammer_singer(scores, torch.tensor([0, 1, 2])).item() == pytest.approx((0 + 0.75 + 3) / 3, rel=1e-15)
    assert crammer_singer(torch.zeros(4, 3), torch.tensor([0, 1, 2, 0])).item() == 1


@pytest.mark.parametrize("seed", range(5))
def test_crammer_singer_against_a_loop(seed):
    scores = drawn(5, 4, seed=seed, scale=2.0)
    assert crammer_singer(scores, Y).item() == pytest.approx(loop(scores, Y), rel=1e-14)
    assert torch.autograd.gradcheck(lambda s: crammer_singer(s, Y), (scores,))


def test_the_losses_by_hand():
    loss, *_ = fitted(MultiHinge(hinge_weight=0.3, matching_weight=0.7))
    assert loss.head.out_features == CLASSES + 1
    real, fake = drawn(5, 4, seed=1), drawn(5, 4, seed=2)
    on_real, on_fake = loss.head(real), loss.head(fake)
    d, g = (shown(player, real, fake, Y, Y_FAKE) for player in "DG")
    with NoHostSync():
        d_loss, g_loss = loss.d_loss(d), loss.g_loss(g)
    assert d_loss.item() == pytest.approx(loop(on_real, Y) + loop(on_fake, torch.full((5,), CLASSES)), rel=1e-14)
    apart = sum(abs(fake[:, k].mean().item() - real[:, k].mean().item()) for k in range(4)) / 4
    assert g_loss.item() == pytest.approx(0.3 * loop(on_fake, Y_FAKE) + 0.7 * apart, rel=1e-13)


def test_without_matching_g_looks_at_no_real_image():
    loss, *_ = fitted(MultiHinge(hinge_weight=1.0, matching_weight=0.0))
    real, fake = drawn(5, 4, seed=1), drawn(5, 4, seed=2)
    g_loss = loss.g_loss(shown("G", real, fake, Y, Y_FAKE))
    assert g_loss.item() == pytest.approx(loop(loss.head(fake), Y_FAKE), rel=1e-14)
    assert torch.autograd.grad(g_loss, (real, fake), allow_unused=True)[0] is None


def test_gradients():
    loss, *_ = fitted(MultiHinge(hinge_weight=0.3, matching_weight=0.7))
    real, fake = drawn(5, 4, seed=3), drawn(5, 4, seed=4)
    assert torch.autograd.gradcheck(lambda r, f: loss.d_loss(shown("D", r, f, Y, Y_FAKE)), (real, fake))
    assert torch.autograd.gradcheck(lambda f: loss.g_loss(shown("G", real, f, Y, Y_FAKE)), (fake,))


def test_each_player_raises_its_own_class():
    """D raises the class of real and ``fake`` of fakes; G raises the class that was asked."""
    loss, *_ = fitted(MultiHinge(hinge_weight=1.0, matching_weight=0.0))
    with torch.no_grad():  # features are scores; there is no fifth class
        loss.head.weight.copy_(torch.eye(4))
        loss.head.bias.zero_()
    real, fake = (torch.zeros(3, 4, dtype=torch.float64, requires_grad=True) for _ in range(2))
    y, y_fake = torch.tensor([0, 1, 2]), torch.tensor([1, 2, 0])
    on_real, on_fake = torch.autograd.grad(loss.d_loss(shown("D", real, fake, y, y_fake)), (real, fake))
    (asked,) = torch.autograd.grad(loss.g_loss(shown("G", real, fake, y, y_fake)), fake)
    for gradient, raised in ((on_real, y), (on_fake, torch.full((3,), CLASSES)), (asked, y_fake)):
        for i, k in enumerate(raised.tolist()):
            assert gradient[i, k] < 0
            assert gradient[i].sum().abs() < 1e-15  # as much as its rivals are lowered together


def players(classes=CLASSES, conditioning="none"):
    torch.manual_seed(3)
    shape = {"image_size": 8, "channels": 1, "num_classes": classes, "width": 4}
    return DCGANGenerator(**shape, z_dim=6), DCGANDiscriminator(**shape, conditioning=conditioning)


@pytest.mark.parametrize("matching", [0.0, 1.0])
def test_the_head_moves_in_the_turn_of_d_and_its_own_logits_never(matching):
    loss, (G, D) = MultiHinge(matching_weight=matching), players()
    trainer = game(None, G, D, loss=loss, classes=CLASSES)
    assert moved(trainer, "D") == weights_of(loss, "loss") | weights_of(D, "D", without=["head"])
    assert moved(trainer, "G") == weights_of(G, "G")


def test_either_player_descends():
    loss, (G, D) = MultiHinge(hinge_weight=1.0), players()
    trainer = game(None, G, D, loss=loss, classes=CLASSES, lr=3e-3, optimizer="adam", batch=32)
    for player in "DG":
        values = [trainer.take_turn(player)[1].item() for _ in range(60)]
        assert sum(values[-10:]) < sum(values[:10])


def test_refusals():
    with pytest.raises(RecipeError, match=r"^loss 'multi-hinge' needs labels, and this recipe is not conditional: "):
        MultiHinge().prepare(PlainG(0), PlainD(0))
    with pytest.raises(RecipeError, match=r"^loss 'multi-hinge' asks the discriminator's features for the label"):
        MultiHinge().prepare(PlainG(), PlainD(sees=True))
    for name in ("hinge_weight", "matching_weight"):
        with pytest.raises(RecipeError, match=f"^{name} is -1"):
            MultiHinge(**{name: -1.0})
