"""Data of other modalities than the one that is at hand: what they offer to players, and whom they are for."""

from collections.abc import Iterator

from ...errors import GanzooError
from ...interfaces import Modality
from ...registry.registry import FROM_DATA, Registry
from ...text import listed
from ..recipe import Recipe
from .one_part import load_class, needed
from .part_weights import found_for


def modalities_at_hand(registry: Registry) -> Iterator[tuple[str, type[Modality]]]:
    """Give the registered modalities and their names, those of this package first, each loaded when it is asked for.

    One that cannot be loaded is left out: it is of no concern to those who name another.
    """
    for entry in sorted(registry.all("modality"), key=lambda entry: entry.distribution != "ganzoo-core"):
        try:
            yield entry.name, load_class(registry, "modality", entry.name)
        except GanzooError:
            continue


def offered_by(registry: Registry) -> frozenset[str]:
    """Return every keyword that data of some registered modality may offer to players."""
    return frozenset(FROM_DATA).union(*(cls.offered for _, cls in modalities_at_hand(registry)))


def is_offered(registry: Registry, name: str) -> bool:
    """Say whether data of some registered modality may offer this keyword, and load no more of them than that takes."""
    return name in FROM_DATA or any(name in cls.offered for _, cls in modalities_at_hand(registry))


def for_other_data(recipe: Recipe, registry: Registry, modality: Modality) -> str | None:
    """Say in a sentence that a recipe's players need data of another modality; None where they need none.

    Args:
        recipe: is to be played.
        registry: knows the players and the modalities.
        modality: of the data.
    """
    offers = modality.offers(conditional=recipe.conditional).keys() | modality.offered
    lacking: dict[str, set[str]] = {}
    for kind, part in (("generator", recipe.generator), ("discriminator", recipe.discriminator)):
        try:
            cls = load_class(registry, kind, part.name)
        except GanzooError:
            return None  # other checks say so
        needs = needed(cls, (*part.params, *registry.get(kind, part.name).params, *found_for(cls)))
        if needs - offers:
            lacking[f"{kind} {part.name!r}"] = needs
    others = {name: cls.offered for name, cls in modalities_at_hand(registry)} if lacking else {}
    wanted = set().union(*lacking.values())
    if not (takers := sorted(name for name, offered in others.items() if wanted <= offered)):
        return None
    what, needs = next(iter(lacking.items()))
    return (
        f"recipe {recipe.name!r} is not for {modality.plural}: its {what} needs {min(needs - offers)!r}, which they do "
        f"not give; choose data of {listed(takers, 'or')}, or another recipe (ganzoo list tells the data of each)"
    )
