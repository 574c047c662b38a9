"""The page of one registered part."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from ganzoo.registry.registry import PLURALS, Entry

from .docstrings import LINES, Docstring, docstring, markdown, mathematical
from .markdown import block, code, paper, prose, sentence, table
from .page import link, page
from .parts import PLAYED, computed, path_of, settings, source_of, value, written
from .signatures import Parameter
from .traits import traits

NOBODY = "None of the bundled ones: it is for variants, and for recipes of your own."
WHEN = {
    "d_loss": "loss of D",
    "g_loss": "loss of G",
    "prepare": "before training",
    "prepare_heads": "before training",
    "recast": "before a turn",
    "view": "on what D sees",
    "d_penalty": "penalty of D",
    "g_penalty": "penalty of G",
    "before_step": "before a step",
    "after_step": "after a step",
}


def part_page(entry: Entry, users: Sequence[str], root: Path) -> str:
    """Give the page: definition, computation, parameters, source, departures, the recipes that use it.

    Args:
        entry: of the registry.
        users: names of the recipes that have it.
        root: of the repository.
    """
    here = path_of(entry.kind, entry.name)
    told = docstring(entry.load())
    return page(
        f"`{entry.name}` ({entry.kind})",
        [
            prose(sentence(entry.summary)),
            _facts(entry, here, root),
            "## Definition" if told.text or told.sections else "",
            *definition(told),
            *_methods(computed(entry)),
            *_parameters(entry),
            *_usage(entry),
            *_recipes(users, here, entry),
        ],
    )


def _facts(entry: Entry, here: str, root: Path) -> str:
    cls = entry.load()
    name = code(f"{cls.__module__}:{cls.__qualname__}")
    source = source_of(cls, root)
    rows = [
        ("kind", link(entry.kind, f"docs/zoo/index.md#{PLURALS[entry.kind]}", here)),
        ("plugin", code(entry.plugin)),
        ("paper", paper(entry.paper)),
        ("class", link(name, source, here) if source else name),
        ("fixed parameters", ", ".join(code(f"{key}: {value(fixed)}") for key, fixed in entry.params.items())),
        ("revision", str(entry.revision) if entry.revision > 1 else ""),
        *traits(cls, here),
    ]
    return "\n".join(f"- {title}: {text}" for title, text in rows if text)


def definition(told: Docstring) -> list[str]:
    """Give the text of a part's docstring, its source and its departures from that."""
    return [
        markdown(told.text),
        *(f"**{title}:** {mathematical(told.sections[title])}" for title in LINES if title in told.sections),
    ]


def _methods(methods: Mapping[str, str]) -> list[str]:
    """List the methods of a loss or a regularizer, with the moment at which each is called."""
    if not methods:
        return []
    rows = [(code(name), WHEN[name], mathematical(text)) for name, text in methods.items()]
    return ["## Computation", table(("method", "when", "what"), rows)]


def _parameters(entry: Entry) -> list[str]:
    found = settings(entry)
    if not found or entry.kind not in PLAYED:
        return []
    return ["## Parameters", table(("parameter", "type", "default", "meaning"), map(_parameter, found))]


def _parameter(one: Parameter) -> Sequence[str]:
    default = "required" if one.required else code(value(one.default))
    return code(one.name), code(one.kind), default, mathematical(one.meaning)


def _usage(entry: Entry) -> list[str]:
    return ["## In a recipe", block("yaml", written(entry))] if entry.kind in PLAYED else []


def _recipes(users: Sequence[str], here: str, entry: Entry) -> list[str]:
    if entry.kind not in PLAYED:
        return []
    links = ", ".join(link(code(name), path_of("recipe", name), here) for name in users)
    return ["## Recipes that use it", links or NOBODY]
