"""The zoo as a command sees it."""

import click

from ..registry.discovery import Zoo, load_zoo
from ..text import printable


def third_party() -> bool:
    """Return whether this command may load the plugins of third parties; ``ganzoo --no-plugins`` forbids it."""
    context = click.get_current_context(silent=True)
    return context is None or not context.find_root().params.get("no_plugins", False)


def open_zoo() -> Zoo:
    """Load the zoo, and say on stderr which plugins failed, one line each."""
    zoo = load_zoo(third_party=third_party())
    for plugin in zoo.failed:
        origin = f" ({plugin.distribution} {plugin.version})" if plugin.distribution else ""
        line = f"Warning: plugin {plugin.name!r}{origin} is left out: {plugin.reason}"
        click.echo(printable(line), err=True)
    return zoo
