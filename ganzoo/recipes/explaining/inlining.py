"""The methods of loss and regularizers, written into the lines of a turn."""

import ast
import copy
import inspect
from collections.abc import Callable
from typing import Any

from torch import Tensor, nn

from ...errors import RecipeError
from .deciding import decide
from .functions import Preamble, source_of
from .scene import Scene

_NO_GRAD = "torch.no_grad()"
_LITERAL = (bool, int, float, str, type(None))


def _is_literal(value: object) -> bool:
    return all(map(_is_literal, value)) if isinstance(value, tuple) else isinstance(value, _LITERAL)


def literal(value: object) -> ast.expr:
    """Return a value as code."""
    return ast.parse(repr(value), mode="eval").body


class Inliner(ast.NodeTransformer):
    """Writes the body of a part's method where a turn calls it.

    Values of the turn stand under their own names, and are computed where they are first read; settings of the part
    stand as numbers; what else it holds (layers, buffers, functions) is reached by the part.

    Args:
        scene: the turn that is being written.
        preamble: takes what the program has to import or define.
        part: the loss or regularizer.
        path: of the part in the program, such as ``parts.loss``.
        title: of the part, for errors.
    """

    def __init__(self, scene: Scene, preamble: Preamble, part: nn.Module, path: str, title: str) -> None:
        self.scene, self.preamble, self.part, self.path, self.title = scene, preamble, part, path, title
        self._function: Callable[..., Any] = type(part).forward
        self._names: dict[str, ast.expr] = {}
        self._turn = ""
        self._once: set[str] = set()

    def call(self, name: str) -> ast.expr | None:
        """Write a method that takes the turn; gives what it returns, None where that is nothing."""
        function = getattr(type(self.part), name)
        return self._inlined(function, [ast.Name("self"), ast.Name("turn")], [], turn="turn", own=True)

    def _refuse(self, why: str) -> RecipeError:
        return RecipeError(f"{self.title} cannot be written out as plain PyTorch: {why}")

    def _inlined(
        self, function: Callable[..., Any], given: list[ast.expr], named: list[ast.keyword], *, turn: str, own: bool
    ) -> ast.expr | None:
        function = inspect.unwrap(function)
        tree = source_of(function, self.title)
        decorators = {ast.unparse(one) for one in tree.decorator_list}
        if others := decorators - {_NO_GRAD}:
            raise self._refuse(f"{tree.name} is decorated with {min(others)}")
        arguments = tree.args
        if arguments.vararg or arguments.kwarg:
            raise self._refuse(f"{tree.name} takes any arguments")
        takes = [argument.arg for argument in (*arguments.args, *arguments.kwonlyargs)]
        values: dict[str, ast.expr] = dict(zip(takes, given, strict=False))
        values |= {keyword.arg: keyword.value for keyword in named if keyword.arg}
        defaults = {
            name: literal(parameter.default)
            for name, parameter in inspect.signature(function).parameters.items()
            if parameter.default is not inspect.Parameter.empty and isinstance(parameter.default, _LITERAL)
        }
        names: dict[str, ast.expr] = {}
        inner_turn = ""
        for place, name in enumerate(takes):
            value = values.get(name, defaults.get(name))
            if value is None:
                raise self._refuse(f"{tree.name} is called without {name!r}")
            if own and place == 0:
                continue
            if isinstance(value, ast.Name) and value.id == turn:
                inner_turn = name
            elif isinstance(value, ast.Name | ast.Constant):
                names[name] = value
            else:
                names[name] = self._assigned(name, value)
        stored = [n for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
        for node in stored:
            if node.id not in names:
                names[node.id] = ast.Name(self.scene.fresh(node.id))
        places = [node.id for node in stored]
        before = self._function, self._names, self._turn, self._once
        self._function, self._names, self._turn = function, names, inner_turn
        self._once = {name for name in places if places.count(name) == 1}
        try:
            if _NO_GRAD in decorators and tree.name != "after_step":  # which stands in such a block already
                return self._without_gradient(tree.body)
            return self._body(tree.body, final=True)
        finally:
            self._function, self._names, self._turn, self._once = before

    def _without_gradient(self, body: list[ast.stmt]) -> ast.expr | None:
        with self.scene.block() as lines:
            value = self._body(body, final=True)
            if value is not None and not isinstance(value, ast.Constant):
                value = self._assigned("value", value)
        self.scene.add(ast.With([ast.withitem(ast.parse(_NO_GRAD, mode="eval").body)], lines))
        return value

    def _assigned(self, name: str, value: ast.expr) -> ast.Name:
        target = ast.Name(self.scene.fresh(name))
        self.scene.add(ast.Assign([copy.copy(target)], value))
        return target

    def _body(self, body: list[ast.stmt], *, final: bool) -> ast.expr | None:
        for place, statement in enumerate(body):
            if isinstance(statement, ast.Return):
                if not final or place != len(body) - 1:
                    raise self._refuse("it returns from within a block")
                return None if statement.value is None else self.visit(statement.value)
            if isinstance(statement, ast.If):
                chosen = self._chosen(statement)
                rest = [*chosen, *body[place + 1 :]]
                if any(isinstance(one, ast.Return) for one in chosen):
                    rest = chosen
                return self._body(rest, final=final)
            if not isinstance(statement, ast.Assert):  # which tells a type checker what is so
                self._statement(statement)
        return None

    def _chosen(self, statement: ast.If) -> list[ast.stmt]:
        condition = ast.unparse(statement.test)  # in the part's own words, before its names are replaced
        try:
            return statement.body if decide(self.visit(statement.test)) else statement.orelse
        except ValueError as error:
            raise self._depends(condition) from error

    def _depends(self, condition: str) -> RecipeError:
        return self._refuse(f"what it does depends on `{condition}`, which is not known before it runs")

    def _statement(self, statement: ast.stmt) -> None:
        if isinstance(statement, ast.AnnAssign) and statement.value is not None:
            statement = ast.Assign([statement.target], statement.value)
        if isinstance(statement, ast.For) and not statement.orelse:
            target, over = self.visit(statement.target), self.visit(statement.iter)
            with self.scene.block() as lines:
                self._body(statement.body, final=False)
            self.scene.add(ast.For(target, over, lines, []))
        elif isinstance(statement, ast.With):
            items = [self.visit(item) for item in statement.items]
            with self.scene.block() as lines:
                self._body(statement.body, final=False)
            self.scene.add(ast.With(items, lines))
        elif isinstance(statement, ast.Assign | ast.AugAssign | ast.Expr):
            self._simple(statement)
        else:
            raise self._refuse(f"it has a statement of another kind, {ast.unparse(statement).splitlines()[0]!r}")

    def _simple(self, statement: ast.Assign | ast.AugAssign | ast.Expr) -> None:
        """Write a statement; a name that stands for one constant, such as labels that there are none of, is no line."""
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in self._once:
                written = self.visit(value)
                if isinstance(written, ast.Constant):
                    self._names[name] = written
                else:
                    self.scene.add(ast.Assign([self.visit(statement.targets[0])], written))
            case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)) if len(names) == len(
                values
            ) and self._once.issuperset(getattr(name, "id", "") for name in names):
                for one, value in zip(names, values, strict=True):
                    self._simple(ast.Assign([one], value))
            case ast.AugAssign(target=ast.Attribute(value=ast.Name(id="self"), attr=name)) if isinstance(
                getattr(self.part, name), Tensor
            ):
                held = ast.Attribute(ast.parse(self.path, mode="eval").body, name)  # a buffer, moved in place
                self.scene.add(ast.AugAssign(held, statement.op, self.visit(statement.value)))
            case _:
                done = self.visit(statement)
                if not (isinstance(done, ast.Expr) and isinstance(done.value, ast.Constant)):  # which does nothing
                    self.scene.add(done)

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        """Decide whether something that the part holds is None: it would stand as None."""
        node = copy.copy(node)
        node.left, node.comparators = self.visit(node.left), [self.visit(one) for one in node.comparators]
        match node:
            case ast.Compare(
                left=ast.Attribute(), ops=[ast.Is() | ast.IsNot() as op], comparators=[ast.Constant(None)]
            ):
                if ast.unparse(node.left).startswith(f"{self.path}."):
                    return ast.Constant(isinstance(op, ast.IsNot))
        return node

    def visit_IfExp(self, node: ast.IfExp) -> Any:
        """Give the branch that the part's settings choose; both, where neither needs a line above."""
        condition = ast.unparse(node.test)
        test = self.visit(node.test)
        try:
            return self.visit(node.body if decide(test) else node.orelse)
        except ValueError:
            lines = len(self.scene.lines)
            whole = ast.IfExp(test, self.visit(node.body), self.visit(node.orelse))
            if len(self.scene.lines) != lines:
                raise self._depends(condition) from None
            return whole

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """Give a name of the program."""
        if node.id in self._names:
            return copy.copy(self._names[node.id])
        if node.id in ("self", self._turn):
            raise self._refuse(f"it hands on {node.id!r} itself")
        self.preamble.take(node.id, self._function, self.title)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        """Give a value of the turn, a setting of the part, or what the part holds."""
        if isinstance(node.value, ast.Name) and self._turn and node.value.id == self._turn:
            return self.scene.value(node.attr, self.title)
        if isinstance(node.value, ast.Name) and node.value.id == "self":
            if isinstance(node.ctx, ast.Store):
                raise self._refuse(f"it remembers {node.attr!r}")
            value = getattr(self.part, node.attr)
            if _is_literal(value):
                return literal(value)
            return ast.parse(f"{self.path}.{node.attr}", mode="eval").body  # the parts of the program have it, too
        return self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> Any:
        """Give a call; one that takes the turn, or of the part's own, is written out."""
        called = node.func
        takes_turn = any(isinstance(given, ast.Name) and given.id == self._turn for given in node.args)
        if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name):
            if called.value.id == self._turn and called.attr == "judge":
                images, y = (self.visit(given) for given in node.args)
                return self.scene.judged(images, y)
            function = inspect.getattr_static(type(self.part), called.attr, None) if called.value.id == "self" else None
            if inspect.isfunction(function):
                return self._written(function, [called.value, *self._visited(node.args)], node.keywords, own=True)
        if takes_turn:
            function = (
                inspect.unwrap(self._function).__globals__.get(called.id) if isinstance(called, ast.Name) else None
            )
            if not inspect.isfunction(function):
                raise self._refuse(f"it hands the turn to {ast.unparse(called)}")
            return self._written(function, self._visited(node.args), node.keywords, own=False)
        if isinstance(called, ast.Name) and called.id == "super":
            raise self._refuse("it calls what it inherits")
        return self.generic_visit(node)

    def _visited(self, given: list[ast.expr]) -> list[ast.expr]:
        turn = self._turn
        return [one if isinstance(one, ast.Name) and one.id == turn else self.visit(one) for one in given]

    def _written(
        self, function: Callable[..., Any], given: list[ast.expr], named: list[ast.keyword], *, own: bool
    ) -> ast.expr:
        named = [ast.keyword(one.arg, self.visit(one.value)) for one in named]
        value = self._inlined(function, given, named, turn=self._turn or "turn", own=own)
        return ast.Constant(None) if value is None else value
