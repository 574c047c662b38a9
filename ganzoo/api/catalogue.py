"""The catalogue: what recipes and parts there are."""

import inspect
from collections.abc import Container
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ..errors import GanzooError, UnknownName, suggest
from ..recipes.headings.heading import Heading, headings_of
from ..recipes.headings.played_on import PlayedOn
from ..registry.discovery import load_zoo
from ..registry.registry import FROM_DATA, PLURALS, Entry, kind_called
from .arguments import whole
from .table import TableList

OF_RECIPES = ("generator", "discriminator", "loss", "regularizer")  # kinds whose parameters a recipe gives


@dataclass(frozen=True)
class RecipeInfo:
    """A registered recipe.

    Attributes:
        name: by which it is asked for.
        title: the method's name in print.
        year: of publication; None where the recipe does not say.
        paper: such as ``arXiv:1704.00028``.
        summary: one line.
        conditional: the players see labels.
        published: the recipe says what its paper plays, so that ``NAME@published`` is a recipe, too.
        plugin: the name of the plugin that registers it.
        version: that plugin's.
        licence: that plugin's.
    """

    name: str
    title: str
    year: int | None
    paper: str
    summary: str
    conditional: bool
    published: bool
    plugin: str
    version: str
    licence: str


@dataclass(frozen=True)
class PartInfo:
    """A registered part.

    Attributes:
        kind: one of ``generator``, ``discriminator``, ``loss``, ``regularizer``, ``dataset``, ``extractor``,
            ``metric``, ``tracker``, ``executor`` and ``modality``.
        name: by which it is asked for.
        summary: one line.
        paper: where it was published, such as ``arXiv:1704.00028``.
        plugin: the name of the plugin that registers it.
        version: that plugin's.
        licence: that plugin's.
        revision: of what it computes; above 1 where that changed under this name.
        target: the class, as ``"module:Class"``.
        fixed: parameters of the class that the name stands for.
    """

    kind: str
    name: str
    summary: str
    paper: str
    plugin: str
    version: str
    licence: str
    revision: int
    target: str
    fixed: dict[str, Any] = field(hash=False)
    entry: Entry = field(repr=False, hash=False, compare=False)
    _offered: tuple[str, ...] = field(default=FROM_DATA, repr=False, hash=False, compare=False)

    @cached_property
    def part(self) -> type[Any]:
        """The class, imported when it is first asked for.

        Raises:
            PluginError: it cannot be imported.
        """
        return self.entry.load()

    @cached_property
    def parameters(self) -> dict[str, inspect.Parameter]:
        """The parameters that a recipe may give, by name, with their defaults and types; imports the class.

        Those that are the data's, such as the size of the images, and the file of its weights are left out.

        Raises:
            PluginError: the class cannot be imported.
        """
        if self.kind not in OF_RECIPES:
            return {}
        named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
        from ..recipes.building.part_weights import found_for

        given = self._offered if self.kind in ("generator", "discriminator") else ()
        without = {*self.fixed, *given, *found_for(self.part)}
        return {
            name: parameter
            for name, parameter in inspect.signature(self.part).parameters.items()
            if parameter.kind in named and name not in without
        }

    @property
    def doc(self) -> str:
        """The documentation of the class; imports it.

        Raises:
            PluginError: the class cannot be imported.
        """
        return inspect.getdoc(self.part) or ""


def recipes(
    year: int | Container[int] | None = None, conditional: bool | None = None, plugin: str | None = None
) -> TableList[RecipeInfo]:
    """List the registered recipes, by name; the list shows itself as a table.

    Args:
        year: of publication: one, or several, such as ``range(2017, 2020)``. None for all.
        conditional: only those whose players see labels, or only the others. None for all.
        plugin: the name of the plugin that registers them. None for all.

    Raises:
        UnknownName: there is no such plugin.
    """
    zoo = load_zoo()
    if plugin is not None and plugin not in (names := [one.name for one in zoo.plugins]):
        raise UnknownName(f"no plugin named {plugin!r}; {suggest(plugin, names)}")
    entries = [entry for entry in zoo.registry.all("recipe") if plugin in (None, entry.plugin)]
    found = list(map(_recipe_info, entries, headings_of(entries)))
    years = year if isinstance(year, Container) and not isinstance(year, str) else None
    if year is not None and years is None:
        years = (whole(year, "year"),)
    return TableList(
        (
            one
            for one in found
            if (years is None or (one.year is not None and one.year in years))
            and (conditional is None or one.conditional == conditional)
        ),
        ("name", "year", "conditional", "paper", "summary"),
    )


def parts(kind: str) -> TableList[PartInfo]:
    """List the registered parts of a kind, by name; the list shows itself as a table.

    Args:
        kind: in the singular or the plural, such as ``losses``.

    Raises:
        GanzooError: there is no such kind, or it is that of recipes.
    """
    called = kind_called(kind)
    if called is None:
        raise GanzooError(f"no kind named {kind!r}; {suggest(kind, PLURALS.values())}")
    if called == "recipe":
        raise GanzooError("recipes are no parts; ganzoo.recipes() lists them")
    registry = load_zoo().registry
    offered = PlayedOn(registry).offered()
    found = [_part_info(entry, tuple(sorted(offered))) for entry in registry.all(called)]
    return TableList(found, ("name", "plugin", "paper", "summary"))


def _part_info(entry: Entry, offered: tuple[str, ...] = FROM_DATA) -> PartInfo:
    return PartInfo(
        kind=entry.kind,
        name=entry.name,
        summary=entry.summary,
        paper=entry.paper,
        plugin=entry.plugin,
        version=entry.version,
        licence=entry.licence,
        revision=entry.revision,
        target=str(entry.target),
        fixed=dict(entry.params),
        entry=entry,
        _offered=offered,
    )


def _recipe_info(entry: Entry, heading: Heading) -> RecipeInfo:
    return RecipeInfo(
        name=entry.name,
        title=heading.title,
        year=heading.year,
        paper=heading.paper,
        summary=heading.summary,
        conditional=heading.conditional is True,
        published=heading.published,
        plugin=entry.plugin,
        version=entry.version,
        licence=entry.licence,
    )
