"""Pictures made from pictures: pix2pix, SRGAN and ESRGAN, their data and their numbers."""

from collections.abc import Callable

from ganzoo import hookimpl

PIX2PIX = "arXiv:1611.07004"
SRGAN = "arXiv:1609.04802"
ESRGAN = "arXiv:1809.00219"

_MODALITIES = {
    "pairs": ("stored:Pairs", "two pictures of one size: one is given, the other is wanted", PIX2PIX),
    "low-size": ("made:LowSize", "the picture at a fraction of its size is given, the whole one is wanted", SRGAN),
    "grey": ("made:Grey", "the picture without its colours is given, the whole one is wanted", PIX2PIX),
    "edges": ("made:Edges", "the picture's edges are given, the whole one is wanted", PIX2PIX),
    "left-half": ("made:LeftHalf", "the left half of the picture is given, the whole one is wanted", ""),
}


@hookimpl
def register_modalities(register: Callable[..., None]) -> None:
    """Register pairs as they are stored, and those that are made of pictures."""
    for name, (target, summary, paper) in _MODALITIES.items():
        register(name, f"{__name__}.{target}", summary=summary, paper=paper)


@hookimpl
def register_generators(register: Callable[..., None]) -> None:
    """Register the generators of all three."""
    register(
        "unet",
        f"{__name__}.unet:UNet",
        summary="halves a picture and doubles it up again, with what was on the way beside it",
        paper=PIX2PIX,
    )
    register(
        "srresnet",
        f"{__name__}.srresnet:SRResNet",
        summary="residual blocks at the small size, then channels that become pixels",
        paper=SRGAN,
    )
    register(
        "rrdb",
        f"{__name__}.rrdb:RRDBNet",
        summary="residual-in-residual dense blocks at the small size, then doublings",
        paper=ESRGAN,
    )


@hookimpl
def register_discriminators(register: Callable[..., None]) -> None:
    """Register the discriminators."""
    register("patch", f"{__name__}.patch:PatchGAN", summary="a verdict on each patch of a picture", paper=PIX2PIX)
    register(
        "sr",
        f"{__name__}.sr_discriminator:SRDiscriminator",
        summary="pairs of 3x3 convolutions like VGG's, and two dense layers",
        paper=SRGAN,
    )


@hookimpl
def register_regularizers(register: Callable[..., None]) -> None:
    """Register distances of what was made to what is true."""
    register(
        "perceptual",
        f"{__name__}.perceptual:Perceptual",
        summary="squared distance of features of any extractor, or mean squared error of pixels, to the real sample",
        paper=SRGAN,
    )
    register("l1", f"{__name__}.l1:L1", summary="mean absolute difference to the real sample", paper=PIX2PIX)
