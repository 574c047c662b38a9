"""An extractor and metrics by their registered names, with what a number of theirs depends on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any

import torch

from ganzoo.errors import PluginError
from ganzoo.interfaces import Extractor, Metric
from ganzoo.registry.origin import origin_of
from ganzoo.registry.registry import Entry, Registry
from ganzoo.storage.cache import Cache

from . import weights as weights_file
from .pairing import require_given, require_pair


@dataclass(frozen=True)
class Opened:
    """The parts of an evaluator.

    Attributes:
        extractor: with its weights, frozen, on its device.
        metrics: by name, in the order asked for.
        title: of the extractor; with other weights than its own followed by the first digits of their sha256.
        identity: all that a number depends on beside the data, as JSON has it.
    """

    extractor: Extractor
    metrics: dict[str, Metric]
    title: str
    identity: dict[str, Any]


def open_extractor(
    registry: Registry,
    extractor: str,
    metrics: Sequence[str],
    *,
    point: int | None,
    weights: Path | None,
    device: torch.device,
    cache: Cache,
    fetch: Callable[..., Path],
    instead: str | None = None,
) -> Opened:
    """Load an extractor and metrics; arguments and errors are those of ``Evaluator.open``."""
    entry = registry.get("extractor", extractor)
    kind: type[Extractor] = _checked(entry, Extractor)
    entries = {name: registry.get("metric", name) for name in metrics}
    made: dict[str, Metric] = {name: _checked(found, Metric)() for name, found in entries.items()}
    if point is not None:
        require_pair(extractor, kind.point, point, registry)
    for name, metric in made.items():
        require_given(name, metric.reads, extractor, kind, registry)
    path, digest, own = weights_file.find(
        extractor,
        kind,
        weights,
        cache,
        fetch=fetch,
        instead=_instead(registry, extractor) if instead is None else instead,
    )
    # A network's initialisation draws from the global stream, though its weights are overwritten.
    with torch.random.fork_rng(devices=[]):
        network = kind(weights=path)
    network.requires_grad_(False).eval().to(device)
    identity = {
        "extractor": extractor,
        "weights": path.name if path is not None else None,
        "sha256": digest,
        "version": kind.version,
        "plugin": f"{entry.plugin} {entry.version}",
        "dtype": "float32",
        "device": device.type,
        "torch_fidelity": version_of("torch-fidelity"),
        **_third_party(entry),
        **_revision(entry),
        "metrics": {
            name: {
                "plugin": f"{found.plugin} {found.version}",
                **_third_party(found),
                **_settings(made[name]),
                **_revision(found),
            }
            for name, found in entries.items()
        },
    }
    return Opened(network, made, extractor if own or digest is None else f"{extractor}-{digest[:8]}", identity)


def _settings(metric: Metric) -> dict[str, Any]:
    """Give the public attributes of a metric: they are its settings, and so part of a number's identity."""
    return {name: value for name, value in sorted(vars(metric).items()) if not name.startswith("_")}


def _third_party(entry: Entry) -> dict[str, str]:
    """Give the origin of what is not bundled: an edit of it that keeps its version is another identity too."""
    origin = origin_of(entry)
    return {"origin": origin} if origin is not None else {}


def _revision(entry: Entry) -> dict[str, int]:
    """Give the revision where it is above 1: what was computed before there were any has the same identity."""
    return {"revision": entry.revision} if entry.revision > 1 else {}


def _checked(entry: Entry, wanted: type) -> Any:
    loaded = entry.load()
    if not (isinstance(loaded, type) and issubclass(loaded, wanted)):
        raise PluginError(
            f"the plugin {entry.plugin} registers {entry.target} as the {entry.kind} {entry.name}, "
            f"but it is no subclass of ganzoo.interfaces.{wanted.__name__}"
        )
    return loaded


def extractors_at_hand(registry: Registry, point: int) -> list[str]:
    """List the extractors of such data that need no file from elsewhere.

    Args:
        registry: where they are looked up.
        point: of the data, as ``Extractor.point``.
    """
    names = []
    for entry in registry.all("extractor"):
        try:
            kind: Any = entry.load()
            if kind.weights is None and kind.point == point:
                names.append(entry.name)
        except Exception:  # a stranger's broken extractor must not hide why another one fails
            continue
    return names


def _instead(registry: Registry, extractor: str) -> str:
    """Name what works without this extractor's weights: the datasets whose own extractor ships with its weights."""
    names = []
    for entry in registry.all("dataset"):
        try:
            dataset: Any = entry.load()
            kind: Any = registry.get("extractor", dataset.extractor).load()
            if (
                dataset.extractor != extractor and kind.weights is None and not kind.point
            ):  # points suit no image recipe
                names.append(f"--data {entry.name}")
        except Exception:  # a stranger's broken dataset must not hide why this one fails
            continue
    carried = f"{' and '.join(sorted(names))}, which carry their own extractors, and " if names else ""
    return f"; without it there is {carried}--extractor none, which trains without metrics"
