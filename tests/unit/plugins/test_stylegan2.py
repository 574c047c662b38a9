"""Resampling against scipy, and the parts of StyleGAN2 against their definitions."""

import copy
import math

import numpy as np
import pytest
import torch
from ganzoo_plugins.gradient_penalties.r1 import R1
from ganzoo_plugins.stylegan2.discriminator import StyleGAN2Discriminator
from ganzoo_plugins.stylegan2.equalised import GAIN, TAPS, EqualisedConv2d, EqualisedLinear, activate
from ganzoo_plugins.stylegan2.generator import StyleGAN2Generator
from ganzoo_plugins.stylegan2.mapping import Mapping, unit_square
from ganzoo_plugins.stylegan2.modulated import ModulatedConv2d, StyledLayer
from scipy import signal
from stand_in_turn import NoHostSync, StandInTurn
from torch.nn.functional import conv2d, leaky_relu

from ganzoo.errors import RecipeError
from ganzoo.layers import Doubled, Halved, MinibatchStd, held_noise, upfirdn
from ganzoo.layers.blocks.minibatch import group_size

SMALL = {"image_size": 16, "channels": 2, "num_classes": 0, "width": 4}
ARCHITECTURES = ["orig", "skip", "resnet"]


def noise(*shape, seed=0, dtype=torch.float64):
    return torch.randn(*shape, dtype=dtype, generator=torch.Generator().manual_seed(seed))


def small_g(**changes):
    torch.manual_seed(0)
    return StyleGAN2Generator(**(SMALL | {"z_dim": 5, "w_dim": 6} | changes))


def small_d(**changes):
    torch.manual_seed(0)
    return StyleGAN2Discriminator(**(SMALL | changes))


