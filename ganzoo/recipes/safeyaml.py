"""YAML that means what it says: a small, strict subset, read in bounded time.

``1e-4`` is a number, ``no`` a word, ``012`` is 12 and ``1:30`` a text. Whatever a recipe never needs is
refused: aliases, anchors, merge keys, tags, directives, duplicate keys, keys that are not text, more than one
document. The parser's events are put together here, one by one, so that nothing is built before it is checked.
"""

import math
import re
from dataclasses import dataclass
from decimal import Decimal
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, NoReturn

import yaml

from ..errors import RecipeError

MAX_BYTES = 1 << 20
MAX_DEPTH = 40
MAX_NODES = 10_000
MAX_DIGITS = 30

PARSER: type = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader

_WORDS = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
}
_INT = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_DIRECTIVE = re.compile(r"^%", re.MULTILINE)  # a document full of them costs seconds
_RARE_BREAK = re.compile("[\x85\u2028\u2029]")  # ends a line to some readers
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def scalar(text: str) -> bool | int | float | str | None:
    """Return what an unquoted scalar stands for.

    Raises:
        ValueError: a whole number of more than 30 digits.
    """
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        if len(text) > MAX_DIGITS:
            raise ValueError(f"a whole number of more than {MAX_DIGITS} digits")
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


def looks_like_a_number(text: str) -> bool:
    """Return whether a text would be a number if it stood without quotes."""
    return bool(_FLOAT.fullmatch(text))


@dataclass
class _Open:
    """A list or mapping whose end has not come yet; ``key`` waits for its value."""

    value: list[Any] | dict[str, Any]
    key: str | None = None


class _Document:
    """Puts a document together from the parser's events."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.root: Any = None
        self.open: list[_Open] = []
        self.documents = self.nodes = 0

    def refuse(self, line: int, problem: str) -> NoReturn:
        raise RecipeError(f"{self.where}, line {line}: {problem}")

    def take(self, event: yaml.Event) -> None:
        line = event.start_mark.line + 1 if event.start_mark is not None else 0
        if isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                self.refuse(line, "a second document starts here, where there may be only one")
        elif isinstance(event, yaml.AliasEvent):
            self.refuse(line, f"the alias *{event.anchor} is not allowed here; write the value out")
        elif isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent):
            self._node(event, line)
        elif isinstance(event, yaml.CollectionEndEvent):
            self.open.pop()

    def _node(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent, line: int) -> None:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            self.refuse(line, f"more than {MAX_NODES} values")
        if event.anchor is not None:
            self.refuse(line, f"the anchor &{event.anchor} is not allowed here")
        if event.tag is not None:
            self.refuse(line, f"the tag {event.tag} is not allowed here")
        inside = self.open[-1] if self.open else None
        if inside and isinstance(inside.value, dict) and inside.key is None:
            inside.key = self._key(event, inside.value, line)
            return
        value = self._value(event, line)
        if inside is None:
            self.root = value
        elif isinstance(inside.value, list):
            inside.value.append(value)
        else:
            inside.value[str(inside.key)], inside.key = value, None
        if isinstance(event, yaml.CollectionStartEvent):
            self.open.append(_Open(value))
            if len(self.open) > MAX_DEPTH:
                self.refuse(line, f"nested deeper than {MAX_DEPTH} levels")

    def _key(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent, mapping: dict[str, Any], line: int) -> str:
        if not isinstance(event, yaml.ScalarEvent):
            self.refuse(line, "a list or mapping cannot be a key")
        if not event.style and event.value == "<<":
            self.refuse(line, "the merge key << is not allowed here; write the keys out")
        key = self._value(event, line)
        if not isinstance(key, str):
            self.refuse(line, f"the key {event.value!r} is not text")
        if key in mapping:
            self.refuse(line, f"the key {key!r} is there twice")
        return key

    def _value(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent, line: int) -> Any:
        if isinstance(event, yaml.SequenceStartEvent):
            return []
        if not isinstance(event, yaml.ScalarEvent):
            return {}
        if event.style:  # quoted, or a block of text; the parsers give a plain scalar none or an empty one
            return event.value
        try:
            return scalar(event.value)
        except ValueError as error:
            self.refuse(line, f"{error}")


def load(text: str, where: str = "the text") -> Any:
    """Read one document: mappings, lists, text, numbers, true and false, null.

    Args:
        text: at most 1 MiB, 40 levels and 10,000 values.
        where: what errors call it, such as the file's name.

    Raises:
        RecipeError: it is no such document; the message names the line.
    """
    document = _Document(where)
    if len(text) > MAX_BYTES or len(text.encode(errors="replace")) > MAX_BYTES:
        raise RecipeError(f"{where} is larger than 1 MiB")
    text = text.removeprefix("\ufeff")
    for pattern, problem in (
        (_UNPRINTABLE, "a character that no text has"),
        (_DIRECTIVE, "directives are not allowed here"),
    ):
        if found := pattern.search(text):
            document.refuse(text.count("\n", 0, found.start()) + 1, problem)
    try:
        for event in yaml.parse(text, Loader=PARSER):
            document.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        last = text.count("\n") + 1  # the end of the text may count as a line of its own
        document.refuse(min(mark.line + 1, last) if mark else 1, f"this is not YAML: {error.problem or error.context}")
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        document.refuse(1, f"this is not YAML: {' '.join(str(error).split())}")
    return document.root


def read(path: Path | Traversable) -> Any:
    """Read a file as ``load`` does.

    Raises:
        RecipeError: it cannot be read, is not UTF-8, or is refused by ``load``; the message names file and line.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # the latter of a null character in a path
        raise RecipeError(f"{path}: cannot be read: {getattr(error, 'strerror', '') or error}") from error
    if len(data) > MAX_BYTES:
        raise RecipeError(f"{path.name} is larger than 1 MiB")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise RecipeError(f"{path.name}, line {line}: this is not UTF-8 text") from error
    return load(text, path.name)


class _Dumper(yaml.SafeDumper):
    """Writes what every reader of YAML, of whatever version, understands alike."""

    def ignore_aliases(self, data: Any) -> bool:
        """Write a value out wherever it stands."""
        return True


def _write_float(dumper: _Dumper, value: float) -> yaml.Node:
    if not math.isfinite(value):
        text = ".nan" if math.isnan(value) else "-.inf" if value < 0 else ".inf"
    elif value != 0 and not 1e-3 <= abs(value) < 1e6:
        mantissa, _, exponent = f"{Decimal(repr(value)).normalize():e}".partition("e")
        # YAML 1.1 takes 1e-4 for text: a number needs the dot, and its exponent a sign.
        text = f"{mantissa if '.' in mantissa else mantissa + '.0'}e{exponent}"
    else:
        text = repr(value)
    return dumper.represent_scalar("tag:yaml.org,2002:float", text)


def _write_text(dumper: _Dumper, value: str) -> yaml.Node:
    style = None
    if _RARE_BREAK.search(value):
        style = '"'
    elif "\n" in value:
        style = "|"
    elif re.match(r"[-+.]?[0-9]", value) or not isinstance(scalar(value), str):
        style = "'"  # what looks like a number to some reader or other
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(float, _write_float)
_Dumper.add_representer(str, _write_text)


def dump(data: Any) -> str:
    """Write plain data as YAML, keys in their order; ``load`` gives it back, and so does any other reader."""
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100, default_flow_style=None)


def inline(data: Any) -> str:
    """Write plain data on one line, as it may stand behind ``key=``; ``load`` gives it back.

    A text of several lines takes several.
    """
    text = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=math.inf, default_flow_style=True)
    return text.removesuffix("\n").removesuffix("\n...")
