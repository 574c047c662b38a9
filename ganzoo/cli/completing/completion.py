"""Completion by the shell on the Tab key. Imports no torch, and prints nothing else."""

from collections.abc import Callable

import click
from click.shell_completion import CompletionItem

from ...recipes.overrides import PUBLISHED
from ...registry.registry import KINDS, PLURALS, Entry
from ..zoo import zoo_as_asked

Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def names_of(*kinds: str) -> Complete:
    """Completes registered names of these kinds; of recipes also variants, and paths where no name fits."""

    def complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        registry = zoo_as_asked().registry
        wanted = [ctx.params["kind"]] if ctx.params.get("kind") in kinds else kinds
        if "recipe" in wanted and ":" in incomplete:
            from .variants import variant

            if (edited := variant(incomplete, registry)) is not None:
                return edited
        found = [_item(entry) for kind in wanted for entry in registry.all(kind) if entry.name.startswith(incomplete)]
        if "recipe" in wanted and PUBLISHED[0] in incomplete:
            forms = (f"{entry.name}{PUBLISHED}" for entry in registry.all("recipe") if _is_published(entry))
            found += [CompletionItem(form) for form in forms if form.startswith(incomplete)]
        return found or ([path(incomplete)] if {"recipe", "dataset"} & set(wanted) else [])

    return complete


def path(incomplete: str) -> CompletionItem:
    """Return the item for which a shell completes the names of files and folders."""
    return CompletionItem(incomplete, type="file")


def overrides(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Completes ``key=value`` of ``-o``, by the recipes and the overrides that stand before it."""
    from .variants import override

    named = ctx.params.get("recipes") or ctx.params.get("recipe") or ()
    before = ctx.params.get("overrides") or ()
    return override(incomplete, [named] if isinstance(named, str) else named, before, zoo_as_asked().registry)


def _is_published(entry: Entry) -> bool:
    """True where the file has what ``@published`` asks for; the schema is not asked, which would take too long."""
    try:
        return "\npublished:" in entry.file.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return False


def _item(entry: Entry) -> CompletionItem:
    return CompletionItem(entry.name, help=entry.summary or None)


def listed_names_of(kind: str) -> Complete:
    """Completes the last of several names that are separated by commas."""
    one = names_of(kind)

    def complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        before, comma, last = incomplete.rpartition(",")
        return [CompletionItem(before + comma + item.value, help=item.help) for item in one(ctx, param, last)]

    return complete


def kinds(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Completes the plural of a kind."""
    return [CompletionItem(PLURALS[kind]) for kind in KINDS if PLURALS[kind].startswith(incomplete)]


def kind_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Completes a kind."""
    return [CompletionItem(kind) for kind in KINDS if kind.startswith(incomplete)]


def plugins(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Completes the names of installed plugins."""
    found = zoo_as_asked().plugins
    return [CompletionItem(plugin.name) for plugin in found if plugin.name.startswith(incomplete)]


def plugins_and_files(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Completes the names of installed plugins, and paths where no name fits."""
    return plugins(ctx, param, incomplete) or [path(incomplete)]
