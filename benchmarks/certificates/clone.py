"""A local clone of the authors' repository: its commit, and imports from it that leave nothing behind."""

import ast
import importlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any

NONE: Mapping[str, Mapping[str, Any]] = MappingProxyType({})


class CloneError(Exception):
    """A clone that cannot be used; one sentence."""


def commit_of(clone: Path, files: Sequence[str]) -> str:
    """Give the commit that is checked out.

    Raises:
        CloneError: there is no clone, or one of the files is not as committed.
    """
    found = _git(clone, "rev-parse", "HEAD")
    if found.returncode:
        raise CloneError(f"{clone} is not a git clone: {found.stderr.strip()}")
    if _git(clone, "diff", "--quiet", "HEAD", "--", *files).returncode:
        raise CloneError(f"files of {clone} are not as committed: git -C {clone} checkout HEAD -- {' '.join(files)}")
    if missing := [name for name in files if not (clone / name).is_file()]:
        raise CloneError(f"{clone} has no {', '.join(missing)}")
    return found.stdout.strip()


def _git(clone: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["git", "-C", str(clone), *words], capture_output=True, text=True)


def _installed(name: str) -> bool:
    """Say whether a module can be imported without the clone."""
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False


@contextmanager
def imported_from(folder: Path, stubs: Mapping[str, Mapping[str, Any]] = NONE) -> Iterator[None]:
    """Let imports find the authors' modules first, and forget those that were imported.

    Args:
        folder: that their imports begin at.
        stubs: modules that theirs import and that may not be installed, such as viewers, by name; and what they have.
    """
    folder = folder.resolve()
    missing = [name for name in stubs if not _installed(name)]
    before = set(sys.modules)
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    for name in missing:
        sys.modules[name] = ModuleType(name)
        vars(sys.modules[name]).update(stubs[name])
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        for name in set(sys.modules) - before:
            file = getattr(sys.modules[name], "__file__", None)
            if name in missing or (file and Path(file).is_relative_to(folder)):
                del sys.modules[name]


def executed(file: Path) -> ModuleType:
    """Run a file that Python cannot import because it has byte order marks within; they alone are taken out."""
    module = ModuleType(file.stem)
    exec(compile(file.read_text(encoding="utf-8").replace("\ufeff", ""), str(file), "exec"), vars(module))
    return module


def definitions_in(file: Path, wanted: Sequence[str], names: dict[str, Any]) -> None:
    """Run those functions and classes of a file that are named, and nothing else of it.

    Args:
        file: Python.
        wanted: the names of functions and classes.
        names: that the code finds, and where it leaves its own.
    """
    body = ast.parse(file.read_text(encoding="utf-8")).body
    found: list[ast.stmt] = [
        node for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name in wanted
    ]
    exec(compile(ast.Module(found, type_ignores=[]), str(file), "exec"), names)


def run_statements(file: Path, assigned: str, names: dict[str, Any]) -> None:
    """Run what stands within a function too long to be called: an assignment and the rest of its block.

    Args:
        file: of the authors.
        assigned: the name whose assignment is the first statement.
        names: what the statements read and assign; changed in place.
    """
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8-sig"))):
        body = getattr(node, "body", None)
        for i, statement in enumerate(body if isinstance(body, list) else []):
            targets = statement.targets if isinstance(statement, ast.Assign) else []
            if [target.id for target in targets if isinstance(target, ast.Name)] == [assigned]:
                exec(compile(ast.Module(body[i:], type_ignores=[]), str(file), "exec"), names)
                return
    raise CloneError(f"{file} assigns no {assigned}")


def run_cells(notebook: Path, defined: Sequence[str], names: dict[str, Any]) -> None:
    """Run the cells of a notebook that define some names, and no others.

    Args:
        notebook: of the authors.
        defined: functions and variables, each of which one cell defines.
        names: what the cells read; what they define is added.
    """
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] != "code":
            continue
        source = "".join(line for line in cell["source"] if not line.startswith(("!", "%")))  # of the notebook's shell
        made = {node.name for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)}
        made |= {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name) and _stored(node)}
        if made & set(defined):
            exec(compile(source, str(notebook), "exec"), names)
    if missing := sorted(set(defined) - set(names)):
        raise CloneError(f"no cell of {notebook} defines {', '.join(missing)}")


def _stored(name: ast.Name) -> bool:
    return isinstance(name.ctx, ast.Store)


def functions_of_python_2(file: Path, names: Sequence[str] = (), **given: Any) -> ModuleType:
    """Run a file of Python 2, in which a print in one line alone is another syntax.

    Args:
        file: of Python 2.
        names: of the functions that are made, and nothing else is run; by default all is.
        given: names that it finds there.
    """
    parts = re.split(r"^(?=\S)", file.read_text(encoding="utf-8"), flags=re.MULTILINE)  # at lines without indent
    heads = tuple(f"def {name}(" for name in names)
    text = "".join(part for part in parts if not names or part.startswith(heads))
    text = re.sub(r"^(\s*)print (.+)$", r"\1print(\2)", text, flags=re.MULTILINE)
    module = ModuleType(file.stem)
    vars(module).update(given)
    exec(compile(text, str(file), "exec"), vars(module))
    return module
