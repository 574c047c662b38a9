"""Two domains without pairs: CycleGAN, its data and its number."""

from collections.abc import Callable

from ganzoo import hookimpl

PAPER = "arXiv:1703.10593"


@hookimpl
def register_modalities(register: Callable[..., None]) -> None:
    """Register two domains."""
    register(
        "domains",
        f"{__name__}.domains:Domains",
        summary="pictures of two domains, of which none of one belongs to any of the other",
        paper=PAPER,
    )


@hookimpl
def register_generators(register: Callable[..., None]) -> None:
    """Register the pair of translators."""
    register(
        "two-ways",
        f"{__name__}.two_ways:TwoWays",
        summary="two residual translators, from each of two domains to the other",
        paper=PAPER,
    )


@hookimpl
def register_discriminators(register: Callable[..., None]) -> None:
    """Register the pair of patch discriminators."""
    register(
        "two-critics",
        f"{__name__}.two_critics:TwoCritics",
        summary="a patch discriminator for each of two domains, of which each counts half",
        paper=PAPER,
    )


@hookimpl
def register_regularizers(register: Callable[..., None]) -> None:
    """Register what ties the translators to each other, and the fakes of before."""
    register(
        "cycle",
        f"{__name__}.cycle:Cycle",
        summary="what is translated there and back is what it was, and what is there already stays",
        paper=PAPER,
    )
    register(
        "image-pool",
        f"{__name__}.image_pool:ImagePool",
        summary="the discriminator is shown fakes of before, too",
        paper="arXiv:1612.07828",
    )


@hookimpl
def register_datasets(register: Callable[..., None]) -> None:
    """Register two domains that ship."""
    register(
        "digits-inverted",
        f"{__name__}.inverted:DigitsInverted",
        summary="800 handwritten digits, white on black, and 800 others, black on white",
    )


@hookimpl
def register_metrics(register: Callable[..., None]) -> None:
    """Register the error of a cycle."""
    register(
        "cycle-error",
        f"{__name__}.cycle_error:CycleError",
        summary="mean difference of what is translated there and back from what it was, in grey levels",
        paper=PAPER,
    )
