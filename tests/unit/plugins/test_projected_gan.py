"""Projected GAN: maps, mixing and discriminators of arXiv:2111.01007, by values and by the authors' sizes."""

import pytest
import torch
from efficientnet_lite_pytorch import EfficientNet
from ganzoo_plugins.digits.extractor import DigitsExtractor
from ganzoo_plugins.projected_gan.discriminator import ProjectedDiscriminator
from ganzoo_plugins.projected_gan.features import FeatureMaps
from ganzoo_plugins.projected_gan.judge import Judge
from ganzoo_plugins.projected_gan.mixing import Mixing
from torch import nn
from torch.nn.functional import conv2d, interpolate

from ganzoo.errors import RecipeError
from ganzoo.recipes.building.build import build_parts
from ganzoo.recipes.recipe import resolve
from ganzoo.registry.discovery import load_zoo
from ganzoo.testing.fixtures.partners import noise_images
from ganzoo.training import Trainer

DIGITS = [(48, 8, 8), (48, 4, 4), (48, 2, 2)]
PAPER = [(24, 64, 64), (40, 32, 32), (112, 16, 16), (320, 8, 8)]  # of an EfficientNet-Lite0 that sees 256 pixels


def made(size=8, classes=0, **more):
    torch.manual_seed(0)
    return ProjectedDiscriminator(image_size=size, channels=1, num_classes=classes, mixed=4, width=16, **more)


def test_maps_are_the_last_of_each_size():
    x = torch.rand(3, 1, 8, 8) * 2 - 1
    maps = FeatureMaps("digits", (1, 8, 8), 4)
    assert maps.shapes == DIGITS
    body = DigitsExtractor().network.body
    expected = [body[:2](x), body[:4](x), body[:5](x)]
    for found, by_hand in zip(maps(x), expected, strict=True):
        torch.testing.assert_close(found, by_hand)
    with torch.device("meta"):  # as parameters are counted
        assert FeatureMaps("digits", (3, 32, 32), 2).shapes == DIGITS[1:]


def test_channels_and_scales_are_mixed_from_small_to_large():
    torch.manual_seed(1)
    maps = [torch.randn(2, *shape) for shape in DIGITS]
    mixing = Mixing(DIGITS, 4, "scales")
    large, middle, small = (layer(x) for layer, x in zip(mixing.channels, maps, strict=True))
    assert [it.shape[1] for it in (large, middle, small)] == [4, 8, 16]

    def step(i, h):
        h = interpolate(h, scale_factor=2, mode="bilinear", align_corners=True)
        return conv2d(h, mixing.scales[i].weight, mixing.scales[i].bias)

    third = step(2, small)
    second = step(1, middle + third)
    first = step(0, large + second)
    for found, by_hand in zip(mixing(maps), (first, second, third), strict=True):
        torch.testing.assert_close(found, by_hand)
    assert not any(weight.requires_grad for weight in mixing.parameters())
    assert [tuple(it.shape[1:]) for it in (first, second, third)] == mixing.shapes
    assert Mixing(DIGITS, 4, "channels").shapes == [(4, 8, 8), (8, 4, 4), (16, 2, 2)]
    assert Mixing(DIGITS, 4, "none").shapes == DIGITS


def test_the_papers_discriminators():
    """Widths of the authors' code: 64 channels at 64 and 128 pixels, and twice as many with each halving down to 8."""
    mixing = Mixing(PAPER, 64, "scales")
    assert mixing.shapes == [(64, 128, 128), (64, 64, 64), (128, 32, 32), (256, 16, 16)]
    widths = [[64, 128, 256, 512], [128, 256, 512], [256, 512], [512]]
    for shape, halvings, wanted in zip(mixing.shapes, (4, 3, 2, 1), widths, strict=True):
        judge = Judge(shape, halvings, 512, 0)
        strided = [layer for layer in judge.body if isinstance(layer, nn.Conv2d)]
        assert [layer.out_channels for layer in strided] == wanted and judge.last.kernel_size == (4, 4)
    assert judge(torch.zeros(2, *mixing.shapes[3]), None).shape == (2, 25)


