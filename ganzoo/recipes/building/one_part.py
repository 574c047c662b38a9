"""One part of a recipe: its class, the parameters that it takes, and itself."""

import inspect
from collections.abc import Callable, Collection, Iterable, Mapping
from difflib import get_close_matches
from typing import Any, Literal, overload

from torch import nn

from ...errors import GanzooError, PluginError, RecipeError, suggest
from ...interfaces import (
    Dataset,
    Discriminator,
    Executor,
    Extractor,
    Generator,
    Loss,
    Metric,
    Modality,
    Regularizer,
    Tracker,
)
from ...registry.registry import FROM_DATA, Registry
from ..recipe import Part
from ..schedules.value_schedule import ValueSchedule
from .old_shapes import modality_of_shape
from .part_weights import found_for, weights_of
from .trying import is_built

INTERFACES: dict[str, type] = {
    "generator": Generator,
    "discriminator": Discriminator,
    "loss": Loss,
    "regularizer": Regularizer,
    "dataset": Dataset,
    "extractor": Extractor,
    "metric": Metric,
    "tracker": Tracker,
    "executor": Executor,
    "modality": Modality,
}


@overload
def load_class(registry: Registry, kind: Literal["generator"], name: str) -> type[Generator]: ...
@overload
def load_class(registry: Registry, kind: Literal["discriminator"], name: str) -> type[Discriminator]: ...
@overload
def load_class(registry: Registry, kind: Literal["loss"], name: str) -> type[Loss]: ...
@overload
def load_class(registry: Registry, kind: Literal["regularizer"], name: str) -> type[Regularizer]: ...
@overload
def load_class(
    registry: Registry, kind: Literal["loss", "regularizer"], name: str
) -> type[Loss] | type[Regularizer]: ...
@overload
def load_class(registry: Registry, kind: Literal["dataset"], name: str) -> type[Dataset]: ...
@overload
def load_class(registry: Registry, kind: Literal["extractor"], name: str) -> type[Extractor]: ...
@overload
def load_class(registry: Registry, kind: Literal["metric"], name: str) -> type[Metric]: ...
@overload
def load_class(registry: Registry, kind: Literal["tracker"], name: str) -> type[Tracker]: ...
@overload
def load_class(registry: Registry, kind: Literal["executor"], name: str) -> type[Executor]: ...
@overload
def load_class(registry: Registry, kind: Literal["modality"], name: str) -> type[Modality]: ...
@overload
def load_class(registry: Registry, kind: str, name: str) -> type[Any]: ...
def load_class(registry: Registry, kind: str, name: str) -> type[Any]:
    """Return the class that ``name`` stands for.

    Raises:
        UnknownName: nobody registers it.
        PluginError: it cannot be imported, or is not what its kind must be.
    """
    entry = registry.get(kind, name)
    cls = entry.load()
    wanted = INTERFACES[kind]
    if not (isinstance(cls, type) and issubclass(cls, wanted)):
        raise PluginError(
            f"{kind} {name!r} of plugin {entry.plugin!r}: {entry.target} is not a subclass of "
            f"ganzoo.interfaces.{wanted.__name__}"
        )
    return cls


def _takes(callee: Any, without: Iterable[str]) -> dict[str, inspect.Parameter]:
    named = inspect.signature(callee).parameters.values()
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return {p.name: p for p in named if p.kind in kinds and p.name not in set(without)}


def _needed(takes: Mapping[str, inspect.Parameter], params: Collection[str]) -> list[str]:
    return [name for name, p in takes.items() if p.default is p.empty and name not in params]


def needed(cls: type, given: Iterable[str]) -> set[str]:
    """Return the names of parameters that a class cannot be built without, less those that are ``given``."""
    return set(_needed(_takes(cls, given), ()))


def bind(
    what: str,
    callee: Any,
    params: dict[str, Any],
    given: Iterable[str],
    fixed: Mapping[str, Any] | None = None,
    *,
    perhaps: Callable[[str], bool] = lambda name: False,
    offered: Collection[str] | None = None,
) -> None:
    """Refuse parameters that are fixed or that ``callee`` does not take, and miss those that it needs.

    Args:
        what: is made, in the error.
        callee: makes it.
        params: of the recipe.
        given: names of what somebody else gives.
        fixed: parameters that nobody can give.
        perhaps: says whether somebody else may give what the recipe does not, by its name.
        offered: names of what the data offer, for the error; None where nothing is known of the data.

    Raises:
        RecipeError: there are some.
    """
    takes = _takes(callee, given)
    for key in params:
        if fixed and key in fixed:
            raise RecipeError(f"{what} has the parameter {key!r} fixed to {fixed[key]!r}, and a recipe cannot give it")
        if key not in takes:
            hint = suggest(key, takes) if get_close_matches(key, takes) else f"it takes: {', '.join(takes) or 'none'}"
            raise RecipeError(f"{what} takes no parameter {key!r}; {hint}")
    lacking = [name for name in _needed(takes, params) if not perhaps(name)]
    if lacking:
        told = ", ".join(sorted(offered or ())) or "nothing"
        nor = "" if offered is None else f", nor the data, which are told by {told}"
        raise RecipeError(f"{what} needs the parameter {lacking[0]!r}, which the recipe does not give{nor}")


