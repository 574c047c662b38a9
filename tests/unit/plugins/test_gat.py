"""The players of GAT, arXiv:2509.24935: attention by a loop, places by complex numbers, styles and levels by hand."""

import cmath
import math

import pytest
import torch
from ganzoo_plugins.gat.discriminator import GATDiscriminator
from ganzoo_plugins.gat.generator import GATGenerator
from ganzoo_plugins.gat.layers import Attention, GatedPerceptron, SlowLinear
from ganzoo_plugins.gat.positions import Rotation, fixed_table

from ganzoo.errors import RecipeError
from ganzoo.recipes.building.build import build_parts
from ganzoo.recipes.recipe import resolve
from ganzoo.registry.discovery import load_zoo
from ganzoo.testing.fixtures.partners import noise_images
from ganzoo.training import Trainer

SIZES = {"image_size": 8, "channels": 1}


def generator(classes=0, **more):
    torch.manual_seed(0)
    return GATGenerator(**{**SIZES, **more}, num_classes=classes)


def discriminator(classes=0, **more):
    torch.manual_seed(0)
    return GATDiscriminator(**{**SIZES, **more}, num_classes=classes)


def test_the_table_of_places():
    """Width 8: sines and cosines of the column at 1 and 1/100 per patch, then those of the row."""
    table = fixed_table((2, 3), 8)
    for row in range(2):
        for column in range(3):
            expected = [f(place * w) for place in (column, row) for f in (math.sin, math.cos) for w in (1, 0.01)]
            torch.testing.assert_close(table[3 * row + column], torch.tensor(expected))


def test_rotations_are_products_with_complex_numbers():
    """A pair (a, b) is a + b i, times e^(i angle): the first half turns with the row, the second with the column."""
    x = torch.randn(1, 1, 7, 8, generator=torch.Generator().manual_seed(0))
    turned = Rotation((2, 3), 8)(x)
    assert torch.equal(turned[:, :, 0], x[:, :, 0])  # a token before the patches
    for patch in range(6):
        row, column = divmod(patch, 3)
        for pair, angle in enumerate((row, row * 0.01, column, column * 0.01)):
            a, b = x[0, 0, 1 + patch, 2 * pair : 2 * pair + 2].tolist()
            by_hand = complex(a, b) * cmath.exp(1j * angle)
            found = turned[0, 0, 1 + patch, 2 * pair : 2 * pair + 2].tolist()
            assert found == pytest.approx([by_hand.real, by_hand.imag], abs=1e-6)


def test_products_of_rotated_vectors_tell_the_way_between_patches_alone():
    rotation = Rotation((4, 4), 8)
    query, key = torch.randn(2, 1, 1, 1, 8, generator=torch.Generator().manual_seed(1)).expand(2, 1, 1, 16, 8)
    products = (rotation(query) @ rotation(key).transpose(2, 3))[0, 0].view(4, 4, 4, 4)
    torch.testing.assert_close(products[0, 1, 2, 2], products[1, 2, 3, 3])
    torch.testing.assert_close(products[3, 0, 1, 2], products[2, 1, 0, 3])
    assert (products[0, 0, 1, 1] - products[0, 0, 2, 1]).abs() > 1e-3


@torch.no_grad()
def test_attention_by_a_loop():
    torch.manual_seed(2)
    layer, x = Attention(8, 2, (1, 3)), torch.randn(2, 4, 8)
    torch.nn.init.uniform_(layer.query.weight, 0.5, 1.5)
    torch.nn.init.uniform_(layer.key.weight, 0.5, 1.5)

    def placed(norm, tokens):
        normed = tokens / tokens.square().mean(1, keepdim=True).sqrt() * norm.weight
        return layer.placed(normed[None, None])[0, 0]

    for sample, found in zip(x, layer(x), strict=True):
        q, k, v = (sample @ layer.asked.weight.T + layer.asked.bias).split(8, dim=1)
        gathered = torch.zeros(4, 8)
        for head in (slice(0, 4), slice(4, 8)):
            query, key = placed(layer.query, q[:, head]), placed(layer.key, k[:, head])
            for i in range(4):
                shares = [math.exp(float(query[i] @ key[j]) / 2) for j in range(4)]  # sqrt of 4 features
                for j in range(4):
                    gathered[i, head] += shares[j] / sum(shares) * v[j, head]
        torch.testing.assert_close(found, gathered @ layer.out.weight.T + layer.out.bias, rtol=1e-4, atol=1e-5)


def test_the_gated_perceptron_has_eight_thirds_inside():
    layer, x = GatedPerceptron(12), torch.randn(3, 12)
    assert layer.inner.out_features == 2 * 32
    gate, value = (x @ layer.inner.weight.T + layer.inner.bias).split(32, dim=1)
    by_hand = (gate * torch.sigmoid(gate) * value) @ layer.out.weight.T + layer.out.bias
    torch.testing.assert_close(layer(x), by_hand)


def test_slow_layers_start_as_others_and_move_a_hundredth_as_fast():
    torch.manual_seed(0)
    layer, x = SlowLinear(50, 60), torch.randn(4, 50)
    bound = (6 / 110) ** 0.5  # of Glorot's uniform
    assert 0.95 * bound < (0.01 * layer.weight).abs().max() <= bound
    effective = 0.01 * layer.weight.detach()
    layer(x).sum().backward()
    torch.optim.Adam(layer.parameters(), lr=0.01).step()  # the first step of Adam is lr in every number
    torch.testing.assert_close((0.01 * layer.weight - effective).abs(), torch.full((60, 50), 1e-4), rtol=1e-2, atol=0)


