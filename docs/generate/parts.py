"""Facts of a registered part that several pages show: its path, class, parameters and what it computes."""

from functools import cache
from pathlib import Path
from typing import Any

from ganzoo.interfaces import Loss, Regularizer
from ganzoo.recipes import safeyaml
from ganzoo.recipes.building.build import offered_by
from ganzoo.recipes.building.part_weights import found_for
from ganzoo.registry.discovery import load_zoo
from ganzoo.registry.registry import PLURALS, Entry

from .docstrings import docstring
from .formulas import spans
from .signatures import Parameter, parameters

PLAYED = ("loss", "regularizer", "generator", "discriminator")  # what recipes name
TERMS = ("loss", "regularizer")
PLAYERS = ("d_loss", "g_loss", "d_penalty", "g_penalty")
_PACKAGES = {"ganzoo_plugins": "plugins", "ganzoo_configs": "configs"}
_METHODS = {
    "loss": (Loss, ("d_loss", "g_loss")),
    "regularizer": (
        Regularizer,
        ("prepare", "prepare_heads", "recast", "view", "d_penalty", "g_penalty", "before_step", "after_step"),
    ),
}


def path_of(kind: str, name: str) -> str:
    """Give the path of a part's or a recipe's page."""
    return f"docs/zoo/{PLURALS[kind]}/{name}.md"


def source_of(cls: type, root: Path) -> str:
    """Find the file of the repository that defines a class, also where an installed copy was imported."""
    first, _, rest = cls.__module__.partition(".")
    stem = "/".join([_PACKAGES.get(first, first), *rest.split(".")]).rstrip("/")
    return next((found for found in (f"{stem}.py", f"{stem}/__init__.py") if (root / found).is_file()), "")


@cache
def _offered() -> frozenset[str]:
    """Find the keywords that data of the bundled modalities give to players."""
    return offered_by(load_zoo(third_party=False).registry)


def settings(entry: Entry) -> list[Parameter]:
    """List the parameters of a part that a recipe may set."""
    cls = entry.load()
    given = _offered() if entry.kind in ("generator", "discriminator") else ()
    return [one for one in parameters(cls) if one.name not in (*given, *found_for(cls))]


def value(default: Any) -> str:
    """Write a default as a recipe does."""
    if isinstance(default, tuple):
        default = list(default)
    try:
        return safeyaml.inline(default)
    except Exception:  # no scalar and no list of them: nothing that a recipe could write
        return repr(default)


def written(entry: Entry) -> str:
    """Give the line of a recipe that names this part, with all of its defaults."""
    pairs = [
        f"name: {entry.name}",
        *(f"{one.name}: {value(one.default)}" for one in settings(entry) if not one.required),
    ]
    line = entry.name if len(pairs) == 1 else f"{{{', '.join(pairs)}}}"
    return f"regularizers:\n  - {line}" if entry.kind == "regularizer" else f"{entry.kind}: {line}"


def computed(entry: Entry) -> dict[str, str]:
    """Give the docstrings of the methods that a loss or a regularizer has of its own, by name."""
    if entry.kind not in _METHODS:
        return {}
    interface, names = _METHODS[entry.kind]
    cls = entry.load()
    own = [name for name in names if getattr(cls, name) is not getattr(interface, name)]
    return {name: " ".join(docstring(getattr(cls, name)).text.split()) for name in own}


def equations(entry: Entry) -> dict[str, str]:
    """Give the methods of a loss or a regularizer whose docstrings have a formula, by name."""
    return {name: text for name, text in computed(entry).items() if name in PLAYERS and any(spans(text))}
