"""A recipe and a registry in, fitted parts out."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch
from torch import nn

from ...errors import GanzooError, PluginError, RecipeError
from ...interfaces import Discriminator, Generator, Loss, Modality, Regularizer
from ...interfaces.size import Size
from ...registry.guarding.told import told_parts
from ...registry.registry import FROM_DATA, Registry
from ...seeds import stream
from ..provenance.revisions import named_parts, titles_of
from ..provenance.used import entries_used
from ..recipe import Optimizer, Part, Recipe
from .heads import require_heads
from .joint_pass import require_apart
from .learning import require_scales
from .old_shapes import modality_of_shape
from .one_part import INTERFACES as INTERFACES
from .one_part import at_beginning as at_beginning
from .one_part import bind, declared
from .one_part import build_part as build_part
from .one_part import load_class as load_class
from .optimizer import optimizer_class
from .other_data import for_other_data, is_offered
from .other_data import offered_by as offered_by
from .part_weights import found_for
from .shaping import form_of, reshaped
from .trying import departure, plays


@dataclass
class Parts:
    """The parts that a recipe names, built and fitted to each other.

    Attributes:
        titles: what errors call each, such as ``loss 'hinge' of plugin 'losses'``, by its name in ``modules``.
        shaped_by: the terms that changed G in more than its values when they were prepared, by that name.
        D_shaped_by: those that changed D so.
    """

    G: Generator
    D: Discriminator
    loss: Loss
    regularizers: list[Regularizer]
    titles: dict[str, str] = field(default_factory=dict)
    shaped_by: tuple[str, ...] = ()
    D_shaped_by: tuple[str, ...] = ()

    def modules(self) -> dict[str, nn.Module]:
        """Every part by the name under which its state is kept."""
        named = {f"regularizer.{i}": module for i, module in enumerate(self.regularizers)}
        return {"G": self.G, "D": self.D, "loss": self.loss, **named}


def check_recipe(recipe: Recipe, registry: Registry, modality: Modality | None = None) -> None:
    """Bind every parameter of a recipe to the real signature of its part, without building anything.

    Where more than one thing is wrong, the error has a line for each.

    Args:
        recipe: what is checked.
        registry: knows the parts.
        modality: of the data that it is to be played on; None where that is not known.

    Raises:
        UnknownName: a part that nobody registers.
        PluginError: a part that cannot be imported.
        RecipeError: a parameter that a part or an optimizer does not take, or needs and is not given; an
            output of the discriminator that a loss or regularizer reads and that there is not; terms that
            would take third derivatives together; or one that compares pairs with labels of their own.
    """
    wrong: list[GanzooError] = []
    for check in _checks(recipe, registry, modality):
        try:
            check()
        except GanzooError as error:
            wrong.append(error)
    if len(wrong) == 1:
        raise wrong[0]
    if wrong:
        raise RecipeError("\n".join(str(error) for error in wrong))


def _checks(recipe: Recipe, registry: Registry, modality: Modality | None) -> list[Callable[[], None]]:
    """One check for each part and each optimizer; all are made, so that all that is wrong is said at once."""
    other = for_other_data(recipe, registry, modality) if modality is not None else None

    def suits() -> None:
        if other:
            raise RecipeError(other)

    def bind_part(kind: str, part: Part) -> None:
        what = f"recipe {recipe.name!r}: {kind} {part.name!r}"
        cls = load_class(registry, kind, part.name)
        fixed, found = registry.get(kind, part.name).params, found_for(cls)
        if not issubclass(cls, (Generator, Discriminator)):
            bind(what, cls, part.params, found, fixed)
        elif modality is None or other:
            bind(what, cls, part.params, (*FROM_DATA, *found), fixed, perhaps=partial(is_offered, registry))
        else:
            offers = modality.offers(conditional=recipe.conditional)
            bind(what, cls, part.params, (*offers, *found), fixed, offered=offers)
        if not issubclass(cls, (Loss, Regularizer)):
            return
        outputs = declared(registry, "discriminator", recipe.discriminator.name)
        if unread := declared(registry, kind, part.name) - outputs:
            raise RecipeError(
                f"{what} reads {_words(unread)}, which discriminator {recipe.discriminator.name!r} does not give; "
                f"it gives {_words(outputs)}"
            )
        if cls.reads_average and not recipe.schedule.ema:
            raise RecipeError(
                f"{what} learns from the averaged generator, and schedule.ema: 0 keeps none; write schedule.ema=0.999"
            )

    def bind_optimizer(key: str, optimizer: Optimizer) -> None:
        what = f"recipe {recipe.name!r}: {key} {optimizer.name!r}"
        bind(what, optimizer_class(optimizer.name), optimizer.params, ("params", "lr"))

    def orders(part: Part) -> None:
        loss = recipe.loss.name
        through = load_class(registry, "regularizer", part.name).through_loss
        if through and load_class(registry, "loss", loss).second_order:
            raise RecipeError(
                f"recipe {recipe.name!r}: regularizer {part.name!r} differentiates the loss, and loss {loss!r} "
                "differentiates verdicts already: take another loss, or leave the regularizer out"
            )

    def pairs(kind: str, part: Part) -> None:
        independent = recipe.conditional and recipe.schedule.labels == "independent"
        if independent and kind in ("loss", "regularizer") and load_class(registry, kind, part.name).pairs:
            raise RecipeError(
                f"recipe {recipe.name!r}: {kind} {part.name!r} compares each fake with the real image beside it, and "
                "schedule.labels: independent gives the two other labels; write schedule.labels=paired"
            )

    parts: list[Callable[[], None]] = [partial(bind_part, kind, part) for kind, part in named_parts(recipe)]
    parts += [partial(orders, part) for part in recipe.regularizers]
    parts += [partial(pairs, kind, part) for kind, part in named_parts(recipe)]
    optimizers = [partial(bind_optimizer, key, getattr(recipe, key)) for key in ("g_optimizer", "d_optimizer")]
    return [suits, *parts, *optimizers]


def _words(names: Iterable[str]) -> str:
    return ", ".join(repr(name) for name in sorted(names)) or "nothing"


def build_parts(
    recipe: Recipe,
    registry: Registry,
    *,
    modality: Modality | None = None,
    image_size: Size | None = None,
    channels: int | None = None,
    num_classes: int | None = None,
    seed: int,
) -> Parts:
    """Build what a recipe names, for such data, and fit it together.

    The initial weights come from the seed's ``init`` streams, one for each part, so that a generator starts
    the same whatever discriminator it meets. Leaves the global random state as it was.

    Args:
        recipe: what is built.
        registry: knows the parts.
        modality: of the data.
        image_size: in place of a modality, of images: height and width in pixels, one number for squares, else both.
        channels: likewise, of the images.
        num_classes: likewise, how many labels the data has; 0 for none.
        seed: of the initial weights.

    Raises:
        RecipeError: the parts do not fit together, or not these data.
        PluginError: a part breaks its interface.
    """
    of = _modality(modality, image_size, channels, num_classes, registry)
    check_recipe(recipe, registry, of)
    _require_conditions(recipe, of)
    with told_parts(entries_used(registry, recipe), f"while the parts of {recipe.name!r} are built"):
        return _built(recipe, registry, of, seed)


def build_generator(
    recipe: Recipe,
    registry: Registry,
    *,
    modality: Modality,
    seed: int,
    without: Collection[str],
) -> Generator:
    """Build a generator alone, shaped by those terms that are not left out.

    Args:
        recipe: what is built.
        registry: knows the parts.
        modality: of the data.
        seed: of the initial weights.
        without: names in ``Parts.modules`` of what is left out; without a discriminator no term is prepared.

    Raises:
        RecipeError: the parts do not fit together, or not these data.
        UnknownName: nobody registers a part that is not left out.
        PluginError: a part breaks its interface.
    """
    _require_conditions(recipe, modality)
    guard = told_parts(entries_used(registry, recipe), f"while the generator of {recipe.name!r} is built")
    with guard, torch.random.fork_rng(devices=[]):
        built = _each(recipe, registry, modality, seed, without)
        if "D" in built:
            _prepare(built, stream(seed, "init", len(part_names(recipe))))
    made: Generator = built["G"]
    return made


def _modality(
    modality: Modality | None,
    image_size: Size | None,
    channels: int | None,
    num_classes: int | None,
    registry: Registry,
) -> Modality:
    """Return what parts are built for: what is given, or images of this shape."""
    if modality is not None:
        return modality
    if image_size is None or channels is None or num_classes is None:
        raise TypeError("parts are built for a modality, or for an image_size, channels and num_classes")
    return modality_of_shape(image_size, channels, num_classes, registry)


def part_names(recipe: Recipe) -> list[str]:
    """Return the name in ``Parts.modules`` of each part that a recipe names, in their order."""
    return ["G", "D", "loss", *(f"regularizer.{i}" for i in range(len(recipe.regularizers)))]


def _require_conditions(recipe: Recipe, modality: Modality) -> None:
    if recipe.conditional and modality.condition(modality.example()) is None:
        raise RecipeError(f"recipe {recipe.name!r} is conditional, but these {modality.plural} have no labels")


def _each(
    recipe: Recipe, registry: Registry, modality: Modality, seed: int, without: Collection[str] = ()
) -> dict[str, Any]:
    """Make each part by its name, with its own initial weights whatever is left out."""
    built: dict[str, Any] = {}
    for i, (name, (kind, part)) in enumerate(zip(part_names(recipe), named_parts(recipe), strict=True)):
        if name in without:
            continue
        torch.manual_seed(stream(seed, "init", i))
        if kind in ("generator", "discriminator"):
            built[name] = build_part(registry, kind, part, modality=modality, conditional=recipe.conditional)
            _require_played(registry, kind, part, built[name], modality, recipe.conditional)
        else:
            built[name] = build_part(registry, kind, part)
        if kind == "discriminator":
            require_heads(built[name], f"discriminator {part.name!r}")
    return built


def _require_played(
    registry: Registry, kind: str, part: Part, player: nn.Module, modality: Modality, conditional: bool
) -> None:
    """Refuse a third party's network that can be built for such data, and plays narrower ones alone, or gives no such.

    Whatever raises an error on those as well is told of by the run.

    Raises:
        RecipeError: it plays narrower data alone, or makes samples of another shape.
        PluginError: what it gives is not what its interface says.
    """
    entry = registry.get(kind, part.name)
    if entry.bundled or plays(player, modality, conditional=conditional):
        return
    for data, clause in modality.narrower():
        other = build_part(registry, kind, part, modality=data, conditional=conditional)
        if plays(other, data, conditional=conditional):
            raise RecipeError(f"{kind} {part.name!r} of {entry.origin} {clause}")
    clause, always = departure(player, modality, conditional=conditional)
    if clause:
        error = PluginError if always else RecipeError
        raise error(f"{kind} {part.name!r} of {entry.origin} {clause}; `ganzoo check` tells more")


def _prepare(built: Mapping[str, Any], seed: int) -> dict[str, tuple[str, ...]]:
    """Prepare the terms by the players, and each other; gives the names of those that changed a player's form."""
    G, D = built["G"], built["D"]
    terms = {name: part for name, part in built.items() if name not in ("G", "D")}
    shaped_by: dict[str, tuple[str, ...]] = {"G": (), "D": ()}
    torch.manual_seed(seed)
    forms = {"G": form_of(G), "D": form_of(D)}
    for name, term in terms.items():
        term.prepare(G, D)
        for player in shaped_by:
            before, forms[player] = forms[player], form_of(built[player])
            if reshaped(before, forms[player]):
                shaped_by[player] += (name,)
    heads = [head for term in terms.values() for head in term.heads()]
    for name, regularizer in terms.items():
        if name != "loss":
            regularizer.prepare_heads(heads)
    return shaped_by


def _built(recipe: Recipe, registry: Registry, modality: Modality, seed: int) -> Parts:
    with torch.random.fork_rng(devices=[]):
        built = _each(recipe, registry, modality, seed)
        shaped_by = _prepare(built, stream(seed, "init", len(built)))
        G, D, loss, *regularizers = built.values()
        require_scales(recipe, built)
        if recipe.schedule.joint:
            require_apart(recipe, D)
    parts = Parts(G, D, loss, regularizers, shaped_by=shaped_by["G"], D_shaped_by=shaped_by["D"])
    parts.titles.update(zip(parts.modules(), titles_of(recipe, registry), strict=True))
    return parts
