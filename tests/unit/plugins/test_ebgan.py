import pytest
import torch
from ganzoo_plugins.energy_based.autoencoder import Autoencoder
from ganzoo_plugins.energy_based.ebgan import EBGAN
from ganzoo_plugins.energy_based.pulling_away import PullingAway
from stand_in_turn import NoHostSync, dealt
from torch import nn

from ganzoo.errors import RecipeError

NO_IMAGES = torch.zeros(1)


def energies(real, fake, player="D"):
    turn = dealt(player, None, None, NO_IMAGES)
    return turn.replace(on_real={"energy": real}, on_fake={"energy": fake})


def numbers(*values):
    return torch.tensor(values, dtype=torch.float64, requires_grad=True)


# -- the loss --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("margin", "d_loss"), [(1.0, 0.4 + 0.25), (4.0, 0.4 + (3.5 + 1.0) / 2), (0.5, 0.4)])
def test_hand_computed(margin, d_loss):
    turn, loss = energies(numbers(0.2, 0.6), numbers(0.5, 3.0)), EBGAN(margin=margin)
    assert loss.d_loss(turn).item() == pytest.approx(d_loss, rel=1e-15)
    assert loss.g_loss(turn).item() == pytest.approx(1.75, rel=1e-15)


def test_a_fake_beyond_the_margin_no_longer_concerns_the_discriminator():
    real, fake = numbers(0.2, 5.0), numbers(0.5, 1.5)
    turn = energies(real, fake)
    d_real, d_fake = torch.autograd.grad(EBGAN(margin=1.0).d_loss(turn), (real, fake))
    assert d_real.tolist() == [0.5, 0.5]
    assert d_fake.tolist() == [-0.5, 0.0]
    (g_fake,) = torch.autograd.grad(EBGAN(margin=1.0).g_loss(turn), fake)
    assert g_fake.tolist() == [0.5, 0.5]  # the generator goes on to lower it


@pytest.mark.parametrize("energy", [0.0, 0.3, 1.0])
def test_where_the_fakes_are_as_the_real_ones_the_loss_is_the_margin(energy):
    """The value of the game at its equilibrium (arXiv:1609.03126, theorem 1)."""
    same = torch.full((5,), energy, dtype=torch.float64)
    assert EBGAN(margin=1.0).d_loss(energies(same, same)).item() == pytest.approx(1.0, rel=1e-15)


def test_gradients():
    draw = torch.Generator().manual_seed(0)
    real, fake = (torch.rand(6, dtype=torch.float64, generator=draw).mul_(2).requires_grad_() for _ in range(2))
    loss = EBGAN(margin=1.1)
    assert torch.autograd.gradcheck(lambda r, f: loss.d_loss(energies(r, f)), (real, fake))
    assert torch.autograd.gradcheck(lambda f: loss.g_loss(energies(real.detach(), f)), (fake,))


@pytest.mark.parametrize("margin", [0.0, -1.0])
def test_unfit_margins_are_refused(margin):
    with pytest.raises(RecipeError, match=r"^margin is .*, and must be a number above 0$"):
        EBGAN(margin=margin)


# -- pulling away ----------------------------------------------------------------------------------------------


def codes(features):
    return dealt("G", None, None, NO_IMAGES).replace(on_fake={"features": features})


def pull(features):
    return PullingAway().g_penalty(codes(features))


def test_orthogonal_codes_cost_nothing_and_parallel_ones_everything():
    directions = torch.eye(4, dtype=torch.float64)
    assert pull(directions * torch.tensor([[1.0], [2.0], [30.0], [0.1]])).item() == 0
    same = torch.tensor([[1.0, 2.0, -2.0]], dtype=torch.float64)
    assert pull(same.expand(5, 3)).item() == pytest.approx(1, rel=1e-14)
    assert pull(same * torch.tensor([[1.0], [-1.0], [7.0]])).item() == pytest.approx(1, rel=1e-14)  # opposite as well


def test_the_mean_is_over_pairs_of_different_fakes():
    third = 3**0.5 / 2
    features = torch.tensor([[2.0, 0.0], [0.5, third], [0.0, 5.0]], dtype=torch.float64)
    # 60, 30 and 90 degrees: squared cosines 1/4, 3/4 and 0
    assert pull(features).item() == pytest.approx((1 / 4 + 3 / 4 + 0) / 3, rel=1e-14)


def test_a_code_does_not_count_by_its_length():
    draw = torch.Generator().manual_seed(1)
    features = torch.randn(6, 4, dtype=torch.float64, generator=draw)
    scales = torch.rand(6, 1, dtype=torch.float64, generator=draw) * 10 + 0.1
    assert pull(features * scales).item() == pytest.approx(pull(features).item(), rel=1e-12)


