"""Mirror symmetry of every network and augmentation of the zoo whose method promises it."""

import pytest
import torch
from ganzoo_plugins.augmentation.ada import ADA
from ganzoo_plugins.augmentation.diffaugment import DiffAugment
from ganzoo_plugins.augmentation.instance_noise import InstanceNoise
from ganzoo_plugins.dcgan.discriminator import DCGANDiscriminator
from ganzoo_plugins.dcgan.generator import DCGANGenerator
from ganzoo_plugins.dcgan.packed_discriminator import PacDCGANDiscriminator
from ganzoo_plugins.r3gan.discriminator import R3GANDiscriminator
from ganzoo_plugins.r3gan.generator import R3GANGenerator
from torch import nn

from ganzoo.interfaces import Regularizer
from ganzoo.layers import Doubled, Filter, Halved, Jitter, coins, mirrored
from ganzoo.recipes.building.build import load_class
from ganzoo.recipes.building.old_shapes import modality_of_shape
from ganzoo.registry.discovery import load_zoo
from ganzoo.testing.findings import ConformanceError
from ganzoo.testing.fixtures.data import Case
from ganzoo.testing.kinds.players import Builder
from ganzoo.testing.kinds.symmetry import require_mirrored_maps, require_symmetric_images, require_unmoved

REGISTRY = load_zoo(third_party=False).registry
LOOKS = {"generator": require_symmetric_images, "discriminator": require_mirrored_maps}
OTHERS = {entry.plugin for entry in REGISTRY.all("modality")}  # whose players are not of plain images
PLAYERS = [(kind, entry.name) for kind in LOOKS for entry in REGISTRY.all(kind) if entry.plugin not in OTHERS]
CASES = [Case(modality_of_shape(8, 3, 0)), Case(modality_of_shape(32, 1, 4), conditional=True)]

# Those that promise nothing, and the convolution of stride 2 that their papers or authors' code have.
LEANING = {
    ("generator", "dcgan"): "5x5",
    ("generator", "tutorial-dcgan"): "5x5",
    ("generator", "wgan-gp"): "5x5",
    ("discriminator", "dcgan"): "5x5",
    ("discriminator", "pac-dcgan"): "5x5",
    ("discriminator", "tutorial-dcgan"): "5x5",
    ("discriminator", "wgan-gp"): "5x5",
    ("discriminator", "began"): "3x3",
}
WAVES = {("generator", "stylegan3")}  # which begins with sine waves of any phase
WITHOUT_MAPS = {
    ("generator", "mlp"),
    ("discriminator", "mlp"),
    ("generator", "denoiser"),
    ("discriminator", "step-critic"),
}
# whose layers are told where they are: by the places of patches or pixels, or by the signs of wavelets
PLACED = {("generator", "gat"), ("discriminator", "gat"), ("generator", "styleswin"), ("discriminator", "wavelet")}
OTHER = LEANING.keys() | WITHOUT_MAPS | WAVES | PLACED


def built(kind, name, case):
    return Builder(REGISTRY, kind, name).build(case)


def test_every_network_promises_it_or_is_known_not_to():
    promising = {(kind, name) for kind, name in PLAYERS if built(kind, name, CASES[1]).mirror_symmetric}
    assert promising | OTHER == set(PLAYERS)
    assert not promising & OTHER


@pytest.mark.parametrize(("kind", "name"), [player for player in PLAYERS if player not in OTHER])
def test_networks_favour_no_side(kind, name):
    for case in CASES:
        LOOKS[kind](built(kind, name, case), case)


@pytest.mark.parametrize(("kind", "name"), LEANING)
def test_odd_kernels_of_stride_2_lean(kind, name):
    rows = int(LEANING[kind, name][0])
    network = built(kind, name, CASES[1])
    strided = [m for m in network.modules() if isinstance(m, nn.Conv2d | nn.ConvTranspose2d) and m.stride == (2, 2)]
    assert strided and {m.kernel_size for m in strided} == {(rows, rows)}
    with pytest.raises(ConformanceError, match=r"Conv\w*2d\) is not the mirror image"):
        LOOKS[kind](network, CASES[1])


