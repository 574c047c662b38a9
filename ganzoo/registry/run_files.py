"""Plugin files of a run, beside a zoo that was opened without them."""

from collections.abc import Collection, Mapping, Sequence

from ..errors import PluginError
from .discovery import Zoo, load_zoo
from .sources.files import known_here
from .sources.installed import Found


def with_files(
    zoo: Zoo, files: Sequence[Found], registering: Collection[str] | None, origins: Mapping[str, str]
) -> Zoo:
    """Return a zoo for a run that may be somebody else's, with its plugin files in the place of others of their names.

    A file that was never given on this machine is not imported, and neither is one that fails: the parts that it may
    hold are then known to be left out, and why. A module that the run names is imported where its package is installed.

    Args:
        zoo: all other parts.
        files: of the run.
        registering: plugins that register the parts that the run uses; the classes of other files are only named.
        origins: of the parts of third parties that the run uses, see ``ganzoo.recipes.provenance.origins``.
    """
    zoo = Zoo(zoo.registry.of_folder(), zoo.plugins)
    if not files:
        return zoo
    known = [found for found in files if known_here(found)]
    reasons = {found.name: _not_here(found) for found in files if found not in known}
    try:
        own = load_zoo(third_party=False, only=[*(registering or ()), *_names(known)], files=known)
    except PluginError as error:
        reasons |= dict.fromkeys(_names(known), str(error))
        own = load_zoo(third_party=False, only=())
    registry = zoo.registry.replaced(_names(files), own.registry)
    for name, reason in reasons.items():
        of_file = [part.split(" ", 1) for part, origin in origins.items() if origin.startswith(f"{name} (")]
        registry.withhold(name, reason, [(kind, part) for kind, part in of_file])
    others = tuple(plugin for plugin in zoo.plugins if plugin.name not in _names(files))
    return Zoo(registry, others + tuple(plugin for plugin in own.plugins if plugin.name in own.registry.files))


def _names(files: Sequence[Found]) -> list[str]:
    return [found.name for found in files]


def _not_here(found: Found) -> str:
    return (
        f"its file came with the run and was never given on this machine; read the {found.name} in the run's folder "
        f"plugins, and give it as --plugin"
    )
