"""The residual networks of SNGAN: layout, conditioning, and what spectral normalisation makes of them."""

import pytest
import torch
from ganzoo_plugins.sngan.resnet_discriminator import SNGANResNetDiscriminator
from ganzoo_plugins.sngan.resnet_generator import SNGANResNetGenerator
from ganzoo_plugins.weight_constraints.spectral_norm import SpectralNorm
from stand_in_turn import NoHostSync, dealt
from torch import nn
from torch.nn.functional import avg_pool2d, interpolate, relu
from torch.nn.utils import parametrize

from ganzoo.errors import RecipeError
from ganzoo.layers import AdaptiveInstanceNorm2d, ConditionalBatchNorm2d, DownBlock, UpBlock, require_blind

GENERATED, JUDGED = ("concat", "cbn", "adain"), ("concat", "projection", "none")


def shape(image_size=8, channels=1, num_classes=0):
    return {"image_size": image_size, "channels": channels, "num_classes": num_classes}


def parameters(module):
    return sum(p.numel() for p in module.parameters())


# -- blocks ----------------------------------------------------------------------------------------------------


def test_blocks_compute_the_papers_order():
    """Shortcuts pool or double on the cheap side of their 1x1 convolution; the numbers are those of the other."""
    torch.manual_seed(0)
    x = torch.randn(2, 4, 8, 8)
    up = UpBlock(4, 3, nn.BatchNorm2d)
    h = up.conv1(interpolate(relu(nn.BatchNorm2d(4)(x)), scale_factor=2))
    wanted = up.conv2(relu(nn.BatchNorm2d(3)(h))) + up.shortcut(interpolate(x, scale_factor=2))
    assert torch.allclose(up(x), wanted, atol=1e-5)
    down = DownBlock(4, 6, halve=True)
    wanted = avg_pool2d(down.conv2(relu(down.conv1(relu(x)))), 2) + avg_pool2d(down.shortcut(x), 2)
    assert torch.allclose(down(x), wanted, atol=1e-5)
    first = DownBlock(4, 6, halve=True, first=True)
    wanted = avg_pool2d(first.conv2(relu(first.conv1(x))), 2) + first.shortcut(avg_pool2d(x, 2))
    assert torch.allclose(first(x), wanted, atol=1e-5)
    keep, widen = DownBlock(4, 4, halve=False), DownBlock(4, 6, halve=False)
    assert keep.shortcut is None
    assert torch.allclose(keep(x), keep.conv2(relu(keep.conv1(relu(x)))) + x, atol=1e-5)
    assert torch.allclose(widen(x), widen.conv2(relu(widen.conv1(relu(x)))) + widen.shortcut(x), atol=1e-5)


def test_both_norms_of_a_block_are_given_the_condition():
    torch.manual_seed(0)
    up = UpBlock(4, 3, lambda channels: ConditionalBatchNorm2d(channels, classes=2))
    x, y = torch.randn(2, 4, 4, 4), torch.tensor([0, 1])
    plain = up(x, y)
    for norm in (up.norm1, up.norm2):
        with torch.no_grad():
            norm.shift.weight[1] += 1
        assert not torch.allclose(up(x, y)[1], plain[1], atol=1e-3)
        plain = up(x, y)


# -- layout ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [8, 28, 32])
def test_shapes(size):
    for channels, num_classes in [(1, 0), (3, 4)]:
        torch.manual_seed(0)
        y = torch.tensor([0, 3]) if num_classes else None
        for conditioning in GENERATED:
            G = SNGANResNetGenerator(**shape(size, channels, num_classes), width=3, conditioning=conditioning)
            x = G(G.sample_z(2, device="cpu"), y)
            assert x.shape == (2, channels, size, size)
            assert -1 <= x.min() < x.max() <= 1
        for conditioning in JUDGED:
            D = SNGANResNetDiscriminator(**shape(size, channels, num_classes), width=3, conditioning=conditioning)
            out = D(x, y)
            assert out.keys() == D.outputs
            assert out["logits"].shape == (2,)
            assert out["features"].shape == (2, 3)
            assert out["maps"].shape == (2, 3, *[{8: 4, 28: 14, 32: 8}[size]] * 2)


