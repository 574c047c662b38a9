"""The model that all files of a bench are made of: frozen, exact about types, open for keys of other versions."""

from typing import Annotated, Any, ClassVar, Self, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError, WithJsonSchema

from ...errors import DataError
from ...recipes.schema.fields import wrong
from ...recipes.schema.validation import key, refusal

MOST = 1e150  # what a number may be at most, so that squares and sums of numbers are finite; float32 ends at 3.4e38


def _measured(value: float) -> float:
    if abs(value) > MOST:
        raise wrong(f"must be {MOST:g} at most, not {value:g}")
    return value


Number = Annotated[int | float, AfterValidator(_measured), WithJsonSchema({"type": "number"})]
"""A number as JSON has it: a whole one stays whole, so that what is read and written again is the same text."""

T = TypeVar("T")
Several = Annotated[list[T], BeforeValidator(lambda value: [] if value is None else value)]
"""A list; null, which older files may have, is an empty one."""
Named = Annotated[dict[str, T], BeforeValidator(lambda value: {} if value is None else value)]
"""Values by name; null, which older files may have, is none of them."""

_LONGEST_PATH, _LONGEST_NAME = 1000, 255  # bytes that every system takes


def _path(value: str) -> str:
    whole = value.encode("utf-8", "surrogatepass")
    if b"\0" in whole or len(whole) > _LONGEST_PATH or any(len(name) > _LONGEST_NAME for name in whole.split(b"/")):
        raise wrong("must be a path that a system takes, without a NUL and not too long")
    return value


PathText = Annotated[str, AfterValidator(_path)]
"""A path that may be looked for: the system refuses others in ways of its own."""

SCHEMA = 1
"""Of all files of a bench: what they say of themselves under ``schema``."""


class Written(BaseModel):
    """A JSON object that a bench writes and reads.

    Types are exact: a text is no number, and a truth value is none either. Keys that a model does not name are kept:
    files of other versions are read, and written again as they were.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="allow", populate_by_name=True, allow_inf_nan=False)

    about: ClassVar[str] = "JSON object"
    """The name of such a file in an error."""

    @classmethod
    def parse(cls, content: Any, where: object) -> Self:
        """Read plain data.

        Args:
            content: what JSON gave.
            where: names its source in an error, such as the path of the file.

        Raises:
            DataError: it is no such object; one sentence names the source, the key and what is wrong.
        """
        try:
            return cls.model_validate(content)
        except ValidationError as error:
            raise DataError(f"{where} is no {cls.about}: {problem_of(error)}") from error

    def to_json(self) -> dict[str, Any]:
        """Plain data: what was read or given, and no defaults for what was not."""
        return self.model_dump(exclude_unset=True, by_alias=True)


def problem_of(error: ValidationError, skip: int = 0) -> str:
    """Return the first thing that is wrong, such as ``runs[0].seed: must be an integer, not '1'``.

    Args:
        error: of a ``Written`` model.
        skip: how many leading steps of the place are the model's own and not the file's.
    """
    details = error.errors(include_url=False)[0]
    place = tuple(step for step in details["loc"][skip:] if step not in ("int", "float"))  # the two kinds of a number
    if details["type"] == "missing":
        *above, last = place
        return f"{key(tuple(above)) or 'it'} has no {last!r}"
    if place != details["loc"][skip:]:
        details["msg"] = "Input should be a number"
    elif details["type"] in ("model_type", "dict_type"):
        details["msg"] = "Input should be an object"
    problem = refusal(details)
    return f"{key(place)}: {problem}" if place else problem


def shaped(model: type[BaseModel]) -> AfterValidator:
    """Check that plain data has the keys and types of a model, and leave it as it is."""

    def check(value: Any) -> Any:
        try:
            model.model_validate(value)
        except ValidationError as error:
            raise wrong(problem_of(error)) from error
        return value

    return AfterValidator(check)
