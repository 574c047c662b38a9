"""The fields of a recipe: their types, and what they refuse. Does not import torch."""

import math
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    Strict,
    StringConstraints,
    TypeAdapter,
)
from pydantic_core import PydanticCustomError

from ...text import written_out
from .. import safeyaml
from ..schedules.averaging import EXAMPLE, Averaging, values_of
from ..schedules.value_schedule import ValueSchedule
from . import search_space


class Frozen(BaseModel):
    """A mapping of a recipe's file: read once, never changed, and with no other keys than its own."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def wrong(problem: str) -> PydanticCustomError:
    """Return the error of a value that a recipe refuses, said as ``<key>: <problem>``."""
    return PydanticCustomError("recipe", "{problem}", {"problem": written_out(problem)})  # it takes no lone surrogate


def _schedule(written: Mapping[str, Any]) -> ValueSchedule:
    try:
        return ValueSchedule.parse(written)
    except ValueError as error:
        raise wrong(str(error)) from None


def _parameter(value: Any) -> Any:
    """Return a scalar, a list of scalars, or a schedule in place of a number; a number must be written as one."""
    if isinstance(value, Mapping) and value.keys() & {"shape", "start", "end", "points"}:
        return _schedule(value)
    if isinstance(value, list | tuple):
        return [_parameter(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise wrong(f"must be a finite number, not {value}")
    if isinstance(value, str) and safeyaml.looks_like_a_number(value):
        raise wrong(f"is the text {value!r}; write a number without quotes")
    if value is not None and not isinstance(value, bool | int | float | str | ValueSchedule):
        raise wrong("must be a single value or a list of them")
    return value


def _betas(params: dict[str, Any]) -> dict[str, Any]:
    """Adam takes two floats, where a recipe may write 0 for 0.0, or a schedule."""
    if "betas" not in params:
        return params
    betas = params["betas"]
    numbers = isinstance(betas, list) and all(
        isinstance(b, int | float | ValueSchedule) and not isinstance(b, bool) for b in betas
    )
    if not numbers or len(betas) != 2 or not all(0 <= value < 1 for b in betas for value in values_of(b)):
        raise wrong(f"betas must be two numbers from 0 to below 1, as in [0.5, 0.999], not {plain(betas)!r}")
    return {**params, "betas": [b if isinstance(b, ValueSchedule) else float(b) for b in betas]}


def _rate(value: Any) -> float | ValueSchedule:
    """Read a learning rate."""
    if isinstance(value, Mapping):
        value = _schedule(value)
    if not isinstance(value, ValueSchedule):
        return _POSITIVE.validate_python(value)
    if min(value.values()) < 0:
        raise wrong(f"a learning rate must not be below 0, and is {min(value.values()):g} in this schedule")
    if max(value.values()) == 0:
        raise wrong("this schedule is 0 from beginning to end, and a learning rate must be above 0 somewhere")
    return value


def _scale(value: Any) -> dict[str, float]:
    """Read factors of a learning rate by the beginnings of weights' names."""
    if not isinstance(value, Mapping):
        raise wrong(f"must be a mapping of networks to factors, as in {{mapping: 0.01}}, not {value!r}")
    for name in value:
        if not isinstance(name, str) or not all(name.split(".")):
            raise wrong(f"holds {name!r}, and must hold names such as mapping or blocks.0")
    return {name: _POSITIVE.validate_python(factor) for name, factor in value.items()}


def _ema(value: Any) -> float | Averaging:
    """Read the decay of the averaged generator; a mapping that says what one number says becomes that number."""
    if isinstance(value, Mapping):
        try:
            value = Averaging.parse(value)
        except ValueError as error:
            raise wrong(str(error)) from None
    elif not isinstance(value, int | float | Averaging):
        raise wrong(f"must be a decay from 0 to below 1, or {EXAMPLE}, not {value!r}")
    if isinstance(value, Averaging):
        return value.decay if value.plain and isinstance(value.decay, float) else value
    return _DECAY.validate_python(value)


def scheduled(params: Mapping[str, Any]) -> list[str]:
    """Return the parameters that change over a run, or hold a value that does."""
    return [
        key
        for key, value in params.items()
        if any(isinstance(one, ValueSchedule) for one in (value if isinstance(value, list) else [value]))
    ]


def plain(value: Any) -> Any:
    """Return a parameter as a file writes it, sharing nothing with it."""
    if isinstance(value, ValueSchedule | Averaging):
        return value.written()
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return {key: plain(item) for key, item in value.items()} if isinstance(value, dict) else value


def _searched(values: Any) -> Any:
    """Return what a key may be searched over, as plain values."""
    if isinstance(values, Mapping):
        return {key: plain(_parameter(value)) for key, value in values.items()}
    return plain(_parameter(values))


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
_POSITIVE: TypeAdapter[float] = TypeAdapter(Annotated[Number, Field(gt=0)])
_DECAY: TypeAdapter[float] = TypeAdapter(Annotated[Number, Field(ge=0, lt=1)])
Rate = Annotated[float | ValueSchedule, PlainValidator(_rate), PlainSerializer(plain)]
Scale = Annotated[dict[str, float], PlainValidator(_scale)]
Ema = Annotated[float | Averaging, PlainValidator(_ema), PlainSerializer(plain)]
Switch = Annotated[bool, Strict()]
Parameters = dict[str, Annotated[Any, BeforeValidator(_parameter)]]
OptimizerParameters = Annotated[Parameters, AfterValidator(_betas)]
Space = Annotated[dict[str, Annotated[Any, BeforeValidator(_searched)]], AfterValidator(_space)]
