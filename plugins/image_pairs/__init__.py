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
