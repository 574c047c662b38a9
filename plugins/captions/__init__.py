"""Images from sentences: the matching-aware GAN, captioned images, encoders of sentences, and how often they agree."""

from collections.abc import Callable

from ganzoo import hookimpl

PAPER = "arXiv:1605.05396"
UNIVERSAL = "arXiv:1907.04307"


@hookimpl
def register_modalities(register: Callable[..., None]) -> None:
    """Register captioned images, once for each encoder of sentences."""
    register(
        "captions",
        f"{__name__}.modality:Captions",
        summary="images with sentences, as hashed pieces of their words; needs nothing else",
        paper=PAPER,
    )
    register(
        "captions-universal",
        f"{__name__}.universal:UniversalCaptions",
        summary="images with sentences, as the multilingual Universal Sentence Encoder sees them",
        paper=UNIVERSAL,
    )


@hookimpl
def register_generators(register: Callable[..., None]) -> None:
    """Register the generator."""
    register(
        "sentence-dcgan",
        f"{__name__}.generator:SentenceGenerator",
        summary="DCGAN's, from a latent beside a projected sentence",
        paper=PAPER,
    )


@hookimpl
def register_discriminators(register: Callable[..., None]) -> None:
    """Register the discriminator."""
    register(
        "sentence-dcgan",
        f"{__name__}.discriminator:SentenceDiscriminator",
        summary="DCGAN's, with a projected sentence beside its smallest map",
        paper=PAPER,
    )


@hookimpl
def register_losses(register: Callable[..., None]) -> None:
    """Register the loss of GAN-CLS."""
    register(
        "matching-aware",
        f"{__name__}.matching_aware:MatchingAware",
        summary="Cross-entropy in which a real sample under another's condition is half of what is fake",
        paper=PAPER,
    )


@hookimpl
def register_regularizers(register: Callable[..., None]) -> None:
    """Register the term of GAN-INT."""
    register(
        "condition-interpolation",
        f"{__name__}.interpolation:ConditionInterpolation",
        summary="the generator's loss once more, on fakes of conditions between those of two rows",
        paper=PAPER,
    )


@hookimpl
def register_metrics(register: Callable[..., None]) -> None:
    """Register the share of images that show what was said."""
    register(
        "caption-accuracy",
        f"{__name__}.caption_accuracy:CaptionAccuracy",
        summary="Per cent of generated images in which a classifier sees what it sees in the real one of that caption.",
        paper="arXiv:1711.10485",
    )
