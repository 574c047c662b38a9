"""A graph that a browser runs: operations in their order, on numbered slots that hold weights, inputs and results."""

from __future__ import annotations

import base64
import sys
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from .kernels import computed


@dataclass(frozen=True)
class Slot:
    """A value of the graph that depends on its inputs.

    Attributes:
        index: of its slot.
        value: that it has while the graph is written, float32.
    """

    index: int
    value: Tensor

    @property
    def shape(self) -> list[int]:
        """The shape of the value."""
        return list(self.value.shape)


@dataclass
class Graph:
    """A generator for one latent at a time, and the writer of it.

    Attributes:
        ops: each a mapping with ``op``, ``in`` (slots), ``out`` (a slot), ``shape`` and the fields of its kernel.
        constants: weights by slot, float32.
        inputs: slots of ``z`` and, where labels are told, ``y``.
        output: the slot of the sample.
        slots: how many there are.
    """

    ops: list[dict[str, Any]] = field(default_factory=list)
    constants: dict[int, Tensor] = field(default_factory=dict)
    inputs: list[int] = field(default_factory=list)
    output: int = -1
    slots: int = 0

    def taken(self, value: Tensor) -> Slot:
        """Add an input, whose value stands for those that will be given."""
        slot = self._new(value)
        self.inputs.append(slot.index)
        return slot

    def constant(self, value: Tensor) -> Slot:
        """Add a weight; one that is there already is kept once."""
        value = value.detach().to(torch.float32).contiguous()
        for index, other in self.constants.items():
            if other.shape == value.shape and torch.equal(other, value):
                return Slot(index, other)
        slot = self._new(value)
        self.constants[slot.index] = value
        return slot

    def emit(self, op: str, args: list[Slot], **fields: Any) -> Slot:
        """Add an operation and compute it."""
        entry = {"op": op, "in": [arg.index for arg in args], **fields}
        slot = self._new(computed(entry, [arg.value for arg in args]))
        self.ops.append({**entry, "out": slot.index, "shape": slot.shape})
        return slot

    def _new(self, value: Tensor) -> Slot:
        self.slots += 1
        return Slot(self.slots - 1, value)

    def run(self, z: Tensor, y: int | None = None) -> Tensor:
        """Compute the sample ``(1, C, H, W)`` of a latent ``(1, z_dim)`` by the graph's own operations."""
        values = dict(self.constants)
        given = [z] if y is None else [z, torch.tensor([float(y)])]
        values.update(zip(self.inputs, given, strict=True))
        for op in self.ops:
            values[op["out"]] = computed(op, [values[index] for index in op["in"]])
        return values[self.output]

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON takes it; weights are float32, little-endian, in base64."""
        return {
            "slots": self.slots,
            "inputs": self.inputs,
            "output": self.output,
            "constants": [
                {"slot": index, "shape": list(value.shape), "data": coded(value)}
                for index, value in self.constants.items()
            ],
            "ops": self.ops,
        }


def coded(value: Tensor) -> str:
    """Write float32 numbers, little-endian, in base64."""
    array = value.detach().to("cpu", torch.float32).contiguous().numpy()
    if sys.byteorder == "big":
        array = array.byteswap()
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode("ascii")
