"""Checkpoints: one folder with all that a run goes on from, committed by one rename.

Neither safetensors nor ``torch.load`` notices a flipped bit or a zero-filled tail, so each folder holds a manifest with
the sha256 of its files and a list of their parts. A checkpoint that does not match is passed over for the one before.
"""

import json
import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor

from ...errors import CheckpointError, SetupError, first_line
from ...storage.atomic import OLD, commit_folder, remove_folder
from ...storage.room import room
from .manifest import MANIFEST, SCHEMA, STATE, VALUES, digest, manifest_of, parts_of, read_manifest, read_object
from .manifest import require_parts as _require_parts

_log = logging.getLogger(__name__)

KEEP = 2
_INODES = 4  # of a checkpoint: its folder and its files
_NAME = re.compile(rf"step-(\d{{9,}})(?:{re.escape(OLD)}[0-9a-f]{{8}})?")
_TRIES = 3  # of a look at a folder whose checkpoints somebody replaces meanwhile

T = TypeVar("T")


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint that is whole.

    Attributes:
        path: its folder.
        step: steps played.
        tensors, values: the state.
    """

    path: Path
    step: int
    tensors: dict[str, Tensor]
    values: dict[str, Any]


def checkpoints(folder: Path) -> list[Path]:
    """Return the checkpoints in ``folder``, newest first; by their step, not by the clock.

    One that its successor of the same step was about to replace comes after that one.
    """
    if not folder.is_dir():
        return []
    found = [(int(match[1]), path) for path in folder.iterdir() if (match := _NAME.fullmatch(path.name))]
    return [path for _, path in sorted(found, key=lambda each: (-each[0], each[1].name))]


def step_of(path: Path) -> int:
    """Give the step that a checkpoint's name tells."""
    match = _NAME.fullmatch(path.name)
    return int(match[1]) if match else -1


def save(folder: Path, step: int, tensors: dict[str, Tensor], values: dict[str, Any]) -> Path:
    """Write a checkpoint and drop all but the newest two.

    Checkpoints of later steps, which the run that writes this one has passed over, are dropped too.

    Raises:
        SetupError: the disk lacks room, or cannot be written.
    """
    held = {name: tensor.detach().to("cpu", copy=True).contiguous() for name, tensor in tensors.items()}
    state = save_tensors(held)
    content = {"schema": SCHEMA, **values}
    plain = json.dumps(content).encode()
    manifest = manifest_of(step, parts_of(held, json.loads(plain)), state=digest(state), values=digest(plain))
    folder.mkdir(parents=True, exist_ok=True)
    needed, free = len(state) + len(plain) + len(manifest) + 4096, room(folder)
    if free.size < needed:
        raise SetupError(f"no room for a checkpoint in {folder}: {needed:,} bytes are needed, {free.size:,} are free")
    if free.files is not None and free.files < _INODES:
        raise SetupError(f"no room for a checkpoint in {folder}: {_INODES} inodes are needed, {free.files:,} are free")

    def write(beside: Path) -> None:
        (beside / STATE).write_bytes(state)
        (beside / VALUES).write_bytes(plain)
        (beside / MANIFEST).write_text(manifest)

    path = folder / f"step-{step:09d}"
    commit_folder(path, write, replace=True)
    there = checkpoints(folder)
    kept = [each for each in there if step_of(each) <= step][:KEEP]
    for old in there:
        if old not in kept:
            remove_folder(old)
    return path


def read(path: Path) -> Checkpoint:
    """Read a checkpoint.

    Raises:
        CheckpointError: it is damaged, or lacks a part that it lists.
        OSError: its files cannot be read.
    """
    manifest = read_manifest((path / MANIFEST).read_bytes())
    state, plain = (path / STATE).read_bytes(), (path / VALUES).read_bytes()
    for name, data, wanted in ((STATE, state, manifest.state), (VALUES, plain, manifest.values)):
        if digest(data) != wanted:
            raise CheckpointError(f"{name} does not match its sha256")
    values, tensors = read_object(plain, VALUES), _tensors(state)
    if values.get("schema") != SCHEMA:
        raise CheckpointError(f"{VALUES} is of schema {values.get('schema')!r:.40}, and this version reads {SCHEMA}")
    if manifest.parts is None:
        if "sums" in tensors:  # a state of before there were norms lacks them
            tensors.setdefault("norms", torch.zeros(4))
        if isinstance(game := values.get("trainer"), dict):  # 0.1.0 played in float32 alone, which scales no loss
            game.setdefault("scalers", {"D": {}, "G": {}})
    else:
        _require_parts(manifest.parts, parts_of(tensors, values))
        if manifest.step != step_of(path):
            raise CheckpointError(f"it is of step {manifest.step}, and its name tells another one")
    return Checkpoint(path, step_of(path), tensors, values)


def _tensors(state: bytes) -> dict[str, Tensor]:
    try:
        return load_tensors(state)
    except (SafetensorError, ValueError, KeyError, TypeError, RuntimeError) as error:
        raise CheckpointError(f"{STATE} is no file of tensors: {first_line(error, 200)}") from error


def whole(folder: Path, passed_over: dict[Path, str]) -> Iterator[Checkpoint]:
    """Read the checkpoints in ``folder``, newest first.

    Args:
        folder: where they are; somebody may be writing new ones and dropping old ones meanwhile.
        passed_over: is given the reason for each that is damaged, by its path.
    """
    seen: set[Path] = set()
    for _ in range(_TRIES):
        vanished = False
        for path in checkpoints(folder):
            if path in seen:
                continue
            try:
                found = read(path)
            except CheckpointError as error:
                passed_over[path] = str(error)
            except OSError as error:
                vanished |= not path.exists()
                if path.exists():
                    name = Path(error.filename).name if isinstance(error.filename, str) else "a file of it"
                    passed_over[path] = f"{name} cannot be read: {error.strerror or error}"
            else:
                yield found
            if path.exists():
                seen.add(path)
        if not vanished:
            return


def newest_that(
    folder: Path, accept: Callable[[Checkpoint], T], tell: Callable[[str], None] = _log.warning
) -> T | None:
    """Take the newest checkpoint that is whole and that is accepted.

    Those that are passed over are told of, beside the one that is taken in their place.

    Args:
        folder: of the checkpoints.
        accept: takes one; a ``CheckpointError`` of it passes it over.
        tell: takes the sentence on each that is passed over.

    Returns:
        what ``accept`` gives; None where there is no checkpoint.

    Raises:
        CheckpointError: there are some, and none can be taken.
    """
    passed_over: dict[Path, str] = {}
    remedy = ""
    for found in whole(folder, passed_over):
        try:
            taken = accept(found)
        except CheckpointError as error:
            passed_over[found.path] = str(error)
            remedy = "go on with the versions that the run was begun with, or "
            continue
        for path, why in passed_over.items():
            tell(f"checkpoint {path} is left out: {why}; {found.path} is taken instead")
        return taken
    if passed_over:
        every = "; ".join(f"{path.name}: {why}" for path, why in passed_over.items())
        raise CheckpointError(
            f"no checkpoint in {folder} can be gone on from ({every}); {remedy}remove that folder to play the run anew"
        )
    return None


def newest(folder: Path) -> tuple[dict[str, Tensor], dict[str, Any]] | None:
    """Return the state in the newest checkpoint that is whole; None where there is no checkpoint.

    Raises:
        CheckpointError: there are some, and all are damaged.
    """
    return newest_that(folder, lambda found: (found.tensors, found.values))
