"""The fields of a recipe: their types, and what they refuse. Does not import torch."""

import math
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, Strict, StringConstraints
from pydantic_core import PydanticCustomError

from . import safeyaml, search_space


class Frozen(BaseModel):
    """A mapping of a recipe's file: read once, never changed, and with no other keys than its own."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def wrong(problem: str) -> PydanticCustomError:
    """Return the error of a value that a recipe refuses, said as ``<key>: <problem>``."""
    return PydanticCustomError("recipe", "{problem}", {"problem": problem})


def _parameter(value: Any) -> Any:
    """Return a scalar or a list of scalars; a number must be written as one."""
    if isinstance(value, list | tuple):
        return [_parameter(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise wrong(f"must be a finite number, not {value}")
    if isinstance(value, str) and safeyaml.looks_like_a_number(value):
        raise wrong(f"is the text {value!r}; write a number without quotes")
    if value is not None and not isinstance(value, bool | int | float | str):
        raise wrong("must be a single value or a list of them")
    return value


def _betas(params: dict[str, Any]) -> dict[str, Any]:
    """Adam takes two floats, where a recipe may write 0 for 0.0."""
    if "betas" not in params:
        return params
    betas = params["betas"]
    numbers = isinstance(betas, list) and all(isinstance(b, int | float) and not isinstance(b, bool) for b in betas)
    if not numbers or len(betas) != 2 or not all(0 <= b < 1 for b in betas):
        raise wrong(f"betas must be two numbers from 0 to below 1, as in [0.5, 0.999], not {betas!r}")
    return {**params, "betas": [float(b) for b in betas]}


def _searched(values: Any) -> Any:
    """Return what a key may be searched over, as plain values."""
    if isinstance(values, Mapping):
        return {key: _parameter(value) for key, value in values.items()}
    return _parameter(values)


def _space(keys: dict[str, Any]) -> dict[str, Any]:
    for name, values in keys.items():
        if problem := search_space.problem_of(name, values):
            raise wrong(f"{name}: {problem}")
    if both := search_space.overlapping(list(keys)):
        raise wrong(f"{both[0]} and {both[1]} cannot both be searched: one holds the other")
    return keys


Text = Annotated[str, StringConstraints(strict=True, strip_whitespace=True)]
Name = Annotated[str, StringConstraints(strict=True, strip_whitespace=True, min_length=1)]
Whole = Annotated[int, Strict()]
Number = Annotated[float, Strict(), Field(allow_inf_nan=False)]
Switch = Annotated[bool, Strict()]
Parameters = dict[str, Annotated[Any, BeforeValidator(_parameter)]]
OptimizerParameters = Annotated[Parameters, AfterValidator(_betas)]
Space = Annotated[dict[str, Annotated[Any, BeforeValidator(_searched)]], AfterValidator(_space)]
