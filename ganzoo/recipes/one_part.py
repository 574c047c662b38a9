"""One part of a recipe: its class, the parameters that it takes, and itself."""

import inspect
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, Literal, overload

from ..errors import GanzooError, PluginError, RecipeError, suggest
from ..interfaces import Dataset, Discriminator, Executor, Extractor, Generator, Loss, Metric, Regularizer, Tracker
from ..registry.registry import Registry
from .recipe import Part
from .rectangles import as_square, is_built, squares_only
from .value_schedule import ValueSchedule

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


def bind(
    what: str, callee: Any, params: dict[str, Any], given: Iterable[str], fixed: Mapping[str, Any] | None = None
) -> None:
    """Refuse parameters that are fixed or that ``callee`` does not take, and miss those that it needs.

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
    lacking = [name for name, p in takes.items() if p.default is p.empty and name not in params]
    if lacking:
        raise RecipeError(f"{what} needs the parameter {lacking[0]!r}, which the recipe does not give")


def at_beginning(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters with the first value of each that changes over a run."""
    return {key: v.first if isinstance(v, ValueSchedule) else v for key, v in params.items()}


def build_part(registry: Registry, kind: str, part: Part, **given: Any) -> Any:
    """Make one part.

    Args:
        registry: knows it.
        kind: of the part.
        part: its name and parameters.
        given: more arguments, such as the shape of the images, which it keeps as attributes.

    Raises:
        RecipeError: a parameter that it does not take, or values that it refuses, such as images that are not square.
        PluginError: its constructor fails in a way of its own.
    """
    cls = load_class(registry, kind, part.name)
    entry, params = registry.get(kind, part.name), at_beginning(part.params)
    bind(f"{kind} {part.name!r}", cls, part.params, given, entry.params)
    try:
        made = cls(**params, **given)
        for name, value in given.items():
            setattr(made, name, value)
    except GanzooError:
        raise
    except Exception as error:
        if isinstance(given.get("image_size"), tuple) and is_built(cls, params | as_square(given)):
            raise squares_only(entry, given) from error
        raise PluginError(
            f"{kind} {part.name!r} of plugin {entry.plugin!r} cannot be built with "
            f"{part.params or 'its defaults'}: {type(error).__name__}: {error}"
        ) from error
    return made
