"""Functions and classes of torch, numpy, Python and ganzoo that something else was put in the place of."""

import sys
from collections.abc import Iterator
from types import FunctionType, ModuleType
from typing import Any

_MODULES = (
    "builtins",
    "math",
    "random",
    "os",
    "json",
    "torch",
    "torch._C",
    "torch._C._nn",
    "torch.autograd",
    "torch.autograd.functional",
    "torch.backends.cudnn",
    "torch.cuda",
    "torch.fft",
    "torch.linalg",
    "torch.nn",
    "torch.nn.functional",
    "torch.nn.init",
    "torch.nn.utils",
    "torch.optim",
    "torch.random",
    "torch.special",
    "numpy",
    "numpy.linalg",
    "numpy.random",
)
_OF_CLASSES = ("torch.nn", "torch.optim", "torch.autograd", "random", "json")  # whose classes are looked into
_MOVED = {("torch", "Storage")}  # follows the default dtype
_NOT_THERE = object()


class Replaceable:
    """All that can be replaced in the modules that are loaded, as it is when this is made."""

    def __init__(self) -> None:
        # (the place's title, name) to (the place, what it holds under that name)
        self._held: dict[tuple[str, str], tuple[Any, Any]] = {}
        self._classes: dict[str, tuple[type, frozenset[str]]] = {}
        for title, place in _places():
            if isinstance(place, type):
                self._classes[title] = place, frozenset(vars(place))
            for name, held in list(vars(place).items()):
                if _can_be_called(held) and (title, name) not in _MOVED:
                    self._held[title, name] = place, held

    def replaced(self) -> list[str]:
        """Name what is no longer what it was, such as ``torch.Tensor.mean``."""
        return [f"{title}.{name}" for title, _, name, _ in self._different()]

    def put_back(self) -> None:
        """Put back what was replaced or removed, and remove what hides what a class inherits."""
        for _, place, name, held in list(self._different()):
            if held is _NOT_THERE:
                delattr(place, name)
            else:
                setattr(place, name, held)

    def take_over(self, before: "Replaceable") -> None:
        """Take what changed between an earlier reading and now for what there should be."""
        now = Replaceable()
        for key, held in now._held.items():
            if key not in self._held or before._held.get(key) != held:
                self._held[key] = held
        self._classes |= {title: found for title, found in now._classes.items() if before._classes.get(title) != found}

    def _different(self) -> Iterator[tuple[str, Any, str, Any]]:
        """Give the title of the place, the place, the name, and what was there, for each difference."""
        for (title, name), (place, held) in self._held.items():
            now = vars(place).get(name, _NOT_THERE)
            if now is not held and not _by_torch(now, held):
                yield title, place, name, held
        for title, (place, names) in self._classes.items():
            for name in vars(place).keys() - names:
                if any(_can_be_called(vars(above).get(name)) for above in place.__mro__[1:]):
                    yield title, place, name, _NOT_THERE


def _by_torch(now: Any, before: Any) -> bool:
    """Tell whether torch itself has wrapped a function of its own, as it does when its compiler is imported."""
    if getattr(now, "__wrapped__", None) is not before or not isinstance(now, FunctionType):
        return False
    return now.__code__.co_filename.startswith(str(getattr(sys.modules.get("torch"), "__path__", ["?"])[0]))


def _can_be_called(held: Any) -> bool:
    return callable(held) or isinstance(held, property | staticmethod | classmethod)


def _places() -> Iterator[tuple[str, Any]]:
    for name in _MODULES:
        if isinstance(module := sys.modules.get(name), ModuleType):
            yield name, module
            if name in _OF_CLASSES:
                yield from _classes(name, module)
    if (torch := sys.modules.get("torch")) is not None:
        for name in ("Tensor", "Generator"):
            if isinstance(held := vars(torch).get(name), type):
                yield f"torch.{name}", held
    for name, module in list(sys.modules.items()):
        if isinstance(module, ModuleType) and (name == "ganzoo" or name.startswith("ganzoo.")):
            yield name, module
            yield from ((title, held) for title, held in _classes(name, module) if held.__module__ == name)


def _classes(name: str, module: ModuleType) -> Iterator[tuple[str, type]]:
    return ((f"{name}.{known}", held) for known, held in list(vars(module).items()) if isinstance(held, type))
