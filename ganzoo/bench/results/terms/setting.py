"""The declaration of a setting: its option on the command line, its key in a suite, its part in a run's key.

Imports neither torch nor pydantic: every command reads the groups. The settings themselves are in ``settings.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args, get_origin

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic.fields import FieldInfo

Group = Literal["What is played", "Data", "Budget and evaluation", "Machine", "Output"]
GROUPS: tuple[Group, ...] = get_args(Group)
PLAYED, DATA, EVALUATION, MACHINE, OUTPUT = GROUPS

BENCHES = frozenset({"bench", "suite"})
RUNS = BENCHES | {"train"}
STEPS = RUNS | {"profile"}
SEVERAL = BENCHES | {"verify"}  # which play runs beside each other
CHECKED = RUNS | {"verify"}
EVERY = STEPS | {"verify"}

OVERRIDE = "override"  # completes ``key=value``


@dataclass(frozen=True, kw_only=True)
class Setting:
    """The metadata of a field of ``RunSettings``, from which all that repeats it is made.

    Attributes:
        help: of its option; sentences.
        group: in which ``--help`` lists the option.
        flags: of the option; empty for a setting that has none, and then ``help`` says where it is from.
        commands: that have the option.
        metavar: the name of the option's value.
        completes: the registered kind whose names the shell completes, or ``OVERRIDE``.
        repeated: the option may be given several times, one value each.
        shown: the text of the default as one would write it, where the default itself is no text or number.
        otherwise: the default in words, where it is None and depends on something else.
        otherwise_in: the same by the name of a command, in those where it is another.
        suite: the meaning of its key in a suite's file; empty for a setting that a suite has no key for.
        decides: its part in a run's key. ``always``: its value is in the key; ``changed``: only where it is not the
            default, so that runs of before the setting was there keep their key; ``never``: it decides only where or
            how fast a run is played. A new setting that changes results takes ``changed``.
    """

    help: str
    group: Group
    flags: tuple[str, ...] = ()
    commands: frozenset[str] = RUNS
    metavar: str | None = None
    completes: str = ""
    repeated: bool = False
    shown: str = ""
    otherwise: str = ""
    otherwise_in: Mapping[str, str] = field(default_factory=dict, hash=False)
    suite: str = ""
    decides: Literal["always", "changed", "never"] = "never"


def settings_of(model: type[BaseModel]) -> dict[str, Setting]:
    """Give the declarations of a model's settings by name, in order."""
    found = {name: _declared(field) for name, field in model.model_fields.items()}
    return {name: setting for name, setting in found.items() if setting is not None}


def _declared(field: FieldInfo) -> Setting | None:
    return next((one for one in field.metadata if isinstance(one, Setting)), None)


def plain_type(field: FieldInfo) -> tuple[Any, list[Any]]:
    """Give a field's type without None and annotations, and all of its annotations, the outermost first."""
    annotation, annotations = field.annotation, list(_flat(field.metadata))
    while True:
        if type(None) in get_args(annotation) and get_origin(annotation) is not Literal:
            annotation = next(one for one in get_args(annotation) if one is not type(None))
        elif get_origin(annotation) is Annotated:
            annotation, *inner = get_args(annotation)
            annotations += _flat(inner)
        else:
            return annotation, annotations


def _flat(annotations: list[Any]) -> Iterator[Any]:
    from pydantic.fields import FieldInfo

    for one in annotations:
        if isinstance(one, FieldInfo):
            yield from _flat(one.metadata)
        else:
            yield one
