"""The functions and modules that a part's code uses, as lines above the program that it is written into."""

import ast
import builtins
import inspect
import textwrap
from collections.abc import Callable
from typing import Any

from torch.nn import functional

from ...errors import RecipeError
from .lone import Lone

_PLAIN = ("torch", "math", "itertools", "functools")
_ERASED = {"Tensor", "Callable", "Any", "Turn", "Sequence", "Iterable"}  # of annotations alone


def source_of(function: Callable[..., Any], title: str) -> ast.FunctionDef:
    """Return the code of a function or method, without its docstring and annotations.

    Args:
        function: whose source is read.
        title: of the part, for errors.

    Raises:
        RecipeError: its source cannot be read.
    """
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    except (OSError, TypeError, SyntaxError) as error:
        raise RecipeError(f"{title} cannot be written out: its source cannot be read") from error
    if not isinstance(tree, ast.FunctionDef):
        raise RecipeError(f"{title} cannot be written out: it has a function without a name")
    if ast.get_docstring(tree) is not None:
        tree.body = tree.body[1:]
    tree.returns = None
    for argument in (*tree.args.posonlyargs, *tree.args.args, *tree.args.kwonlyargs):
        argument.annotation = None
    lone: ast.FunctionDef = Lone(inspect.unwrap(function).__globals__).visit(tree)
    return lone


class Preamble:
    """Imports and definitions, each once, in the order in which they are needed.

    Attributes:
        imports: lines.
        definitions: functions of layers and plugins, written out.
    """

    def __init__(self) -> None:
        self.imports: set[str] = set()
        self.definitions: dict[str, str] = {}
        self._held: dict[str, object] = {}

    def take(self, name: str, function: Callable[..., Any], title: str) -> None:
        """Make a global name of a function known to the program.

        Args:
            name: as the function writes it.
            function: that reads it.
            title: of the part, for errors.

        Raises:
            RecipeError: two parts mean different things by it.
        """
        space = inspect.unwrap(function).__globals__
        if name not in space:
            if name not in vars(builtins):
                raise RecipeError(f"{title} cannot be written out: {name!r} is not a name of its module")
            return
        value = space[name]
        if name in self._held:
            if self._held[name] is not value:
                raise RecipeError(f"{title} cannot be written out: {name!r} stands for two things in this recipe")
            return
        self._held[name] = value
        module = inspect.getmodule(value)
        if inspect.ismodule(value):
            self.imports.add(_module_line(value.__name__, name))
        elif module is None or not inspect.isfunction(value) or module.__name__.split(".")[0] in _PLAIN:
            named = inspect.isclass(value) or inspect.isroutine(value)
            home = module.__name__ if module is not None and named else space["__name__"]
            if vars(functional).get(name) is value:
                home = functional.__name__
            self.imports.add(f"from {home} import {name}")
        else:
            self._define(name, value, title)

    def _define(self, name: str, function: Callable[..., Any], title: str) -> None:
        tree = source_of(function, title)
        own = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
        own |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
        for node in ast.walk(tree):
            if isinstance(node, ast.AnnAssign):
                node.annotation = ast.Constant(None)
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and node.id not in own and node.id not in _ERASED:
                self.take(node.id, function, title)
        tree.name = name
        self.definitions[name] = ast.unparse(Bare().visit(tree))


def _module_line(module: str, name: str) -> str:
    return f"import {module}" if module == name else f"import {module} as {name}"


class Bare(ast.NodeTransformer):
    """Take the annotations from assignments."""

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        """Give the assignment alone."""
        if node.value is None:
            return ast.Pass()
        return ast.copy_location(ast.Assign([node.target], node.value), node)
