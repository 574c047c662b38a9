"""A recipe and a registry in, fitted parts out."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from typing import Any, Literal, overload

import torch
from torch import nn

from ..errors import GanzooError, PluginError, RecipeError, suggest
from ..interfaces import Dataset, Discriminator, Executor, Extractor, Generator, Loss, Metric, Regularizer, Tracker
from ..registry.registry import Registry
from ..seeds import stream
from .joint_pass import require_apart
from .recipe import Optimizer, Part, Recipe
from .revisions import named_parts
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
FROM_DATA = ("image_size", "channels", "num_classes")


@dataclass
class Parts:
    """The parts that a recipe names, built and fitted to each other."""

    G: Generator
    D: Discriminator
    loss: Loss
    regularizers: list[Regularizer]

    def modules(self) -> dict[str, nn.Module]:
        """Every part by the name under which its state is kept."""
        named = {f"regularizer.{i}": module for i, module in enumerate(self.regularizers)}
        return {"G": self.G, "D": self.D, "loss": self.loss, **named}


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


def _bind(
    what: str, callee: Any, params: dict[str, Any], given: Iterable[str], fixed: Mapping[str, Any] | None = None
) -> None:
    """Refuse parameters that are fixed or that ``callee`` does not take, and miss those that it needs."""
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


def check_recipe(recipe: Recipe, registry: Registry) -> None:
    """Bind every parameter of a recipe to the real signature of its part, without building anything.

    Where more than one thing is wrong, the error has a line for each.

    Raises:
        UnknownName: a part that nobody registers.
        PluginError: a part that cannot be imported.
        RecipeError: a parameter that a part or an optimizer does not take, or needs and is not given; an
            output of the discriminator that a loss or regularizer reads and that there is not; terms that
            would take third derivatives together; or one that compares pairs with labels of their own.
    """
    wrong: list[GanzooError] = []
    for check in _checks(recipe, registry):
        try:
            check()
        except GanzooError as error:
            wrong.append(error)
    if len(wrong) == 1:
        raise wrong[0]
    if wrong:
        raise RecipeError("\n".join(str(error) for error in wrong))


def _checks(recipe: Recipe, registry: Registry) -> list[Callable[[], None]]:
    """One check for each part and each optimizer; all are made, so that all that is wrong is said at once."""

    def bind(kind: str, part: Part) -> None:
        what = f"recipe {recipe.name!r}: {kind} {part.name!r}"
        cls = load_class(registry, kind, part.name)
        given = FROM_DATA if kind in ("generator", "discriminator") else ()
        _bind(what, cls, part.params, given, registry.get(kind, part.name).params)
        if not issubclass(cls, (Loss, Regularizer)):
            return
        outputs = load_class(registry, "discriminator", recipe.discriminator.name).outputs
        if unread := cls.reads - outputs:
            raise RecipeError(
                f"{what} reads {_words(unread)}, which discriminator {recipe.discriminator.name!r} does not give; "
                f"it gives {_words(outputs)}"
            )

    def bind_optimizer(key: str, optimizer: Optimizer) -> None:
        what = f"recipe {recipe.name!r}: {key} {optimizer.name!r}"
        _bind(what, optimizer_class(optimizer.name), optimizer.params, ("params", "lr"))

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

    parts: list[Callable[[], None]] = [partial(bind, kind, part) for kind, part in named_parts(recipe)]
    parts += [partial(orders, part) for part in recipe.regularizers]
    parts += [partial(pairs, kind, part) for kind, part in named_parts(recipe)]
    optimizers = [partial(bind_optimizer, key, getattr(recipe, key)) for key in ("g_optimizer", "d_optimizer")]
    return parts + optimizers


def _words(names: Iterable[str]) -> str:
    return ", ".join(repr(name) for name in sorted(names)) or "nothing"


def at_beginning(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters with the first value of each that changes over a run."""
    return {key: v.first if isinstance(v, ValueSchedule) else v for key, v in params.items()}


