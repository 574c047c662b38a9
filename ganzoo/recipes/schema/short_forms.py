"""The short forms that a recipe's file may use, written out in full for the schema."""

from collections.abc import Mapping
from typing import Any

_PART = ("name",)
_OPTIMIZER = ("name", "lr", "scale")
_OWN = {
    "generator": _PART,
    "discriminator": _PART,
    "loss": _PART,
    "g_optimizer": _OPTIMIZER,
    "d_optimizer": _OPTIMIZER,
}


def written_out(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return a recipe's data with each part and optimizer as a mapping of its own keys and ``params``."""
    raw = dict(data)
    raw |= {name: _gather(raw[name], _OWN[name]) for name in _OWN.keys() & raw.keys()}
    if isinstance(raw.get("regularizers"), list | tuple):
        raw["regularizers"] = [_gather(part, _PART) for part in raw["regularizers"]]
    return raw


def _gather(written: Any, own: tuple[str, ...]) -> Any:
    """Return a part or an optimizer with the keys that are not its own moved into ``params``."""
    if isinstance(written, str):
        return {"name": written}
    if not isinstance(written, Mapping):
        return written  # for the schema to refuse
    params = {key: value for key, value in written.items() if key not in own}
    return {**{key: written[key] for key in own if key in written}, "params": params}
