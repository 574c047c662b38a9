"""BigGAN and BigGAN-deep: hierarchical latents, bottlenecks, layout, initial weights."""

import pytest
import torch
from ganzoo_plugins.biggan.bottleneck import DownBottleneck, UpBottleneck
from ganzoo_plugins.biggan.deep_discriminator import BigGANDeepDiscriminator
from ganzoo_plugins.biggan.deep_generator import BigGANDeepGenerator
from ganzoo_plugins.biggan.discriminator import BigGANDiscriminator
from ganzoo_plugins.biggan.generator import BigGANGenerator
from ganzoo_plugins.weight_constraints.spectral_norm import SpectralNorm
from stand_in_turn import NoHostSync, dealt
from torch import nn
from torch.nn.functional import avg_pool2d, interpolate, relu
from torch.nn.utils import parametrize

from ganzoo.errors import RecipeError
from ganzoo.layers import ConditionalBatchNorm2d, SelfAttention2d

GENERATORS = [BigGANGenerator, BigGANDeepGenerator]
DISCRIMINATORS = [BigGANDiscriminator, BigGANDeepDiscriminator]
PAIRS = list(zip(GENERATORS, DISCRIMINATORS, strict=True))


def shape(image_size=8, channels=1, num_classes=0):
    return {"image_size": image_size, "channels": channels, "num_classes": num_classes}


def parameters(module):
    return sum(p.numel() for p in module.parameters())


# -- latents ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("num_classes", [0, 3])
def test_a_part_of_the_latent_changes_nothing_before_its_block(num_classes):
    torch.manual_seed(0)
    G = BigGANGenerator(**shape(32, 1, num_classes), width=2, z_dim=11, embed_dim=5).eval()
    assert G.parts == [3, 3, 3, 2]  # one for the dense layer and one for each doubling
    y = torch.tensor([1]) if num_classes else None
    steps = [G.base, *G.blocks]
    seen = {}
    for i, module in enumerate(steps):
        module.register_forward_hook(lambda _, __, out, i=i: seen.__setitem__(i, out))
    z = G.sample_z(1, device="cpu")
    G(z, y)
    before = dict(seen)
    for k, (start, length) in enumerate(zip([0, 3, 6, 9], G.parts, strict=True)):
        other = z.clone()
        other[:, start : start + length] += 1
        G(other, y)
        for i in range(len(steps)):
            assert torch.equal(seen[i], before[i]) == (i < k)


@pytest.mark.parametrize("num_classes", [0, 3])
def test_the_deep_generator_shows_the_whole_latent_to_every_block(num_classes):
    torch.manual_seed(0)
    G = BigGANDeepGenerator(**shape(16, 1, num_classes), width=2, z_dim=6, embed_dim=5).eval()
    told = []
    for module in [G.base, *G.blocks]:
        module.register_forward_pre_hook(lambda _, given: told.append(given[-1]))
    z, y = G.sample_z(2, device="cpu"), torch.tensor([1, 2]) if num_classes else None
    G(z, y)
    wanted = torch.cat([z, G.embed(y)], dim=1) if num_classes else z
    assert len(told) == 1 + 2 * 2
    assert all(torch.equal(given, wanted) for given in told)


def test_all_blocks_share_the_embedding_of_the_class():
    torch.manual_seed(0)
    G = BigGANGenerator(**shape(16, 1, 3), width=2, z_dim=6, embed_dim=5).eval()
    told = []
    for module in [G.base[0], *G.blocks]:
        module.register_forward_pre_hook(lambda _, given: told.append(given[-1]))
    z, y = G.sample_z(2, device="cpu"), torch.tensor([2, 0])
    G(z, y)
    assert torch.equal(told[0], z[:, :2])
    for given, part in zip(told[1:], (z[:, 2:4], z[:, 4:]), strict=True):
        assert torch.equal(given, torch.cat([G.embed.weight[y], part], dim=1))


