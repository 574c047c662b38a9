"""Operations on samples as a program has them whose samples are lone tensors."""

import ast
import copy
from collections.abc import Mapping
from typing import Any

from ... import samples
from ...layers import gathered, mean_over


class Lone(ast.NodeTransformer):
    """Write what is done to each tensor of a sample as done to the one that there is.

    Args:
        space: what the names of the code stand for.
    """

    def __init__(self, space: Mapping[str, Any]) -> None:
        self.space = space

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Give the call as it is of a tensor."""
        self.generic_visit(node)
        meant = self.space.get(node.func.id) if isinstance(node.func, ast.Name) else None
        if meant is samples.each:
            return _called(node.args[0], node.args[1:])
        if meant is samples.detached:
            return _method(node.args[0], "detach")
        if meant is samples.differentiable:
            return _method(_method(node.args[0], "detach"), "requires_grad_")
        if meant is samples.flat:
            return _method(node.args[0], "flatten", ast.Constant(1))
        if meant is samples.leaves:
            return ast.List([node.args[0]], ast.Load())
        if meant is samples.size:
            return ast.Call(ast.Name("len", ast.Load()), [node.args[0]], [])
        if meant is samples.pick:
            return ast.Subscript(node.args[0], node.args[1], ast.Load())
        if meant is mean_over:
            return _method(node.args[0], "mean")
        if meant is gathered:
            return node.args[0]  # one process has the whole batch
        return node


def _method(of: ast.expr, name: str, *given: ast.expr) -> ast.expr:
    return ast.Call(ast.Attribute(of, name, ast.Load()), list(given), [])


def _called(function: ast.expr, given: list[ast.expr]) -> ast.AST:
    match function:
        case ast.Call(func=ast.Name(id="partial"), args=[inner, *first], keywords=keywords):
            return ast.Call(inner, [*first, *given], keywords)
        case ast.Lambda(args=ast.arguments(args=names), body=body):
            put: ast.AST = _Put({name.arg: value for name, value in zip(names, given, strict=True)}).visit(body)
            return put
    return ast.Call(function, given, [])


class _Put(ast.NodeTransformer):
    """Put values in the place of names."""

    def __init__(self, values: Mapping[str, ast.expr]) -> None:
        self.values = values

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return copy.deepcopy(self.values.get(node.id, node))