def test_each_scale_is_a_head_and_what_is_pretrained_stays():
    registry = load_zoo(third_party=False).registry
    small = "discriminator.mixed=4:discriminator.width=16:generator.width=2:schedule.batch=4"
    for conditional in ("false", "true"):
        recipe = resolve(registry, f"projected-gan:{small}:conditional={conditional}")
        labels = torch.arange(8) % 3 if recipe.conditional else None
        parts = build_parts(recipe, registry, image_size=8, channels=1, num_classes=3 * recipe.conditional, seed=0)
        D = parts.D
        assert D.heads == ("scale0", "scale1", "scale2")
        before = {name: it.clone() for name, it in D.state_dict().items()}
        losses = Trainer(recipe, parts, noise_images(8, channels=1, size=8), labels, seed=0).step()
        assert all(torch.isfinite(loss) for loss in losses.values())
        moved = {name.split(".")[0] for name, it in D.state_dict().items() if not torch.equal(it, before[name])}
        assert moved == {"judges"}
        assert D.training and not any(module.training for module in D.features.network.modules())


def lite0_by_hand(x):
    """The authors' four layers: stem and two stages, one, two and two; the sibling numbers blocks through."""
    network = EfficientNet.from_name("efficientnet-lite0").eval()
    network.load_state_dict(torch.load(load_lite0().weights_path(None), weights_only=True))
    ends = {2: 24, 4: 40, 10: 112, 15: 320}
    with torch.no_grad():
        h, found = network._swish(network._bn0(network._conv_stem(x))), []
        for i, block in enumerate(network._blocks):
            h = block(h)
            if i in ends:
                assert h.shape[1] == ends[i]
                found.append(h)
    return found


def load_lite0():
    return load_zoo(third_party=False).registry.get("extractor", "efficientnet-lite0").load()


def test_the_papers_network_has_four_scales():
    """The authors' ``_make_efficientnet``, of images of 224 pixels, at which they are seen there too."""
    torch.manual_seed(0)
    x = interpolate(torch.rand(2, 3, 7, 7), (224, 224), mode="bicubic") * 2 - 1
    maps = FeatureMaps("efficientnet-lite0", (3, 224, 224), 4)
    assert maps.shapes == [(24, 56, 56), (40, 28, 28), (112, 14, 14), (320, 7, 7)]
    for found, by_hand in zip(maps(x), lite0_by_hand((x * 127.5 + 0.5) / 128), strict=True):
        torch.testing.assert_close(found, by_hand, rtol=1e-3, atol=1e-3 * float(by_hand.abs().max()))
    mixing = Mixing(maps.shapes, 64, "scales")
    assert mixing.shapes == [(64, 112, 112), (64, 56, 56), (128, 28, 28), (256, 14, 14)]


def test_the_recipe_plays_on_the_papers_network():
    registry = load_zoo(third_party=False).registry
    small = "discriminator.mixed=4:discriminator.width=16:generator.width=2:schedule.batch=2"
    recipe = resolve(registry, f"projected-gan:discriminator.extractor=efficientnet-lite0:{small}")
    parts = build_parts(recipe, registry, image_size=32, channels=3, num_classes=0, seed=0)
    assert parts.D.heads == ("scale0", "scale1", "scale2", "scale3")
    before = [{name: it.clone() for name, it in player.state_dict().items()} for player in (parts.D, parts.G)]
    losses = Trainer(recipe, parts, noise_images(4, channels=3, size=32), None, seed=0).step()
    assert all(torch.isfinite(loss) for loss in losses.values())
    moved = [
        {name.split(".")[0] for name, it in player.state_dict().items() if not torch.equal(it, was[name])}
        for player, was in zip((parts.D, parts.G), before, strict=True)
    ]
    assert moved[0] == {"judges"} and moved[1]
    assert not any(module.training for module in parts.D.features.network.modules())


def test_labels_are_compared_with_each_verdict():
    D = made(classes=3).eval()
    x, y = torch.rand(2, 1, 8, 8), torch.tensor([0, 2])
    judge, maps = D.judges[0], D.mixing(D.features(x))
    by_hand = (judge.last(judge.body(maps[0])) * judge.label(y)[:, :, None, None]).sum(1).flatten(1) / 8
    torch.testing.assert_close(D(x, y)["scale0"], by_hand)
    assert not torch.equal(D(x, y)["logits"], D(x, y.flip(0))["logits"])


@pytest.mark.parametrize(
    ("extractor", "said"),
    [("digit", "did you mean 'digits'"), ("vgg16", "gives no gradients")],
)
def test_extractors_that_cannot_be_projected_are_refused(extractor, said):
    with pytest.raises(RecipeError, match=said):
        made(extractor=extractor)
