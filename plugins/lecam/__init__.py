"""The LeCam regularisation of arXiv:2104.03310."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_regularizers(register: Callable[..., None]) -> None:
    """The penalty on verdicts far from the other batch's running mean."""
    register(
        "lecam",
        f"{__name__}.penalty:LeCam",
        summary="pulls the verdicts on each kind towards the running mean on the other",
        paper="arXiv:2104.03310",
    )
