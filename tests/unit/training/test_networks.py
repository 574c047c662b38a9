from itertools import product

import pytest
import torch
from ganzoo_plugins.dcgan.discriminator import DCGANDiscriminator
from ganzoo_plugins.dcgan.generator import DCGANGenerator
from ganzoo_plugins.dcgan.tutorial_discriminator import TutorialDiscriminator
from ganzoo_plugins.dcgan.tutorial_generator import TutorialGenerator
from ganzoo_plugins.sngan.discriminator import SNGANDiscriminator
from ganzoo_plugins.sngan.generator import SNGANGenerator
from ganzoo_plugins.wgan_gp.convolutional import WGANGPCritic, WGANGPGenerator
from ganzoo_plugins.wgan_gp.residual import ImageBlock, ResNetCritic, ResNetDownBlock, ResNetGenerator, ResNetUpBlock
from stand_in_turn import NoHostSync
from torch import nn
from torch.nn.functional import avg_pool2d, interpolate, relu

from ganzoo.errors import RecipeError
from ganzoo.layers import doubling, halving, halvings

GENERATORS = [DCGANGenerator, WGANGPGenerator, ResNetGenerator, SNGANGenerator, TutorialGenerator]
DISCRIMINATORS = [DCGANDiscriminator, WGANGPCritic, ResNetCritic, SNGANDiscriminator, TutorialDiscriminator]
NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.LayerNorm, nn.GroupNorm, nn.InstanceNorm2d)


def shape(image_size=16, channels=1, num_classes=0):
    return {"image_size": image_size, "channels": channels, "num_classes": num_classes}


def parameters(module):
    return sum(p.numel() for p in module.parameters())


# -- sizes -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "pair"),
    [(8, (4, 1)), (10, (5, 1)), (14, (7, 1)), (28, (7, 2)), (32, (4, 3)), (48, (6, 3)), (64, (4, 4)), (96, (6, 4))],
)
def test_halvings(size, pair):
    assert halvings(size) == pair


def test_halvings_accept_exactly_the_rule_and_name_the_nearest_sizes_else():
    fit = {base << times for base, times in product(range(4, 8), range(1, 10))}
    for size in range(8, 513):
        if size in fit:
            base, times = halvings(size)
            assert (base << times, 4 <= base <= 7, times >= 1) == (size, True, True)
        else:
            below, above = max(s for s in fit if s < size), min(s for s in fit if s > size)
            with pytest.raises(
                RecipeError, match=rf"image size {size} .* the nearest are {below} and {above}; --size {below} --crop"
            ):
                halvings(size)


@pytest.mark.parametrize("size", [2, 4, 7])
def test_too_small(size):
    with pytest.raises(RecipeError, match=rf"image size {size} is too small .* the smallest is 8"):
        halvings(size)


def test_points_are_no_images():
    with pytest.raises(RecipeError, match="is for images of 8 or more pixels a side, and the data are points"):
        halvings(1)


