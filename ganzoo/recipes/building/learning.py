"""Weights that the optimizers move, by name, and the multiples of the learning rate at which they learn."""

from collections.abc import Mapping, Sequence
from typing import Literal

from torch import nn

from ...errors import RecipeError
from ..recipe import Recipe
from ..schema.sections import Optimizer

Player = Literal["D", "G"]
Named = list[tuple[str, nn.Parameter]]
OPTIMIZERS: dict[Player, str] = {"D": "d_optimizer", "G": "g_optimizer"}


def learning(recipe: Recipe, modules: Mapping[str, nn.Module]) -> dict[Player, Named]:
    """Return the weights of each player that learn, with their names, in the order in which an optimizer has them.

    Those of the networks have their own names; those that terms learn, which move with D, begin with ``loss`` or
    ``regularizers.NAME``. Weights that a part froze on purpose, such as a pretrained network inside D, stay frozen.

    Args:
        recipe: names the terms.
        modules: the parts by name, see ``Parts.modules``.
    """
    terms = [f"regularizers.{part.name}." for part in recipe.regularizers]
    found: dict[Player, Named] = {"D": [], "G": []}
    for name, module in modules.items():
        before = "" if name in found else f"{name}."
        if name.startswith("regularizer.") and (place := int(name.partition(".")[2])) < len(terms):
            before = terms[place]
        for own, weight in module.named_parameters():
            if weight.requires_grad:
                found["G" if name == "G" else "D"].append((before + own, weight))
    return found


def groups(
    key: str, spec: Optimizer, named: Sequence[tuple[str, nn.Parameter]]
) -> list[tuple[float, list[nn.Parameter]]]:
    """Share out weights by the multiple of the learning rate at which they learn, in the order of their first ones.

    Args:
        key: of the optimizer in the recipe, for the error.
        spec: what the recipe says there.
        named: weights with their names.

    Raises:
        RecipeError: a name in ``scale`` is the beginning of no weight's.
    """
    for wanted in spec.scale:
        if not any(f"{name}.".startswith(f"{wanted}.") for name, _ in named):
            tops = list(dict.fromkeys(name.partition(".")[0] for name, _ in named))
            raise RecipeError(
                f"{key}.scale: no weight that learns has a name that begins with {wanted!r}; they begin with: "
                f"{', '.join(tops) or 'nothing'}"
            )
    found: dict[float, list[nn.Parameter]] = {}
    for name, weight in named:
        found.setdefault(spec.factor(name), []).append(weight)
    return list(found.items())


def require_scales(recipe: Recipe, modules: Mapping[str, nn.Module]) -> None:
    """Check that each name in the ``scale`` of an optimizer is the beginning of a weight's.

    Raises:
        RecipeError: one is not; the message lists the first parts of the names that there are.
    """
    for player, named in learning(recipe, modules).items():
        spec: Optimizer = getattr(recipe, OPTIMIZERS[player])
        try:
            groups(OPTIMIZERS[player], spec, named)
        except RecipeError as error:
            raise RecipeError(f"recipe {recipe.name!r}: {error}") from None
