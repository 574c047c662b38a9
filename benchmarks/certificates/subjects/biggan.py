"""BigGAN's two networks."""

from ganzoo_plugins.biggan.discriminator import BigGANDiscriminator
from ganzoo_plugins.biggan.generator import BigGANGenerator

from ._biggan import Case, Pair, subject_of

PAIR = Pair(BigGANGenerator, BigGANDiscriminator, "BigGAN", "shortcut")
CASES = (
    Case(size=32, width=4, z_dim=16, attention=0),
    Case(size=32, width=4, z_dim=16, attention=0, hierarchical=False),
    Case(size=64, width=8, z_dim=20, attention=32),
    Case(size=32, width=64, z_dim=128, attention=0, embed_dim=128, classes=10, hierarchical=False, published=True),
    Case(size=128, width=96, z_dim=120, attention=64, embed_dim=128, classes=1000, published=True),
    Case(size=256, width=96, z_dim=140, attention=64, embed_dim=128, classes=1000, published=True),
)

SUBJECT = subject_of(PAIR, CASES, title="BigGAN", at_32=", with and without hierarchy,")
