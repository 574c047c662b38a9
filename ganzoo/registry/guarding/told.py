"""The part in whose code an error arose, and errors of third parties' parts in one sentence. Imports no torch."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import CodeType, TracebackType

from ...errors import GanzooError, PluginError
from ..places import place_in
from ..registry import Entry, describe
from .guard import guarded_parts

_OURS = ("ganzoo_plugins", "ganzoo_configs")  # packages of ours, with a plugin in each module


def blamed(error: BaseException, entries: Iterable[Entry]) -> str:
    """Name the part in whose code an error arose, as ``loss 'evil' of plugin 'evil' (evilplug 1.0)``; empty if in none.

    Args:
        error: with its traceback.
        entries: of the parts that were used.
    """
    parts = [entry for entry in entries if isinstance(entry.target, str)]
    for name, code in reversed(list(_frames(error.__traceback__))):
        here = [entry for entry in parts if _module(entry) == name]
        own = [entry for entry in here if code.co_qualname.partition(".")[0] == str(entry.target).partition(":")[2]]
        if these := own or here:
            kinds = " and ".join(dict.fromkeys(f"{entry.kind} {entry.name!r}" for entry in these))
            return f"{kinds} of {these[0].origin}"
        for entry in parts:
            if package_of(name) and package_of(_module(entry)) == package_of(name):
                return entry.origin
    return ""


@contextmanager
def told_parts(entries: Iterable[Entry], doing: str) -> Iterator[None]:
    """Guard the code of third parties' parts, and tell what they raise in one sentence; for what is done before a run.

    Args:
        entries: of the parts whose code runs in the block.
        doing: such as ``while they are built``.

    Raises:
        PluginError: one of theirs raised what is no error of ours, or was not as its interface has it.
    """
    foreign = [entry for entry in entries if entry.foreign]
    try:
        with guarded_parts(foreign, doing):
            yield
    except GanzooError:
        raise
    except Exception as error:
        ours = type(error).__module__.partition(".")[0] == "ganzoo"  # such as that a run has diverged
        if not foreign or ours or "OutOfMemory" in type(error).__name__ or isinstance(error, MemoryError):
            raise
        who = blamed(error, foreign) or " or ".join(f"{one.kind} {one.name!r} of {one.origin}" for one in foreign)
        packages = {package_of(_module(entry)) for entry in foreign}
        place = place_in(error, lambda name: bool(package_of(name)) and package_of(name) in packages)
        raise PluginError(f"{who}: {describe(error)}{place}, {doing}") from error


def package_of(module: str) -> str:
    """Return the package of a plugin that a module belongs to; nothing for one of the engine, which is no plugin's."""
    names = module.split(".")
    if names[0] == "ganzoo":
        return ""
    return ".".join(names[: 2 if names[0] in _OURS else 1])


def _module(entry: Entry) -> str:
    return str(entry.target).partition(":")[0]


def _frames(traceback: TracebackType | None) -> Iterator[tuple[str, CodeType]]:
    while traceback is not None:
        frame = traceback.tb_frame
        yield str(frame.f_globals.get("__name__", "")), frame.f_code
        traceback = traceback.tb_next
