"""The players of StyleSwin, arXiv:2112.10762: windows by loops, wavelets by their definition, the sum of images."""

import math

import pytest
import torch
from ganzoo_plugins.styleswin.dense import BiasedLeaky, EqualisedLinear, Mapping
from ganzoo_plugins.styleswin.discriminator import WaveletDiscriminator
from ganzoo_plugins.styleswin.generator import StyledNorm, StyleSwinGenerator, heads_of
from ganzoo_plugins.styleswin.wavelets import haar, inverse_haar
from ganzoo_plugins.styleswin.windows import DoubleAttention, WindowAttention, joined, parted, sinusoids, window_of

from ganzoo.errors import RecipeError
from ganzoo.recipes.building.build import build_parts
from ganzoo.recipes.recipe import resolve
from ganzoo.registry.discovery import load_zoo
from ganzoo.testing.fixtures.partners import noise_images
from ganzoo.training import Trainer


def generator(size=16, classes=0, **more):
    torch.manual_seed(0)
    return StyleSwinGenerator(**{"image_size": size, "channels": 3, "num_classes": classes, "width": 8, **more})


def discriminator(size=16, classes=0, **more):
    torch.manual_seed(0)
    return WaveletDiscriminator(**{"image_size": size, "channels": 3, "num_classes": classes, "width": 4, **more})


def test_windows_of_the_paper_and_of_other_sizes():
    assert [window_of(side, 8) for side in (4, 8, 16, 1024, 5, 10, 7, 28, 6, 12, 13)] == [
        4, 8, 8, 8, 5, 5, 7, 7, 6, 6, 1,
    ]  # fmt: skip


def test_windows_are_parts_row_by_row_and_come_together_again():
    x = torch.arange(24.0).view(1, 4, 6, 1)
    cut = parted(x, (2, 3))
    assert cut[0, :, :, 0].tolist() == [
        [0, 1, 2, 6, 7, 8], [3, 4, 5, 9, 10, 11], [12, 13, 14, 18, 19, 20], [15, 16, 17, 21, 22, 23],
    ]  # fmt: skip
    assert torch.equal(joined(cut, (2, 3), columns=2), x)


