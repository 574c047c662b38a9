"""Offers of one plugin: its module is imported, and its hooks are called."""

import importlib
import re
from collections.abc import Callable
from difflib import get_close_matches
from functools import partial
from typing import Any

import pluggy

from ...errors import PluginError, suggest
from ..registry import GROUP, PLURALS, Entry, describe
from ..sources.installed import Found
from . import hookspecs
from .file_offers import has_hooks, located, parts_of, placed

HOOKS = {f"register_{plural}": kind for kind, plural in PLURALS.items()}
_MODULE = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")
HOOKS_OF = {kind: hook for hook, kind in HOOKS.items()}
_ABOUT = ("summary", "paper", "measured", "params", "revision")  # what a hook says of a part beside name and target


class Offers:
    """The entries of one plugin, kept until all of them are known to be sound.

    Args:
        found: the plugin.
        alone: this process is for it alone, so that an interrupt is its own doing, too.

    Attributes:
        hooks: names of those that it implements.
        entries: the sound ones.
        problems: a sentence for each thing that is wrong.
    """

    def __init__(self, found: Found, *, alone: bool = False) -> None:
        self.found, self.alone = found, alone
        self.hooks: list[str] = []
        self.entries: list[Entry] = []
        self.problems: list[str] = []

    def ask(self) -> None:
        """Import the plugin and call its hooks; all that goes wrong ends up in ``problems``."""
        # A manager for each plugin: what one of them breaks, no other can feel.
        manager = pluggy.PluginManager(GROUP)
        manager.add_hookspecs(hookspecs)
        imported, plugin = self._guarded("cannot be imported", self._imported)
        if not imported:
            return
        if self.found.source and not has_hooks(self.found.source):
            self._take_classes(plugin)
            return
        try:
            manager.register(plugin, name=self.found.name)
            callers = manager.get_hookcallers(plugin) or []
        except pluggy.PluginValidationError as error:
            told = " ".join(str(error).split())
            hook = re.search(r"for hook '(\w+)' .*Argument\(s\)", told)
            self.problems.append(_signature(hook[1]) if hook else f"a hook has the wrong signature: {told}")
            return
        except BaseException as error:
            self.problems.append(f"cannot be registered: {describe(error)}")
            return
        for caller in callers:
            self._call(caller)
        self.problems += [
            f"{name} lacks the decorator @ganzoo.hookimpl"
            for name in HOOKS
            if name not in self.hooks and callable(getattr(plugin, name, None))
        ]

    def _imported(self) -> Any:
        if _MODULE.fullmatch(self.found.value):
            module = importlib.import_module(self.found.value)
            spec = getattr(module, "__spec__", None)
            if spec is not None and spec.origin is None and (folders := list(spec.submodule_search_locations or ())):
                raise ImportError(
                    f"the folder {folders[0]} has no __init__.py and hides the installed package: "
                    "start from another folder"
                )
            return module
        from importlib.metadata import EntryPoint  # which takes longer to import than our own plugins do

        return EntryPoint(self.found.name, self.found.value, GROUP).load()

    def _guarded(self, failure: str, act: Callable[[], Any]) -> tuple[bool, Any]:
        try:
            return True, act()
        except BaseException as error:  # SystemExit too: a plugin must not end the program
            if isinstance(error, KeyboardInterrupt) and not self.alone:
                raise
            self.problems.append(f"{failure}: {self._described(error)}")
            return False, None

    def _described(self, error: BaseException) -> str:
        return (located if self.found.source else placed)(error, self.found.value)

    def _take_classes(self, module: Any) -> None:
        """Take the parts of a file without hooks."""
        parts, problems = parts_of(module)
        self.problems += problems
        for kind, name, target, texts in parts:
            self._enter(HOOKS_OF[kind], kind, name, target, **texts)

    def _enter(
        self,
        hook: str,
        kind: str,
        *given: Any,
        name: Any = None,
        target: Any = None,
        summary: str = "",
        paper: str = "",
        measured: Any = None,
        params: Any = None,
        revision: int = 1,
        **unknown: Any,
    ) -> None:
        """Take an entry, or note why it is none."""
        if unknown:
            word = next(iter(unknown))
            self.problems.append(f"{hook}: register takes no {word!r}; {suggest(word, _ABOUT)}")
            return
        words = [*given, *(word for word in (name, target) if word is not None)]
        if len(words) != 2:
            self.problems.append(
                f'{hook}: register takes a name and a target, as in register("mine", "my_module:Mine"), and '
                f"{len(words)} of these are given"
            )
            return
        name, target = words
        found, fixed = self.found, {} if params is None else params
        about = (found.name, found.version, found.licence, summary, paper, measured, fixed, revision)
        try:
            if found.source:
                target = _of_file(found, kind, target)
            entry = Entry(kind, name, target, *about, found.distribution)
        except PluginError as error:
            # Kept rather than raised: a hook that swallows errors must not pass for a sound one.
            self.problems.append(f"{hook}: {error}")
        else:
            self.entries.append(entry)

    def _call(self, caller: pluggy.HookCaller) -> None:
        if not caller.has_spec():
            if not all(impl.optionalhook for impl in caller.get_hookimpls()):
                self.problems.append(_no_hook(caller.name))
            return
        self.hooks.append(caller.name)
        if any("register" not in impl.argnames for impl in caller.get_hookimpls()):
            self.problems.append(_signature(caller.name))
            return
        register = partial(self._enter, caller.name, HOOKS[caller.name])
        called, returned = self._guarded(f"{caller.name} failed", lambda: caller(register=register))
        if called and returned:
            self.problems.append(f"{caller.name} returns {type(returned[0]).__name__} where it should return None")


def _of_file(found: Found, kind: str, target: Any) -> Any:
    """Return the target of a plugin file's entry, which may be a class of the file itself.

    Raises:
        PluginError: it is a recipe, which is a file of its own.
    """
    if kind == "recipe":
        raise PluginError("a plugin file holds no recipes; a recipe is used by the path of its YAML file")
    if isinstance(target, type) and target.__module__ == found.value:
        return f"{found.value}:{target.__name__}"
    if isinstance(target, str) and target.startswith(f"{found.name.removesuffix('.py')}:"):
        return f"{found.value}:{target.partition(':')[2]}"
    return target


def _signature(hook: str) -> str:
    return f"a hook has the wrong signature: write `def {hook}(register)`, with this name of its argument"


def _no_hook(name: str) -> str:
    """Say what is wrong with a hook that there is not: a word of ours misspelt, or one that is not ours yet."""
    plural = name.removeprefix("register_")
    if not name.startswith("register_") or get_close_matches(plural, PLURALS.values(), n=1, cutoff=0.8):
        return f"there is no hook {name!r}; {suggest(name, HOOKS)}"
    return (
        f"there is no hook {name!r} in this version of ganzoo-core: a newer one may have it "
        "(`pip install --upgrade ganzoo-core`), or the plugin marks it @ganzoo.hookimpl(optionalhook=True)"
    )
