"""Top-k training, of arXiv:2002.06224."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_regularizers(register: Callable[..., None]) -> None:
    """The choice of the best fakes."""
    register(
        "top-k",
        f"{__name__}.choice:TopK",
        summary="the generator learns from the fakes with the best verdicts only",
        paper="arXiv:2002.06224",
    )
