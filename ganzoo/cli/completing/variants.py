"""Completion of ``key=value``: of a variant, ``dcgan:loss=hinge``, and of ``-o``. Imports no torch, and no part.

Keys and values are those of the recipe's file with what was written before in place: the parameters of a part are read
from the source of the one that plays then.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from click.shell_completion import CompletionItem

from ...bench.results.terms.setting import plain_type
from ...errors import GanzooError
from ...recipes import safeyaml
from ...recipes.headings.played_on import PlayedOn
from ...recipes.overrides import apply_override, cut_last, set_value, split_spec
from ...registry.registry import Registry
from ..part_source import Parameter, classes_in, meanings_in, module_file, parameters_in, parameters_of

PARTS = {"generator": "generator", "discriminator": "discriminator", "loss": "loss", "regularizers": "regularizer"}
OPTIMIZERS = ("g_optimizer", "d_optimizer")
SWITCHES = ("conditional", "flips", "dequantize")
SWITCH = ("true", "false")
AVERAGING = ("decay=", "halflife=", "warmup=")
_UNFIT = ("lbfgs", "sparseadam")  # optimizers that no recipe can name
_TOKEN = re.compile(r"``([\w-]+)``")

Found = Iterator[tuple[str, str]]
"""Texts that may stand at a place, each with what it means."""


def variant(spec: str, registry: Registry) -> list[CompletionItem] | None:
    """Complete the last ``key=value`` of an unfinished variant; None of a spec that is no more than a recipe.

    Args:
        spec: as far as it is written.
        registry: knows the recipes and the parts.
    """
    before, last = cut_last(spec)
    if not before:
        return None
    found = override(last, [before[:-1]], (), registry)
    return [CompletionItem(before + item.value, help=item.help) for item in found]


def override(text: str, specs: Sequence[str], overrides: Sequence[str], registry: Registry) -> list[CompletionItem]:
    """Complete a ``key=value``.

    Args:
        text: as far as it is written.
        specs: recipes that it is for; what fits any of them is given.
        overrides: those that stand before it.
        registry: knows the recipes and the parts.
    """
    key, equals, value = text.partition("=")
    found: dict[str, str] = {}
    for data in [_data(spec, overrides, registry) for spec in specs] or [_data("", overrides, registry)]:
        keys = _Keys(data, registry)
        if equals:
            for one, meaning in keys.values(key.split("."), value):
                found.setdefault(f"{key}={one}", meaning)
        else:
            above = key[: key.rfind(".") + 1]
            for one, meaning in keys.below(above.split(".")[:-1]):
                found.setdefault(above + one, meaning)
    return [CompletionItem(one, help=meaning or None) for one, meaning in found.items() if one.startswith(text)]


def _data(spec: str, overrides: Sequence[str], registry: Registry) -> dict[str, Any]:
    """Return a recipe's plain data with its form and its overrides in place, as far as they can be read."""
    data: dict[str, Any] = {}
    edits = list(overrides)
    with suppress(GanzooError):
        asked = split_spec(spec)
        read = safeyaml.read(Path(asked.base) if asked.is_file else registry.get("recipe", asked.base).file)
        data = read if isinstance(read, dict) else {}
        edits += asked.edits
        if asked.published:
            for key, row in data.get("published", {}).get("values", {}).items():
                with suppress(GanzooError):
                    set_value(data, key.split("."), row["value"], key)
    for edit in edits:
        with suppress(GanzooError):
            apply_override(data, edit)
    return data


