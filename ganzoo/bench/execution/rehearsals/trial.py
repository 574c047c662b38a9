"""Parts of third parties are tried in processes of their own before they are imported and built in this one.

A part that ends the process it is in, or never returns, ends or holds up that one alone. Errors of other kinds are left
to whoever imports and builds the parts next: they are told in full there.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial

from ....data import DataSet
from ....errors import PluginError
from ....interfaces import Modality
from ....recipes.building.build import build_parts
from ....recipes.provenance.used import entries_used
from ....recipes.recipe import Recipe
from ....registry.probing.remembered import tried
from ....registry.registry import Entry, Registry
from ....registry.sources.installed import Found, installed
from .dry_turns import apart

BUILT = "built, or refused"


def try_imports(entries: Iterable[Entry], file: Callable[[str], Found | None]) -> None:
    """Import parts of third parties in processes of their own, once for each version of their plugins.

    Args:
        entries: of the parts.
        file: gives the plugin file of a name.

    Raises:
        PluginError: an import ends its process, or does not end.
    """
    of_plugin: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.foreign and isinstance(entry.target, str):
            of_plugin.setdefault(entry.plugin, []).append(entry)
    for found, these in _plugins(of_plugin, file):
        answer = tried(found, sorted({f"{entry.kind} {entry.name}" for entry in these}))
        if answer.seconds is None and answer.problems:
            parts = " and ".join(dict.fromkeys(f"{entry.kind} {entry.name!r}" for entry in these))
            raise PluginError(f"{parts} of {these[0].origin}: {answer.problems[0]}")


def _plugins(
    of_plugin: Mapping[str, list[Entry]], file: Callable[[str], Found | None]
) -> Iterator[tuple[Found, list[Entry]]]:
    """Give what is imported for each plugin, with the plugin's entries."""
    packages: dict[str, list[Entry]] = {}
    for plugin, entries in of_plugin.items():
        if (one := file(plugin)) is not None:
            yield one, entries
            continue
        for entry in entries:
            if entry.registered_by_others:
                packages.setdefault(plugin, []).append(entry)
            else:  # a class of a module, which no plugin has
                module = str(entry.target).partition(":")[0]
                yield Found(plugin, entry.distribution, entry.version, value=module), [entry]
    for found in installed(True, list(packages), ()) if packages else []:
        if found.name in packages and not found.bundled:
            yield found, packages[found.name]


def try_recipes(recipes: Sequence[Recipe], registry: Registry, images: DataSet) -> None:
    """Build the parts of those recipes that use third parties', where no harm can come of it.

    Args:
        recipes: to be played.
        registry: knows the parts.
        images: of which only the modality is looked at.

    Raises:
        PluginError: a recipe's parts end the process, or do not let it end.
    """
    used = {recipe.name: [entry for entry in entries_used(registry, recipe) if entry.foreign] for recipe in recipes}
    these = [recipe for recipe in recipes if used[recipe.name]]
    modality = images.modality(registry)
    answers = apart([partial(_build, recipe, registry, modality) for recipe in these])
    for recipe, answer in zip(these, answers, strict=True):
        if answer != BUILT:
            parts = " and ".join(dict.fromkeys(f"{e.kind} {e.name!r} of {e.origin}" for e in used[recipe.name]))
            raise PluginError(f"recipe {recipe.name!r}: building {parts} ends the process, or does not end")


def _build(recipe: Recipe, registry: Registry, modality: Modality) -> str:
    try:
        build_parts(recipe, registry, modality=modality, seed=0)
    except BaseException:  # of which whoever builds the parts next tells in full
        return BUILT
    return BUILT