def test_parameter_counts_of_the_papers_size():
    block = 2 * (256 * 256 * 9 + 256) + (256 * 256 + 256)
    dense, image, norm = 128 * 4096 + 4096, 256 * 27 + 3, 2 * 256
    down, keep = 2 * (128 * 128 * 9 + 128) + (128 * 128 + 128), 2 * (128 * 128 * 9 + 128)
    first = (27 * 128 + 128) + (128 * 128 * 9 + 128) + (3 * 128 + 128)
    with torch.device("meta"):
        G = SNGANResNetGenerator(**shape(32, 3))
        assert parameters(G) == dense + 3 * (block + 2 * norm) + norm + image == 4_276_739
        by_class = SNGANResNetGenerator(**shape(32, 3, 10))
        assert parameters(by_class) == dense + 3 * (block + 2 * 10 * norm) + norm + image
        D = SNGANResNetDiscriminator(**shape(32, 3))
        assert parameters(D) == first + down + 2 * keep + 128
        assert parameters(SNGANResNetDiscriminator(**shape(32, 3, 10))) == parameters(D) + 10 * 128
    assert [block.halve for block in [*D.body, D.last]] == [True, True, False, False]
    assert [block.first for block in [*D.body, D.last]] == [True, False, False, False]


@pytest.mark.parametrize(("size", "widths"), [(8, (64, 32)), (16, (128, 64)), (32, (256, 128))])
def test_the_width_is_in_proportion(size, widths):
    with torch.device("meta"):
        G, D = SNGANResNetGenerator(**shape(size)), SNGANResNetDiscriminator(**shape(size))
    assert (G.last.in_channels, D.head.in_features) == widths


def test_unfit_choices_are_refused():
    with pytest.raises(RecipeError, match="conditioning is 'projection', and must be one of concat, cbn, adain"):
        SNGANResNetGenerator(**shape(), conditioning="projection")
    with pytest.raises(RecipeError, match="conditioning is 'cbn', and must be one of concat, projection, none"):
        SNGANResNetDiscriminator(**shape(), conditioning="cbn")
    for cls in (SNGANResNetGenerator, SNGANResNetDiscriminator):
        with pytest.raises(RecipeError, match="width is 0"):
            cls(**shape(), width=0)
        with pytest.raises(RecipeError, match="image size 30"):
            cls(**shape(30))


def test_weights_start_with_glorot():
    torch.manual_seed(0)
    G, D = SNGANResNetGenerator(**shape(8, 3, 10), width=64), SNGANResNetDiscriminator(**shape(8, 3, 10), width=64)
    for block in (G.blocks[0], D.last):
        assert block.conv1.weight.std().item() == pytest.approx((2 * 2 / (2 * 64 * 9)) ** 0.5, rel=0.05)
    assert G.blocks[0].shortcut.weight.std().item() == pytest.approx((2 / 128) ** 0.5, rel=0.05)
    assert G.base[0].weight.std().item() == pytest.approx((2 / (128 + 1024)) ** 0.5, rel=0.05)
    assert G.last.weight.std().item() == pytest.approx((2 / (67 * 9)) ** 0.5, rel=0.1)
    assert D.projection.embed.weight.std().item() == pytest.approx((2 / 74) ** 0.5, rel=0.1)
    assert 0 < G.blocks[0].norm1.gain.weight.std().item() < 0.03
    assert not any(m.bias.any() for m in G.modules() if isinstance(m, nn.Conv2d | nn.Linear))


# -- labels ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("conditioning", GENERATED)
def test_another_label_gives_another_image(conditioning):
    torch.manual_seed(0)
    G = SNGANResNetGenerator(**shape(num_classes=3), width=8, conditioning=conditioning).eval()
    x = G(G.sample_z(1, device="cpu").expand(3, -1), torch.tensor([0, 1, 0]))
    assert torch.allclose(x[0], x[2], atol=1e-6)
    assert (x[0] - x[1]).abs().max() > 1e-4
    kinds = {type(m) for block in G.blocks for m in (block.norm1, block.norm2)}
    assert kinds == {
        {"concat": nn.BatchNorm2d, "cbn": ConditionalBatchNorm2d, "adain": AdaptiveInstanceNorm2d}[conditioning]
    }


def test_adaptive_norms_are_fed_by_the_latent_too():
    torch.manual_seed(0)
    for num_classes in (0, 3):
        G = SNGANResNetGenerator(**shape(num_classes=num_classes), width=8, conditioning="adain").eval()
        told = []
        G.blocks[0].norm2.register_forward_pre_hook(lambda _, given, told=told: told.append(given[1]))
        z, y = G.sample_z(2, device="cpu"), torch.tensor([1, 2]) if num_classes else None
        G(z, y)
        assert torch.equal(told[0], torch.cat([z, G.label.embed(y)], dim=1) if num_classes else z)


