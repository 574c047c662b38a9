"""Hooks that import torch, for which every command waits when the plugin is new."""

from __future__ import annotations

from ..registry.discovery import Plugin
from ..registry.probing.probe import look_at
from ..registry.sources.installed import installed
from .findings import Finding

HEAVY = ("torch", "numpy", "PIL", "torchvision", "scipy")


def heavy_hooks(plugin: Plugin) -> list[Finding]:
    """Find that the module of a third party's hooks imports something heavy; nothing of one that does not.

    A plugin of one file is its parts' module, too, and is left out.
    """
    points = [point for point in installed(True, [plugin.name], ()) if point.name == plugin.name]
    if plugin.bundled or not points or points[0].reason:
        return []
    [seen] = look_at(points[:1], parts=())
    found = [name for name in HEAVY if any(f"/{name}/" in file.replace("\\", "/") for file in seen.files)]
    if not found:
        return []
    seconds = f"{seen.seconds or 0:.1f} s"
    detail = (
        f"its hooks import {found[0]} ({seconds}), which `ganzoo list` waits for when the plugin is new; import it in "
        'the module of the part, and register that as text: `register("name", f"{__name__}.loss:MyLoss")`'
    )
    return [Finding("plugin", plugin.name, "hooks", False, detail)]
