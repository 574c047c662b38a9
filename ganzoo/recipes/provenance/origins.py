"""Origins of parts: the third party's versions that decide a number. Does not import torch.

They are kept as ``{"loss evil": "evilplug 1.0 (source 0123456789ab)"}``. Bundled parts are left out: ganzoo's own
version stands for them, and a run of them is known by the same key as before there were origins.
"""

from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version

from ...errors import PluginError, UnknownName
from ...registry.origin import origin_of
from ...registry.registry import Registry
from ..recipe import Part
from .revisions import titled

Origins = dict[str, str]


def origins_of(parts: Iterable[tuple[str, Part]], registry: Registry) -> Origins:
    """Return the origins of those parts that third parties register; each is given with its kind.

    Raises:
        UnknownName: nobody registers a part.
        PluginError: it belongs to a plugin that failed.
    """
    found = {f"{kind} {part.name}": origin_of(registry.get(kind, part.name)) for kind, part in parts}
    return {part: origin for part, origin in found.items() if origin is not None}


def moved(then: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Return the parts whose origin differs, as ``the loss 'evil' of evilplug 1.0 (...), which is evilplug 2.0 (...)``.

    Args:
        then: the origins that something was played with.
        now: those of the same parts as they are.
    """
    return [
        f"{titled(part)} of {then.get(part, 'an origin that was not recorded')}, which is "
        f"{now.get(part, 'of another origin')}"
        for part in dict.fromkeys((*then, *now))
        if then.get(part) != now.get(part)
    ]


def absent(origins: Mapping[str, str], registry: Registry) -> dict[str, str]:
    """Return a sentence for each part that nobody registers here, by ``kind name``: who gave it.

    Args:
        origins: that something was played with.
        registry: knows the parts that there are.
    """
    return {part: why for part, origin in origins.items() if (why := _absent(part, origin, registry))}


def _absent(part: str, origin: str, registry: Registry) -> str:
    kind, _, name = part.partition(" ")
    try:
        registry.get(kind, name)
    except UnknownName as error:
        given = f"{origin.partition(' (source ')[0]} gave {titled(part)}"
        try:
            here = version(origin.partition(" ")[0])
        except (PackageNotFoundError, ValueError):
            return f"{given} and is not installed"
        return f"{given}, which version {here} that is installed here does not give: {error}"
    except PluginError:  # it is here and fails, and says why where it is used
        return ""
    return ""
