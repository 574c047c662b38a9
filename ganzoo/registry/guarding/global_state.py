"""A reading of all the state that a process shares, to be compared with how it is later, and put back."""

import contextlib
import sys
from collections.abc import Iterator
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

from ...text import some_of
from .process_state import process_items
from .replaced import Replaceable
from .torch_state import numpy_items, torch_items
from .watched import Watched

_LISTED = 6  # changes that a sentence names one by one
_OWN_STATE = ("numpy", "torch")  # modules that bring state of their own with them


class GlobalState:
    """The state as it is when this is made; what belongs to torch and numpy, if they are loaded then."""

    def __init__(self) -> None:
        self._items = {item.title: item for item in (*process_items(), *torch_items(), *numpy_items())}
        self._values = {title: item.read() for title, item in self._items.items()}
        self._replaceable = Replaceable()

    def without_random_states(self) -> "GlobalState":
        """Leave the random states out, which change wherever numbers are drawn; gives itself."""
        for title in [title for title in self._items if "random state" in title]:
            del self._items[title], self._values[title]
        return self

    def changes(self) -> list[str]:
        """Say what is different now: each item with its values, where they can be shown."""
        items = [_told(item, self._values[title], now) for title, item, now in self._different()]
        return items + [f"{name} (replaced)" for name in self._replaceable.replaced()]

    def put_back(self) -> list[str]:
        """Make everything what it was; gives the changes that there were."""
        found = self.changes()
        self._replaceable.put_back()
        for title, item, _ in list(self._different()):
            with contextlib.suppress(Exception):  # what cannot be put back keeps nothing else from it
                item.put(self._values[title])
        return found

    def take_over(self, before: "GlobalState") -> None:
        """Take what changed between an earlier reading and now for the state that there should be."""
        now = GlobalState()
        for title, value in now._values.items():
            if title not in self._values or (title in before._values and before._values[title] != value):
                self._items[title], self._values[title] = now._items[title], value
        self._replaceable.take_over(before._replaceable)

    def _different(self) -> Iterator[tuple[str, Watched, Any]]:
        for title, item in self._items.items():
            try:
                now = item.read()
            except Exception as error:
                now = error
            if self._values[title] != now:
                yield title, item, now


def _told(item: Watched, before: Any, after: Any) -> str:
    try:
        return f"{item.title} ({item.told(before, after)})" if item.told is not None else item.title
    except Exception:
        return item.title


def sentence(changes: list[str]) -> str:
    """Join changes; of many the first ones."""
    return some_of(changes, _LISTED)


class OwnStateFinder(MetaPathFinder):
    """Lets the imports of torch and numpy, which bring state with them, count for nothing that a plugin changes.

    Args:
        state: read before; is told what they bring.
    """

    def __init__(self, state: GlobalState) -> None:
        self._state = state
        self._inside = False

    def find_spec(self, fullname: str, path: Any, target: ModuleType | None = None) -> ModuleSpec | None:
        """Find one of them where Python does, and watch it being loaded."""
        if fullname not in _OWN_STATE or self._inside:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _WatchedLoader(spec.loader, self)
        return spec

    @contextlib.contextmanager
    def loading(self) -> Iterator[None]:
        """Watch until the block ends."""
        before, self._inside = GlobalState(), True
        try:
            yield
        finally:
            self._inside = False
            self._state.take_over(before)

    def __enter__(self) -> "OwnStateFinder":
        sys.meta_path.insert(0, self)
        return self

    def __exit__(self, *how: object) -> None:
        with contextlib.suppress(ValueError):  # a plugin may have emptied the list
            sys.meta_path.remove(self)


class _WatchedLoader(Loader):
    def __init__(self, loader: Any, finder: OwnStateFinder) -> None:
        self._loader, self._finder = loader, finder

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        made: ModuleType | None = self._loader.create_module(spec)
        return made

    def exec_module(self, module: ModuleType) -> None:
        assert module.__spec__ is not None
        module.__loader__ = module.__spec__.loader = self._loader  # which its resources are asked of
        with self._finder.loading():
            self._loader.exec_module(module)
