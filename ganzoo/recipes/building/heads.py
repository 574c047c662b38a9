"""The heads of a discriminator, which must be among its outputs."""

from ...errors import RecipeError
from ...interfaces import Discriminator


def require_heads(D: Discriminator, what: str) -> None:
    """Check that each head of a discriminator is one of its outputs.

    Args:
        D: as it was built.
        what: errors call it.

    Raises:
        RecipeError: one is not, ``heads`` are no tuple of names, or there are no ``logits`` beside them.
    """
    heads = D.heads
    if not isinstance(heads, tuple) or not all(isinstance(head, str) for head in heads):
        raise RecipeError(f"{what} has the heads {heads!r}, and must have a tuple of names")
    if heads and "logits" not in D.outputs:
        raise RecipeError(f"{what} has the heads {heads!r}, but no output 'logits', which are all of them side by side")
    for head in heads:
        if head not in D.outputs or head == "logits":
            given = ", ".join(map(repr, sorted(D.outputs - {"logits"}))) or "nothing"
            raise RecipeError(f"{what} has a head {head!r}, and beside 'logits' its outputs declare {given}")
