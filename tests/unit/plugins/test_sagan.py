"""Self-attention, and SAGAN's players."""

from itertools import pairwise

import pytest
import torch
from ganzoo_plugins.sagan.discriminator import SAGANDiscriminator
from ganzoo_plugins.sagan.generator import SAGANGenerator
from ganzoo_plugins.weight_constraints.spectral_norm import SpectralNorm
from stand_in_turn import NoHostSync, dealt
from torch import nn
from torch.nn.functional import relu
from torch.nn.utils import parametrize

from ganzoo.errors import RecipeError
from ganzoo.layers import ConditionalBatchNorm2d, SelfAttention2d, attended_map


def shape(image_size=8, channels=1, num_classes=0):
    return {"image_size": image_size, "channels": channels, "num_classes": num_classes}


def parameters(module):
    return sum(p.numel() for p in module.parameters())


def looking(channels, gamma=0.7):
    torch.manual_seed(0)
    layer = SelfAttention2d(channels).double()
    with torch.no_grad():
        layer.gamma.fill_(gamma)
    return layer


# -- attention -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("channels", "height", "width"), [(16, 4, 6), (8, 7, 5), (1, 2, 2)])
def test_attention_is_what_a_loop_over_pixels_computes(channels, height, width):
    layer = looking(channels)
    x = torch.randn(2, channels, height, width, dtype=torch.float64)
    asking, told = max(1, channels // 8), max(1, channels // 2)
    assert layer.query.weight.shape == layer.key.weight.shape == (asking, channels, 1, 1)
    assert layer.value.weight.shape == (told, channels, 1, 1)
    query, key, value, back = (m.weight[:, :, 0, 0] for m in (layer.query, layer.key, layer.value, layer.out))
    out = layer(x)
    for image, seen in zip(x, out, strict=True):
        pooled = []  # keys and values of each whole square of 2x2 pixels
        for i in range(0, height - height % 2, 2):
            for j in range(0, width - width % 2, 2):
                pixels = [image[:, i + a, j + b] for a in (0, 1) for b in (0, 1)]
                pooled.append([torch.stack([m @ p for p in pixels]).amax(0) for m in (key, value)])
        for i in range(height):
            for j in range(width):
                asked = query @ image[:, i, j]
                scores = torch.stack([asked @ k for k, _ in pooled]).exp()
                gathered = sum(s / scores.sum() * v for s, (_, v) in zip(scores, pooled, strict=True))
                assert torch.allclose(seen[:, i, j], image[:, i, j] + 0.7 * back @ gathered, atol=1e-10)


def test_attention_starts_as_the_identity_and_learns_at_once_how_much_to_attend():
    torch.manual_seed(0)
    layer, x = SelfAttention2d(8), torch.randn(2, 8, 4, 4)
    assert torch.equal(layer(x), x)
    layer(x).square().sum().backward()
    assert layer.gamma.grad.abs() > 0
    assert not layer.query.weight.grad.any()  # until gamma has moved


def test_attention_reaches_across_the_map():
    layer, x = looking(8, 1.0), torch.randn(1, 8, 6, 6, dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(layer(x)[0, :, 0, 0].sum(), x)
    assert gradient[0, :, 4:, 4:].abs().max() > 1e-6


def test_attention_can_be_differentiated_twice():
    layer, x = looking(2), torch.randn(1, 2, 4, 4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(layer, (x,))
    assert torch.autograd.gradgradcheck(layer, (x,))


def test_where_attention_stands():
    assert attended_map(None, [4, 8, 16, 32, 64], 32) == 32  # 128x128, as in the paper
    assert attended_map(None, [16, 8, 4], 32) == 16
    assert attended_map(None, [4], 32) == 4
    assert attended_map(None, [48, 96], 32) == 48
    assert attended_map(8, [4, 8, 16], 32) == 8
    assert attended_map(0, [4, 8, 16], 32) == 0
    for size in (5, 32, -4, True, "8", 2.5):
        with pytest.raises(RecipeError, match=r"^attention is .*, here one of 4, 8, 16, or 0 for none$"):
            attended_map(size, [16, 4, 8], 32)


# -- players ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [8, 28, 32])
def test_shapes(size):
    for channels, num_classes in [(1, 0), (3, 4)]:
        torch.manual_seed(0)
        y = torch.tensor([0, 3]) if num_classes else None
        G = SAGANGenerator(**shape(size, channels, num_classes), width=3)
        x = G(G.sample_z(2, device="cpu"), y)
        assert x.shape == (2, channels, size, size)
        assert -1 <= x.min() < x.max() <= 1
        base, wide = {8: (4, 3), 28: (7, 6), 32: (4, 12)}[size]
        for conditioning in ("projection", "concat", "none"):
            D = SAGANDiscriminator(**shape(size, channels, num_classes), width=3, conditioning=conditioning)
            out = D(x, y)
            assert {name: tuple(value.shape) for name, value in out.items()} == {
                "logits": (2,),
                "features": (2, wide),
                "maps": (2, wide, base, base),
            }


def attended(net, run):
    """Shapes of the maps that attend to themselves."""
    maps = []
    for module in net.modules():
        if isinstance(module, SelfAttention2d):
            module.register_forward_pre_hook(lambda _, given: maps.append(tuple(given[0].shape[1:])))
    run()
    return maps


@pytest.mark.parametrize(
    ("size", "given", "G_map", "D_map"),
    [
        (128, None, (8, 32, 32), (4, 32, 32)),
        (32, None, (4, 16, 16), (2, 16, 16)),
        (32, 8, (8, 8, 8), (4, 8, 8)),
        (32, 4, (8, 4, 4), (8, 4, 4)),
        (28, None, (4, 14, 14), (2, 14, 14)),
        (8, None, (2, 4, 4), (2, 4, 4)),
        (32, 0, None, None),
    ],
)
def test_which_map_attends_to_itself(size, given, G_map, D_map):
    with torch.device("meta"):
        G = SAGANGenerator(**shape(size), width=2, attention=given)
        D = SAGANDiscriminator(**shape(size), width=2, attention=given)
        assert attended(G, lambda: G(torch.empty(1, 128))) == ([G_map] if G_map else [])
        assert attended(D, lambda: D(torch.empty(1, 1, size, size))) == ([D_map] if D_map else [])


def conv(given, made, taps=9):
    return given * made * taps + made


def attention(channels):
    return 2 * channels * (channels // 8) + 2 * channels * (channels // 2) + 1


def test_parameter_counts_of_the_papers_size():
    with torch.device("meta"):
        G, D = SAGANGenerator(**shape(128, 3, 1000)), SAGANDiscriminator(**shape(128, 3, 1000))
    channels = [1024, 1024, 512, 256, 128, 64]
    wanted = 128 * 16384 + 16384 + attention(256) + 2 * 64 + conv(64, 3)
    for wide, narrow in pairwise(channels):
        wanted += conv(wide, narrow) + conv(narrow, narrow) + conv(wide, narrow, 1) + 2 * 1000 * (wide + narrow)
    assert parameters(G) == wanted
    channels = [3, 64, 128, 256, 512, 1024]
    wanted = attention(128) + 2 * conv(1024, 1024) + 1025 + 1000 * 1024
    for narrow, wide in pairwise(channels):
        wanted += conv(narrow, wide) + conv(wide, wide) + conv(narrow, wide, 1)
    assert parameters(D) == wanted


@pytest.mark.parametrize(("size", "width"), [(8, 32), (16, 32), (28, 56), (32, 64), (128, 64)])
def test_the_width_is_the_papers_from_32x32_on(size, width):
    with torch.device("meta"):
        G, D = SAGANGenerator(**shape(size)), SAGANDiscriminator(**shape(size))
    assert (G.last.in_channels, D.body[0].conv1.out_channels) == (width, width)


def test_unfit_choices_are_refused():
    for cls in (SAGANGenerator, SAGANDiscriminator):
        with pytest.raises(RecipeError, match=r"attention is 32, .* here one of 4, 8, 16, or 0"):
            cls(**shape(32), width=2, attention=32)
        with pytest.raises(RecipeError, match="width is 0"):
            cls(**shape(), width=0)
    with pytest.raises(RecipeError, match="conditioning is 'cbn'"):
        SAGANDiscriminator(**shape(), conditioning="cbn")


def test_another_label_gives_another_image_and_another_verdict():
    torch.manual_seed(0)
    G, D = SAGANGenerator(**shape(num_classes=3), width=8).eval(), SAGANDiscriminator(**shape(num_classes=3), width=8)
    y = torch.tensor([0, 1, 0])
    x = G(G.sample_z(1, device="cpu").expand(3, -1), y)
    assert torch.allclose(x[0], x[2], atol=1e-6)
    assert (x[0] - x[1]).abs().max() > 1e-4
    assert all(isinstance(m, ConditionalBatchNorm2d) for block in G.blocks for m in (block.norm1, block.norm2))
    out = D(x[:1].expand(3, -1, -1, -1), y)
    features = relu(D.last(out["maps"])).sum(dim=(2, 3))
    by_hand = D.head(features).squeeze(1) + (features * D.projection.embed.weight[y]).sum(1)
    assert torch.allclose(out["logits"], by_hand, atol=1e-5)
    assert abs(out["logits"][0] - out["logits"][1]) > 1e-4


def test_the_largest_singular_value_is_1_once_the_power_method_has_converged():
    torch.manual_seed(0)
    G = SAGANGenerator(**shape(16, 3, 3), width=8, z_dim=5)
    D = SAGANDiscriminator(**shape(16, 3, 3), width=8)
    SpectralNorm(n_power_iterations=1, generator=True).prepare(G, D)
    y = torch.tensor([0, 1, 2, 0])
    with torch.no_grad():
        for _ in range(60):
            x = G(G.sample_z(4, device="cpu"), y)
            assert x.isfinite().all()
            D(x, y)
    G.eval(), D.eval()
    for net in (G, D):
        wrapped = {m for m in net.modules() if parametrize.is_parametrized(m, "weight")}
        assert wrapped >= {m for m in net.modules() if isinstance(m, nn.Conv2d | nn.Linear)}
        for module in wrapped:
            original = module.parametrizations.weight.original.flatten(1)
            assert torch.linalg.svdvals(module.weight.flatten(1))[0].item() == pytest.approx(1, rel=0.01)
            scale = torch.linalg.svdvals(original)[0].item()
            assert torch.allclose(module.weight.flatten(1), original / scale, rtol=0.01, atol=1e-4)


def test_every_parameter_learns_once_attention_is_on():
    torch.manual_seed(0)
    y = torch.tensor([0, 1, 2, 0])
    G, D = SAGANGenerator(**shape(num_classes=3), width=8), SAGANDiscriminator(**shape(num_classes=3), width=8)
    for net in (G, D):
        for module in net.modules():
            if isinstance(module, SelfAttention2d):
                nn.init.ones_(module.gamma)
    G(G.sample_z(4, device="cpu"), y).square().sum().backward()
    D(torch.randn(4, 1, 8, 8), y)["logits"].square().sum().backward()
    learns = [*G.named_parameters(), *D.named_parameters()]
    # What stands before a normalisation has no gradient through its bias.
    assert all(p.grad.isfinite().all() and (p.grad.any() or name.endswith("bias")) for name, p in learns)


def test_a_turn_asks_for_no_value_and_channels_last_gives_the_same():
    torch.manual_seed(0)
    G, D = SAGANGenerator(**shape(28, 3, 4), width=3).eval(), SAGANDiscriminator(**shape(28, 3, 4), width=3)
    for net in (G, D):
        for module in net.modules():
            if isinstance(module, SelfAttention2d):
                nn.init.ones_(module.gamma)
    y, z = torch.tensor([0, 3]), G.sample_z(2, device="cpu")
    with NoHostSync():
        plain = dealt("G", G, D, torch.zeros(2, 3, 28, 28), y, z=z, y_fake=y).on_fake["logits"]
    G.to(memory_format=torch.channels_last), D.to(memory_format=torch.channels_last)
    again = dealt("G", G, D, torch.zeros(2, 3, 28, 28), y, z=z, y_fake=y).on_fake["logits"]
    assert torch.allclose(plain, again, rtol=1e-4, atol=1e-4)