def build_part(registry: Registry, kind: str, part: Part, **given: Any) -> Any:
    """Make one part.

    Raises:
        RecipeError: a parameter that it does not take, or values that it refuses.
        PluginError: its constructor fails in a way of its own.
    """
    cls = load_class(registry, kind, part.name)
    _bind(f"{kind} {part.name!r}", cls, part.params, given, registry.get(kind, part.name).params)
    try:
        return cls(**at_beginning(part.params), **given)
    except GanzooError:
        raise
    except Exception as error:
        raise PluginError(
            f"{kind} {part.name!r} of plugin {registry.get(kind, part.name).plugin!r} cannot be built with "
            f"{part.params or 'its defaults'}: {type(error).__name__}: {error}"
        ) from error


def build_parts(
    recipe: Recipe, registry: Registry, *, image_size: int, channels: int, num_classes: int, seed: int
) -> Parts:
    """Build what a recipe names, for images of this shape, and fit it together.

    The initial weights come from the seed's ``init`` streams, one for each part, so that a generator starts
    the same whatever discriminator it meets. Leaves the global random state as it was.

    Args:
        recipe: what is built.
        registry: knows the parts.
        image_size: height and width in pixels.
        channels: of the images.
        num_classes: how many labels the data has; 0 for none.
        seed: of the initial weights.

    Raises:
        RecipeError: the parts do not fit together, or not these images.
        PluginError: a part breaks its interface.
    """
    check_recipe(recipe, registry)
    if recipe.conditional and not num_classes:
        raise RecipeError(f"recipe {recipe.name!r} is conditional, but these images have no labels")
    shape = {"image_size": image_size, "channels": channels, "num_classes": num_classes if recipe.conditional else 0}
    with torch.random.fork_rng(devices=[]):
        built = []
        for i, (kind, part) in enumerate(named_parts(recipe)):
            torch.manual_seed(stream(seed, "init", i))
            given = shape if kind in ("generator", "discriminator") else {}
            made = build_part(registry, kind, part, **given)
            for name, value in given.items():
                setattr(made, name, value)
            built.append(made)
        G, D, *terms = built
        torch.manual_seed(stream(seed, "init", len(built)))
        for term in terms:
            term.prepare(G, D)
        heads = [head for term in terms for head in term.heads()]
        for regularizer in terms[1:]:
            regularizer.prepare_heads(heads)
        if recipe.schedule.joint:
            require_apart(recipe, D)
        loss, *regularizers = terms
    return Parts(G, D, loss, regularizers)


def optimizer_class(name: str) -> type[torch.optim.Optimizer]:
    """Return the class in ``torch.optim`` of this name, whatever its case: ``adam``, ``rmsprop``, ``adamw``, ``sgd``,
    ...

    Raises:
        RecipeError: there is none.
    """
    classes = {
        key.lower(): value
        for key, value in vars(torch.optim).items()
        if isinstance(value, type) and issubclass(value, torch.optim.Optimizer) and value is not torch.optim.Optimizer
    }
    unfit = {"lbfgs", "sparseadam"}  # the one needs a closure, the other sparse gradients
    if name.lower() not in classes or name.lower() in unfit:
        raise RecipeError(f"no optimizer named {name!r}; there are: {', '.join(sorted(classes.keys() - unfit))}")
    return classes[name.lower()]


def build_optimizer(spec: Optimizer, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
    """Return the optimizer of one player, in its fused form where torch has one.

    Raises:
        RecipeError: a parameter or a value that it does not take.
    """
    cls = optimizer_class(spec.name)
    params: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in spec.params.items()
    }
    make: Callable[..., torch.optim.Optimizer] = cls
    takes = _takes(cls, ())
    parameters = list(parameters)
    if (
        "fused" in takes
        and params.keys().isdisjoint({"fused", "foreach", "differentiable"})
        and parameters[0].device.type in ("cpu", "cuda")
    ):
        params["fused"] = True
    if "capturable" in takes and "capturable" not in params and parameters[0].device.type == "cuda":
        params["capturable"] = True  # so that its count of steps lives on the GPU, where a replayed step finds it
    try:
        return make(parameters, lr=spec.lr, **params)
    except (TypeError, ValueError) as error:
        raise RecipeError(f"optimizer {spec.name!r} refuses {spec.params}: {error}") from error