def told_of(cls: type, modality: Modality, *, conditional: bool) -> dict[str, Any]:
    """Return what the data offer, as far as a class names it in its signature; all of it where it takes any keyword."""
    offers = modality.offers(conditional=conditional)
    parameters = inspect.signature(cls).parameters
    if any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        return offers
    return {name: value for name, value in offers.items() if name in parameters}


def at_beginning(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters with the first value of each that changes over a run."""
    return {key: v.first if isinstance(v, ValueSchedule) else v for key, v in params.items()}


def build_part(
    registry: Registry,
    kind: str,
    part: Part,
    *,
    modality: Modality | None = None,
    conditional: bool = False,
    **shape: Any,
) -> Any:
    """Make one part.

    Args:
        registry: knows it.
        kind: of the part.
        part: its name and parameters.
        modality: of the data that a player is built for, which it keeps as an attribute.
        conditional: whether the player sees conditions.
        shape: of images, ``image_size``, ``channels`` and ``num_classes``, in place of both.

    Raises:
        RecipeError: a parameter that it does not take, or values that it refuses, such as images that are not square.
        PluginError: its constructor fails in a way of its own, or leaves a generator without ``z_dim``.
        SetupError: the file of its weights is missing, or another one.
    """
    if shape:
        modality, conditional = modality_of_shape(**shape, registry=registry), bool(shape["num_classes"])
    cls = load_class(registry, kind, part.name)
    entry, params = registry.get(kind, part.name), at_beginning(part.params)
    offers = modality.offers(conditional=conditional) if modality is not None else {}
    offered = offers if modality is not None else None
    bind(f"{kind} {part.name!r}", cls, part.params, (*offers, *found_for(cls)), entry.params, offered=offered)
    params |= weights_of(kind, part.name, cls)
    told = told_of(cls, modality, conditional=conditional) if modality is not None else {}
    try:
        made = cls(**params, **told)
        for name in offers.keys() & set(FROM_DATA):
            setattr(made, name, offers[name])
        if modality is not None:
            made.modality, made.conditional = modality, conditional
    except GanzooError:
        raise
    except Exception as error:
        for other, clause in modality.narrower() if modality is not None else ():
            if is_built(cls, params | told_of(cls, other, conditional=conditional)):
                raise RecipeError(f"{kind} {part.name!r} of {entry.origin} {clause}") from error
        raise PluginError(
            f"{kind} {part.name!r} of plugin {entry.plugin!r} cannot be built with "
            f"{part.params or 'its defaults'}: {type(error).__name__}: {error}"
        ) from error
    require_made(made, f"{kind} {part.name!r} of plugin {entry.plugin!r}")
    if isinstance(made, Generator) and cls.sample_z is Generator.sample_z and getattr(made, "z_dim", None) is None:
        raise PluginError(
            f"generator {part.name!r} of plugin {entry.plugin!r} has no z_dim; its constructor must set it to the "
            "length of a latent, or to 0 where it takes none"
        )
    return made


def require_made(part: Any, what: str) -> None:
    """Require that a part was made as its interface has it, which its base classes see to.

    Raises:
        PluginError: its constructor leaves out that of its base class.
    """
    if isinstance(part, nn.Module) and "_parameters" not in vars(part):
        raise PluginError(f"{what} has a constructor that does not call super().__init__() before all else")


def declared(registry: Registry, kind: str, name: str) -> frozenset[str]:
    """Return what a discriminator declares to give, or a loss or a regularizer to read, by name.

    Raises:
        PluginError: it declares them otherwise than as a set.
    """
    key = "outputs" if kind == "discriminator" else "reads"
    names = getattr(load_class(registry, kind, name), key)
    if isinstance(names, str | list | tuple):
        what = f"{kind} {name!r} of plugin {registry.get(kind, name).plugin!r}"
        raise PluginError(f'{what} declares {key} = {names!r:.40}; write {key} = frozenset({{"logits"}})')
    found: frozenset[str] = names
    return found