def test_without_gates_the_tokens_stay_the_places_and_levels_add_up():
    """The style's dense layers are zero: no gate is open, all scales are 1, and every latent gives the same image."""
    G = generator()
    for module in (*G.blocks, *G.images):
        torch.nn.init.zeros_(module.style[1].weight)
    z = torch.randn(2, 64)
    tokens = fixed_table((4, 4), 64)
    tokens = tokens / (tokens.square().mean(1, keepdim=True) + 1e-6).sqrt()
    total, levels = torch.zeros(8, 8), G.stacked(z)
    assert levels.shape == (2, 4, 8, 8)
    for level, head in enumerate(G.images):
        for patch, pixels in enumerate(tokens @ head.dense.weight.T + head.dense.bias):
            row, column = divmod(patch, 4)
            total[2 * row : 2 * row + 2, 2 * column : 2 * column + 2] += pixels.view(2, 2)
        torch.testing.assert_close(levels[0, level], total.tanh(), rtol=1e-4, atol=1e-5)
        assert torch.equal(levels[0], levels[1])
    assert torch.equal(G(z), levels[:, -1:])


def test_a_block_is_scaled_and_gated_by_its_style():
    G = generator(width=8, depth=4)
    block, x, w = G.blocks[0], torch.randn(2, 16, 8), torch.randn(2, 8)
    made = torch.nn.functional.silu(w) @ block.style[1].weight.T + block.style[1].bias
    scale, gate, scale_2, gate_2 = (part[:, None] for part in made.split(8, dim=1))

    def normed(tokens):
        return tokens / (tokens.square().mean(2, keepdim=True) + 1e-6).sqrt()

    h = x + gate * block.attention(normed(x) * (1 + scale))
    torch.testing.assert_close(block(x, w), h + gate_2 * block.perceptron(normed(h) * (1 + scale_2)))


def test_latents_and_labels_count_by_their_direction_alone():
    G = generator(classes=3)
    z, y = torch.randn(2, 64), torch.tensor([0, 2])
    torch.testing.assert_close(G.map(3 * z, y), G.map(z, y), rtol=1e-4, atol=1e-5)
    assert (G.map(z, y) - G.map(z, y.flip(0))).abs().max() > 1e-4
    assert G.map(z, y).shape == (2, 4, 64)


def test_a_lone_image_is_seen_as_all_levels_of_itself():
    D, x = discriminator(), torch.rand(3, 1, 8, 8)
    assert D.patches.in_channels == 4
    torch.testing.assert_close(D(x)["logits"], D(x.repeat(1, 4, 1, 1))["logits"])
    assert D(x)["logits"].shape == (3,)


def test_the_verdict_of_a_label_is_an_inner_product():
    D, x, y = discriminator(classes=3), torch.rand(3, 1, 8, 8), torch.tensor([0, 1, 2])
    found = D(x, y)
    made = found["features"] @ D.head.weight.T + D.head.bias
    direction = D.direction(D.label.weight)
    torch.testing.assert_close(found["logits"], (made * direction).sum(1))
    blind = discriminator(classes=3, conditioning="none")
    assert blind.label is None and blind(x, y)["logits"].shape == (3,)


def test_rectangles_and_patches():
    for size, patch in (((8, 12), 2), ((8, 12), 4), (28, 4), (7, 7), (6, 1)):
        high, wide = (size, size) if isinstance(size, int) else size
        x = generator(image_size=size, patch=patch, channels=3, width=8)(torch.randn(2, 64))
        assert x.shape == (2, 3, high, wide)
        assert discriminator(image_size=size, patch=patch, channels=3, width=8)(x)["logits"].shape == (2,)


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"patch": 3}, "patches of 3 pixels do not fill 8x8 images: give a patch that divides both sides"),
        ({"depth": 6}, "depth is 6, and must be a multiple of the 4 levels"),
        ({"width": 6}, "width is 6 and heads 1: a head has 6 features, and needs a multiple of 4"),
        ({"width": 24, "heads": 4}, "width is 24 and heads 4: a head has 6 features"),
    ],
)
def test_what_does_not_fit_is_said(more, sentence):
    with pytest.raises(RecipeError, match=f"^{sentence}"):
        generator(**more)


def test_the_recipe_plays_with_and_without_labels():
    registry = load_zoo(third_party=False).registry
    for conditional in ("false", "true"):
        spec = f"gat:generator.width=8:discriminator.width=8:schedule.batch=4:conditional={conditional}"
        recipe = resolve(registry, spec)
        parts = build_parts(recipe, registry, image_size=8, channels=1, num_classes=3, seed=0)
        trainer = Trainer(recipe, parts, noise_images(12, 1, 8), torch.arange(12) % 3, seed=0)
        before = [w.detach().clone() for w in parts.G.parameters()]
        assert all(value.isfinite() for value in trainer.step().values())
        assert all(not torch.equal(a, b) for a, b in zip(before, parts.G.parameters(), strict=True) if b.any())
