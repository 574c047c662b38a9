import pytest
import torch
from ganzoo_plugins.energy_based.began import BEGAN
from ganzoo_plugins.energy_based.began_discriminator import BEGANDiscriminator
from ganzoo_plugins.energy_based.began_generator import BEGANGenerator
from stand_in_turn import NoHostSync, dealt
from tiny_players import recipe
from torch import nn

from ganzoo.errors import RecipeError
from ganzoo.recipes.building.build import Parts
from ganzoo.training import Trainer

NO_IMAGES = torch.zeros(1)
NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.LayerNorm, nn.GroupNorm, nn.InstanceNorm2d)


def energies(real, fake, player="D"):
    turn = dealt(player, None, None, NO_IMAGES)
    return turn.replace(on_real={"energy": real}, on_fake={"energy": fake})


def numbers(*values):
    return torch.tensor(values, dtype=torch.float64, requires_grad=True)


# -- the loss and its k ----------------------------------------------------------------------------------------


def test_hand_computed():
    loss = BEGAN(gamma=0.5, gain=0.1).double()
    turn = energies(numbers(1.0, 3.0), numbers(0.5, 0.1))  # means 2 and 0.3
    assert loss.d_loss(turn).item() == 2.0  # k_0 is 0
    assert loss.k.item() == pytest.approx(0.1 * (0.5 * 2 - 0.3), rel=1e-14)
    assert loss.measure.item() == pytest.approx(2 + 0.7, rel=1e-14)
    assert loss.d_loss(turn).item() == pytest.approx(2 - 0.07 * 0.3, rel=1e-14)
    assert loss.g_loss(turn).item() == pytest.approx(0.3, rel=1e-14)


def test_k_step_by_step():
    """Twelve turns against plain arithmetic, with both ends of [0, 1] reached."""
    draw = torch.Generator().manual_seed(3)
    loss, k, seen = BEGAN(gamma=0.7, gain=0.4).double(), 0.0, []
    for i in range(12):
        real = torch.rand(4, dtype=torch.float64, generator=draw) * (3 if i < 6 else 0.2)
        fake = torch.rand(4, dtype=torch.float64, generator=draw) * (0.2 if i < 6 else 3)
        a, b = sum(real.tolist()) / 4, sum(fake.tolist()) / 4
        assert loss.d_loss(energies(real, fake)).item() == pytest.approx(a - k * b, rel=1e-12)
        k = min(max(k + 0.4 * (0.7 * a - b), 0.0), 1.0)
        assert loss.k.item() == pytest.approx(k, rel=1e-12)
        assert loss.measure.item() == pytest.approx(a + abs(0.7 * a - b), rel=1e-12)
        seen.append(k)
    assert 1.0 in seen
    assert seen[-1] == 0.0
    assert any(0 < k < 1 for k in seen)


def test_the_gradient_is_that_of_the_k_before_the_turn():
    loss = BEGAN(gamma=0.5, gain=0.1).double()
    loss.k.fill_(0.25)
    real, fake = numbers(1.0, 3.0), numbers(0.5, 0.1)
    total = loss.d_loss(energies(real, fake))
    assert loss.k.item() != 0.25
    d_real, d_fake = torch.autograd.grad(total, (real, fake))
    assert d_real.tolist() == [0.5, 0.5]
    assert d_fake.tolist() == [-0.125, -0.125]


def test_the_generators_turn_leaves_k_alone():
    loss = BEGAN()
    loss.k.fill_(0.5)
    turn = energies(torch.ones(3), torch.zeros(3), player="G")
    loss.g_loss(turn)
    loss.d_loss(turn)  # as a term that looks ahead does
    assert loss.k.item() == 0.5
    assert loss.measure.item() == 0


def test_gradients():
    draw = torch.Generator().manual_seed(0)
    real, fake = (torch.rand(5, dtype=torch.float64, generator=draw).requires_grad_() for _ in range(2))
    loss = BEGAN().double()
    loss.k.fill_(0.6)
    assert torch.autograd.gradcheck(lambda r, f: loss.d_loss(energies(r, f, "G")), (real, fake))
    assert torch.autograd.gradcheck(lambda f: loss.g_loss(energies(real, f, "G")), (fake,))


def test_state_lives_in_buffers_and_no_value_goes_to_the_host():
    loss = BEGAN()
    assert loss.state_dict().keys() == {"k", "measure"}
    with NoHostSync():
        value = loss.d_loss(energies(torch.rand(4), torch.rand(4)))
    assert value.shape == ()


@pytest.mark.parametrize("gamma", [0.0, -0.5, 1.1])
def test_unfit_parameters_are_refused(gamma):
    with pytest.raises(RecipeError, match=r"gamma is .*, and must be above 0 and at most 1$"):
        BEGAN(gamma=gamma)
    with pytest.raises(RecipeError, match="gain is -1"):
        BEGAN(gain=-1)