# -- resampling ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("taps", [(1, 3, 3, 1), (1, 2, 1), (0.5, -1, 2, 4, 0.25)])
@pytest.mark.parametrize("size", [5, 8])
@pytest.mark.parametrize("up", [1, 2, 3])
@pytest.mark.parametrize("down", [1, 2, 3])
def test_upfirdn_is_scipys_along_both_axes(taps, size, up, down):
    x, h = noise(2, 3, size, size), torch.tensor(taps, dtype=torch.float64)
    full = (len(taps) - 1, len(taps) - 1 - (up - 1))  # scipy's: every place that the filter touches
    wanted = signal.upfirdn(h.numpy(), signal.upfirdn(h.numpy(), x.numpy(), up, down, axis=2), up, down, axis=3)
    assert np.allclose(upfirdn(x, h, up=up, down=down, padding=full).numpy(), wanted, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("size", [5, 8])
@pytest.mark.parametrize("padding", [(0, 0), (1, 1), (2, 1), (1, -1), (4, 3)])
def test_upfirdn_is_a_convolution_on_the_padded_image(size, padding):
    x, h = noise(1, 1, size, size)[0, 0], torch.tensor([1.0, 2.0, 4.0], dtype=torch.float64)
    before, after = padding
    padded = np.pad(x.numpy(), ((before, max(after, 0)),) * 2)
    padded = padded[: size + before + after, : size + before + after]
    wanted = signal.convolve2d(padded, np.outer(h, h), mode="valid")
    assert np.allclose(upfirdn(x[None, None], h, padding=padding)[0, 0].numpy(), wanted, atol=1e-12)


@pytest.mark.parametrize("taps", [(1, 3, 3, 1), (1, 1), (1, 5, 10, 10, 5, 1), (0.5, -1, 1, 2)])
@pytest.mark.parametrize("size", [4, 7])
def test_doubled_and_halved_sizes_against_scipy(taps, size):
    h = np.array(taps) / sum(taps)
    x = noise(1, 1, size, size)
    double, halve = Doubled(taps).double(), Halved(taps).double()
    assert double(x).shape == (1, 1, 2 * size, 2 * size)
    spread = np.zeros((2 * size, 2 * size))
    spread[::2, ::2] = x[0, 0]
    first = (len(taps) - 1) - (len(taps) + 1) // 2  # of scipy's places, where ours begin
    wanted = signal.convolve2d(spread, np.outer(2 * h, 2 * h))[first:, first:][: 2 * size, : 2 * size]
    assert np.allclose(double(x)[0, 0], wanted, atol=1e-6)
    wide = double(x)
    assert halve(wide).shape == (1, 1, size, size)
    first = (len(taps) - 1) - (len(taps) - 1) // 2
    wanted = signal.convolve2d(wide[0, 0], np.outer(h, h))[first::2, first::2][:size, :size]
    assert np.allclose(halve(wide)[0, 0], wanted, atol=1e-6)


@pytest.mark.parametrize("taps", [(1, 3, 3, 1), (1, 1), (1, 5, 10, 10, 5, 1)])
def test_a_constant_image_stays_constant_inside(taps):
    ones = torch.ones(1, 1, 8, 8)
    assert torch.allclose(Doubled(taps)(ones)[..., 2:-2, 2:-2], torch.ones(12, 12))
    assert torch.allclose(Halved(taps)(ones)[..., 1:-1, 1:-1], torch.ones(2, 2))


@pytest.mark.parametrize("taps", [(1, 3, 3, 1), (1, 1), (1, 5, 10, 10, 5, 1)])
def test_what_is_doubled_and_halved_stays_in_its_place_and_mirrors(taps):
    """Pixel k of n lies at k - (n - 1) / 2 from the middle; a blob of a pixel at p is afterwards at 2 p, or p / 2."""

    def middle(x):
        places = torch.arange(x.shape[-1], dtype=torch.float64) - (x.shape[-1] - 1) / 2
        return (x.sum(dim=-2) * places).sum() / x.sum(), (x.sum(dim=-1) * places).sum() / x.sum()

    for step, times in ((Doubled(taps), 2), (Halved(taps), 0.5)):
        step = step.double()
        x = noise(2, 3, 8, 8)
        for dim in (2, 3):
            assert torch.allclose(step(x.flip(dim)), step(x).flip(dim), atol=1e-12)
        blob = torch.zeros(1, 1, 16, 16, dtype=torch.float64)
        blob[..., 7:9, 5:7] = 1.0  # of two pixels, which halving sees alike; rows in the middle, columns at -2
        across, down = middle(step(blob))
        assert across.item() == pytest.approx(-2 * times, abs=1e-6)
        assert down.item() == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("layer", [Doubled, Halved])
def test_a_filter_that_would_move_images_is_refused(layer):
    with pytest.raises(
        RecipeError, match=r"^a filter of 3 taps, \[1, 2, 1\], moves what it doubles or halves by half a"
    ):
        layer((1, 2, 1))


@pytest.mark.parametrize(("up", "down", "padding"), [(1, 1, (1, 1)), (2, 1, (2, 1)), (1, 2, (1, 1)), (3, 2, (0, 5))])
def test_upfirdn_has_derivatives_of_both_orders(up, down, padding):
    h = torch.tensor([1.0, 3.0, 2.0, 0.5], dtype=torch.float64)
    x = noise(2, 2, 4, 3).requires_grad_()

    def run(x):
        return upfirdn(x, h, up=up, down=down, padding=padding)

    assert torch.autograd.gradcheck(run, x)
    assert torch.autograd.gradgradcheck(lambda x: run(x).pow(3), x)


def test_the_filter_keeps_the_format_of_the_images():
    x = noise(2, 3, 8, 8)
    h = torch.tensor([1.0, 3.0, 3.0, 1.0], dtype=torch.float64)
    last = x.contiguous(memory_format=torch.channels_last)
    for how in ({"up": 2, "padding": (2, 1)}, {"down": 2, "padding": (1, 1)}, {"padding": (2, 2)}):
        y = upfirdn(last, h, **how)
        assert torch.allclose(y, upfirdn(x, h, **how), atol=1e-12)
        assert y.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("low", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("how", [{"up": 2, "padding": (2, 1)}, {"down": 2, "padding": (1, 1)}], ids=str)
def test_the_filter_keeps_the_dtype_of_the_images_under_autocast(dtype, low, how):
    """Forward, backward and backward of it; as in double precision, but for the rounding of the dtype."""
    h = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 8
    exact = noise(2, 2, 6, 6).requires_grad_()
    x = exact.detach().to(dtype).requires_grad_()
    with torch.autocast("cpu", dtype=low):
        y = upfirdn(x, h, **how)
    found = [y, *torch.autograd.grad(y.square().sum(), x, create_graph=True)]
    found += torch.autograd.grad(found[-1].sum(), x)
    y = upfirdn(exact, h.double(), **how)
    wanted = [y, *torch.autograd.grad(y.square().sum(), exact, create_graph=True)]
    wanted += torch.autograd.grad(wanted[-1].sum(), exact)
    assert {value.dtype for value in found} == {dtype}
    for a, b in zip(found, wanted, strict=True):
        assert torch.allclose(a.double(), b, rtol=0, atol=16 * torch.finfo(dtype).eps * b.detach().abs().max().item())


# -- equalised layers ------------------------------------------------------------------------------------------


def test_equalised_layers_scale_while_they_work():
    torch.manual_seed(0)
    dense = EqualisedLinear(50, 400, lr=0.01, bias=0.5, gain=3.0).double()
    assert dense.weight.std().item() == pytest.approx(100, rel=0.03)  # 1 / lr, so that 0.01 of it works
    x = noise(7, 50)
    wanted = 3.0 * (x @ (0.01 * dense.weight / 50**0.5).T + 0.5)
    assert torch.allclose(dense(x), wanted, atol=1e-6)
    conv = EqualisedConv2d(6, 5, 3, gain=2.0).double()
    torch.nn.init.normal_(conv.bias)
    x = noise(2, 6, 8, 8)
    wanted = 2.0 * conv2d(x, conv.weight / 54**0.5, conv.bias, padding=1)
    assert torch.allclose(conv(x), wanted, atol=1e-12)


def test_the_activation_and_its_gain_keep_the_mean_square():
    x = noise(400_000)
    assert activate(GAIN * x).square().mean().item() == pytest.approx(1.04, rel=0.02)  # (1 + 0.2^2) / 2 * 2
    assert torch.equal(activate(x), leaky_relu(x, 0.2))


@pytest.mark.parametrize("kernel", [1, 3])
def test_a_halving_convolution_filters_then_strides(kernel):
    torch.manual_seed(0)
    conv = EqualisedConv2d(2, 3, kernel, halve=True, bias=False).double()
    x, h = noise(2, 2, 8, 8), np.array([1, 3, 3, 1]) / 8
    filtered = np.stack([[signal.convolve2d(c, np.outer(h, h)) for c in image] for image in x.numpy()])
    if kernel == 1:  # one zero before and behind the image, where scipy has three
        wanted = conv2d(torch.tensor(filtered[:, :, 2:-2:2, 2:-2:2]), conv.weight / 2**0.5)
    else:  # two zeros
        wanted = conv2d(torch.tensor(filtered[:, :, 1:-1, 1:-1]), conv.weight / 18**0.5, stride=2)
    assert conv(x).shape == (2, 3, 4, 4)
    assert torch.allclose(conv(x), wanted, atol=1e-6)


# -- modulation ------------------------------------------------------------------------------------------------


def by_definition(layer, x, w, *, demodulate=True):
    """Each image convolved with weights of its own (arXiv:1912.04958, eq. 1 and 3)."""
    made = []
    for image, style in zip(x, layer.affine(w), strict=True):
        weight = layer.weight * layer.scales["weight"] * style[None, :, None, None]
        if demodulate:
            weight = weight / (weight.square().sum(dim=(1, 2, 3), keepdim=True) + 1e-8).sqrt()
        if layer.filter is not None:  # zeros between the pixels, the convolution, the filter
            spread = image.new_zeros(len(image), 2 * image.shape[1] - 1, 2 * image.shape[2] - 1)
            spread[:, ::2, ::2] = image
            grown = conv2d(spread[None], weight.flip(2, 3), padding=2)
            made.append(upfirdn(grown, 2 * torch.tensor(TAPS, dtype=grown.dtype) / sum(TAPS), padding=(1, 1))[0])
        else:
            made.append(conv2d(image[None], weight, padding=layer.kernel // 2)[0])
    return torch.stack(made)


@pytest.mark.parametrize(("kernel", "double"), [(1, False), (3, False), (3, True)])  # none of one pixel doubles
@pytest.mark.parametrize("demodulate", [True, False])
def test_modulated_convolution_is_one_of_own_weights_for_each_image(kernel, demodulate, double):
    torch.manual_seed(0)
    layer = ModulatedConv2d(3, 4, 5, kernel, double=double, demodulate=demodulate).double()
    x, w, bias = noise(6, 3, 7, 7), noise(6, 5, seed=1), noise(4, seed=2)
    wanted = by_definition(layer, x, w, demodulate=demodulate)
    assert torch.allclose(layer(x, w, torch.zeros_like(bias)), wanted, rtol=1e-9, atol=1e-9)
    assert torch.allclose(layer(x, w, bias, 3.0), 3 * wanted + bias[:, None, None], rtol=1e-9, atol=1e-9)


def test_demodulated_weights_have_length_one():
    """Found without the layer's own arithmetic: its answers to images of a single one are its weights."""
    torch.manual_seed(0)
    layer = ModulatedConv2d(3, 4, 5, 3).double()
    with torch.no_grad():
        layer.weight.mul_(torch.tensor([0.1, 1, 10, 100]).view(4, 1, 1, 1))
    dot = torch.zeros(3, 3, 5, 5, dtype=torch.float64)
    for channel in range(3):
        dot[channel, channel, 2, 2] = 1
    for style in noise(4, 5, seed=3):
        answers = layer(dot, style.expand(3, -1), torch.zeros(4, dtype=torch.float64))
        assert torch.allclose(answers.square().sum(dim=(0, 2, 3)), torch.ones(4, dtype=torch.float64), atol=1e-5)


def test_demodulation_restores_unit_deviation():
    torch.manual_seed(0)
    layer = ModulatedConv2d(8, 16, 5, 3).double()
    x, w = noise(4, 8, 96, 96), 3 * noise(4, 5, seed=1)
    made = layer(x, w, torch.zeros(16, dtype=torch.float64))[:, :, 1:-1, 1:-1]  # the edge sees zeros
    assert torch.allclose(made.std(dim=(2, 3)), torch.ones(4, 16, dtype=torch.float64), atol=0.05)
    plain = ModulatedConv2d(8, 16, 5, 3, demodulate=False).double()
    made = plain(x, w, torch.zeros(16, dtype=torch.float64))
    assert made.std(dim=(2, 3)).std() > 0.1


def test_styles_start_around_one():
    layer = ModulatedConv2d(8, 16, 5, 3)
    assert torch.equal(layer.affine(torch.zeros(2, 5)), torch.ones(2, 8))


# -- noise -----------------------------------------------------------------------------------------------------


def test_noise_is_drawn_in_both_modes_and_starts_at_no_strength():
    """The authors evaluate with fresh noise, too: G's noise_mode is random, and metrics leave it at that."""
    torch.manual_seed(0)
    layer = StyledLayer(3, 4, 5, 8)
    x, w = noise(2, 3, 8, 8, dtype=torch.float32), noise(2, 5, dtype=torch.float32)
    calm = layer(x, w)
    assert torch.equal(calm, layer(x, w))  # strength 0
    assert torch.equal(calm, layer.eval()(x, w))
    with torch.no_grad():
        layer.strength.fill_(0.5)
    bare = layer.conv(x, w, GAIN * layer.bias, GAIN)
    with held_noise(layer):
        assert torch.allclose(layer(x, w), activate(bare + GAIN * 0.5 * layer.noise.picture), atol=1e-6)
    for mode in (True, False):
        layer.train(mode)
        torch.manual_seed(1)
        one = layer(x, w)
        two = layer(x, w)
        assert not torch.equal(one, two)
        torch.manual_seed(1)
        drawn = torch.randn(2, 1, 8, 8)
        assert torch.allclose(one, activate(bare + GAIN * 0.5 * drawn), atol=1e-6)


def test_noise_without_strength_leaves_images_alone():
    G = small_g(mixing=0.0)
    z = G.sample_z(3, device="cpu")
    assert torch.equal(G(z), G(z))
    with torch.no_grad():
        G.first.strength.fill_(0.3)
    for mode in (True, False):
        assert not torch.equal(G.train(mode)(z), G(z))
    with held_noise(G):
        assert torch.equal(G(z), G(z))


# -- mapping and mixing ----------------------------------------------------------------------------------------


def test_the_mapping_network():
    torch.manual_seed(0)
    mapping = Mapping(5, 3, 6, 2).double()
    z, y = noise(4, 5), torch.tensor([0, 2, 1, 2])
    latent = z / z.square().mean(1, keepdim=True).sqrt()
    torch.nn.init.normal_(mapping.label.bias)
    # a dense layer on one-hot labels, as in the authors' PyTorch code, training/networks.py, MappingNetwork
    label = torch.eye(3, dtype=torch.float64)[y] @ mapping.label.weight / 3**0.5 + mapping.label.bias
    label = label / label.square().mean(1, keepdim=True).sqrt()
    h = torch.cat([latent, label], dim=1)
    for layer, features in zip(mapping.layers, (11, 6), strict=True):
        h = 2**0.5 * leaky_relu(h @ (0.01 * layer.weight / features**0.5).T + 0.01 * layer.bias, 0.2)
    assert torch.allclose(mapping(z, y), h, atol=1e-6)
    assert torch.allclose(unit_square(7 * z), unit_square(z), atol=1e-6)
    assert len(Mapping(5, 0, 6, 8).layers) == 8


@pytest.mark.parametrize("depth", [2, 8])
def test_parameter_counts_of_a_mapping_with_labels(depth):
    """Dense layers with biases: of 10 one-hot labels, of latent and label, and of styles."""
    with torch.device("meta"):
        mapping, labels = Mapping(512, 10, 512, depth), Mapping(0, 10, 512, depth)
    of_labels, of_styles = 10 * 512 + 512, 512 * 512 + 512
    assert sum(p.numel() for p in labels.parameters()) == of_labels + depth * of_styles
    assert sum(p.numel() for p in mapping.parameters()) == of_labels + 1024 * 512 + 512 + (depth - 1) * of_styles


@pytest.mark.parametrize("labels", [0, 3])
def test_mixing_replaces_the_styles_from_a_random_layer_on(labels):
    G = small_g(mixing=1.0, num_classes=labels)
    z, y = G.sample_z(400, device="cpu"), torch.arange(400) % labels if labels else None
    own = G.mapping(z, y)
    torch.manual_seed(5)
    other = G.mapping(torch.randn_like(z), y)
    torch.manual_seed(5)
    w = G.map(z, y)
    assert w.shape == (400, G.layers, 6) == (400, 6, 6)
    from_first, from_second = ((w == given[:, None]).all(dim=2) for given in (own, other))
    assert (from_first ^ from_second).all()  # each row is of one of the two, and whole
    before = from_first.sum(dim=1)
    assert torch.equal(from_first, torch.arange(G.layers) < before[:, None])  # the first up to the cut, then the second
    counts = before.bincount(minlength=G.layers)
    assert counts[0] == 0
    assert all(40 <= n <= 120 for n in counts[1:].tolist())  # evenly, 80 each, within five standard errors


def test_a_share_of_the_images_is_mixed_and_none_in_evaluation():
    G = small_g(mixing=0.25)
    z = G.sample_z(2000, device="cpu")
    own = G.mapping(z, None)
    mixed = (G.map(z) != own[:, None]).any(dim=(1, 2)).float().mean().item()
    assert mixed == pytest.approx(0.25, abs=0.05)  # five standard errors
    assert torch.equal(G.eval().map(z), own[:, None].expand(-1, G.layers, -1))
    state = torch.get_rng_state()
    G.eval()(z[:2])
    small_mixless = small_g(mixing=0.0)
    torch.set_rng_state(state)
    small_mixless.map(z[:2])
    assert torch.equal(state, torch.get_rng_state())  # neither draws


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_style_moves_the_image_and_the_last_the_least_of_it(architecture):
    G = small_g(architecture=architecture).eval()
    w = G.map(G.sample_z(1, device="cpu"))
    plain = G.synthesise(w)
    for row in range(G.layers):
        moved = w.clone()
        moved[:, row] += 1
        assert not torch.equal(G.synthesise(moved), plain), row


def test_skip_adds_an_image_of_every_size():
    G = small_g().double().eval()
    w = G.map(noise(2, 5))
    h = G.first(G.constant.expand(2, -1, -1, -1), w[:, 0])
    x = G.images[0](h, w[:, 1])
    for i in (0, 1):
        h = G.blocks[i](h, w[:, 1 + 2 * i : 3 + 2 * i])
        x = Doubled().double()(x) + G.images[i + 1](h, w[:, 3 + 2 * i])
    assert torch.allclose(G.synthesise(w), x.tanh(), atol=1e-9)
    assert [len(small_g(architecture=a).images) for a in ARCHITECTURES] == [1, 3, 1]


# -- the discriminator -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "group"), [(8, 4), (8, 3), (6, 4), (4, 4), (2, 4), (7, 4), (1, 4), (12, 6)])
def test_minibatch_std_against_a_loop(n, group):
    x = noise(n, 3, 2, 5)
    size = max(k for k in range(1, min(n, group) + 1) if n % k == 0)
    assert group_size(n, group) == size
    made = MinibatchStd(group)(x)
    assert made.shape == (n, 4, 2, 5)
    assert torch.equal(made[:, :3], x)
    for i in range(n):
        members = [j for j in range(n) if j % (n // size) == i % (n // size)]
        assert len(members) == size
        total = 0.0
        for c in range(3):
            for row in range(2):
                for column in range(5):
                    values = [x[j, c, row, column].item() for j in members]
                    mean = sum(values) / size
                    total += math.sqrt(sum((v - mean) ** 2 for v in values) / size + 1e-8)
        assert made[i, 3].min().item() == pytest.approx(total / 30, rel=1e-9)
        assert made[i, 3].max().item() == pytest.approx(total / 30, rel=1e-9)


def test_the_discriminator_sees_how_much_a_minibatch_varies():
    x = noise(1, 2, 16, 16, dtype=torch.float32)
    others = noise(3, 2, 16, 16, seed=1, dtype=torch.float32)
    same, mixed = x.expand(4, -1, -1, -1), torch.cat([x, others])
    D = small_d()
    assert (D(same)["logits"][0] - D(mixed)["logits"][0]).abs() > 1e-4
    D = small_d(group=0)
    assert torch.allclose(D(same)["logits"][0], D(mixed)["logits"][0], atol=1e-5)


def test_labels_by_projection():
    """Only what goes into the mapping is normalised (the authors' PyTorch code, training/networks.py)."""
    D = small_d(num_classes=3).double()
    x, y = noise(4, 2, 16, 16), torch.tensor([0, 1, 2, 0])
    out = D(x, y)
    h = torch.eye(3, dtype=torch.float64)[y] @ D.label.label.weight / 3**0.5 + D.label.label.bias
    h = h / (h.square().mean(1, keepdim=True) + 1e-8).sqrt()
    for layer in D.label.layers:
        h = 2**0.5 * leaky_relu(h @ (0.01 * layer.weight / h.shape[1] ** 0.5).T + 0.01 * layer.bias, 0.2)
    assert torch.allclose(out["logits"], (D.head(out["features"]) * h).sum(1) / h.shape[1] ** 0.5)
    blind = small_d(num_classes=3, conditioning="none").double()
    assert torch.equal(blind(x, y)["logits"], blind(x, y.flip(0))["logits"])
    assert torch.equal(out["features"], D(x, y.flip(0))["features"])
    assert blind.label is None


def test_logits_grow_with_the_last_layer_of_the_labels():
    """Leaky ReLU is homogeneous, and nothing behind it undoes a factor."""
    D = small_d(num_classes=3).double()
    x, y = noise(4, 2, 16, 16), torch.tensor([0, 1, 2, 0])
    before = D(x, y)["logits"]
    with torch.no_grad():
        D.label.layers[-1].weight.mul_(7)
        D.label.layers[-1].bias.mul_(7)
    assert torch.allclose(D(x, y)["logits"], 7 * before, rtol=1e-9)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_blocks_of_the_discriminator(architecture):
    D = small_d(architecture=architecture)
    shortcuts = [block.shortcut is not None for block in D.blocks]
    assert shortcuts == [architecture == "resnet"] * 2
    assert len(D.from_image) == (3 if architecture == "skip" else 1)
    block, x = D.blocks[0], noise(2, 4, 16, 16, dtype=torch.float32)
    h = activate(block.shrink(activate(block.keep(x))))
    wanted = (h + block.shortcut(x)) / 2**0.5 if architecture == "resnet" else h
    assert torch.allclose(block(x), wanted, atol=1e-6)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("labels", [0, 3])
def test_second_derivatives_reach_every_weight_of_the_discriminator(architecture, labels):
    D = small_d(architecture=architecture, num_classes=labels)
    x = noise(4, 2, 16, 16, dtype=torch.float32).requires_grad_()
    y = torch.arange(4) % labels if labels else None
    with NoHostSync():
        R1().d_penalty(StandInTurn("D", None, D, x, y)).backward()
    weights = {name: p for name, p in D.named_parameters() if p.ndim > 1}
    assert all(torch.isfinite(p.grad).all() and p.grad.abs().max() > 0 for p in weights.values())


def test_r1_of_the_discriminator_against_finite_differences():
    D = small_d(image_size=8, channels=1, width=3).double()
    x = noise(4, 1, 8, 8)

    def penalty():
        return R1().d_penalty(StandInTurn("D", None, D, x.clone().requires_grad_()))

    for weight in (D.from_image[0].weight, D.blocks[0].shrink.weight, D.conv.weight):
        (exact,) = torch.autograd.grad(penalty(), weight)
        for index in range(0, exact.numel(), max(1, exact.numel() // 4)):
            values = []
            for sign in (1, -1):
                with torch.no_grad():
                    weight.view(-1)[index] += sign * 1e-6
                values.append(penalty().item())
                with torch.no_grad():
                    weight.view(-1)[index] -= sign * 1e-6
            slope = (values[0] - values[1]) / 2e-6
            assert slope == pytest.approx(exact.reshape(-1)[index].item(), rel=1e-4, abs=1e-9)


# -- both players ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("size", [8, 28, 32, 96])
def test_shapes(size, architecture):
    for channels, labels in [(1, 0), (3, 4)]:
        shape = {"image_size": size, "channels": channels, "num_classes": labels, "architecture": architecture}
        G, D = small_g(**shape), small_d(**shape)
        y = torch.tensor([0, 3, 1]) if labels else None
        with NoHostSync():
            x = G(G.sample_z(3, device="cpu"), y)
            out = D(x, y)
        assert x.shape == (3, channels, size, size)
        assert -1 <= x.min() < x.max() <= 1
        assert out.keys() == D.outputs
        assert out["logits"].shape == (3,)
        assert out["features"].shape == (3, D.head.weight.shape[1])
        assert G.map(G.sample_z(3, device="cpu"), y).shape == (3, G.layers, 6)


def channels_of(**shape):
    with torch.device("meta"):
        G = StyleGAN2Generator(num_classes=0, **shape)
        D = StyleGAN2Discriminator(num_classes=0, **shape)
    grown = [G.first.conv.weight.shape[0], *(block.keep.conv.weight.shape[0] for block in G.blocks)]
    seen = [D.from_image[0].weight.shape[0], *(block.shrink.weight.shape[0] for block in D.blocks)]
    assert grown == seen[::-1]
    return grown


def test_widths():
    assert channels_of(image_size=8, channels=1) == [32, 16]
    assert channels_of(image_size=28, channels=1) == [224, 112, 56]
    assert channels_of(image_size=32, channels=3) == [512, 256, 128, 64]
    assert channels_of(image_size=32, channels=3, width=512) == [512] * 4  # arXiv:2006.06676, for CIFAR-10
    assert channels_of(image_size=1024, channels=3, width=32) == [512] * 5 + [256, 128, 64, 32]  # the paper's
    assert channels_of(image_size=16, channels=3, width=600) == [600] * 3


def test_the_papers_network_for_cifar():
    """Counted from the layers: style and convolution weights and biases, noise strengths, images, the constant."""
    with torch.device("meta"):
        G = StyleGAN2Generator(image_size=32, channels=3, num_classes=0, z_dim=512, w_dim=512, width=512)
        D = StyleGAN2Discriminator(image_size=32, channels=3, num_classes=0, width=512, architecture="orig")
    style = 512 * 512 + 512
    styled = style + 512 * 512 * 9 + 512 + 1
    image = style + 512 * 3 + 3
    assert sum(p.numel() for p in G.parameters()) == 2 * style + 512 * 16 + 7 * styled + 4 * image
    conv = 512 * 512 * 9 + 512
    wanted = (3 * 512 + 512) + 6 * conv + (513 * 512 * 9 + 512) + (8192 * 512 + 512) + 513
    assert sum(p.numel() for p in D.parameters()) == wanted


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_parameter_learns_and_a_copy_repeats(architecture):
    G, D = small_g(num_classes=3, architecture=architecture), small_d(num_classes=3, architecture=architecture)
    y = torch.tensor([0, 1, 2, 0])
    z = G.sample_z(4, device="cpu")
    D(G(z, y), y)["logits"].square().sum().backward()
    for module in (G, D):
        assert all(p.grad is not None and p.grad.abs().max() > 0 for p in module.parameters())
    G.eval()
    again = copy.deepcopy(G)
    assert torch.equal(G(z, y), again(z, y))
    fresh = StyleGAN2Generator(**(SMALL | {"z_dim": 5, "w_dim": 6, "num_classes": 3, "architecture": architecture}))
    fresh.load_state_dict(G.state_dict())
    assert torch.equal(G(z, y), fresh.eval()(z, y))


@pytest.mark.parametrize(
    ("cls", "wrong", "says"),
    [
        (StyleGAN2Generator, {"image_size": 30}, "image size 30"),
        (StyleGAN2Generator, {"width": 0}, "width is 0"),
        (StyleGAN2Generator, {"depth": 0}, "depth is 0"),
        (StyleGAN2Generator, {"mixing": 1.5}, "mixing is 1.5"),
        (StyleGAN2Generator, {"mixing": "often"}, "mixing is 'often'"),
        (StyleGAN2Generator, {"architecture": "plain"}, "architecture is 'plain'"),
        (StyleGAN2Discriminator, {"image_size": 4}, "image size 4"),
        (StyleGAN2Discriminator, {"architecture": "plain"}, "architecture is 'plain'"),
        (StyleGAN2Discriminator, {"group": -1}, "group is -1"),
        (StyleGAN2Discriminator, {"group": 2.5}, "group is 2.5"),
        (StyleGAN2Discriminator, {"conditioning": "concat"}, "conditioning is 'concat'"),
    ],
)
def test_unfit_parameters_are_refused(cls, wrong, says):
    with pytest.raises(RecipeError, match=says):
        cls(**(SMALL | wrong))
