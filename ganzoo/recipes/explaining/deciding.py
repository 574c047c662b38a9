"""Conditions on numbers and words, decided while a program is written."""

import ast
import operator
from collections.abc import Callable
from typing import Any

_COMPARED: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
}


def decide(test: ast.expr) -> Any:
    """Return the value of a condition of constants, tuples of them, comparisons, ``not``, ``and`` and ``or``.

    Raises:
        ValueError: it depends on anything else.
    """
    match test:
        case ast.Constant(value=value):
            return value
        case ast.Tuple(elts=elements):
            return tuple(map(decide, elements))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return not decide(operand)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            return -value
        case ast.BoolOp(op=op, values=values):
            found: Any = None
            for one in values:
                found = decide(one)
                if bool(found) is isinstance(op, ast.Or):
                    break
            return found
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARED:
            return _COMPARED[type(op)](decide(left), decide(right))
    raise ValueError(f"{ast.unparse(test)} is not known beforehand")
