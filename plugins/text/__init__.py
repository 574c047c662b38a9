"""Text by characters: lines and windows of a file, the networks of WGAN-GP's language model, and what judges text."""

from collections.abc import Callable

from ganzoo import hookimpl

PAPER = "arXiv:1704.00028"


@hookimpl
def register_modalities(register: Callable[..., None]) -> None:
    """Register lines and windows."""
    register("text", f"{__name__}.modality:Text", summary="lines of a text file, by characters", paper=PAPER)
    register(
        "text-windows",
        f"{__name__}.windows:TextWindows",
        summary="pieces of equal length of a text file, by characters",
    )


@hookimpl
def register_generators(register: Callable[..., None]) -> None:
    """Register both generators."""
    register(
        "text",
        f"{__name__}.generator:TextGenerator",
        summary="residual blocks of convolutions along the line; a softmax over characters at each place",
        paper=PAPER,
    )
    register(
        "gumbel-text",
        f"{__name__}.gumbel:GumbelTextGenerator",
        summary="the same blocks; characters drawn by Gumbel-softmax, hard ones straight through",
        paper="arXiv:1611.01144",
    )


@hookimpl
def register_discriminators(register: Callable[..., None]) -> None:
    """Register the critic."""
    register(
        "text",
        f"{__name__}.critic:TextCritic",
        summary="residual blocks of convolutions along the line, then one dense layer",
        paper=PAPER,
    )


@hookimpl
def register_metrics(register: Callable[..., None]) -> None:
    """Register the divergences of n-grams, one for each n."""
    for n, told in enumerate(("characters", "pairs", "triples", "fours"), start=1):
        register(
            f"jsd-{n}",
            f"{__name__}.divergence:JSD{n}",
            summary=f"Jensen-Shannon divergence of how often {told} of characters come, in bits."
            if n > 1
            else "Jensen-Shannon divergence of how often characters come, in bits.",
            paper=PAPER,
        )


@hookimpl
def register_datasets(register: Callable[..., None]) -> None:
    """Register the sentences that are made by formula."""
    register(
        "small-grammar",
        f"{__name__}.grammar:SmallGrammar",
        summary="8,192 sentences of a small grammar, made by formula",
    )