def test_the_projection_joins_the_dense_layers_verdict_on_the_sums():
    torch.manual_seed(0)
    D = SNGANResNetDiscriminator(**shape(num_classes=3), width=4)
    x, y = torch.randn(3, 1, 8, 8), torch.tensor([2, 0, 2])
    out = D(x, y)
    features = relu(D.last(out["maps"])).sum(dim=(2, 3))
    assert torch.allclose(out["features"], features)
    for i, label in enumerate(y):
        by_hand = features[i] @ (D.head.weight[0] + D.projection.embed.weight[label])
        assert torch.allclose(out["logits"][i], by_hand, atol=1e-5)


@pytest.mark.parametrize("conditioning", JUDGED)
def test_which_verdicts_know_the_label(conditioning):
    torch.manual_seed(0)
    D = SNGANResNetDiscriminator(**shape(num_classes=3), width=4, conditioning=conditioning)
    D.image_size, D.channels, D.num_classes = 8, 1, 3
    x = torch.randn(1, 1, 8, 8).expand(2, -1, -1, -1)
    logits = D(x, torch.tensor([0, 1]))["logits"]
    assert (abs(logits[0] - logits[1]) > 1e-4) == (conditioning != "none")
    if conditioning == "concat":
        with pytest.raises(RecipeError):
            require_blind(D, "features", "loss 'x'")
    else:
        require_blind(D, "features", "loss 'x'")


# -- as the engine uses them -----------------------------------------------------------------------------------


@pytest.mark.parametrize("conditioning", ["cbn", "adain"])
def test_the_largest_singular_value_is_1_once_the_power_method_has_converged(conditioning):
    torch.manual_seed(0)
    G = SNGANResNetGenerator(**shape(16, 3, 3), width=6, z_dim=5, conditioning=conditioning)
    D = SNGANResNetDiscriminator(**shape(16, 3, 3), width=6)
    SpectralNorm(n_power_iterations=1, generator=True).prepare(G, D)
    y = torch.tensor([0, 1, 2, 0])
    with torch.no_grad():
        for _ in range(60):
            D(G(G.sample_z(4, device="cpu"), y), y)
    G.eval(), D.eval()
    wrapped = [m for m in [*G.modules(), *D.modules()] if parametrize.is_parametrized(m, "weight")]
    assert len([m for m in wrapped if isinstance(m, nn.Conv2d)]) == 2 * 3 + 1 + 3 + 2 * 2
    for module in wrapped:
        original = module.parametrizations.weight.original.flatten(1)
        assert torch.linalg.svdvals(module.weight.flatten(1))[0].item() == pytest.approx(1, rel=0.01)
        scale = torch.linalg.svdvals(original)[0].item()
        assert torch.allclose(module.weight.flatten(1), original / scale, rtol=0.01, atol=1e-4)


def test_every_parameter_learns():
    torch.manual_seed(0)
    x, y = torch.randn(4, 1, 8, 8), torch.tensor([0, 1, 2, 0])
    for conditioning in GENERATED:
        G = SNGANResNetGenerator(**shape(num_classes=3), width=4, conditioning=conditioning)
        G(G.sample_z(4, device="cpu"), y).square().sum().backward()
        # What stands before a normalisation has no gradient through its bias.
        assert all(p.grad is not None and p.grad.isfinite().all() for p in G.parameters())
        assert all(p.grad.abs().max() > 0 for name, p in G.named_parameters() if not name.endswith("bias"))
    for conditioning in JUDGED:
        D = SNGANResNetDiscriminator(**shape(num_classes=3), width=4, conditioning=conditioning)
        D(x, y)["logits"].square().sum().backward()
        assert all(p.grad.abs().max() > 0 for p in D.parameters())


@pytest.mark.parametrize("conditioning", GENERATED)
def test_a_turn_asks_for_no_value_and_channels_last_gives_the_same(conditioning):
    torch.manual_seed(0)
    G = SNGANResNetGenerator(**shape(28, 3, 4), width=3, conditioning=conditioning).eval()
    D = SNGANResNetDiscriminator(**shape(28, 3, 4), width=3)
    y, z = torch.tensor([0, 3]), G.sample_z(2, device="cpu")
    with NoHostSync():
        plain = dealt("G", G, D, torch.zeros(2, 3, 28, 28), y, z=z, y_fake=y).on_fake["logits"]
    G.to(memory_format=torch.channels_last), D.to(memory_format=torch.channels_last)
    again = dealt("G", G, D, torch.zeros(2, 3, 28, 28), y, z=z, y_fake=y).on_fake["logits"]
    assert torch.allclose(plain, again, atol=1e-4)
