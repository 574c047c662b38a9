"""BigGAN's two networks."""

from functools import partial

from ganzoo_plugins.biggan.discriminator import BigGANDiscriminator
from ganzoo_plugins.biggan.generator import BigGANGenerator

from ..subject import Subject
from ._biggan import Case, Pair, ours, theirs
from ._spectral import DEPARTS

PAIR = Pair(BigGANGenerator, BigGANDiscriminator, "BigGAN", "shortcut")
CASES = (
    Case(size=32, width=4, z_dim=16, attention=0),
    Case(size=32, width=4, z_dim=16, attention=0, hierarchical=False),
    Case(size=64, width=8, z_dim=20, attention=32),
    Case(size=32, width=64, z_dim=128, attention=0, embed_dim=128, classes=10, hierarchical=False, published=True),
    Case(size=128, width=96, z_dim=120, attention=64, embed_dim=128, classes=1000, published=True),
    Case(size=256, width=96, z_dim=140, attention=64, embed_dim=128, classes=1000, published=True),
)

SUBJECT = Subject(
    title="BigGAN: generator and discriminator",
    repository="ajbrock/BigGAN-PyTorch",
    licence="MIT",
    files=("BigGAN.py", "layers.py"),
    ran="as it is, on a CPU in float64",
    compared="images and logits, and gradients of inputs and parameters, spectrally normalised, at 32x32, "
    "with and without hierarchy, and at 64x64 with attention, in training mode; images in evaluation mode; "
    "numbers of parameters of the published sizes at 32x32, 128x128 and 256x256",
    departs=DEPARTS,
    ours=partial(ours, PAIR, CASES),
    theirs=partial(theirs, PAIR, CASES),
)