def test_a_latent_too_short_for_its_parts_is_refused():
    with pytest.raises(RecipeError, match=r"^z_dim is 3, and must be at least 4: "):
        BigGANGenerator(**shape(32), width=2, z_dim=3)
    assert BigGANGenerator(**shape(32), width=2, z_dim=4).parts == [1, 1, 1, 1]


# -- bottlenecks -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("grow", [True, False])
@pytest.mark.parametrize("narrow", [8, 4])
def test_an_up_bottleneck_by_hand(narrow, grow):
    torch.manual_seed(0)
    block = UpBottleneck(8, narrow, lambda channels: ConditionalBatchNorm2d(channels, features=3), grow=grow)
    assert [m.out_channels for m in block.modules() if isinstance(m, nn.Conv2d)] == [2, 2, 2, narrow]
    x, vector = torch.randn(4, 8, 4, 4), torch.randn(4, 3)
    h = block.conv1(relu(block.norm1(x, vector)))
    h = relu(block.norm2(h, vector))
    h, skip = (interpolate(way, scale_factor=2) if grow else way for way in (h, x))
    h = block.conv3(relu(block.norm3(block.conv2(h), vector)))
    wanted = block.conv4(relu(block.norm4(h, vector))) + skip[:, :narrow]
    assert torch.allclose(block(x, vector), wanted, atol=1e-5)


@pytest.mark.parametrize("halve", [True, False])
@pytest.mark.parametrize("wide", [8, 12])
def test_a_down_bottleneck_by_hand(wide, halve):
    torch.manual_seed(0)
    block = DownBottleneck(8, wide, halve=halve)
    x = torch.randn(2, 8, 4, 4)
    h = relu(block.conv3(relu(block.conv2(relu(block.conv1(relu(x)))))))
    h, skip = (avg_pool2d(way, 2) if halve else way for way in (h, x))
    out, wanted = block(x), block.conv4(h)
    assert torch.allclose(out[:, :8], wanted[:, :8] + skip, atol=1e-5)
    if wide > 8:
        assert torch.allclose(out[:, 8:], wanted[:, 8:] + block.missing(skip), atol=1e-5)
    else:
        assert block.missing is None


def test_identity_runs_through_the_skips_of_a_deep_generator():
    """With silent last convolutions a block only drops channels and doubles the map."""
    torch.manual_seed(0)
    block = UpBottleneck(8, 4, lambda channels: ConditionalBatchNorm2d(channels, features=3), grow=True)
    nn.init.zeros_(block.conv4.weight), nn.init.zeros_(block.conv4.bias)
    x = torch.randn(2, 8, 4, 4)
    assert torch.equal(block(x, torch.randn(2, 3)), interpolate(x[:, :4], scale_factor=2))


# -- layout ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [8, 28, 32])
@pytest.mark.parametrize(("G_class", "D_class"), PAIRS)
def test_shapes(G_class, D_class, size):
    for channels, num_classes in [(1, 0), (3, 4)]:
        torch.manual_seed(0)
        y = torch.tensor([0, 3]) if num_classes else None
        G = G_class(**shape(size, channels, num_classes), width=1)
        x = G(G.sample_z(2, device="cpu"), y)
        assert x.shape == (2, channels, size, size)
        assert -1 <= x.min() < x.max() <= 1
        for conditioning in ("projection", "concat", "none"):
            D = D_class(**shape(size, channels, num_classes), width=1, conditioning=conditioning)
            assert {name: tuple(value.shape) for name, value in D(x, y).items()} == {
                "logits": (2,),
                "features": (2, 4),
                "maps": (2, 4, *[{8: 4, 28: 14, 32: 8}[size]] * 2),
            }