class _Keys:
    """The keys of a recipe and their values.

    Args:
        data: of the recipe, as a file writes it; empty where no recipe is named.
        registry: knows the parts.
    """

    def __init__(self, data: Mapping[str, Any], registry: Registry) -> None:
        self.data, self.registry = data, registry

    def below(self, path: list[str]) -> Found:
        """Give the keys below a path, each with what is written behind it: ``=``, or ``.`` where it has keys."""
        match path:
            case []:
                for key in PARTS:
                    yield f"{key}=", ""
                    if self.data.get(key):
                        yield f"{key}.", ""
                yield from ((f"{key}.", "") for key in (*OPTIMIZERS, "schedule"))
                yield from ((f"{key}=", "") for key in SWITCHES)
            case ["regularizers"]:
                yield from ((f"{name}.", "") for name in self._names("regularizers"))
            case ["schedule"]:
                meanings = meanings_in(_schedule().__doc__ or "", "Attributes")
                yield from ((f"{name}=", meanings.get(name, "")) for name in _schedule().model_fields)
                if isinstance(self._held("schedule", "ema"), dict):
                    yield "ema.", meanings.get("ema", "")
            case ["schedule", "ema"]:
                yield from ((name, "") for name in AVERAGING)
            case [key] if key in OPTIMIZERS:
                yield "name=", ""
                yield from ((f"{one.name}=", str(one)) for one in self._parameters(path))
                yield "scale=", "multiples of lr by the beginning of weights' names, as in {mapping: 0.01}"
                if isinstance(self._held(key, "betas"), list):
                    yield "betas.", ""
            case [key, "betas"] if key in OPTIMIZERS:
                yield from ((f"{place}=", "") for place, _ in enumerate(self._held(key, "betas") or ()))
            case _:
                yield from ((f"{one.name}=", str(one)) for one in self._parameters(path))

    def values(self, path: list[str], written: str) -> Found:
        """Give the values of a key, as far as they can be listed."""
        match path:
            case [key] | [key, "name"] if key in PARTS:
                entries = [(entry.name, entry.summary) for entry in self.registry.all(PARTS[key])]
                if key != "regularizers":
                    yield from entries
                    return
                head = written[: max(written.rfind(mark) for mark in "[, ") + 1] or "["
                yield from ([("[]", "none")] if head == "[" else [])
                yield from ((f"{head}{name}]", summary) for name, summary in entries)
            case [key, "name"] if key in OPTIMIZERS:
                yield from ((name, "") for name in optimizers())
            case [key] if key in SWITCHES:
                yield from ((one, "") for one in SWITCH)
            case ["schedule", "ema", "warmup"]:
                yield from ((one, "") for one in SWITCH)
            case ["schedule", name]:
                yield from ((one, "") for one in _values_of_field(name))
            case [*above, name]:
                for one in self._parameters(above):
                    if one.name == name:
                        yield from ((value, one.meaning) for value in values_of(one))

    def _held(self, section: str, key: str) -> Any:
        """Return the value of a key of a section; None where the recipe has none."""
        held = self.data.get(section)
        return held.get(key) if isinstance(held, dict) else None

    def _names(self, key: str) -> list[str]:
        """Return the names of the parts that the recipe has at a key."""
        held = self.data.get(key)
        parts = held if isinstance(held, list) else [held]
        names = [part.get("name") if isinstance(part, dict) else part for part in parts]
        return [name for name in names if isinstance(name, str)]

    def _parameters(self, path: list[str]) -> list[Parameter]:
        """Return the parameters of the part or the optimizer at a path."""
        match path:
            case [key] if key in OPTIMIZERS:
                name = (self._names(key) or ["adam"])[0]
                return [one for one in parameters_in(_optimizer(name)) if one.name != "params"]
            case ["regularizers", name]:
                names = [name]
            case [key] if key in PARTS and key != "regularizers":
                names = self._names(key)
            case _:
                names = []
        entries = [
            entry for entry in self.registry.all(PARTS.get(path[0] if path else "", "loss")) if entry.name in names
        ]
        offered = PlayedOn(self.registry).offered()
        return [one for entry in entries for one in parameters_of(entry, offered)]


def values_of(parameter: Parameter) -> list[str]:
    """Return the values of a parameter as YAML has them: all of a closed list, else its default.

    A list is closed by a ``Literal``, or by the words in code that the docstring tells of a text.
    """
    kind, default = parameter.type, parameter.default or ""
    if kind.startswith("Literal["):
        with suppress(ValueError, SyntaxError):
            return [_yaml(value) for value in _tuple(ast.literal_eval(kind.removeprefix("Literal").strip("[]") + ","))]
    if kind == "bool" or default in ("True", "False"):
        return list(SWITCH)
    words = _TOKEN.findall(parameter.meaning) if "str" in kind or default[:1] in ("'", '"') else []
    try:
        own = [_yaml(ast.literal_eval(default))] if default else []
    except (ValueError, SyntaxError):
        own = []
    return list(dict.fromkeys([*own, *words]))


def _tuple(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def _yaml(value: Any) -> str:
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(_yaml, value))}]"
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)


def optimizers() -> list[str]:
    """Return the names of torch's optimizers that a recipe can name, by the files that hold them."""
    found = []
    for file in sorted(_optim().glob("*.py")):
        name = file.stem.removeprefix("_")
        held = re.search(rf"^class {re.escape(name)}\(", file.read_text(encoding="utf-8"), re.MULTILINE | re.IGNORECASE)
        if held and name not in (*_UNFIT, "optimizer"):
            found.append(name)
    return found


def _optimizer(name: str) -> list[ast.ClassDef]:
    files = [_optim() / f"{name.lower()}.py", _optim() / f"_{name.lower()}.py"]
    return next((found for file in files if (found := classes_in(file, name))), [])


def _optim() -> Path:
    file = module_file("torch.optim")
    return file.parent if file is not None else Path()


def _schedule() -> Any:
    from ...recipes.schema.sections import Schedule  # with pydantic

    return Schedule


def _values_of_field(name: str) -> list[str]:
    """Return the values of a key of the schedule: of a closed list all, else its default."""
    field = _schedule().model_fields.get(name)
    if field is None:
        return []
    kind = plain_type(field)[0]
    if kind is bool:
        return list(SWITCH)
    return [*map(str, get_args(kind))] if get_origin(kind) is Literal else [_yaml(field.default)]
