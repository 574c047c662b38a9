"""Definition, equations, parameters, paper, as its source says them. Read without importing the part."""

import ast
import importlib.util
import inspect
import re
import textwrap
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..registry.registry import FROM_DATA, Entry

_SECTION = re.compile(r"^(Args|Attributes|Raises|Returns|Source|Departs):\s*(.*)$")
_WIDTH = 110
_ITEM = re.compile(r"^(\w+):\s*(.*)$")
_PLAYERS = ("generator", "discriminator")  # which have keywords of the data
_OF_RECIPES = (*_PLAYERS, "loss", "regularizer")
COMPUTED = (
    *("d_loss", "g_loss", "recast", "view", "d_penalty", "g_penalty", "before_step", "after_step"),
    *("forward", "compare"),
)


@dataclass(frozen=True)
class Parameter:
    """A parameter of a part, as its source declares it.

    Attributes:
        name: under which a recipe gives it.
        type: its annotation; empty without one.
        default: its default as Python; None where it must be given.
        meaning: from the docstring; empty where that says nothing.
    """

    name: str
    type: str
    default: str | None
    meaning: str

    def __str__(self) -> str:
        """``target: float = 1.0  the slope that is not punished``."""
        kind = f": {self.type}" if self.type else ""
        default = "" if self.default is None else f" = {self.default}"
        return f"{self.name}{kind}{default}" + (f"  {self.meaning}" if self.meaning else "")


@dataclass(frozen=True)
class PartSource:
    """The words of a part's source; empty where it cannot be read.

    Attributes:
        text: the definition: the docstring before its sections.
        computes: the first sentence of each method that the game calls, by the method's name.
        parameters: those that a recipe may give.
        given: names of those that the data give.
        source: the paper's place, or the code's, that it is made after.
        departs: where it differs from its source.
    """

    text: str = ""
    computes: Mapping[str, str] = field(default_factory=dict)
    parameters: tuple[Parameter, ...] = ()
    given: tuple[str, ...] = ()
    source: str = ""
    departs: str = ""


def source_of(entry: Entry, offered: Collection[str] = FROM_DATA) -> PartSource:
    """Return what a part's source says of it.

    Args:
        entry: of the part.
        offered: see ``parameters_of``.
    """
    found = _classes(entry)
    if not found:
        return PartSource()
    text, sections = _taken_apart(ast.get_docstring(found[0]) or "")
    source, departs = (" ".join(sections.get(title, "").split()) for title in ("Source", "Departs"))
    given = {one.name for one in _parameters(entry)} & set(offered if entry.kind in _PLAYERS else ())
    named = sorted(given, key=lambda name: (FROM_DATA.index(name) if name in FROM_DATA else -1, name))
    return PartSource(text, _equations(found), tuple(parameters_of(entry, offered)), tuple(named), source, departs)


def source_lines(entry: Entry, offered: Collection[str] = FROM_DATA) -> list[str]:
    """Return the same as lines; none where the source cannot be read."""
    told = source_of(entry, offered)
    lines = ["", *told.text.splitlines()] if told.text else []
    rows = {
        "computes": [f"{name}: {said}" for name, said in told.computes.items()],
        "parameters": [str(one) for one in told.parameters],
    }
    for title, these in rows.items():
        if these:
            lines += ["", f"{title}:"]
        for row in these:
            lines += textwrap.wrap(row, _WIDTH, initial_indent="  ", subsequent_indent="      ", break_on_hyphens=False)
    if told.given and told.parameters:
        lines.append(f"  {', '.join(told.given)}: of the data")
    for title, said in (("Source", told.source), ("Departs", told.departs)):
        if said:
            lines += ["", *textwrap.wrap(f"{title}: {said}", _WIDTH, subsequent_indent="  ", break_on_hyphens=False)]
    return [line.replace("``", "`") for line in lines]


def parameters_of(entry: Entry, offered: Collection[str] = FROM_DATA) -> list[Parameter]:
    """Return the parameters of a part, without those that its plugin has fixed; none where the source cannot be read.

    Args:
        entry: of the part.
        offered: keywords that the data give to players, which are no parameters of theirs.
    """
    given = offered if entry.kind in _PLAYERS else ()
    return [one for one in _parameters(entry) if one.name not in given]


def _parameters(entry: Entry) -> list[Parameter]:
    """Return the parameters of a part and the keywords of the data."""
    if entry.kind not in _OF_RECIPES:
        return []
    classes = _classes(entry)
    return list(parameters_in(classes, {*entry.params, *_found(classes)}))


