"""Extractors as parts of a game: with gradients, and with weights that stay."""

from ...errors import RecipeError, suggest
from ...interfaces import Extractor


def frozen_extractor(name: str) -> Extractor:
    """Make an extractor with gradients, its weights frozen, in evaluation mode.

    Args:
        name: by which it is registered.

    Raises:
        RecipeError: nobody registers it, or it has no gradients.
        SetupError: its weights are missing.
    """
    from ... import parts  # when a part is made, all of ganzoo is there

    known = {one.name: one for one in parts("extractor")}
    if name not in known:
        raise RecipeError(f"extractor is {name!r}, which nobody registers; {suggest(name, known)}")
    cls = known[name].part
    if not cls.differentiable:
        raise RecipeError(f"extractor is {name!r}, which gives no gradients; lpips-vgg16 does")
    made: Extractor = cls(weights=None)
    return made.requires_grad_(False).eval()