@pytest.mark.parametrize("kernel", [2, 3, 4, 5, 6, 7])
@pytest.mark.parametrize("size", [4, 6, 14])
def test_layers_halve_and_double_exactly(kernel, size):
    assert halving(1, 2, kernel)(torch.zeros(1, 1, size, size)).shape == (1, 2, size // 2, size // 2)
    assert doubling(2, 1, kernel)(torch.zeros(1, 2, size, size)).shape == (1, 1, 2 * size, 2 * size)


# -- shapes ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [8, 28, 32, 48, 64, 96])
@pytest.mark.parametrize("cls", GENERATORS)
def test_generators_make_images(cls, size):
    for channels, num_classes in [(1, 0), (2, 5), (3, 0)]:
        torch.manual_seed(0)
        G = cls(**shape(size, channels, num_classes), width=2)
        z = G.sample_z(3, device="cpu")
        assert z.shape == (3, G.z_dim)
        x = G(z, torch.tensor([0, 4, 2]) if num_classes else None)
        assert x.shape == (3, channels, size, size)
        assert x.dtype == torch.float32
        assert -1 <= x.min() < x.max() <= 1


@pytest.mark.parametrize("size", [8, 28, 32, 48, 64, 96])
@pytest.mark.parametrize("cls", DISCRIMINATORS)
def test_discriminators_judge_images(cls, size):
    for channels, num_classes in [(1, 0), (2, 5), (3, 0)]:
        torch.manual_seed(0)
        D = cls(**shape(size, channels, num_classes), width=2)
        out = D(torch.randn(3, channels, size, size), torch.tensor([0, 4, 2]) if num_classes else None)
        assert out.keys() == D.outputs >= {"logits", "features"}
        assert out["logits"].shape == (3,)
        assert out["features"].shape == (3, D.head.in_features)
        assert torch.equal(out["logits"], D.head(out["features"]).squeeze(1))


@pytest.mark.parametrize("cls", GENERATORS + DISCRIMINATORS)
def test_other_sizes_are_refused_in_one_sentence(cls):
    with pytest.raises(RecipeError, match=r"image size 30 .* 28 and 32; --size 28 --crop") as caught:
        cls(**shape(30))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("cls", GENERATORS + DISCRIMINATORS)
@pytest.mark.parametrize("width", [0, -3, 2.5, True, "wide"])
def test_unfit_widths_are_refused(cls, width):
    with pytest.raises(RecipeError, match=r"width is .*, and must be a whole number of at least 1"):
        cls(**shape(), width=width)


def test_unfit_choices_are_refused():
    with pytest.raises(RecipeError, match="prior is 'cauchy'"):
        DCGANGenerator(**shape(), prior="cauchy")
    for cls in (DCGANGenerator, DCGANDiscriminator):
        with pytest.raises(RecipeError, match="kernel is 3"):
            cls(**shape(), kernel=3)
    for dropout in (1.0, -0.1):
        with pytest.raises(RecipeError, match="dropout is"):
            TutorialDiscriminator(**shape(), dropout=dropout)


# -- latents and labels ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("cls", GENERATORS)
def test_latents_repeat_with_their_generator_and_leave_the_global_one_alone(cls):
    G = cls(**shape(), width=2)
    state = torch.get_rng_state()
    one, two = (G.sample_z(50, device="cpu", rng=torch.Generator().manual_seed(3)) for _ in range(2))
    assert torch.equal(one, two)
    assert torch.equal(state, torch.get_rng_state())


def test_the_dcgan_prior():
    rng = torch.Generator().manual_seed(0)
    uniform = DCGANGenerator(**shape(), width=2).sample_z(500, device="cpu", rng=rng)
    normal = DCGANGenerator(**shape(), width=2, prior="normal").sample_z(500, device="cpu", rng=rng)
    assert -1 <= uniform.min() < -0.99
    assert 0.99 < uniform.max() <= 1
    assert uniform.std().item() == pytest.approx(3**-0.5, abs=0.01)
    assert normal.std().item() == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("cls", GENERATORS)
def test_a_label_changes_the_image(cls):
    torch.manual_seed(0)
    G = cls(**shape(num_classes=3), width=4).eval()
    z = G.sample_z(1, device="cpu").expand(3, -1)
    x = G(z, torch.tensor([0, 1, 0]))
    assert torch.allclose(x[0], x[2], atol=1e-6)
    assert (x[0] - x[1]).abs().max() > 1e-5


@pytest.mark.parametrize("cls", DISCRIMINATORS)
def test_a_label_changes_the_verdict(cls):
    torch.manual_seed(0)
    D = cls(**shape(num_classes=3), width=4).double().eval()
    x = torch.randn(1, 1, 16, 16, dtype=torch.float64).expand(3, -1, -1, -1)
    logits = D(x, torch.tensor([0, 1, 0]))["logits"]
    assert torch.allclose(logits[0], logits[2], rtol=1e-9, atol=0)
    assert (logits[0] - logits[1]).abs() > 1e-3 * logits[0].abs()


# -- layouts of the papers -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cls", "data", "wanted"),
    [
        # dense 100 x 16384 and its batch norm; kernels of 25 taps and batch norms of 512, 256, 128; the image
        (
            DCGANGenerator,
            shape(64, 3),
            1_638_400 + 32_768 + 13_107_200 + 1_024 + 3_276_800 + 512 + 819_200 + 256 + 9_603,
        ),
        # 3-128 with bias, 128-256-512-1024 with batch norms, dense 16384
        (
            DCGANDiscriminator,
            shape(64, 3),
            9_728 + 819_200 + 512 + 3_276_800 + 1_024 + 13_107_200 + 2_048 + 16_385,
        ),
        # 28x28: dense 100 x 12544, batch norm, 256-128-64-1: what the tutorial's own summary counts
        (TutorialGenerator, shape(28, 1), 2_305_472),
        (TutorialDiscriminator, shape(28, 1), 1_664 + 204_928 + 6_273),
        # three blocks of 2 x (3x3 and bias), 1x1 shortcut, 2 batch norms
        (ResNetGenerator, shape(32, 3), 264_192 + 3 * (2 * 147_584 + 16_512 + 512) + 256 + 3_459),
        (ResNetCritic, shape(32, 3), (3_584 + 147_584 + 512) + (2 * 147_584 + 16_512) + 2 * 2 * 147_584 + 129),
        (
            SNGANGenerator,
            shape(32, 3),
            1_048_576 + 16_384 + 2_097_152 + 512 + 524_288 + 256 + 131_072 + 128 + 1_731,
        ),
        (
            SNGANDiscriminator,
            shape(32, 3),
            1_792 + 65_600 + 73_856 + 262_272 + 295_168 + 1_048_832 + 1_180_160 + 8_193,
        ),
        (WGANGPGenerator, shape(32, 3), 1_048_576 + 16_384 + 3_276_800 + 512 + 819_200 + 256 + 9_603),
        (WGANGPCritic, shape(32, 3), 9_728 + 819_456 + 3_277_312 + 8_193),
    ],
)
def test_parameter_counts_of_the_papers_sizes(cls, data, wanted):
    with torch.device("meta"):
        assert parameters(cls(**data)) == wanted


