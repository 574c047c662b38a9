"""FastGAN's discriminator and the images that it has to hold: arXiv:2101.04775, sec. 3.2."""

import torch
from ganzoo_plugins.fastgan.discriminator import FastGANDiscriminator
from ganzoo_plugins.fastgan.reconstruction import Decoder, Reconstruction, quarter
from stand_in_turn import Constant, dealt
from torch.nn.functional import avg_pool2d

from ganzoo.recipes.building.build import build_parts
from ganzoo.recipes.recipe import resolve
from ganzoo.registry.discovery import load_zoo
from ganzoo.testing.fixtures.partners import noise_images
from ganzoo.training import Trainer


def discriminator(size, classes=0, width=8):
    torch.manual_seed(0)
    D = FastGANDiscriminator(image_size=size, channels=1, num_classes=classes, width=width)
    D.image_size, D.channels, D.num_classes, D.conditional = size, 1, classes, bool(classes)
    return D


def test_the_published_sizes():
    """At 256 pixels, an eighth as wide: widths by the authors' table, and 5x5 verdicts of either encoder."""
    D = discriminator(256)
    widths = [D.start[0].out_channels, *(stage.main[0].out_channels for stage in D.stages)]
    assert widths == [2, 4, 8, 16, 32, 64]  # an eighth of nfc[512] to nfc[16]
    assert set(D.excitations) == {"3", "4", "5"} and D.span == 3
    assert [D.encoder[0].out_channels, *(layer[0].out_channels for layer in list(D.encoder)[2:])] == [4, 8, 16, 32]
    D.eval()
    found = D(torch.zeros(1, 1, 256, 256))
    assert found["large"].shape == found["small"].shape == (1, 25)
    assert found["maps"].shape == (1, 64, 8, 8) and found["part_maps"].shape == (1, 32, 16, 16)
    assert found["small_maps"].shape == (1, 32, 8, 8)


def test_small_images_and_labels():
    for size, verdicts in ((8, 1), (32, 1), (64, 25), ((8, 16), 5), (28, 16)):
        D = discriminator(size, classes=3, width=1).eval()
        sides = (size, size) if isinstance(size, int) else size
        found = D(torch.rand(2, 1, *sides), torch.tensor([0, 2]))
        assert found["logits"].shape == (2, 2 * verdicts)
        torch.testing.assert_close(found["logits"], torch.cat([found["large"], found["small"]], dim=1))


def test_a_quarter_is_cut_out_at_its_corner():
    x = torch.arange(16.0).view(1, 1, 4, 4)
    assert quarter(x, torch.tensor([0, 1])).flatten().tolist() == [2, 3, 6, 7]
    assert quarter(x, torch.tensor([1, 0])).flatten().tolist() == [8, 9, 12, 13]


def test_the_errors_are_those_of_what_the_decoders_make():
    D, term = discriminator(16, width=2).eval(), Reconstruction(width=2)
    term.prepare(Constant(), D)
    term.eval()
    x = torch.rand(3, 1, 16, 16) * 2 - 1
    value = term.d_penalty(dealt("D", Constant(), D, x))
    seen, half, by_quarter = D(x), avg_pool2d(x, 2), []
    both = sum(
        ((decode(seen[name]) - half) ** 2).mean() for decode, name in ((term.whole, "maps"), (term.small, "small_maps"))
    )
    for down in (0, 1):
        for right in (0, 1):
            maps = seen["part_maps"][:, :, 4 * down : 4 * down + 4, 4 * right : 4 * right + 4]
            true = x[:, :, 8 * down : 8 * down + 8, 8 * right : 8 * right + 8]
            by_quarter.append((both + ((term.part(maps) - true) ** 2).mean()).item())
    assert min(abs(value.item() - one) for one in by_quarter) < 1e-6
    assert term.heads() == (term.whole, term.part, term.small)


def test_a_decoder_ends_in_an_image():
    assert Decoder(5, 3, 2, 3).eval()(torch.zeros(1, 5, 4, 4)).shape == (1, 3, 32, 32)
    assert Decoder(5, 0, 2, 1).eval()(torch.zeros(1, 5, 4, 4)).shape == (1, 1, 4, 4)


def test_the_recipe_plays_and_moves_its_decoders():
    registry = load_zoo(third_party=False).registry
    for conditional in ("false", "true"):
        spec = f"fastgan:generator.width=1:discriminator.width=1:schedule.batch=4:conditional={conditional}"
        recipe = resolve(registry, spec)
        labels = torch.arange(8) % 3 if recipe.conditional else None
        parts = build_parts(recipe, registry, image_size=8, channels=1, num_classes=3 * recipe.conditional, seed=0)
        term = parts.regularizers[1]
        before = [weight.detach().clone() for weight in term.parameters()]
        losses = Trainer(recipe, parts, noise_images(8, channels=1, size=8), labels, seed=0).step()
        assert all(torch.isfinite(loss) for loss in losses.values())
        assert all(not torch.equal(a, b) for a, b in zip(before, term.parameters(), strict=True))
