"""docs/zoo: an index, a page for each bundled recipe, and a page for each part that a bundled plugin registers."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from ganzoo.recipes.recipe import Recipe, load_recipe
from ganzoo.registry.discovery import Zoo, load_zoo
from ganzoo.registry.registry import KINDS, PLURALS, Entry, Registry

from .markdown import code, paper, prose, table
from .measured import measured_of
from .page import Pages, link, page
from .part_page import part_page
from .parts import PLAYED, path_of
from .recipe_page import named, recipe_page

INDEX = "docs/zoo/index.md"
OTHERS = tuple(kind for kind in KINDS if kind not in (*PLAYED, "recipe"))


def zoo_pages(root: Path) -> Pages:
    """Give all pages below docs/zoo."""
    registry = require_whole(load_zoo(third_party=False))
    files = [file for entry in registry.all("recipe") if not isinstance(file := entry.target, str)]
    recipes = [load_recipe(file) for file in files]
    measured, users = measured_of(root), _users(recipes)
    pages = {INDEX: _index(recipes, registry)}
    for file, recipe in zip(files, recipes, strict=True):
        text, rows = file.read_text(encoding="utf-8"), measured.get(recipe.name, [])
        pages[path_of("recipe", recipe.name)] = recipe_page(recipe, text, registry, rows, root)
    for kind in (*PLAYED, *OTHERS):
        for entry in registry.all(kind):
            pages[path_of(kind, entry.name)] = part_page(entry, users.get((kind, entry.name), ()), root)
    return pages


def require_whole(zoo: Zoo) -> Registry:
    """Give the registry, or end the program in a sentence where it lacks plugins, whose pages would be removed."""
    if not zoo.registry.all("recipe"):
        sys.exit("no bundled plugin is installed here; run pip install -e '.[test]' in the root of the repository")
    for plugin in zoo.failed:
        sys.exit(f"the plugin {plugin.name} failed, so that its pages cannot be written: {plugin.reason}")
    return zoo.registry


def _users(recipes: Sequence[Recipe]) -> Mapping[tuple[str, str], Sequence[str]]:
    """Give the names of the recipes that have a part, by its kind and name."""
    found: dict[tuple[str, str], list[str]] = {}
    for recipe in recipes:
        for kind, part in named(recipe):
            if recipe.name not in found.setdefault((kind, part.name), []):
                found[kind, part.name].append(recipe.name)
    return found


def _index(recipes: Sequence[Recipe], registry: Registry) -> str:
    kinds = [kind for kind in (*PLAYED, *OTHERS) if registry.all(kind)]
    counts = ", ".join(_count(len(registry.all(kind)), kind) for kind in kinds)
    parts = [
        f"{len(recipes)} [recipes](#recipes), and the parts that they are made of: {counts}. "
        "Every one is registered by a plugin, as a package of your own would do it.",
        "## Recipes",
        "The oldest first.",
        _recipes(recipes),
    ]
    for kind in kinds:
        parts += [f"## {PLURALS[kind].capitalize()}", _entries(registry.all(kind))]
    return page("The zoo", parts)


def _count(number: int, kind: str) -> str:
    return f"{number} [{PLURALS[kind] if number != 1 else kind}](#{PLURALS[kind]})"


def _recipes(recipes: Sequence[Recipe]) -> str:
    rows = [
        (
            link(code(recipe.name), path_of("recipe", recipe.name), INDEX),
            str(recipe.year or ""),
            paper(recipe.paper),
            prose(recipe.summary),
        )
        for recipe in sorted(recipes, key=lambda recipe: (recipe.year or 0, recipe.name))
    ]
    return table(("recipe", "year", "paper", "summary"), rows)


def _entries(entries: Sequence[Entry]) -> str:
    rows = [
        (
            link(code(entry.name), path_of(entry.kind, entry.name), INDEX),
            *([paper(entry.paper)] if entry.kind in PLAYED else [code(entry.plugin)]),
            prose(entry.summary),
        )
        for entry in entries
    ]
    return table((entries[0].kind, "paper" if entries[0].kind in PLAYED else "plugin", "summary"), rows)