def channels_of(net, kind):
    return [m.out_channels for m in net.modules() if isinstance(m, kind)]


def test_channels_of_the_papers_sizes():
    with torch.device("meta"):
        assert channels_of(DCGANGenerator(**shape(64, 3)), nn.ConvTranspose2d) == [512, 256, 128, 3]
        assert channels_of(DCGANDiscriminator(**shape(64, 3)), nn.Conv2d) == [128, 256, 512, 1024]
        assert channels_of(SNGANGenerator(**shape(32, 3)), nn.ConvTranspose2d) == [256, 128, 64]
        assert channels_of(SNGANDiscriminator(**shape(32, 3)), nn.Conv2d) == [64, 64, 128, 128, 256, 256, 512]
        assert channels_of(TutorialGenerator(**shape(28)), nn.ConvTranspose2d) == [128, 64, 1]
        assert channels_of(TutorialDiscriminator(**shape(28)), nn.Conv2d) == [64, 128]
        assert [type(m) for m in ResNetCritic(**shape(32, 3)).body[:-1]] == [
            ImageBlock,
            ResNetDownBlock,
            ResNetDownBlock,
            ResNetDownBlock,
        ]


@pytest.mark.parametrize("size", [8, 14])
def test_an_image_that_halves_once_still_gets_two_hidden_layers(size):
    for cls in (DCGANGenerator, WGANGPGenerator):
        first, last = [m for m in cls(**shape(size), width=8).net if isinstance(m, nn.Conv2d | nn.ConvTranspose2d)]
        assert (first.in_channels, first.out_channels, first.stride) == (16, 8, (1, 1))
        assert (last.in_channels, last.out_channels, last.stride) == (8, 1, (2, 2))
    for cls in (DCGANDiscriminator, WGANGPCritic, TutorialDiscriminator):
        first, last = [m for m in cls(**shape(size), width=8).body if isinstance(m, nn.Conv2d)]
        assert (first.in_channels, first.out_channels, first.stride) == (1, 8, (2, 2))
        assert (last.in_channels, last.out_channels, last.stride) == (8, 16, (1, 1))


def test_dcgan_norms_and_activations_stand_where_the_paper_puts_them():
    with torch.device("meta"):
        G, D = DCGANGenerator(**shape(32, 3)).net, DCGANDiscriminator(**shape(32, 3)).body
    assert [type(m).__name__ for m in G] == [
        *("Linear", "BatchNorm1d", "ReLU", "Unflatten"),
        *("ConvTranspose2d", "BatchNorm2d", "ReLU") * 2,
        *("ConvTranspose2d", "Tanh"),
    ]
    assert [type(m).__name__ for m in D] == [
        *("Conv2d", "LeakyReLU"),
        *("Conv2d", "BatchNorm2d", "LeakyReLU") * 2,
        "Flatten",
    ]
    slopes = {
        cls: {m.negative_slope for m in cls(**shape(), width=2).modules() if isinstance(m, nn.LeakyReLU)}
        for cls in (DCGANDiscriminator, WGANGPCritic, SNGANDiscriminator, TutorialDiscriminator, TutorialGenerator)
    }
    assert list(slopes.values()) == [{0.2}, {0.2}, {0.1}, {0.3}, {0.3}]


@pytest.mark.parametrize("cls", [WGANGPCritic, ResNetCritic])
def test_critics_judge_each_image_alone(cls):
    torch.manual_seed(0)
    D = cls(**shape(), width=4).train()
    assert not any(isinstance(m, NORMS) for m in D.modules())
    x = torch.randn(6, 1, 16, 16)
    alone = torch.cat([D(x[i : i + 1])["logits"] for i in range(6)])
    assert torch.allclose(alone, D(x)["logits"], atol=1e-5)


