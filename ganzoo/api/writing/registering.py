"""Classes of a program or a notebook, registered as parts."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, overload

from ...errors import PluginError, UnknownName, suggest
from ...recipes.building.one_part import INTERFACES
from ...registry.discovery import load_zoo
from ...registry.hooks.file_offers import summary_of
from ...registry.registry import PLURALS, Entry, kind_called
from ...registry.sources.files import add_to_process, from_source
from .class_source import source_of
from .plain_values import written

C = TypeVar("C", bound=type)


@overload
def register(
    kind: str, name: str, cls: C, *, summary: str = "", paper: str = "", params: Mapping[str, Any] | None = None
) -> C: ...
@overload
def register(
    kind: str,
    name: str,
    cls: None = None,
    *,
    summary: str = "",
    paper: str = "",
    params: Mapping[str, Any] | None = None,
) -> Callable[[C], C]: ...
def register(
    kind: str,
    name: str,
    cls: C | None = None,
    *,
    summary: str = "",
    paper: str = "",
    params: Mapping[str, Any] | None = None,
) -> C | Callable[[C], C]:
    """Register a class as a part, for this process and the runs that it starts.

    A run is played in a process of its own, and carries the class's source with all that it uses of its module or
    notebook: imports, functions, other classes and plain constants. Registering an edited class replaces it. Without
    ``cls`` it is a decorator: ``@ganzoo.register("losses", "my-loss")``.

    Args:
        kind: ``generators``, ``discriminators``, ``losses``, ``regularizers``, ``datasets``, ``extractors``,
            ``metrics``, ``trackers``, ``executors`` or ``modalities``.
        name: lower-case words joined by ``-``.
        cls: at the top level of a script, a module or a notebook's cell; derives from the kind's interface.
        summary: one line; the first one of the class's docstring by default.
        paper: where it was published, such as ``arXiv:1807.00734``.
        params: of the class that are fixed for this name.

    Returns:
        the class.

    Raises:
        UnknownName: there is no such kind.
        PluginError: the class is no such part, or uses what cannot be written into a run.
    """
    singular = kind_called(kind)
    if singular not in INTERFACES:
        plurals = [PLURALS[one] for one in INTERFACES]
        raise UnknownName(f"no kind of parts is called {kind!r}; {suggest(kind, plurals)}")

    def take(given: C) -> C:
        _register(singular, name, given, summary, paper, params or {})
        return given

    return take if cls is None else take(cls)


def _register(kind: str, name: str, cls: type, summary: str, paper: str, params: Mapping[str, Any]) -> None:
    wanted = INTERFACES[kind]
    if not (isinstance(cls, type) and issubclass(cls, wanted)):
        raise PluginError(f"{kind} {name!r} must be a class that derives from ganzoo.interfaces.{wanted.__name__}")
    if inspect.isabstract(cls):
        lacking = ", ".join(sorted(getattr(cls, "__abstractmethods__", ())))
        raise PluginError(f"{kind} {name!r}: {cls.__name__} lacks what a {kind} must have: {lacking}")
    summary = summary or summary_of(cls)
    file = f"{kind}_{str(name).replace('-', '_')}.py"
    params = dict(params) if isinstance(params, Mapping) else params
    Entry(kind, name, f"__main__:{cls.__name__}", file, summary=summary, paper=paper, params=params).of(cls)
    _require_free(kind, name, file)
    given = f"summary={summary!r}, paper={paper!r}, params={written(params)}"
    hook = (
        f"@ganzoo.hookimpl\ndef register_{PLURALS[kind]}(register):\n"
        f'    register({name!r}, f"{{__name__}}:{cls.__name__}", {given})\n'
    )
    source = source_of(cls, decorator=register)
    future, _, rest = source.partition("\n") if source.startswith("from __future__") else ("", "", source)
    text = "\n".join([*filter(None, [future]), "import ganzoo", rest, "", hook])
    add_to_process(from_source(file, text, path=f"{file} that ganzoo.register made of {cls.__name__}"))


def _require_free(kind: str, name: str, file: str) -> None:
    """Refuse a name that somebody else's part has; the process would have no zoo with both.

    Raises:
        PluginError: another plugin registers it.
    """
    for entry in load_zoo().registry.all(kind):
        if entry.name == name and entry.plugin != file:
            raise PluginError(f"{kind} {name!r} is already that of {entry.origin}; take another name")
