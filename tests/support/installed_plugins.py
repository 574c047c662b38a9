"""Pretend that packages with ganzoo plugins are installed: a module and a dist-info folder on the path."""

import importlib
import itertools
from pathlib import Path

COUNTER = itertools.count()
LOSS = "import ganzoo\n@ganzoo.hookimpl\ndef register_losses(register):\n    register({name!r}, 'pretend_nets:Loss')\n"


def plugin_of(loss: str) -> str:
    """The code of a plugin that registers one loss."""
    return LOSS.format(name=loss)


class Site:
    """A folder of pretend packages."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def install(
        self,
        distribution: str,
        code: str,
        *,
        plugin: str | None = None,
        entry_points: str | None = None,
        metadata: str = "",
    ) -> str:
        """Write one; gives the name of its module, which no other test has used."""
        module = f"pretend_{next(COUNTER)}"
        (self.folder / f"{module}.py").write_text(code)
        info = self.folder / f"{distribution.replace('-', '_')}-1.2.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.4\nName: {distribution}\nVersion: 1.2\n{metadata}")
        points = entry_points or f"[ganzoo]\n{plugin or distribution} = {module}\n"
        (info / "entry_points.txt").write_text(points)
        importlib.invalidate_caches()
        return module
