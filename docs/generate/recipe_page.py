"""The page of one bundled recipe."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from ganzoo.recipes.differences.stale import STALE, in_words, stale_by
from ganzoo.recipes.recipe import Part, Recipe
from ganzoo.registry.registry import Entry, Registry

from .docstrings import docstring, mathematical
from .markdown import block, code, escaped, paper, prose, sentence, table
from .measured import Measured
from .page import link, page, picture
from .part_page import WHEN, definition
from .parts import TERMS, equations, path_of
from .published import published_section


def named(recipe: Recipe) -> Iterator[tuple[str, Part]]:
    """Give the parts of a recipe with their kinds, in the order in which its file has them."""
    yield "generator", recipe.generator
    yield "discriminator", recipe.discriminator
    yield "loss", recipe.loss
    yield from (("regularizer", part) for part in recipe.regularizers)


def recipe_page(recipe: Recipe, text: str, registry: Registry, measured: Sequence[Measured], root: Path) -> str:
    """Give the page: parts, loss and regularizers, departures, the file, numbers, samples.

    Args:
        recipe: as its file has it.
        text: of the file.
        registry: of the bundled plugins.
        measured: what committed benches measured of it.
        root: of the repository.
    """
    here = path_of("recipe", recipe.name)
    entries = [registry.get(kind, part.name) for kind, part in named(recipe)]
    rows = [(e.kind, link(code(e.name), path_of(e.kind, e.name), here), prose(e.summary)) for e in entries]
    file = f"configs/{recipe.name}.yaml"
    return page(
        f"{prose(recipe.title)} (`{recipe.name}`)",
        [
            prose(sentence(recipe.summary)),
            f"{paper(recipe.paper)}, {recipe.year}. {'With' if recipe.conditional else 'Without'} labels.",
            "## Parts",
            table(("kind", "part", "summary"), rows),
            "## Loss and regularizers",
            *(text for entry in entries if entry.kind in TERMS for text in _term(entry, here)),
            *(["## Departures from the paper", prose(recipe.departs)] if recipe.departs else []),
            *published_section(recipe, registry),
            "## The file",
            f"{link(code(file), file, here)}; `ganzoo show {recipe.name}` prints it.",
            block("yaml", text),
            "## Measured",
            *_numbers(measured, recipe, registry, here, root),
        ],
    )


def _term(entry: Entry, here: str) -> list[str]:
    """Define a loss or a regularizer, with what it adds to the loss of each player."""
    formulas = [f"- {WHEN[name]}: {mathematical(text)}" for name, text in equations(entry).items()]
    return [
        f"### {entry.kind.capitalize()}: {link(code(entry.name), path_of(entry.kind, entry.name), here)}",
        *definition(docstring(entry.load())),
        "\n".join(formulas),
    ]


def _numbers(measured: Sequence[Measured], recipe: Recipe, registry: Registry, here: str, root: Path) -> list[str]:
    if not measured:
        return ["Nothing yet, with the recipe in its present form."]
    found: list[str] = []
    for one in measured:
        stale = stale_by(one.row, recipe, registry)
        note = [f"{STALE}: stale, the recipe plays otherwise now: {escaped(in_words(stale))}."] if stale else []
        found += [one.table(STALE if stale else ""), *note, one.terms(here)]
        if one.samples and (root / one.samples).is_file():
            found.append(picture(f"samples of {one.recipe}, seed {one.seed}", root / one.samples, root, here))
    return found
