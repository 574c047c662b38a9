"""Slicing adversarial networks: the last dense layer of a discriminator as a direction, arXiv:2301.12811."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_regularizers(register: Callable[..., None]) -> None:
    """Register the term that makes most recipes theirs."""
    register(
        "san",
        f"{__name__}.san:SAN",
        summary="SAN: D's last layer is a direction that tells real from fake best, with an objective of its own",
        paper="arXiv:2301.12811",
    )
