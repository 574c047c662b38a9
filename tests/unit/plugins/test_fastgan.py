"""FastGAN's generator: arXiv:2101.04775, by the authors' sizes and by values."""

import torch
from ganzoo_plugins.fastgan.blocks import Excitation
from ganzoo_plugins.fastgan.generator import FastGANGenerator
from torch import nn


def generator(size, **more):
    return FastGANGenerator(image_size=size, channels=3, num_classes=0, **more)


def test_the_published_sizes():
    """At 256 pixels, an eighth as wide: maps, which of them excite, and parameters, counted by the authors' layers."""
    given = {"width": 8, "z_dim": 6}
    G, small, large = (generator(256, blocks=blocks, **given) for blocks in ("alternating", "small", "large"))
    assert G.width_of_maps == [128, 64, 32, 16, 16, 8, 4]
    assert set(G.excitations) == {"4", "5", "6"} and G.span == 4
    assert [len(stage) for stage in G.stages] == [2, 1, 2, 1, 2, 1]
    maps = dict(zip((4, 8, 16, 32, 64, 128, 256), G.width_of_maps, strict=True))

    def gated(a, b, noise=0):
        return a * 2 * b * 9 + 2 * 2 * b + noise

    expected = 6 * 2 * 128 * 16 + 2 * 2 * 128 + 4 * 3 * 9
    for a, b in ((4, 8), (8, 16), (16, 32), (32, 64), (64, 128), (128, 256)):
        comp = b in (8, 32, 128)
        expected += gated(maps[a], maps[b], comp) + (gated(maps[b], maps[b], 1) if comp else 0)
    for a, b in ((4, 64), (8, 128), (16, 256)):
        expected += maps[a] * maps[b] * 16 + maps[b] ** 2
    assert sum(weight.numel() for weight in G.parameters()) == expected
    assert {len(stage) for stage in small.stages} == {1} and {len(stage) for stage in large.stages} == {2}


def test_an_excitation_by_hand():
    torch.manual_seed(0)
    layer = Excitation(2, 3).eval()
    small, large = torch.randn(2, 2, 4, 4), torch.randn(2, 3, 8, 8)
    first, second = layer.net[1].weight, layer.net[3].weight
    h = torch.einsum("bchw,ochw->bo", small, first)
    gate = torch.sigmoid((h * torch.sigmoid(h)) @ second[:, :, 0, 0].T)
    torch.testing.assert_close(layer(small, large), large * gate[:, :, None, None])


def test_small_images_labels_and_latents_on_a_sphere():
    torch.manual_seed(0)
    for size, labels in ((8, None), ((8, 16), torch.tensor([0, 2])), (32, None)):
        G = FastGANGenerator(
            image_size=size, channels=1, num_classes=3 if labels is not None else 0, z_dim=8, width=2, sphere=True
        ).eval()
        z = torch.randn(2, 8)
        x = G(z, labels)
        sides = (size, size) if isinstance(size, int) else size
        assert x.shape == (2, 1, *sides) and x.abs().max() <= 1
        torch.testing.assert_close(G(3 * z, labels), x, rtol=1e-4, atol=1e-5)
    assert sum(isinstance(module, nn.BatchNorm2d) for module in G.modules()) == 6


def test_noise_is_off_at_the_start_and_each_images_own_later():
    G = generator(8, z_dim=8, width=2).eval()
    z = torch.randn(2, 8)
    torch.testing.assert_close(G(z), G(z))
    for name, weight in G.named_parameters():
        if name.endswith("strength"):
            nn.init.ones_(weight)
    assert not torch.equal(G(z), G(z))