@pytest.mark.parametrize(
    ("cls", "data", "params", "wanted"),
    [
        # what the authors' PyTorch code counts for ch 96 at 128x128
        (BigGANGenerator, shape(128, 3, 1000), {"z_dim": 120}, 70_433_988),
        (BigGANDiscriminator, shape(128, 3, 1000), {}, 87_982_370),
        # and with its script for CIFAR-10; the second with --G_shared --hier besides
        (BigGANGenerator, shape(32, 3, 10), {"hierarchical": False}, 4_304_387),
        (BigGANGenerator, shape(32, 3, 10), {}, 4_373_251),
        (BigGANDiscriminator, shape(32, 3, 10), {}, 4_207_361),
    ],
)
def test_parameter_counts_of_the_papers_size(cls, data, params, wanted):
    with torch.device("meta"):
        assert parameters(cls(**data, **params)) == wanted


def conv(given, made, taps=9):
    return given * made * taps + made


def attention(channels):
    return 2 * channels * (channels // 8) + 2 * channels * (channels // 2) + 1


def test_parameter_counts_at_32x32():
    """Four blocks of 4 x 64 channels, as in the authors' code for CIFAR-10."""
    with torch.device("meta"):
        G, D = BigGANGenerator(**shape(32, 3, 10)), BigGANDiscriminator(**shape(32, 3, 10))
    block = 2 * conv(256, 256) + conv(256, 256, 1) + 2 * 2 * 256 * (128 + 32)
    assert parameters(G) == conv(32, 4096, 1) + 1280 + 3 * block + 2 * 256 + conv(256, 3)
    first = conv(3, 256) + conv(256, 256) + conv(3, 256, 1)
    rest = 6 * conv(256, 256) + conv(256, 256, 1)
    assert parameters(D) == first + rest + 257 + 2560
    with torch.device("meta"):
        attentive = BigGANGenerator(**shape(32, 3, 10), attention=16)
    assert parameters(attentive) == parameters(G) + attention(256)


def test_parameter_counts_of_the_deep_networks_at_32x32():
    with torch.device("meta"):
        G, D = BigGANDeepGenerator(**shape(32, 3, 10)), BigGANDeepDiscriminator(**shape(32, 3, 10))
    block = conv(256, 64, 1) + 2 * conv(64, 64) + conv(64, 256, 1)
    norms = 2 * 256 * (256 + 3 * 64)
    assert parameters(G) == conv(256, 4096, 1) + 1280 + 6 * (block + norms) + 2 * 256 + conv(256, 3)
    assert parameters(D) == conv(3, 256) + 6 * block + 257 + 2560


def test_the_deep_networks_of_the_papers_size():
    """The papers' tables 7: channels and places of halving and doubling."""
    with torch.device("meta"):
        G, D = BigGANDeepGenerator(**shape(128, 3, 1000)), BigGANDeepDiscriminator(**shape(128, 3, 1000))
    assert [(b.norm1.norm.num_features // 128, b.narrow // 128, b.grow) for b in G.blocks] == [
        *((16, 16, False), (16, 16, True)),
        *((16, 16, False), (16, 8, True)),
        *((8, 8, False), (8, 4, True)),
        *((4, 4, False), (4, 2, True)),
        *((2, 2, False), (2, 1, True)),
    ]
    blocks = [b for b in [*D.body, D.last] if isinstance(b, DownBottleneck)]
    assert [(b.conv1.in_channels // 128, b.conv4.out_channels // 128, b.halve) for b in blocks] == [
        *((1, 2, True), (2, 2, False)),
        *((2, 4, True), (4, 4, False)),
        *((4, 8, True), (8, 8, False)),
        *((8, 16, True), (16, 16, False)),
        *((16, 16, True), (16, 16, False)),
    ]
    assert round(parameters(G) / 1e6, 1) == 50.2  # the paper's 50.4 has 128 channels in its last convolution
    assert round(parameters(D) / 1e6, 1) == 34.6


def attended(net, run):
    """Shapes of the maps that attend to themselves."""
    maps = []
    for module in net.modules():
        if isinstance(module, SelfAttention2d):
            module.register_forward_pre_hook(lambda _, given: maps.append(tuple(given[0].shape[1:])))
    run()
    return maps


@pytest.mark.parametrize(("G_class", "D_class"), PAIRS)
@pytest.mark.parametrize(
    ("size", "given", "G_map", "D_map"),
    [
        (128, None, (4, 64, 64), None),  # D's below: it differs between the two
        (32, None, None, None),  # the script for CIFAR-10 says --G_attn 0 --D_attn 0
        (32, 16, (8, 16, 16), (8, 16, 16)),
        (32, 8, (8, 8, 8), (8, 8, 8)),
        (8, None, None, None),
        (8, 4, (8, 4, 4), (8, 4, 4)),
        (32, 0, None, None),
    ],
)
def test_which_map_attends_to_itself(G_class, D_class, size, given, G_map, D_map):
    if size == 128:
        D_map = (2, 64, 64) if D_class is BigGANDiscriminator else (4, 64, 64)
    with torch.device("meta"):
        G = G_class(**shape(size), width=2, attention=given)
        D = D_class(**shape(size), width=2, attention=given)
        assert attended(G, lambda: G(torch.empty(1, 128))) == ([G_map] if G_map else [])
        assert attended(D, lambda: D(torch.empty(1, 1, size, size))) == ([D_map] if D_map else [])


@pytest.mark.parametrize(("G_class", "D_class"), PAIRS)
def test_the_width_of_other_sizes(G_class, D_class):
    papers, least = (96, 32) if G_class is BigGANGenerator else (128, 64)
    for size, channels in {8: least, 16: 64, 28: 196, 32: 256, 64: 2 * papers, 128: papers}.items():
        with torch.device("meta"):
            G, D = G_class(**shape(size)), D_class(**shape(size))
        assert G.last.in_channels == channels
        first = next(m for m in D.modules() if isinstance(m, nn.Conv2d)).out_channels
        assert first == (papers if size == 64 else channels)  # arch[64] of the authors' D_arch begins with ch


@pytest.mark.parametrize("cls", DISCRIMINATORS)
def test_discriminators_of_64x64_double_their_channels(cls):
    """The authors' D_arch[64]: ch, and twice as many in each of four steps; the last map is 4x4."""
    with torch.device("meta"):
        D = cls(**shape(64), width=3)
        assert D(torch.empty(1, 1, 64, 64))["maps"].shape == (1, 24 if cls is BigGANDiscriminator else 48, 4, 4)
    convolutions = [m for m in D.modules() if isinstance(m, nn.Conv2d) and m.kernel_size == (3, 3)]
    hidden = [3, 6, 12, 24, 48] if cls is BigGANDiscriminator else [3, 1, 3, 6, 12]  # deep: the stem, then quarters
    assert sorted({m.out_channels for m in convolutions}) == sorted(set(hidden))


@pytest.mark.parametrize("cls", GENERATORS + DISCRIMINATORS)
def test_unfit_choices_are_refused(cls):
    for params, words in [
        ({"width": 0}, "width is 0"),
        ({"attention": 3}, r"attention is 3, .* here one of 4, or 0 for none"),
    ]:
        with pytest.raises(RecipeError, match=words):
            cls(**shape(), **params)
    with pytest.raises(RecipeError, match="image size 30"):
        cls(**shape(30))
    with pytest.raises(RecipeError, match="up to 896 pixels"):
        cls(**shape(1024))
    if cls in DISCRIMINATORS:
        with pytest.raises(RecipeError, match="conditioning is 'cbn'"):
            cls(**shape(), conditioning="cbn")
    else:
        with pytest.raises(RecipeError, match="embed_dim is 0"):
            cls(**shape(), embed_dim=0)


# -- labels and weights ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("G_class", "D_class"), PAIRS)
def test_another_label_gives_another_image_and_another_verdict(G_class, D_class):
    torch.manual_seed(0)
    G, D = G_class(**shape(num_classes=3), width=2).eval(), D_class(**shape(num_classes=3), width=2)
    y = torch.tensor([0, 1, 0])
    x = G(G.sample_z(1, device="cpu").expand(3, -1), y)
    assert torch.allclose(x[0], x[2], atol=1e-6)
    assert (x[0] - x[1]).abs().max() > 1e-4
    out = D(x[:1].expand(3, -1, -1, -1), y)
    features = relu(D.last(out["maps"])).sum(dim=(2, 3))
    by_hand = D.head(features).squeeze(1) + (features * D.projection.embed.weight[y]).sum(1)
    assert torch.allclose(out["logits"], by_hand, atol=1e-5)
    assert abs(out["logits"][0] - out["logits"][1]) > 1e-4


@pytest.mark.parametrize("cls", GENERATORS + DISCRIMINATORS)
def test_weights_start_orthogonal(cls):
    torch.manual_seed(0)
    net = cls(**shape(64, 3, 5), width=2)
    for module in net.modules():
        if isinstance(module, nn.Conv2d | nn.Linear | nn.Embedding):
            w = module.weight.flatten(1)
            w = w if len(w) <= w.shape[1] else w.T
            assert torch.allclose(w @ w.T, torch.eye(len(w)), atol=1e-5)
            assert getattr(module, "bias", None) is None or not module.bias.any()


@pytest.mark.parametrize("hierarchical", [True, False])
@pytest.mark.parametrize("size", [8, 32])
def test_weights_of_small_networks_start_as_in_the_authors_run_on_cifar(size, hierarchical):
    """N02 of their init_weights: weights alone; biases stay as torch makes them, within 1 / sqrt(fan-in)."""
    torch.manual_seed(0)
    for net in (
        BigGANGenerator(**shape(size, 3, 10), hierarchical=hierarchical),
        BigGANDiscriminator(**shape(size, 3, 10)),
    ):
        for module in net.modules():
            if isinstance(module, nn.Conv2d | nn.Linear | nn.Embedding):
                n = module.weight.numel()
                assert module.weight.std().item() == pytest.approx(0.02, rel=5 / (2 * n) ** 0.5)
                assert abs(module.weight.mean().item()) < 5 * 0.02 / n**0.5
                if getattr(module, "bias", None) is not None:
                    most = module.bias.abs().max().item()
                    assert 0 < most <= module.weight[0].numel() ** -0.5


def test_a_start_can_be_chosen():
    torch.manual_seed(0)
    D = BigGANDiscriminator(**shape(8), width=2, init="orthogonal")
    assert torch.allclose(D.head.weight @ D.head.weight.T, torch.ones(1, 1), atol=1e-5)
    with pytest.raises(RecipeError, match="init is 'xavier', and must be one of orthogonal, normal"):
        BigGANGenerator(**shape(8), width=2, init="xavier")


@pytest.mark.parametrize("num_classes", [0, 3])
def test_without_hierarchy_blocks_read_labels_alone(num_classes):
    """The authors' G_shared and hier off: the latent goes to the dense layer, and labels choose gains and shifts."""
    torch.manual_seed(0)
    G = BigGANGenerator(**shape(16, 1, num_classes), width=2, z_dim=6, hierarchical=False).eval()
    told = []
    for module in [G.base[0], *G.blocks]:
        module.register_forward_pre_hook(lambda _, given: told.append(given))
    z, y = G.sample_z(2, device="cpu"), torch.tensor([2, 0]) if num_classes else None
    G(z, y)
    assert torch.equal(told[0][0], z)
    for given in told[1:]:
        assert len(given) == 1 + bool(num_classes)
        assert y is None or torch.equal(given[1], y)
    if num_classes:
        norm = G.blocks[0].norm1
        x = torch.randn(2, 8, 4, 4)
        gain, shift = norm.gain.weight[y][:, :, None, None], norm.shift.weight[y][:, :, None, None]
        assert torch.allclose(norm(x, y), norm.norm(x) * (1 + gain) + shift, atol=1e-6)
    assert BigGANGenerator(**shape(32), width=2, z_dim=1, hierarchical=False).parts == [1]


@pytest.mark.parametrize(("G_class", "D_class"), PAIRS)
def test_the_largest_singular_value_is_1_once_the_power_method_has_converged(G_class, D_class):
    torch.manual_seed(0)
    G = G_class(**shape(8, 3, 3), width=2, z_dim=6, embed_dim=5, attention=4)
    D = D_class(**shape(8, 3, 3), width=2, attention=4)
    with torch.no_grad():  # away from the orthogonal start, where all singular values are 1
        for p in [*G.parameters(), *D.parameters()]:
            p.add_(0.3 * torch.randn_like(p))
    SpectralNorm(n_power_iterations=1, generator=True).prepare(G, D)
    y = torch.tensor([0, 1, 2, 0])
    with torch.no_grad():
        for _ in range(60):
            D(G(G.sample_z(4, device="cpu"), y), y)
    G.eval(), D.eval()
    for net in (G, D):
        wrapped = {m for m in net.modules() if parametrize.is_parametrized(m, "weight")}
        assert wrapped >= {m for m in net.modules() if isinstance(m, nn.Conv2d | nn.Linear)}
        for module in wrapped:
            original = module.parametrizations.weight.original.flatten(1)
            scale = torch.linalg.svdvals(original)[0].item()
            assert torch.allclose(module.weight.flatten(1), original / scale, rtol=0.02, atol=1e-4)
            assert torch.linalg.svdvals(module.weight.flatten(1))[0].item() == pytest.approx(1, rel=0.02)


# -- as the engine uses them -----------------------------------------------------------------------------------


def attend(*nets):
    for net in nets:
        maps = [module for module in net.modules() if isinstance(module, SelfAttention2d)]
        assert len(maps) == 1
        nn.init.ones_(maps[0].gamma)


@pytest.mark.parametrize("num_classes", [0, 3])
@pytest.mark.parametrize(("G_class", "D_class"), PAIRS)
def test_every_parameter_learns_once_attention_is_on(G_class, D_class, num_classes):
    torch.manual_seed(0)
    y = torch.tensor([0, 1, 2, 0]) if num_classes else None
    G, D = (cls(**shape(num_classes=num_classes), width=2, attention=4) for cls in (G_class, D_class))
    attend(G, D)
    G(G.sample_z(4, device="cpu"), y).square().sum().backward()
    D(torch.randn(4, 1, 8, 8), y)["logits"].square().sum().backward()
    learns = [*G.named_parameters(), *D.named_parameters()]
    # What stands before a normalisation has no gradient through its bias.
    assert all(p.grad.isfinite().all() and (p.grad.any() or name.endswith("bias")) for name, p in learns)


@pytest.mark.parametrize(("G_class", "D_class"), PAIRS)
def test_a_turn_asks_for_no_value_and_channels_last_gives_the_same(G_class, D_class):
    torch.manual_seed(0)
    G, D = G_class(**shape(28, 3, 4), width=2, attention=14).eval(), D_class(**shape(28, 3, 4), width=2, attention=14)
    attend(G, D)
    y, z = torch.tensor([0, 3]), G.sample_z(2, device="cpu")
    with NoHostSync():
        plain = dealt("G", G, D, torch.zeros(2, 3, 28, 28), y, z=z, y_fake=y).on_fake["logits"]
    G.to(memory_format=torch.channels_last), D.to(memory_format=torch.channels_last)
    again = dealt("G", G, D, torch.zeros(2, 3, 28, 28), y, z=z, y_fake=y).on_fake["logits"]
    assert torch.allclose(plain, again, rtol=1e-3, atol=1e-3)
