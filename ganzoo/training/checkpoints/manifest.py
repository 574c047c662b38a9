"""``manifest.json`` of a checkpoint: the digests of its files, and a list of the parts that they hold.

The list tells a checkpoint that lacks something, an optimizer's moments or a random stream, from one that never had it.
Checkpoints of before there was a list are read without.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from torch import Tensor

from ...errors import CheckpointError
from ...recipes.schema.validation import key, refusal
from ...storage.json_text import problem_of_json

SCHEMA = 1
MANIFEST = "manifest.json"
STATE, VALUES = "state.safetensors", "state.json"


class PartsList(BaseModel):
    """The parts of a checkpoint.

    Attributes:
        tensors: the shape of each, by name.
        values: the dotted keys of plain values.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    tensors: dict[str, list[int]]
    values: list[str]


class Manifest(BaseModel):
    """The list of contents of a checkpoint.

    Attributes:
        schema_version: of the checkpoint.
        step: steps played; None before there was a list of parts, as the three that follow.
        parts: the list.
        own: sha256 of all else in this file.
        state: sha256 of ``state.safetensors``.
        values: sha256 of ``state.json``.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", populate_by_name=True)

    schema_version: int = Field(alias="schema")
    step: int | None = None
    parts: PartsList | None = None
    state: str = Field(alias="state.safetensors")
    values: str = Field(alias="state.json")
    own: str | None = Field(default=None, alias="manifest.json")

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if len({self.step is None, self.parts is None, self.own is None}) > 1:
            raise ValueError(f"it has only some of 'step', 'parts' and {MANIFEST!r}")
        return self


def manifest_of(step: int, parts: PartsList, *, state: str, values: str) -> str:
    """Give the text of a manifest; ``state`` and ``values`` are the digests of both files."""
    content = {"schema": SCHEMA, "step": step, "parts": parts.model_dump(), STATE: state, VALUES: values}
    return json.dumps({**content, MANIFEST: _digest_of(content)}, indent=1) + "\n"


def digest(data: bytes) -> str:
    """Give the sha256 of bytes."""
    return hashlib.sha256(data).hexdigest()


def _digest_of(content: Mapping[str, Any]) -> str:
    return digest(json.dumps(content, sort_keys=True).encode())


def parts_of(tensors: Mapping[str, Tensor], values: Mapping[str, Any]) -> PartsList:
    """List the parts of a state."""
    shapes = {name: list(tensor.shape) for name, tensor in sorted(tensors.items())}
    return PartsList(tensors=shapes, values=sorted(_keys(values)))


def _keys(values: Mapping[str, Any], above: str = "") -> list[str]:
    found = []
    for name, value in values.items():
        found += _keys(value, f"{above}{name}.") if isinstance(value, Mapping) and value else [f"{above}{name}"]
    return found


def read_manifest(text: bytes) -> Manifest:
    """Read a manifest.

    Raises:
        CheckpointError: it is none, it was changed, or it is of another schema.
    """
    content = read_object(text, MANIFEST)
    if content.get("schema") != SCHEMA:
        raise CheckpointError(f"it is of schema {content.get('schema')!r:.40}, and this version reads {SCHEMA}")
    try:
        found = Manifest.model_validate(content)
    except ValidationError as error:
        raise CheckpointError(f"{MANIFEST}: {problem_of(error)}") from error
    if found.own is not None and found.own != _digest_of({k: v for k, v in content.items() if k != MANIFEST}):
        raise CheckpointError(f"{MANIFEST} does not match its own sha256")
    return found


def problem_of(error: ValidationError) -> str:
    """Return the first thing that is wrong with plain data, such as ``steps: must be an integer, not '1'``."""
    details = error.errors(include_url=False)[0]
    if details["type"] == "value_error":
        return str(details["ctx"]["error"])
    if details["type"] == "missing":
        return f"it has no {key(details['loc'])!r}"
    return f"{key(details['loc'])}: {refusal(details)}"


def read_object(text: bytes, name: str) -> dict[str, Any]:
    """Read a JSON object.

    Args:
        text: of a file.
        name: of the file.

    Raises:
        CheckpointError: it is none.
    """
    try:
        plain = text.decode("utf-8")
        content = json.loads(plain)
    except json.JSONDecodeError as error:
        raise CheckpointError(f"{name} cannot be read: {problem_of_json(plain, error)}") from error
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"{name} cannot be read: {error}") from error
    if not isinstance(content, dict):
        raise CheckpointError(f"{name} is no JSON object")
    return content


def require_parts(listed: PartsList, found: PartsList) -> None:
    """See that a checkpoint holds what its manifest lists, and nothing else.

    Raises:
        CheckpointError: it does not; the sentence names the first part.
    """
    for name, shape in listed.tensors.items():
        if name not in found.tensors:
            raise CheckpointError(f"it lacks {name!r}, which its list of parts has")
        if found.tensors[name] != shape:
            raise CheckpointError(f"its {name!r} is of shape {found.tensors[name]}, and its list of parts has {shape}")
    held, told = set(found.values), set(listed.values)
    for name in sorted(told - held):
        raise CheckpointError(f"it lacks {name!r}, which its list of parts has")
    for name in sorted((found.tensors.keys() - listed.tensors.keys()) | (held - told)):
        raise CheckpointError(f"it holds {name!r}, which its list of parts lacks")
