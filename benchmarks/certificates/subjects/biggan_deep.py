"""BigGAN-deep's two networks."""

from ganzoo_plugins.biggan.deep_discriminator import BigGANDeepDiscriminator
from ganzoo_plugins.biggan.deep_generator import BigGANDeepGenerator

from ._biggan import Case, Pair, subject_of

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

SUBJECT = subject_of(
    PAIR,
    CASES,
    title="BigGAN-deep",
    at_32="",
    departs=("the label's vector joins the latent behind it, in theirs before it: columns of weights were swapped",),
)
