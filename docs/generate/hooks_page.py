"""The reference of the hooks that a plugin implements."""

import inspect

from ganzoo.registry.hooks import hookspecs

from .docstrings import docstring, markdown
from .markdown import block
from .page import page
from .signatures import signature

PATH = "docs/reference/hooks.md"


def hooks_page() -> str:
    """Give each hook with its signature and its docstring, in the order of the source."""
    parts = [markdown(docstring(hookspecs).text), "Each implementation is decorated with `@ganzoo.hookimpl`."]
    for name, hook in vars(hookspecs).items():
        if inspect.isfunction(hook) and name.startswith("register_"):
            parts += [f"## {name}", block("text", signature(name, hook)), markdown(docstring(hook).text)]
    return page("Hooks", parts)
