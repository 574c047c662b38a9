"""BigGAN-deep's two networks."""

from functools import partial

from ganzoo_plugins.biggan.deep_discriminator import BigGANDeepDiscriminator
from ganzoo_plugins.biggan.deep_generator import BigGANDeepGenerator

from ..subject import Subject
from ._biggan import Case, Pair, ours, theirs
from ._spectral import DEPARTS

PAIR = Pair(
    BigGANDeepGenerator,
    BigGANDeepDiscriminator,
    "BigGANdeep",
    "missing",
    r"base\.0\.\S*weight|norm\d\.(gain|shift)\.\S*weight",
)
CASES = (
    Case(size=32, width=4, z_dim=16, attention=0),
    Case(size=64, width=8, z_dim=20, attention=32),
    Case(size=32, width=64, z_dim=128, attention=0, embed_dim=128, classes=10, published=True),
    Case(size=128, width=128, z_dim=128, attention=64, embed_dim=128, classes=1000, published=True),
    Case(size=256, width=128, z_dim=128, attention=64, embed_dim=128, classes=1000, published=True),
)

SUBJECT = Subject(
    title="BigGAN-deep: generator and discriminator",
    repository="ajbrock/BigGAN-PyTorch",
    licence="MIT",
    files=("BigGANdeep.py", "layers.py"),
    ran="as it is, on a CPU in float64",
    compared="images and logits, and gradients of inputs and parameters, spectrally normalised, at 32x32 "
    "and at 64x64 with attention, in training mode; images in evaluation mode; "
    "numbers of parameters of the published sizes at 32x32, 128x128 and 256x256",
    departs="the label's vector joins the latent behind it, in theirs before it: columns of weights were swapped; "
    + DEPARTS,
    ours=partial(ours, PAIR, CASES),
    theirs=partial(theirs, PAIR, CASES),
)
