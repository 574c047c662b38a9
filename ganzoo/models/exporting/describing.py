"""Configuration of a generator that is exported."""

from __future__ import annotations

import hashlib
from typing import Any

from ... import __version__
from ...data import version1
from ...data.plain import plain_of
from ...errors import GanzooError
from ..provenance import Provenance
from ..trained import Trained
from .config import FORMAT, Config


def provenance_of(trained: Trained) -> Provenance:
    """Return the origin of a generator.

    Raises:
        GanzooError: it is not known, so that nobody could build the generator again.
    """
    if trained.provenance is None:
        raise GanzooError(
            f"{trained.name} cannot be exported as a folder: the parts that it was built of are not known; open it "
            "from a run's folder, or write it as pt2 or onnx"
        )
    return trained.provenance


def config_of(trained: Trained, weights: bytes, license: str = "") -> Config:
    """Describe a generator whose weights are these bytes of a file.

    Raises:
        GanzooError: its origin is not known.
    """
    origin = provenance_of(trained)
    entry = origin.registry.get("generator", trained.recipe.generator.name)
    content = {
        "format": FORMAT,
        "version": 1,
        "ganzoo": __version__,
        "name": trained.name,
        "recipe": trained.recipe.played().to_dict(),
        "generator": {
            "name": entry.name,
            "plugin": entry.plugin,
            "distribution": entry.distribution,
            "version": entry.version,
            "revision": entry.revision,
        },
        "built": list(origin.built),
        "second_order": origin.second_order,
        "kind": trained.modality.name,
        **_of_a_sample(trained),
        "z_dim": trained.generator.z_dim,
        "classes": list(trained.classes),
        "counts": list(trained.counts),
        "data": {
            "name": trained.data,
            "asked": origin.data_asked,
            "options": list(origin.data_options),
            "hash": origin.data_hash,
        },
        "seed": origin.seed,
        "device": origin.device,
        "budget": dict(origin.budget) or None,
        "step": trained.step,
        "kimg": trained.kimg,
        "threads": trained.threads,
        "numbers": None if trained.numbers is None else trained.numbers.to_json(),
        "revisions": dict(origin.revisions),
        "origins": dict(origin.origins),
        "plugins": None if origin.plugins is None else list(origin.plugins),
        "files": dict(origin.files),
        "license": license or origin.license,
        "weights": {"sha256": hashlib.sha256(weights).hexdigest(), "bytes": len(weights)},
    }
    return Config.parse(content, f"what is known of {trained.name}")


def _of_a_sample(trained: Trained) -> dict[str, Any]:
    """Tell the shape of an image or a point; of another modality all that it is made of."""
    if version1.is_one(trained.modality.name):
        channels, height, width = trained.shape
        return {"shape": {"channels": channels, "height": height, "width": width}}
    return {"modality": plain_of(trained.modality), "described": trained.described}
