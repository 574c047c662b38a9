"""An exported generator as a folder: weights, configuration, card, and a picture of samples."""

from __future__ import annotations

import json
from pathlib import Path

import safetensors.torch

from ...errors import GanzooError
from ...recipes.differences.overriding import overrides_to
from ...storage.atomic import commit_folder, write_file
from ..generation.sampling import batches
from ..sample_sets.samples import Samples, has_picture
from ..trained import Trained
from .card import card
from .config import CARD, CONFIG, PICTURE, WEIGHTS
from .describing import config_of, provenance_of


def write_hub(trained: Trained, path: Path, *, license: str = "", address: str = "") -> None:
    """Write a generator as a folder, whole or not at all.

    Args:
        trained: the generator.
        path: of the folder, which must not be there.
        license: of the generator, such as ``apache-2.0``.
        address: by which the card opens it, such as ``hf://user/name``; the folder's name by default.

    Raises:
        GanzooError: there is something at the path, or the generator's origin is not known.
        SetupError: the disk is full or the folder cannot be written.
    """
    require_absent(path)
    weights = weights_of(trained)
    config = config_of(trained, weights, license)
    overrides = overrides_to(trained.recipe, provenance_of(trained).registry)
    shown = _picture(trained)

    def write(new: Path) -> None:
        (new / WEIGHTS).write_bytes(weights)
        text = json.dumps(config.to_json(), indent=2, allow_nan=False)
        (new / CONFIG).write_text(text + "\n", encoding="utf-8")
        if shown is not None:
            (new / PICTURE).write_bytes(shown)
        told = card(config, address or path.name, overrides, picture=shown is not None)
        (new / CARD).write_text(told, encoding="utf-8")
        if config.files:  # for people to read: what is opened is in the configuration
            for name, source in config.files.items():
                write_file(new / "plugins" / name, source)

    commit_folder(path, write, many=bool(config.files))


def _picture(trained: Trained) -> bytes | None:
    """Draw samples; None where their modality has no picture, or their conditions are not at hand."""
    if not has_picture(trained.modality):
        return None
    try:
        return Samples.joined(list(batches(trained, trained.modality.pictured))).png()
    except GanzooError:
        if trained.conditional and not trained.classes:
            return None
        raise


def require_absent(path: Path) -> None:
    """Refuse a path at which there is something.

    Raises:
        GanzooError: there is.
    """
    if path.exists() or path.is_symlink():
        what = "folder" if path.is_dir() else "file"
        raise GanzooError(f"there is a {what} {path} already: give another --out, or move it away")


def weights_of(trained: Trained) -> bytes:
    """Return the file of a generator's weights; tensors that share memory are written one by one."""
    state = trained.generator.state_dict()
    tensors = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in state.items()}
    return bytes(safetensors.torch.save(tensors, {"format": "pt"}))