@pytest.mark.parametrize("cls", [DCGANGenerator, DCGANDiscriminator, PacDCGANDiscriminator])
def test_dcgan_favours_no_side_with_kernels_of_4_pixels(cls):
    for kernel in (4, 5):
        network = cls(image_size=32, channels=1, num_classes=0, kernel=kernel)
        assert network.mirror_symmetric == (kernel == 4)
    even = cls(image_size=32, channels=1, num_classes=0, kernel=4)
    (require_symmetric_images if cls is DCGANGenerator else require_mirrored_maps)(
        even, Case(modality_of_shape(32, 1, 0))
    )


class OfThreeTaps(nn.Module):
    """Doubling and halving as R3GAN once had them: the authors' argument [1, 2, 1] taken for the filter."""

    def __init__(self, doubled):
        super().__init__()
        self.filter, self.doubled = Filter((1, 2, 1), gain=2.0 if doubled else 1.0), doubled

    def forward(self, x):
        return self.filter(x, up=2, padding=(2, 0)) if self.doubled else self.filter(x, down=2, padding=(1, 0))


@pytest.mark.parametrize(
    ("kind", "cls", "layer"), [("generator", R3GANGenerator, Doubled), ("discriminator", R3GANDiscriminator, Halved)]
)
def test_the_fault_that_this_was_written_for_is_found(kind, cls, layer):
    network = cls(image_size=32, channels=1, num_classes=4)
    LOOKS[kind](network, CASES[1])
    layers = network.net if kind == "generator" else network.body
    for i, module in enumerate(layers):
        if isinstance(module, layer):
            layers[i] = OfThreeTaps(layer is Doubled)
    with pytest.raises(ConformanceError, match=r"\.filter \(Filter\) is not the mirror image top to bottom"):
        LOOKS[kind](network, CASES[1])


# -- augmentations ---------------------------------------------------------------------------------------------

VIEWS = {
    "ada": ADA(p=1.0),
    "ada/pixels": ADA(p=1.0, geometry=False, color=False),
    "ada/colours": ADA(p=1.0, blit=False, geometry=False),
    "diffaugment": DiffAugment(),
    "diffaugment/odd": DiffAugment(["cutout"], cutout=0.3),
    "instance-noise": InstanceNoise(std=1.0),
}


OF_LEVELS = {"multi-level-noise"}  # whose views are of stacks, and move nothing


def test_every_augmentation_is_tried():
    names = [entry.name for entry in REGISTRY.all("regularizer")]
    changing = {name for name in names if load_class(REGISTRY, "regularizer", name).view is not Regularizer.view}
    assert changing - OF_LEVELS == {name.partition("/")[0] for name in VIEWS}
    assert all(view.mirror_symmetric for view in VIEWS.values())


@pytest.mark.parametrize("name", VIEWS)
def test_augmentations_favour_no_side(name):
    require_unmoved(VIEWS[name].view, size=15 if "/" in name else 16)


@pytest.mark.parametrize("shift", [0, 4])
def test_neither_do_jitter_and_flips(shift):
    rng = torch.Generator().manual_seed(0)
    require_unmoved(lambda x: Jitter(flip=True, shift=shift)(x, rng))
    require_unmoved(lambda x: mirrored(x, coins(len(x), rng)))


@pytest.mark.parametrize("dim", [2, 3])
def test_a_twentieth_of_a_pixel_is_found(dim):
    def view(x):
        return torch.where(torch.rand(len(x), 1, 1, 1) < 0.05, x.roll(1, dims=dim), x)

    with pytest.raises(ConformanceError, match=f"by 0.0[0-9]+ {'columns' if dim == 3 else 'rows'} in the mean of 4096"):
        require_unmoved(view)


def test_a_cover_that_favours_a_side_is_found():
    def view(x):
        left = torch.rand(len(x), 1, 1, 1) < 0.6
        return x * torch.where(left, torch.arange(16) >= 8, torch.arange(16) < 8)

    with pytest.raises(ConformanceError, match="columns in the mean"):
        require_unmoved(view)