def _found(classes: list[ast.ClassDef]) -> set[str]:
    """Return the parameters that are found for a class: the file of weights that it declares."""
    targets = [
        target
        for cls in classes
        for node in cls.body
        if isinstance(node, ast.AnnAssign | ast.Assign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
    ]
    return {one.id for one in targets if isinstance(one, ast.Name)} & {"weights"}


def classes_in(file: Path, name: str) -> list[ast.ClassDef]:
    """Return a class and those of its file that it inherits from, the nearest first.

    Args:
        file: of the class.
        name: of the class, in any case; without one of this name there is none.
    """
    try:
        tree = ast.parse(file.read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError):
        return []
    by_name = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    name = name if name in by_name else next((one for one in by_name if one.lower() == name.lower()), "")
    found: list[ast.ClassDef] = []
    while name in by_name and by_name[name] not in found:
        found.append(by_name[name])
        name = next((base.id for base in found[-1].bases if isinstance(base, ast.Name)), "")
    return found


def module_file(module: str) -> Path | None:
    """Return the source of a module; nothing is imported for it, not the packages above it either."""
    above, *steps = module.split(".")
    try:
        spec = importlib.util.find_spec(above)
    except (ImportError, AttributeError, ValueError):
        return None
    if spec is None:
        return None
    if not steps:
        return Path(spec.origin) if spec.origin else None
    for place in spec.submodule_search_locations or ():
        inner = Path(place, *steps)
        for file in (inner.with_name(f"{steps[-1]}.py"), inner / "__init__.py"):
            if file.is_file():
                return file
    return None


def _classes(entry: Entry) -> list[ast.ClassDef]:
    module, _, name = str(entry.target).partition(":")
    file = module_file(module)
    return classes_in(file, name) if file is not None else []


def _methods(cls: ast.ClassDef) -> dict[str, ast.FunctionDef]:
    return {node.name: node for node in cls.body if isinstance(node, ast.FunctionDef)}


def _equations(classes: list[ast.ClassDef]) -> dict[str, str]:
    """Return the first paragraph of the docstring of each method that the game calls."""
    found = {}
    for name in COMPUTED:
        method = next((held[name] for held in map(_methods, classes) if name in held), None)
        said = (ast.get_docstring(method) or "").partition("\n\n")[0] if method else ""
        if said:
            found[name] = " ".join(said.split())
    return found


def parameters_in(classes: list[ast.ClassDef], fixed: Collection[str] = ()) -> Iterator[Parameter]:
    """Give the parameters of a class that ``classes_in`` gave, but for the fixed ones, with what its ancestors say."""
    init = next((held["__init__"] for held in map(_methods, classes) if "__init__" in held), None)
    if init is None:
        return
    meanings: dict[str, str] = {}
    for cls in reversed(classes):
        meanings |= meanings_in(ast.get_docstring(cls) or "", "Args")
    positional = [*init.args.posonlyargs, *init.args.args]
    defaults = dict(zip([one.arg for one in reversed(positional)], reversed(init.args.defaults), strict=False))
    defaults |= {
        one.arg: value for one, value in zip(init.args.kwonlyargs, init.args.kw_defaults, strict=True) if value
    }
    for one in [*positional[1:], *init.args.kwonlyargs]:
        if one.arg not in fixed:
            kind = ast.unparse(one.annotation) if one.annotation else ""
            default = ast.unparse(defaults[one.arg]) if one.arg in defaults else None
            yield Parameter(one.arg, kind, default, meanings.get(one.arg, ""))


def meanings_in(doc: str, section: str) -> dict[str, str]:
    """Return what a docstring says of each name in one of its sections, such as ``Args``."""
    return _items(_taken_apart(doc)[1].get(section, ""))


def _taken_apart(doc: str) -> tuple[str, dict[str, str]]:
    """Return the text of a docstring before its sections, and the sections by title."""
    parts: dict[str, list[str]] = {"": []}
    title = ""
    for line in inspect.cleandoc(doc).splitlines():
        if match := _SECTION.match(line):
            title = match[1]
            parts[title] = [match[2]] if match[2] else []
        else:
            parts[title].append(line)
    sections = {name: inspect.cleandoc("\n" + "\n".join(lines)) for name, lines in parts.items() if name}
    return "\n".join(parts[""]).strip(), sections


def _items(section: str) -> dict[str, str]:
    found: dict[str, str] = {}
    name = ""
    for line in section.splitlines():
        if match := _ITEM.match(line):
            name = match[1]
            found[name] = match[2]
        elif name:
            found[name] = f"{found[name]} {line.strip()}".strip()
    return found
