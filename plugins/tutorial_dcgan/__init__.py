"""The small convolutional pair with which the TensorFlow tutorial introduces GANs on MNIST."""

from collections.abc import Callable

from ganzoo import hookimpl

PAPER = "https://www.tensorflow.org/tutorials/generative/dcgan"


@hookimpl
def register_generators(register: Callable[..., None]) -> None:
    """The tutorial's generator."""
    register(
        "tutorial-dcgan",
        f"{__name__}.generator:TutorialGenerator",
        summary="5x5 transposed convolutions with batch normalisation and LeakyReLU 0.3",
        paper=PAPER,
    )


@hookimpl
def register_discriminators(register: Callable[..., None]) -> None:
    """The tutorial's discriminator."""
    register(
        "tutorial-dcgan",
        f"{__name__}.discriminator:TutorialDiscriminator",
        summary="5x5 strided convolutions with LeakyReLU 0.3 and dropout",
        paper=PAPER,
    )