def test_residual_blocks_compute_the_papers_order():
    """Shortcuts pool or double on the cheap side of their 1x1 convolution; the numbers are those of the other."""
    torch.manual_seed(0)
    x = torch.randn(2, 4, 8, 8)
    up = ResNetUpBlock(4).eval()
    h = up.conv1(interpolate(relu(up.bn1(x)), scale_factor=2, mode="nearest"))
    wanted = up.conv2(relu(up.bn2(h))) + up.shortcut(interpolate(x, scale_factor=2, mode="nearest"))
    assert torch.allclose(up(x), wanted, atol=1e-5)
    down = ResNetDownBlock(4, halve=True)
    wanted = avg_pool2d(down.conv2(relu(down.conv1(relu(x)))), 2) + avg_pool2d(down.shortcut(x), 2)
    assert torch.allclose(down(x), wanted, atol=1e-5)


# -- initial weights -------------------------------------------------------------------------------------------


def test_dcgan_weights_start_from_the_papers_normal():
    torch.manual_seed(0)
    for net in (DCGANGenerator(**shape(32, 3), width=32), DCGANDiscriminator(**shape(32, 3), width=32)):
        for m in net.modules():
            if isinstance(m, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
                assert m.weight.std().item() == pytest.approx(0.02, rel=0.12)
                assert m.bias is None or not m.bias.any()
            if isinstance(m, nn.BatchNorm1d | nn.BatchNorm2d):
                assert m.weight.mean().item() == pytest.approx(1, abs=0.02)
                assert 0.005 < m.weight.std().item() < 0.03
                assert not m.bias.any()


def test_wgan_gp_weights_start_with_he_and_glorot():
    torch.manual_seed(0)
    D = ResNetCritic(**shape(32, 3), width=64)
    block = D.body[1]
    assert block.conv1.weight.std().item() == pytest.approx((2 / (64 * 9)) ** 0.5, rel=0.05)  # He
    assert block.shortcut.weight.std().item() == pytest.approx((1 / 64) ** 0.5, rel=0.05)  # Glorot
    critic = WGANGPCritic(**shape(32, 3), width=32)
    second = critic.body[2]
    assert second.weight.std().item() == pytest.approx((4 / (32 * 25 + 64 * 25 / 4)) ** 0.5, rel=0.05)
    last = WGANGPGenerator(**shape(32, 3), width=32).net[-2]
    assert last.weight.std().item() == pytest.approx((4 / (32 * 25 / 4 + 3 * 25)) ** 0.5, rel=0.05)
    output = ResNetGenerator(**shape(32, 3), width=64).net[-2]
    assert output.weight.std().item() == pytest.approx((2 / (64 * 9 + 3 * 9)) ** 0.5, rel=0.05)


# -- as the engine uses them -----------------------------------------------------------------------------------


@pytest.mark.parametrize("cls", GENERATORS + DISCRIMINATORS)
def test_channels_last_gives_the_same_and_no_value_is_asked_for(cls):
    torch.manual_seed(0)
    net = cls(**shape(28, 3, 4), width=3).eval()
    y = torch.tensor([0, 3])
    x = net.sample_z(2, device="cpu") if cls in GENERATORS else torch.randn(2, 3, 28, 28)

    def look(x):
        with NoHostSync():
            return net(x, y) if cls in GENERATORS else net(x, y)["logits"]

    plain = look(x)
    net.to(memory_format=torch.channels_last)
    again = look(x if cls in GENERATORS else x.contiguous(memory_format=torch.channels_last))
    assert torch.allclose(plain, again, atol=1e-5)


@pytest.mark.parametrize("size", [8, 16])
@pytest.mark.parametrize("cls", GENERATORS + DISCRIMINATORS)
def test_a_seed_repeats_the_weights_and_every_parameter_learns(cls, size):
    nets = []
    for _ in range(2):
        torch.manual_seed(7)
        nets.append(cls(**shape(size, 1, 3), width=4))
    state, again = (net.state_dict() for net in nets)
    assert state.keys() == again.keys()
    assert all(torch.equal(value, again[name]) for name, value in state.items())
    net, y = nets[0], torch.tensor([0, 1, 2])
    x = net.sample_z(3, device="cpu") if cls in GENERATORS else torch.randn(3, 1, size, size)
    out = net(x, y)
    (out.square().sum() if cls in GENERATORS else out["logits"].square().sum()).backward()
    assert all(p.grad is not None and p.grad.abs().max() > 0 for p in net.parameters())


@pytest.mark.parametrize(
    ("G", "D", "widths"),
    [
        (DCGANGenerator, DCGANDiscriminator, {8: 32, 16: 32, 28: 56, 32: 64, 64: 128, 96: 192}),
        (WGANGPGenerator, WGANGPCritic, {8: 32, 28: 112, 32: 128, 64: 256}),
    ],
)
def test_the_width_of_other_sizes_is_in_proportion(G, D, widths):
    for size, width in widths.items():
        for cls in (G, D):
            with torch.device("meta"):
                own, given = cls(**shape(size)), cls(**shape(size), width=width)
            count = [[p.shape for p in net.parameters()] for net in (own, given)]
            assert count[0] == count[1]