@pytest.mark.parametrize("shift", [0, 1])
@torch.no_grad()
def test_window_attention_by_a_loop(shift):
    """A 4x4 map in windows of 2: two pixels meet where both lie in one window, shifted, and do not cross the edge."""
    torch.manual_seed(1)
    layer = WindowAttention(2, (4, 4), (2, 2), (shift, shift))
    torch.nn.init.normal_(layer.bias)
    query, key, value = torch.randn(3, 2, 4, 4, 6)
    found = layer(query, key, value)

    def window(at):  # of lines and columns -shift, 2 - shift, 4 - shift: the first and the last are cut by the edge
        return tuple((place + shift) // 2 if shift else place // 2 for place in at)

    places = [(i, j) for i in range(4) for j in range(4)]
    for one in range(2):
        for at in places:
            met = [other for other in places if window(other) == window(at)]
            assert len(met) in ({4} if not shift else {1, 2, 4})
            for head in range(2):
                part = slice(3 * head, 3 * head + 3)
                shares = []
                for other in met:
                    by = layer.bias[(at[0] - other[0] + 1) * 3 + at[1] - other[1] + 1, head]
                    shares.append(math.exp(query[one][at][part] @ key[one][other][part] / 3**0.5 + by))
                gathered = sum(w * value[one][other][part] for w, other in zip(shares, met, strict=True)) / sum(shares)
                torch.testing.assert_close(found[one][at][part], gathered, rtol=1e-4, atol=1e-5)


def test_half_of_the_heads_look_over_the_borders_of_the_windows():
    """What changes with a pixel: its window for the first half of the channels, the shifted window for the others."""
    torch.manual_seed(0)
    layer = DoubleAttention(8, 4, (8, 8), most=4)
    torch.nn.init.eye_(layer.out.weight)
    for half in layer.halves:
        torch.nn.init.normal_(half.bias)
    x = torch.randn(1, 8, 8, 8)
    other = x.clone()
    other[0, 3, 3] += 1.0
    changed = (layer(x) != layer(other))[0]
    inside = torch.zeros(8, 8, dtype=torch.bool)
    inside[:4, :4] = True
    assert torch.equal(changed[..., :4].any(2), inside)
    shifted = torch.zeros(8, 8, dtype=torch.bool)
    shifted[2:6, 2:6] = True
    assert torch.equal(changed[..., 4:].any(2), shifted)


def test_the_sinusoids():
    """8 channels: sines and cosines of the column from 1 on, at 1 and 1/10000 a pixel, then those of the row."""
    table = sinusoids((2, 3), 8)
    for i in range(2):
        for j in range(3):
            expected = [f((at + 1) * pace) for at in (j, i) for f in (math.sin, math.cos) for pace in (1, 1e-4)]
            torch.testing.assert_close(table[i, j], torch.tensor(expected), rtol=1e-5, atol=1e-6)


def test_styled_normalisation():
    torch.manual_seed(0)
    layer, x, w = StyledNorm(5, 7), torch.randn(2, 3, 4, 5), torch.randn(2, 7)
    gain, shift = (w @ layer.affine.weight.T / 7**0.5).split(5, dim=1)
    by_torch = torch.nn.functional.instance_norm(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
    torch.testing.assert_close(layer(x, w), gain[:, None, None] * by_torch + shift[:, None, None])


def test_dense_layers_of_styles():
    torch.manual_seed(0)
    x = torch.randn(3, 4)
    layer = EqualisedLinear(4, 2, lr=0.01)
    torch.nn.init.normal_(layer.bias)
    torch.testing.assert_close(layer(x), x @ layer.weight.T * 0.01 / 2 + 0.01 * layer.bias)
    assert layer.weight.std() > 10  # N(0, 1) by the multiplier
    mapping = Mapping(4, 2, 1)
    h = x / (x.square().mean(1, keepdim=True) + 1e-8).sqrt() @ mapping.layers[0].weight.T * 0.01 / 2
    torch.testing.assert_close(mapping(x), 2**0.5 * torch.where(h > 0, h, 0.2 * h))
    leaky = BiasedLeaky(4)
    torch.nn.init.constant_(leaky.bias, 1.0)
    assert leaky(torch.tensor([[0.0, -2.0, 1.0, -1.0]])).tolist()[0] == pytest.approx(
        [2**0.5, -0.2 * 2**0.5, 2 * 2**0.5, 0]
    )


def test_haar_wavelets_of_one_block_and_back():
    x = torch.tensor([[[[1.0, 2.0], [4.0, 8.0]]]])
    assert haar(x).flatten().tolist() == [7.5, -4.5, -2.5, 1.5]  # (a+b+c+d)/2, (a+b-c-d)/2, (a-b+c-d)/2, (a-b-c+d)/2
    x = torch.randn(2, 3, 6, 8, dtype=torch.float64)
    torch.testing.assert_close(inverse_haar(haar(x)), x)
    torch.testing.assert_close(haar(x).square().sum(), x.square().sum())  # an orthogonal change


def test_a_pattern_of_high_frequency_is_in_one_band():
    checks = ((torch.arange(8)[:, None] + torch.arange(8)) % 2 * 2.0 - 1).expand(1, 1, 8, 8)
    whole, rows, columns, both = haar(checks).unbind(1)
    assert not whole.any() and not rows.any() and not columns.any() and bool((both.abs() == 2).all())


def test_the_image_is_the_sum_of_those_of_all_maps():
    G, z = generator(), torch.randn(2, 128)
    w, x, total = G.map(z), G.constant.expand(2, -1, -1, -1), 0
    for i, size in enumerate((8, 16, 16)):
        x = G.blocks[2 * i + 1](G.blocks[2 * i](x, w[:, 0]), w[:, 0])
        x = G.larger[i](x) if i < 2 else x
        assert x.shape[1:3] == (size, size)
        total = G.images[i](x) + (0 if i == 0 else total if i == 2 else G.doubled(total))
    torch.testing.assert_close(G(z), total.tanh())
    assert [block.first.affine.weight.shape[0] // 2 for block in G.blocks] == [32, 32, 16, 16, 8, 8]


def test_each_block_has_a_style_of_its_own():
    G, z = generator(), torch.randn(1, 128)
    w = G.map(z)
    assert w.shape == (1, 6, 128) and torch.equal(w[:, 0], w[:, 5])
    for j in range(6):
        other = w.clone()
        other[:, j] += 5
        assert not torch.equal(G.synthesise(other), G.synthesise(w))


def test_heads():
    assert [heads_of(n) for n in (8, 96, 128, 224, 256, 512)] == [4, 4, 4, 4, 8, 16]
    with pytest.raises(RecipeError, match=r"^width is 6, and must be a multiple of 4, whose heads share it$"):
        generator(width=6)


@pytest.mark.parametrize("size", [8, 28, (8, 16), (24, 12)])
def test_images_of_other_sizes_and_labels(size):
    G, D = generator(size, classes=3), discriminator(size, classes=3)
    y = torch.tensor([0, 2, 1, 1])
    x = G(torch.randn(4, 128), y)
    assert x.shape == (4, 3, *((size, size) if isinstance(size, int) else size))
    found = D(x, y)
    assert found["logits"].shape == (4,)
    expected = D.head(found["features"]).squeeze(1) + (D.projection.embed(y) * found["features"]).sum(1)
    torch.testing.assert_close(found["logits"], expected)
    assert G.map(torch.zeros(2, 128), y[:2])[0].ne(G.map(torch.zeros(2, 128), y[:2])[1]).any()


def test_the_channels_of_the_discriminator():
    """At 256 pixels, an eighth as wide: 16 at 128, then 64 at 64 from the table, doubled up to 4 pixels."""
    D = discriminator(32, width=4)
    assert [layer[0].out_channels for layer in D.from_wavelets] == [4, 16, 32]
    assert [layer[0].in_channels for layer in D.from_wavelets] == [12, 12, 12]
    assert D.features[3].in_features == 32 * 16


def test_the_recipe_plays():
    registry = load_zoo(third_party=False).registry
    recipe = resolve(registry, "styleswin:generator.width=8:discriminator.width=8:schedule.batch=4")
    parts = build_parts(recipe, registry, image_size=8, channels=1, num_classes=3, seed=0)
    trainer = Trainer(recipe, parts, noise_images(12, 1, 8), torch.arange(12) % 3, seed=0)
    before = [w.detach().clone() for w in parts.G.parameters()]
    assert all(value.isfinite() for value in trainer.step().values())
    assert all(not torch.equal(a, b) for a, b in zip(before, parts.G.parameters(), strict=True) if b.any())
