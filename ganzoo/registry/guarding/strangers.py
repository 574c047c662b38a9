"""The plugin of a third party in whose code an exception arose, by its traceback. Imports no torch."""

import traceback
from pathlib import Path

from ...errors import PluginError
from ..registry import describe
from ..sources.files import PREFIX, shown_module
from ..sources.installed import installed


def of_a_stranger(error: BaseException) -> PluginError | None:
    """Return an exception that a third party's code let out as an error with plugin, file and line; None of others.

    Args:
        error: with its traceback.
    """
    frames = list(traceback.walk_tb(error.__traceback__))
    names = [str(frame.f_globals.get("__name__", "")) for frame, _ in frames]
    packages = {point.value.partition(":")[0].partition(".")[0]: point for point in installed(True, None, ())}
    packages = {package: point for package, point in packages.items() if package and not point.bundled}
    for name, (frame, line) in reversed(list(zip(names, frames, strict=True))):
        point = packages.get(name.partition(".")[0])
        if point is not None:
            file = Path(frame.f_code.co_filename).name
            return PluginError(f"{point.title} raised {describe(error)} ({file}, line {line})")
        if name.startswith(PREFIX):
            return PluginError(f"the plugin file {shown_module(name)} raised {describe(error)} (line {line})")
    return None
