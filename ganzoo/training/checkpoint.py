"""Checkpoints: one folder with all that a run goes on from, committed by one rename.

Neither safetensors nor ``torch.load`` notices a flipped bit or a zero-filled tail, so each folder holds a
manifest with the sha256 of its files. A checkpoint that does not match is passed over for the one before.
"""

import hashlib
import json
import logging
import re
import shutil
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor

from ..errors import SetupError
from ..storage.atomic import commit_folder

_log = logging.getLogger(__name__)

SCHEMA = 1
KEEP = 2
_NAME = re.compile(r"step-(\d{9,})")


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def checkpoints(folder: Path) -> list[Path]:
    """Return the checkpoints in ``folder``, newest first; by their step, not by the clock."""
    if not folder.is_dir():
        return []
    found = [(int(match[1]), path) for path in folder.iterdir() if (match := _NAME.fullmatch(path.name))]
    return [path for _, path in sorted(found, reverse=True)]


def save(folder: Path, step: int, tensors: dict[str, Tensor], values: dict[str, Any]) -> Path:
    """Write a checkpoint and drop all but the newest two.

    Raises:
        SetupError: the disk lacks room, or cannot be written.
    """
    held = {name: tensor.detach().to("cpu", copy=True).contiguous() for name, tensor in tensors.items()}
    state = save_tensors(held)
    plain = json.dumps({"schema": SCHEMA, **values}).encode()
    manifest = {"schema": SCHEMA, "state.safetensors": _digest(state), "state.json": _digest(plain)}
    folder.mkdir(parents=True, exist_ok=True)
    needed, free = len(state) + len(plain) + 4096, shutil.disk_usage(folder).free
    if free < needed:
        raise SetupError(f"no room for a checkpoint in {folder}: {needed:,} bytes are needed, {free:,} are free")

    def write(beside: Path) -> None:
        (beside / "state.safetensors").write_bytes(state)
        (beside / "state.json").write_bytes(plain)
        (beside / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")

    path = folder / f"step-{step:09d}"
    if path.exists():
        shutil.rmtree(path)  # left by a run that was stopped here; what is written now is what it should be
    commit_folder(path, write)
    for old in checkpoints(folder)[KEEP:]:
        shutil.rmtree(old, ignore_errors=True)
    return path


def _read(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    manifest = json.loads((path / "manifest.json").read_text())
    if manifest["schema"] != SCHEMA:
        raise ValueError(f"it is of schema {manifest['schema']}, and this version reads {SCHEMA}")
    state, plain = (path / "state.safetensors").read_bytes(), (path / "state.json").read_bytes()
    for name, data in (("state.safetensors", state), ("state.json", plain)):
        if _digest(data) != manifest[name]:
            raise ValueError(f"{name} does not match its sha256")
    return load_tensors(state), json.loads(plain)


def newest(folder: Path) -> tuple[dict[str, Tensor], dict[str, Any]] | None:
    """Return the newest checkpoint that is whole; None where there is none. Damaged ones are told
    of and passed over.
    """
    for path in checkpoints(folder):
        try:
            return _read(path)
        except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
            _log.warning(f"checkpoint {path} is left out: {error}")
    return None