def test_gradients_of_pulling_away():
    features = torch.randn(5, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(2)).requires_grad_()
    assert torch.autograd.gradcheck(pull, (features,))
    (slope,) = torch.autograd.grad(pull(features), features)
    assert pull(features.detach() - 0.1 * slope) < pull(features)


def test_one_fake_and_codes_of_zero_are_no_trouble():
    assert pull(torch.ones(1, 3)).item() == 0
    features = torch.zeros(3, 4, requires_grad=True)
    pull(features).backward()
    assert torch.isfinite(features.grad).all()


def test_the_term_is_the_generators_alone():
    term = PullingAway()
    assert (term.weight, term.every) == (0.1, 1)
    assert term.d_penalty(codes(torch.ones(3, 2))) is None
    with NoHostSync():
        assert pull(torch.randn(4, 3)).shape == ()


# -- the autoencoder -------------------------------------------------------------------------------------------


def shape(image_size=16, channels=1, num_classes=0):
    return {"image_size": image_size, "channels": channels, "num_classes": num_classes}


@pytest.mark.parametrize("size", [8, 12, 28, 32])
@pytest.mark.parametrize(("channels", "num_classes"), [(1, 0), (3, 0), (2, 5)])
def test_the_energy_is_the_mean_squared_error_of_what_the_code_decodes_to(size, channels, num_classes):
    torch.manual_seed(0)
    D = Autoencoder(**shape(size, channels, num_classes), width=4)
    x = torch.randn(3, channels, size, size)
    verdict = D(x, torch.tensor([0, 4, 2]) if num_classes else None)
    assert verdict.keys() == D.outputs == {"energy", "features"}
    again = D.decoder(verdict["features"])  # batch norm as in the same training pass
    assert again.shape == x.shape
    assert torch.allclose(verdict["energy"], ((again - x) ** 2).flatten(1).mean(1), rtol=1e-5)
    assert verdict["features"].ndim == 2


def test_a_perfect_reconstruction_has_no_energy_and_an_offset_its_square():
    D = Autoencoder(**shape(8), width=4)
    for p in D.decoder.parameters():
        nn.init.zeros_(p)
    assert torch.equal(D(torch.zeros(3, 1, 8, 8))["energy"], torch.zeros(3))
    assert torch.allclose(D(torch.full((2, 1, 8, 8), 0.5))["energy"], torch.full((2,), 0.25))


def test_a_label_changes_the_code():
    torch.manual_seed(0)
    D = Autoencoder(**shape(num_classes=3), width=4).eval()
    x = torch.randn(1, 1, 16, 16).expand(3, -1, -1, -1)
    features = D(x, torch.tensor([0, 1, 0]))["features"]
    assert torch.allclose(features[0], features[2])
    assert (features[0] - features[1]).abs().max() > 1e-4


def test_layout_at_64_pixels():
    wanted = 3 * 64 * 16 + 64  # the first has a bias, and so has the last; the others batch normalisation
    wanted += 64 * 128 * 16 + 256 + 128 * 256 * 16 + 512 + 256 * 512 * 16 + 1024
    wanted += 512 * 256 * 16 + 512 + 256 * 128 * 16 + 256 + 128 * 64 * 16 + 128 + 64 * 3 * 16 + 3
    assert sum(p.numel() for p in Autoencoder(**shape(64, 3)).parameters()) == wanted


def test_unfit_images_and_widths_are_refused():
    with pytest.raises(RecipeError, match=r"image size 30 .* 28 and 32; --size 28"):
        Autoencoder(**shape(30))
    with pytest.raises(RecipeError, match="width is 0"):
        Autoencoder(**shape(), width=0)


def test_an_autoencoder_learns_to_tell_digits_from_noise():
    """A few steps of the discriminator lower the energy of what it is shown as real, and raise the other."""
    torch.manual_seed(0)
    D, loss = Autoencoder(**shape(8), width=8), EBGAN(margin=1.0)
    rows = torch.sign(torch.randn(32, 1, 8, 1)).expand(-1, -1, -1, 8)  # stripes
    noise = torch.sign(torch.randn(32, 1, 8, 8))
    optimizer = torch.optim.Adam(D.parameters(), lr=1e-2)
    for _ in range(60):
        turn = dealt("D", None, D, rows, fake=noise)
        optimizer.zero_grad()
        loss.d_loss(turn).backward()
        optimizer.step()
    real, fake = D(rows)["energy"].mean().item(), D(noise)["energy"].mean().item()
    assert real < 0.2
    assert fake > real + 0.5
