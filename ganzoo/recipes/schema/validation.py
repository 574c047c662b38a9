"""Validation errors of a recipe, one sentence each, with the key as its author wrote it."""

import re
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from ...errors import suggest
from .. import safeyaml

Path = tuple[str | int, ...]
_PUBLISHED = (
    "",
    "{data: cifar10, shape: [3, 32, 32], budget: 64000kimg, values: {...}}",
    "{schedule.batch: {value: 64, source: alg. 1}}",
    "{value: 64, source: alg. 1}",
)
_SUBJECT = re.compile(r"^(Input|String) should")


class Source:
    """The origin of each key of a recipe: its file, an override, or what was published."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._changes: dict[Path, str] = {}

    def changed(self, path: Path, what: str) -> None:
        """Note what set the key at ``path``, and all below it, such as ``override 'loss=hinge'``."""
        self._changes = {known: text for known, text in self._changes.items() if known[: len(path)] != path}
        self._changes[path] = what

    def of(self, where: Path) -> str:
        """Return what to blame for the value at a path: the last change at, above or below it, or the file."""
        for path, what in reversed(self._changes.items()):
            shared = min(len(path), len(where))
            if path[:shared] == where[:shared]:
                return what
        return self.file


def key(path: Path) -> str:
    """Return a path as one reads it: ``regularizers[0].weight``."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")


def validation_errors(error: ValidationError, model: type[BaseModel], source: Source) -> list[str]:
    """Each finding as ``file or override: key: what is wrong``; one for a key that is missing as it is misspelt."""
    problems = []
    for details in error.errors(include_url=False):
        path = _written(details["loc"])
        problems.append((path, details["type"], _problem(details, path, model)))
    return [
        f"{source.of(path)}: {key(path)}: {problem}"
        for path, kind, problem in problems
        if not _follows(path, kind, problems)
    ]


def _follows(path: Path, kind: str, problems: list[tuple[Path, str, str]]) -> bool:
    """Say whether a finding is only there because of another: a misspelt key, or items that were refused."""
    if kind == "missing":
        misspelt = [said for at, other, said in problems if other == "extra_forbidden" and at[:-1] == path[:-1]]
        return any(f"did you mean {key(path)!r}?" in said for said in misspelt)
    return kind == "too_short" and any(at[: len(path)] == path != at for at, _, _ in problems)


def _written(loc: Path) -> Path:
    """Without the steps that only the schema has: a part's ``params``, and a parameter's place in a list."""
    if "params" not in loc:
        return loc
    at = loc.index("params")
    return loc[:at] + loc[at + 1 : at + 2]


def _problem(details: ErrorDetails, path: Path, model: type[BaseModel]) -> str:
    given = details["input"]
    match details["type"]:
        case "missing":
            return "is missing"
        case "extra_forbidden":
            return f"no such key; {suggest(key(path), _keys(model, path))}"
        case "model_type" | "dict_type" if details["loc"] == ("schedule",):
            return f"must be a mapping, as in {{batch: 64}}, not {_short(given)}"
        case "model_type" | "dict_type" if details["loc"][0] == "published":
            return f"must be a mapping, as in {_PUBLISHED[len(path)]}, not {_short(given)}"
        case "dict_type" if details["loc"] == ("space",):
            return f"must be a mapping, as in {{g_optimizer.lr: [1.0e-4, 1.0e-3]}}, not {_short(given)}"
        case "model_type" | "dict_type":
            return f"must be a name or a mapping with a name, not {_short(given)}"
        case "tuple_type":
            return f"must be a list{_example(model, path)}, not {_short(given)}"
        case "too_short" if isinstance(given, list | tuple):
            least = details["ctx"]["min_length"]
            return f"must have at least {least} item{'s' * (least != 1)}{_example(model, path)}, not {_short(given)}"
        case "bool_type":
            return f"must be true or false, not {_short(given)}"
        case "recipe":
            return details["msg"]
    return refusal(details)


def refusal(details: ErrorDetails) -> str:
    """Return a finding of pydantic in words: ``must be a number, not '3'; write a number without quotes``."""
    given = details["input"]
    rule = _SUBJECT.sub("must", details["msg"]).replace(" a valid ", " a ").replace("a integer", "an integer")
    hint = "; write a number without quotes" if isinstance(given, str) and safeyaml.looks_like_a_number(given) else ""
    return f"{rule}, not {_short(given)}{hint}"


def _example(model: type[BaseModel], path: Path) -> str:
    """Return how the list that ``path`` leads to is written, where its field has an example."""
    field = getattr(_inner(model, path), "model_fields", {}).get(str(path[-1]))
    if field is None or not field.examples:
        return ""
    return f", as in [{', '.join(map(str, field.examples[0]))}]"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _keys(model: type[BaseModel], path: Path) -> list[str]:
    """Return the keys that there are where ``path`` ends."""
    return [key((*path[:-1], name)) for name in _inner(model, path).model_fields]


def _inner(model: type[BaseModel], path: Path) -> Any:
    """Return the model that has the last key of a path."""
    inner: Any = model
    for step in path[:-1]:
        fields = getattr(inner, "model_fields", {})
        inner = _model_in(fields[str(step)].annotation) if step in fields else inner
    return inner


def _model_in(annotation: Any) -> Any:
    """Return the model that an annotation is, or holds: of ``Space | None``, or of the values of a mapping."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for inner in get_args(annotation) if (found := _model_in(inner))), None)
