"""Networks of DCGAN, of the TensorFlow tutorial that is named for it, and of PacGAN, which packs its images."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_generators(register: Callable[..., None]) -> None:
    """Register the generators of transposed convolutions."""
    register(
        "dcgan",
        f"{__name__}.generator:DCGANGenerator",
        summary="transposed convolutions with batch normalisation and ReLU",
        paper="arXiv:1511.06434",
    )
    register(
        "tutorial-dcgan",
        f"{__name__}.tutorial_generator:TutorialGenerator",
        summary="5x5 transposed convolutions with batch normalisation and LeakyReLU 0.3",
        paper="https://www.tensorflow.org/tutorials/generative/dcgan",
    )


@hookimpl
def register_discriminators(register: Callable[..., None]) -> None:
    """Register the discriminators of strided convolutions."""
    register(
        "dcgan",
        f"{__name__}.discriminator:DCGANDiscriminator",
        summary="strided convolutions with batch normalisation and LeakyReLU",
        paper="arXiv:1511.06434",
    )
    register(
        "pac-dcgan",
        f"{__name__}.packed_discriminator:PacDCGANDiscriminator",
        summary="the DCGAN discriminator on packs of images, stacked along their channels",
        paper="arXiv:1712.04086",
    )
    register(
        "tutorial-dcgan",
        f"{__name__}.tutorial_discriminator:TutorialDiscriminator",
        summary="5x5 strided convolutions with LeakyReLU 0.3 and dropout",
        paper="https://www.tensorflow.org/tutorials/generative/dcgan",
    )
