"""Mode coverage: how many modes of data whose modes are known a generator finds, how well, and how evenly."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_metrics(register: Callable[..., None]) -> None:
    """Register the metrics."""
    register(
        "modes",
        f"{__name__}.coverage:Modes",
        summary="How many modes have at least one generated sample.",
        paper="arXiv:1705.07761",
    )
    register(
        "high-quality",
        f"{__name__}.quality:HighQuality",
        summary="Per cent of the generated samples that are of high quality.",
        paper="arXiv:1705.07761",
    )
    register(
        "reverse-kl",
        f"{__name__}.divergence:ReverseKL",
        summary="KL divergence, in nats, of the generated samples' modes from the real ones'.",
        paper="arXiv:1705.07761",
    )
