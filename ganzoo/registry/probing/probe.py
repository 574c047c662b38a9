"""Plugins of third parties are looked at in processes of their own: imported, and their hooks called."""

from collections.abc import Sequence
from dataclasses import asdict

from ...errors import PluginError
from ...text import cut
from ..sources.installed import PROBING, Found
from .announcement import Announcement
from .apart import AT_ONCE, SECONDS, Apart, run_apart, seconds_allowed

_COMMAND = ("-P", "-c", "from ganzoo.registry.probing.probed import main; main()")


def look_at(plugins: Sequence[Found], *, parts: Sequence[str] | None = ()) -> list[Announcement]:
    """Import each plugin in a process of its own and call its hooks, some at once.

    Args:
        plugins: to be looked at.
        parts: those to be imported after that, as ``kind name``; None for all.
    """
    wanted = None if parts is None else list(parts)
    requests = [{"found": asdict(found), "parts": wanted} for found in plugins]
    ended = run_apart(_COMMAND, requests, seconds_allowed(), {PROBING: "1"}, AT_ONCE)
    return [_announcement(found, one) for found, one in zip(plugins, ended, strict=True)]


def _announcement(found: Found, one: Apart) -> Announcement:
    if one.answer is None:
        again = f" (`ganzoo doctor {found.name}` tries again, and {SECONDS} gives it another time)" if one.late else ""
        return Announcement(problems=(f"its import {one.why}{again}",), printed=one.printed, passing=one.passing)
    try:
        return Announcement.from_json({**one.answer, "printed": one.printed}, found)
    except (PluginError, KeyError, TypeError, ValueError, OSError) as error:
        return Announcement(problems=(f"what it registers cannot be used: {cut(str(error))}",), printed=one.printed)