@pytest.mark.parametrize(
    "schedule",
    [{}, {"share_fakes": True}, {"order": "simultaneous"}, {"d_steps": 3}],
    ids=["alternating", "sharing", "simultaneous", "three"],
)
def test_k_in_a_game_moves_once_a_turn_of_the_discriminator_with_what_it_saw(schedule):
    torch.manual_seed(0)
    shape = {"image_size": 8, "channels": 1, "num_classes": 0}
    parts = Parts(BEGANGenerator(**shape, width=4), BEGANDiscriminator(**shape, width=4), BEGAN(gain=0.5), [])
    parts.D.channels = parts.G.channels = 1
    images = torch.randint(0, 256, (20, 1, 8, 8), dtype=torch.uint8, generator=torch.Generator().manual_seed(7))
    trainer = Trainer(recipe(schedule), parts, images, None, seed=0)
    seen = []
    parts.D.register_forward_hook(lambda module, args, out: seen.append(out["energy"].mean().item()))
    k, turns = 0.0, schedule.get("d_steps", 1)
    for _ in range(4):
        seen.clear()
        trainer.step()
        for turn in range(turns):
            real, fake = seen[2 * turn : 2 * turn + 2]  # the turn's first two looks
            k = min(max(k + 0.5 * (0.5 * real - fake), 0.0), 1.0)
        assert len(seen) == 2 * turns + (schedule.get("order") != "simultaneous")
        assert parts.loss.k.item() == pytest.approx(k, rel=1e-5)
        assert parts.loss.measure.item() == pytest.approx(real + abs(0.5 * real - fake), rel=1e-5)
        assert k > 0


# -- the players -----------------------------------------------------------------------------------------------


def shape(image_size=16, channels=1, num_classes=0):
    return {"image_size": image_size, "channels": channels, "num_classes": num_classes}


@pytest.mark.parametrize("size", [8, 12, 28, 32])
@pytest.mark.parametrize(("channels", "num_classes"), [(1, 0), (3, 0), (2, 5)])
def test_players_fit(size, channels, num_classes):
    torch.manual_seed(0)
    y = torch.tensor([0, 4, 2]) if num_classes else None
    G = BEGANGenerator(**shape(size, channels, num_classes), width=4, z_dim=6)
    x = G(G.sample_z(3, device="cpu"), y)
    assert x.shape == (3, channels, size, size)
    assert -1 <= x.min() < x.max() <= 1
    D = BEGANDiscriminator(**shape(size, channels, num_classes), width=4, code=6)
    verdict = D(x, y)
    assert verdict.keys() == D.outputs == {"energy", "features"}
    assert verdict["features"].shape == (3, 6)
    again = D.decoder(verdict["features"])
    assert torch.allclose(verdict["energy"], (again - x).abs().flatten(1).mean(1), rtol=1e-5)


def test_the_generator_has_the_form_of_the_decoder():
    G = BEGANGenerator(**shape(32, 3), width=8, z_dim=64)
    D = BEGANDiscriminator(**shape(32, 3), width=8, code=64)
    assert [p.shape for p in G.parameters()] == [p.shape for p in D.decoder.parameters()]
    # dense 64 x 8x4x4; two 3x3 convolutions of 8 at each of 4 sizes; the image
    assert sum(p.numel() for p in G.parameters()) == 65 * 128 + 8 * (8 * 8 * 9 + 8) + 8 * 3 * 9 + 3


def test_the_encoder_grows_by_its_width_with_each_halving():
    D = BEGANDiscriminator(**shape(32, 3), width=8, code=5)
    convolutions = [m for m in D.encoder if isinstance(m, nn.Conv2d)]
    assert [m.out_channels for m in convolutions] == [8, 8, 16, 16, 24, 24, 32, 32, 32]
    assert [m.stride[0] for m in convolutions] == [1, 1, 2, 1, 2, 1, 2, 1, 1]


@pytest.mark.parametrize(("size", "width"), [(8, 16), (32, 32), (128, 128)])
def test_the_width_follows_the_image(size, width):
    assert BEGANDiscriminator(**shape(size)).encoder[0].out_channels == width
    assert BEGANGenerator(**shape(size)).net[0][2].out_channels == width


@pytest.mark.parametrize(("size", "code"), [(8, 16), (12, 36), (16, 64), (32, 64)])
def test_the_code_is_shorter_than_the_image(size, code):
    D = BEGANDiscriminator(**shape(size))
    assert D(torch.zeros(2, 1, size, size))["features"].shape == (2, code)


def test_there_is_no_normalisation_so_that_an_image_is_judged_alone():
    torch.manual_seed(0)
    D = BEGANDiscriminator(**shape(), width=4)
    x = torch.randn(5, 1, 16, 16)
    assert torch.allclose(D(x)["energy"][:2], D(x[:2])["energy"], rtol=1e-5)
    assert not any(isinstance(m, NORMS) for m in [*D.modules(), *BEGANGenerator(**shape()).modules()])


def test_latents_are_uniform():
    z = BEGANGenerator(**shape(8), z_dim=10).sample_z(500, device="cpu", rng=torch.Generator().manual_seed(0))
    assert -1 <= z.min() < -0.99
    assert 0.99 < z.max() <= 1
    assert z.std().item() == pytest.approx(3**-0.5, abs=0.02)


def test_a_label_changes_image_and_code():
    torch.manual_seed(0)
    y = torch.tensor([0, 1, 0])
    G, D = BEGANGenerator(**shape(num_classes=3), width=4), BEGANDiscriminator(**shape(num_classes=3), width=4)
    x = G(G.sample_z(1, device="cpu").expand(3, -1), y)
    code = D(x[:1].expand(3, -1, -1, -1), y)["features"]
    for values in (x, code):
        assert torch.allclose(values[0], values[2], atol=1e-6)
        assert (values[0] - values[1]).abs().max() > 1e-4


def test_unfit_players_are_refused():
    for cls in (BEGANGenerator, BEGANDiscriminator):
        with pytest.raises(RecipeError, match=r"image size 30 .* 28 and 32; --size 28"):
            cls(**shape(30))
        with pytest.raises(RecipeError, match="width is 0"):
            cls(**shape(), width=0)
    with pytest.raises(RecipeError, match="code is 0"):
        BEGANDiscriminator(**shape(), code=0)
