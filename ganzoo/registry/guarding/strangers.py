"""The plugin of a third party in whose code an exception arose, by its traceback. Imports no torch."""

from ...errors import PluginError
from ..places import modules_of, place_in
from ..registry import describe, titled
from ..sources.files import PREFIX, shown_module
from ..sources.installed import installed


def of_a_stranger(error: BaseException) -> PluginError | None:
    """Return an exception that a third party's code let out as an error with plugin, file and line; None of others.

    Args:
        error: with its traceback.
    """
    others = [point for point in installed(True, None, ()) if point.value and not point.bundled]
    titles = {point.value.partition(":")[0].partition(".")[0]: point.title for point in others}
    for name in reversed(modules_of(error)):
        file = titled(shown_module(name), "", "") if name.startswith(PREFIX) else None
        if (title := file or titles.get(name.partition(".")[0])) is not None:
            return PluginError(f"{title} raised {describe(error)}{place_in(error, name.__eq__)}")
    return None
