"""The options of the commands that play recipes, made from the settings that they stand for."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin

import click
from pydantic import BeforeValidator, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from ..bench.results.terms.setting import GROUPS, OVERRIDE, Setting, plain_type, settings_of
from ..bench.results.terms.settings import RunSettings
from ..bench.results.terms.worker_settings import WorkerSettings
from .command import as_json, option, quiet
from .completing.completion import Complete, listed_names_of, names_of, overrides
from .value_types import FilePath, Number, WholeNumber

F = TypeVar("F", bound=Callable[..., Any])


def settings_options(command: str) -> Callable[[F], F]:
    """Add the options of a command's settings, and ``--json`` and ``--quiet``.

    They stand in the order of their groups; in each those of the bench come before those that each run has.
    """
    declared = [(name, one) for name, one in settings_of(RunSettings).items() if one.flags and command in one.commands]
    declared.sort(key=lambda row: (GROUPS.index(row[1].group), row[0] in WorkerSettings.model_fields))
    options = [_option(name, setting, command) for name, setting in declared]

    def add(function: F) -> F:
        for one in (quiet, as_json, *reversed(options)):
            function = one(function)
        return function

    return add


def data_options(*names: str) -> Callable[[F], F]:
    """Add the options of these settings alone, in this order, to a command."""
    declared = settings_of(RunSettings)

    def add(function: F) -> F:
        for name in reversed(names):
            function = _option(name, declared[name])(function)
        return function

    return add


def asked(values: Mapping[str, Any]) -> dict[str, Any]:
    """Keep those of a command's values that are settings."""
    return {name: value for name, value in values.items() if name in RunSettings.model_fields}


def _option(name: str, setting: Setting, command: str = "") -> Any:
    field = RunSettings.model_fields[name]
    words = setting.otherwise_in.get(command, setting.otherwise)
    otherwise = f"  [default: {words}]" if words else ""
    shape = _shape(name, setting, field)
    if (default := setting.shown or field.default) not in (None, (), False):
        shape |= {"default": default, "show_default": True}
    return option(
        *setting.flags,
        name,
        group=setting.group,
        help=setting.help + otherwise,
        callback=_checked(field),
        **shape,
    )


def _shape(name: str, setting: Setting, field: FieldInfo) -> dict[str, Any]:
    """Give what click has to know of the values: their type, their name in the help, and their completion."""
    kind, annotations = plain_type(field)
    if kind is bool:
        both = any("/" in flag for flag in setting.flags)
        return {"default": None} if both else {"is_flag": True}
    shape: dict[str, Any] = {"metavar": setting.metavar, "multiple": setting.repeated}
    if setting.completes:
        shape["shell_complete"] = _completion(setting, kind)
    if kind is Path:
        shape["type"] = FilePath(file_okay=name != "out")
    elif get_origin(kind) is Literal:
        shape["type"] = _Choice(get_args(kind), [one for one in annotations if isinstance(one, BeforeValidator)])
        del shape["metavar"]
    elif kind in (int, float) and not any(isinstance(one, BeforeValidator) for one in annotations):
        shape["type"] = _range(kind, annotations)
    return shape


class _Choice(click.Choice):  # type: ignore[type-arg]  # click 8.2 has it without arguments
    """One of several words, with a sentence of its setting's on a word that was one once."""

    def __init__(self, choices: Sequence[str], before: Sequence[BeforeValidator]) -> None:
        super().__init__(choices)
        self._before = TypeAdapter(Annotated[Any, *before]) if before else None

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Give the word."""
        try:
            return super().convert(self._before.validate_python(value) if self._before else value, param, ctx)
        except ValidationError as error:
            self.fail(error.errors(include_url=False)[0]["msg"], param, ctx)


def _completion(setting: Setting, kind: Any) -> Complete:
    if setting.completes == OVERRIDE:
        return overrides
    listed = get_origin(kind) is tuple and not setting.repeated
    return listed_names_of(setting.completes) if listed else names_of(setting.completes)


def _range(kind: type[int] | type[float], annotations: list[Any]) -> WholeNumber | Number:
    limits: dict[str, Any] = {}
    for one in annotations:
        for limit in ("ge", "gt", "le", "lt"):
            if (value := getattr(one, limit, None)) is not None:
                end = "min" if limit.startswith("g") else "max"
                limits |= {end: value, **({f"{end}_open": True} if limit.endswith("t") else {})}
    return WholeNumber(**limits) if kind is int else Number(**limits)


def _checked(field: FieldInfo) -> Callable[[click.Context, click.Parameter, Any], Any]:
    """Give a callback that turns an option's value into the setting's, or refuses it in one sentence."""
    adapter: TypeAdapter[Any] | None = None

    def check(context: click.Context, parameter: click.Parameter, value: Any) -> Any:
        nonlocal adapter
        if value is None:
            return None
        if adapter is None:
            kind: Any = Annotated[field.annotation, *field.metadata]
            adapter = TypeAdapter(kind)
        try:
            return adapter.validate_python(value)
        except ValidationError as error:
            raise click.BadParameter(error.errors(include_url=False)[0]["msg"], context, parameter) from error

    return check
